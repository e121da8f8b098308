"""`ergodica simulate SYSTEM`: one subcommand a system, made from its model when it is called."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

from ergodica.numerics.errors import ParameterError, nearest
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
    like = argument(words, "--like")
    if like is not None:
        from ergodica.scripts.inputs import open_run

        with open_run(like) as ds:
            return str(ds.ergodica.system)
    config = argument(words, "--config")
    if config is not None:
        return _named_in(read_toml(Path(config)), config)
    asked = argument(words, "--system")
    if asked is not None:
        return command_of(asked)
    if words[0].startswith("-"):
        raise ParameterError(
            f"system: must be named, got {words[0]}; use ergodica simulate SYSTEM, one of {', '.join(systems())}, "
            "or --like FILE or --config FILE"
        )
    raise ParameterError(_unknown(words[0]))


def _named_in(toml: dict[str, Any], config: str) -> str:
    """The command that a TOML file names as `simulate`, or by its system."""
    for key in ("simulate", "system"):
        found = toml.get(key)
        if found is None:
            continue
        if not isinstance(found, str):
            raise ParameterError(f"{key}: must be text, got {found!r} in {config}; put it in quotes")
        if found in systems():
            return found
        if key == "system":
            return command_of(found, also=systems())
        raise ParameterError(_unknown(found))
    raise ParameterError(
        f"system: must be named, got none on the command line nor in {config}; "
        f"use ergodica simulate SYSTEM or write simulate = NAME there, one of {', '.join(systems())}"
    )


def command_of(name: str, also: Iterable[str] = ()) -> str:
    """The command that runs a system of the catalogue.

    Raises ParameterError for a name that no catalogue has, with the nearest of theirs and of `also`, and for one that
    several have.
    """
    found = catalogues_with(name)
    if len(found) == 1:
        return found[0]
    if found:
        raise ParameterError(
            f"system: {name!r} is a {' and a '.join(found)}; use ergodica simulate {found[0]} or simulate = "
            f'"{found[0]}" in the file'
        )
    known = [*also, *(one for names in _catalogues().values() for one in names)]
    remedy = nearest(name, known)
    if remedy.startswith("known"):
        remedy = " and ".join(f"ergodica list {command}" for command in _catalogues()) + " show all names"
    raise ParameterError(f"system: {name!r} is not known; {remedy}")


def catalogues_with(name: str) -> list[str]:
    """The commands that have a catalogue with this name."""
    return [command for command, known in _catalogues().items() if name in known]


def definition_of(name: str) -> Any:
    """The definition in whichever catalogue has this name, None where none has."""
    return next((known[name] for known in _catalogues().values() if name in known), None)


def _catalogues() -> dict[str, Any]:
    from ergodica.sims.dynamics.catalogue import definitions

    kinds = {name: getattr(cls, "kind", None) for name, cls in systems().items()}
    return {name: definitions(kind) for name, kind in kinds.items() if kind is not None}


def _unknown(name: str) -> str:
    for command in catalogues_with(name):
        return f"system: {name!r} is a {command} of the catalogue; use ergodica simulate {command} --system {name}"
    known = [*systems(), *(one for names in _catalogues().values() for one in names)]
    return f"system: {name!r} is not known; {nearest(name, known)}"


def argument(words: list[str], option: str) -> str | None:
    """What a command line says of an option, as `--option VALUE` or `--option=VALUE`."""
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
