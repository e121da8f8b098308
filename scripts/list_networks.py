"""`ergodica list networks`: the networks that can be trained, and their sizes."""

from __future__ import annotations

import inspect
from textwrap import fill
from typing import Any

from ergodica.numerics.errors import ParameterError, nearest

WIDTH = 100
WORD = "networks"
FROM_DATA = ("degrees", "sites", "dimensions", "periodic", "reference")
"""Arguments that training takes from the data, or has an option of its own for."""


def described(name: str | None) -> list[dict[str, Any]]:
    """All networks, or one, as plain values."""
    from ergodica.models.score.plan import KINDS

    # saved networks and printed summaries have the names of the classes' checkpoints
    name = {cls.name: word for word, cls in KINDS.items()}.get(name or "", name)
    if name is not None and name not in KINDS:
        raise ParameterError(f"network: {name!r} is not known; {nearest(name, KINDS)}")
    chosen = KINDS if name is None else {name: KINDS[name]}
    return [_facts(word, cls) for word, cls in chosen.items()]


def _facts(word: str, cls: type) -> dict[str, Any]:
    accepted = inspect.signature(cls).parameters.values()
    text = inspect.getdoc(cls) or ""
    return {
        "name": word,
        "class": cls.__name__,
        "summary": text.splitlines()[0],
        "options": {one.name: one.default for one in accepted if one.name not in FROM_DATA},
        "description": text,
    }


def overview(found: list[dict[str, Any]]) -> str:
    """A few lines a network."""
    margin = " " * 6
    rows = []
    for one in found:
        options = ", ".join(f"{name}={value}" for name, value in one["options"].items())
        lines = (one["summary"], f"Options: {options}.")
        rows.append(
            f"  {one['name']}\n"
            + "\n".join(fill(line, WIDTH, initial_indent=margin, subsequent_indent=margin) for line in lines)
        )
    return "\n".join(["Score networks", *rows]) + (
        "\n\nEverything about one: ergodica list networks NAME"
        "\nTrain it: ergodica train score run.nc --network NAME --network-options.OPTION VALUE -o nets/run"
    )


def page(one: dict[str, Any]) -> str:
    """Everything about one network."""
    options = ", ".join(f"{name}={value!r}" for name, value in one["options"].items())
    return f"{one['name']}: {one['class']}({options})\n\n{one['description']}"
