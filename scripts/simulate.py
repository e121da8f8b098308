"""`ergodica simulate SYSTEM`: one subcommand a system, made from its model when it is called."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

from ergodica.numerics.errors import ParameterError
from ergodica.scripts.layers import read_toml
from ergodica.sims.registry import systems

if TYPE_CHECKING:
    from ergodica.sims.simulation import Simulation

app = App(
    name="simulate",
    help="Run a system and write what it does to a file.",
    help_epilogue=(
        "ergodica simulate --like run.nc -o again.nc repeats a run, with changes if any are given; "
        "ergodica simulate --config run.toml takes the system from the file too.\n"
    ),
)


@app.default
def _of_a_file(
    *tokens: Annotated[str, Parameter(show=False, allow_leading_hyphen=True)],
) -> Any:
    """Find the system in the file that `--like` or `--config` names, and run its command."""
    words = list(tokens)
    if not words:
        app.help_print([])
        return None
    from ergodica.scripts.main import app as whole

    return whole(["simulate", _system_of(words), *words])


def _system_of(words: list[str]) -> str:
    like = _argument(words, "--like")
    if like is not None:
        from ergodica.scripts.inputs import open_run

        with open_run(like) as ds:
            return str(ds.ergodica.system)
    config = _argument(words, "--config")
    if config is not None:
        toml = read_toml(Path(config))
        found = toml.get("simulate", toml.get("system"))
        if found is None:
            raise ParameterError(
                f"system: must be named, got none on the command line nor in {config}; "
                f"use ergodica simulate SYSTEM or write simulate = NAME there, one of {', '.join(systems())}"
            )
        if found in systems():
            return str(found)
        words[:] = [str(found)]
    from ergodica.sims.registry import system

    if words[0].startswith("-"):
        raise ParameterError(
            f"system: must be named, got {words[0]}; use ergodica simulate SYSTEM, one of {', '.join(systems())}, "
            "or --like FILE or --config FILE"
        )
    return system(words[0]).name


def _argument(words: list[str], option: str) -> str | None:
    for index, word in enumerate(words):
        if word == option and index + 1 < len(words):
            return words[index + 1]
        if word.startswith(f"{option}="):
            return word.partition("=")[2]
    return None


def _paragraphs(system: type[Simulation]) -> str:
    """The docstring with its paragraphs in one line each, to be wrapped for the terminal."""
    text = inspect.cleandoc(system.__doc__ or system.title)
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in text.split("\n\n"))


for _name, _cls in systems().items():
    app.command(
        f"ergodica.scripts.system_command:{_name}",
        name=_name,
        help=_paragraphs(_cls),
        help_epilogue=f"All presets, initial states and optional variables: ergodica list {_name}\n",
    )
