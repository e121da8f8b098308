"""`ergodica list networks`: the networks that can be trained, and their sizes."""

from __future__ import annotations

import dataclasses
import inspect
from textwrap import fill
from typing import Any

from ergodica.numerics.errors import ParameterError, nearest

WIDTH = 100
WORD = "networks"
FROM_DATA = ("degrees", "sites", "dimensions", "periodic", "reference")
"""Arguments that training takes from the data, or has an option of its own for."""
SECTIONS = {
    "score": (
        "Score networks",
        "Train it: ergodica train score run.nc --network NAME --network-options.OPTION VALUE -o nets/run",
    ),
    "forecast": (
        "Forecasters",
        "Fit it: ergodica train forecast run.nc --model 'NAME(option=value)' -o nets/run",
    ),
    "koopman": (
        "Koopman models",
        "Fit it: ergodica train koopman run.nc --model 'NAME(option=value)' -o nets/run",
    ),
    "piece": (
        "Pieces of models",
        "Use it as an option: --model 'MODEL(option=NAME(...))'",
    ),
}


def described(name: str | None) -> list[dict[str, Any]]:
    """All networks, models and what these are made of, or one, as plain values."""
    from ergodica.models.score.plan import KINDS

    found = {word: _facts(word, cls, "score") for word, cls in KINDS.items()}
    found |= {one["name"]: one for one in _models()}
    if name is None:
        return list(found.values())
    # saved networks and printed summaries have the names of the classes' checkpoints
    words = {cls.name: word for word, cls in KINDS.items()}
    name = words.get(name, name.replace("_", "-"))
    if name not in found:
        raise ParameterError(f"network: {name!r} is not known; {nearest(name, found)}")
    return [found[name]]


def _models() -> list[dict[str, Any]]:
    from ergodica.models.described import known
    from ergodica.models.forecast import Forecaster
    from ergodica.models.koopman import KoopmanModel

    made = []
    for word, cls in sorted(known().items()):
        kind = (
            "forecast"
            if issubclass(cls, Forecaster)
            else "koopman"
            if issubclass(cls, KoopmanModel)
            else "piece"
        )
        options = {one.name: _usual(one) for one in dataclasses.fields(cls)}  # type: ignore[arg-type]
        made.append(_facts(word, cls, kind) | {"options": options})
    return made


def _usual(field: Any) -> Any:
    """The default of a setting, as JSON can hold it."""
    from ergodica.models.described import Described
    from ergodica.models.from_text import text_of

    missing = dataclasses.MISSING
    value = field.default if field.default_factory is missing else field.default_factory()
    if value is missing:
        return "required"
    return text_of(value) if isinstance(value, Described) else value


def _facts(word: str, cls: type, kind: str) -> dict[str, Any]:
    accepted = inspect.signature(cls).parameters.values()
    text = inspect.getdoc(cls) or ""
    return {
        "name": word,
        "kind": kind,
        "class": cls.__name__,
        "summary": text.splitlines()[0],
        "options": {one.name: one.default for one in accepted if one.name not in FROM_DATA},
        "description": text,
    }


def overview(found: list[dict[str, Any]]) -> str:
    """A few lines a network, by kind."""
    sections = []
    for kind, (title, how) in SECTIONS.items():
        rows = [_few(one) for one in found if one["kind"] == kind]
        if rows:
            sections.append("\n".join([title, *rows, f"  {how}"]))
    return "\n\n".join([*sections, "Everything about one: ergodica list networks NAME"])


def _few(one: dict[str, Any]) -> str:
    margin = " " * 6
    options = ", ".join(f"{name}={value}" for name, value in one["options"].items())
    lines = (one["summary"], f"Options: {options}." if options else "")
    return f"  {one['name']}\n" + "\n".join(
        fill(line, WIDTH, initial_indent=margin, subsequent_indent=margin) for line in lines if line
    )


def page(one: dict[str, Any]) -> str:
    """Everything about one network."""
    options = ", ".join(f"{name}={value!r}" for name, value in one["options"].items())
    return f"{one['name']}: {one['class']}({options})\n\n{one['description']}"
