"""The command `ergodica`: its subcommands, each loaded when it is called, and how it ends."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import NoReturn

from cyclopts import App

import ergodica
from ergodica.scripts.ending import ending, take_debug
from ergodica.scripts.resume_hint import COMMAND

app = App(
    name="ergodica",
    help="Simulate physical and dynamical systems, measure their entropy, and draw both, from one labelled file.",
    help_epilogue=(
        "First steps: ergodica list; ergodica simulate nlse --preset two-soliton -o run.nc; "
        "ergodica plot run.nc.\n\n"
        "Exit codes: 0 done, 1 failed, 2 wrong usage or parameter, 130 interrupted. "
        "--debug or ERGODICA_DEBUG=1 shows the traceback of a failure."
    ),
    help_format="plaintext",
    version=ergodica.__version__,
    exit_on_error=False,
    print_error=False,
    result_action="return_value",
    suppress_keyboard_interrupt=False,
)

COMMANDS = {
    "list": ("list_systems:list_systems", "Show the systems, their presets, parameters and ranges."),
    "simulate": ("simulate:app", "Run a system and write what it does to a file."),
    "measure": ("measure:measure", "Measure the entropies of a run over time."),
    "plot": ("plot:plot", "Draw a run or its entropies, as a figure or an animation."),
    "info": ("info:info", "Show what a file holds and how it was made."),
    "check": ("check:check", "Say what a file lacks to be read by every part of ergodica."),
    "demo": ("demo_command:demo", "Run the demonstration: two simulations, their entropies and pictures."),
}
for _order, (_name, (_where, _help)) in enumerate(COMMANDS.items()):
    app.command(f"ergodica.scripts.{_where}", name=_name, help=_help, sort_key=_order)


def run(tokens: Sequence[str]) -> int:
    """Run one command line, without the leading `ergodica`, and return its exit code."""
    words, debug = take_debug(tokens)
    running = COMMAND.set(words)
    try:
        with ending(debug) as code:
            code(app(words))
    finally:
        COMMAND.reset(running)
    return code.value


def main() -> NoReturn:
    """Run the command line of this process and leave with its exit code."""
    sys.exit(run(sys.argv[1:]))
