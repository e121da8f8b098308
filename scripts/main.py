"""The command `ergodica`: its subcommands, each loaded when it is called, and how it ends."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from cyclopts import App

import ergodica
from ergodica.scripts.apply import apply
from ergodica.scripts.check import check
from ergodica.scripts.compiling import said_once
from ergodica.scripts.demo_command import demo
from ergodica.scripts.ending import ending, take_debug
from ergodica.scripts.exponents import exponents
from ergodica.scripts.info import info
from ergodica.scripts.list_systems import list_systems
from ergodica.scripts.measure import measure
from ergodica.scripts.plot import plot
from ergodica.scripts.resume_hint import COMMAND

app = App(
    name="ergodica",
    help=(
        "Simulate physical and dynamical systems, measure their entropy, learn their probability flow, and draw all of "
        "it, from one labelled file."
    ),
    help_epilogue=(
        "First steps: ergodica list; ergodica simulate nlse --preset two-soliton -o run.nc; "
        "ergodica plot run.nc.\n\n"
        "Exit codes: 0 done, 1 failed, 2 wrong usage or parameter, 130 interrupted. "
        "--debug or ERGODICA_DEBUG=1 shows the traceback of a failure.\n"
    ),
    help_format="plaintext",
    version=ergodica.__version__,
    exit_on_error=False,
    print_error=False,
    result_action="return_value",
    suppress_keyboard_interrupt=False,
)

app.command(list_systems, name="list", help_epilogue="", sort_key=0)
# `simulate`, `train` and `benchmark` have subcommands, which are loaded when they are called
app.command(
    "ergodica.scripts.simulate:app",
    name="simulate",
    help="Run a system and write what it does to a file.",
    sort_key=1,
)
_MEASURES: tuple[Callable[..., Any], ...] = (exponents, measure)
_OTHERS: tuple[Callable[..., Any], ...] = (apply, plot, info, check, demo)
for _place, _command in enumerate(_MEASURES, start=2):
    app.command(_command, help_epilogue="", sort_key=_place)
app.command(
    "ergodica.scripts.train_command:app",
    name="train",
    help="Train a network on a run and write it to a folder.",
    sort_key=len(_MEASURES) + 2,
)
for _place, _command in enumerate(_OTHERS, start=len(_MEASURES) + 3):
    app.command(_command, help_epilogue="", sort_key=_place)
app.command(
    "ergodica.scripts.benchmark_command:app",
    name="benchmark",
    help="Compare models on the systems of the catalogue.",
    sort_key=len(_MEASURES) + len(_OTHERS) + 3,
)


def run(tokens: Sequence[str]) -> int:
    """Run one command line, without the leading `ergodica`, and return its exit code."""
    words, debug = take_debug(tokens)
    running = COMMAND.set(words)
    try:
        with ending(debug) as code, said_once():
            code(app(words))
    finally:
        COMMAND.reset(running)
    return code.value


def main() -> NoReturn:
    """Run the command line of this process and leave with its exit code."""
    sys.exit(run(sys.argv[1:]))
