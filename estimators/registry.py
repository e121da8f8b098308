"""The functions of this package by name: what `ergodica list estimators`, `measure` and generic tests go over."""

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from ergodica.estimators.claims import Claims
from ergodica.numerics.errors import ParameterError

Function = TypeVar("Function", bound=Callable[..., Any])

DATA_KINDS = {
    "series": "real numbers in order, one lane (n,)",
    "samples": "vectors in any order, one lane (n, d)",
    "path": "vectors in order, one lane (n, d)",
    "symbols": "whole numbers in order, one lane (n,)",
    "states": "whole numbers of a jump process in order, one lane (n,)",
    "weights": "nonnegative numbers, one lane (n,)",
    "matrix": "vectors whose geometry is measured, one lane (n, d)",
    "field": "real numbers on a grid, one lane (n1, n2)",
    "draws": "draws of a forecast, along `realization`, one lane (n, m)",
    "counts": "how often, or how long: counted transitions and dwell times",
    "dataset": "a whole run of particles",
}
"""What a data argument can be."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A registered estimator.

    Args:
        name: of the function, as it is called.
        function: data first, all else by keyword.
        family: the docs page that it is on.
        takes: kind of each positional argument, from `DATA_KINDS`, by its name.
        claims: needs, cost, invariances, known answers.
    """

    name: str
    function: Callable[..., Any]
    family: str
    takes: Mapping[str, str]
    claims: Claims

    @property
    def summary(self) -> str:
        """First line of its docstring."""
        return (self.function.__doc__ or "").strip().splitlines()[0]


_ENTRIES: dict[str, Entry] = {}
_AROUND: dict[str, Callable[..., Any]] = {}


def register(*, family: str, takes: Mapping[str, str], claims: Claims) -> Callable[[Function], Function]:
    """Makes a function known by its name.

    Args:
        family: name of the docs page, without ending ("ordinal", "information", ...).
        takes: kind of each data argument by its name, in order; kinds are those of `DATA_KINDS`.
        claims: what tests hold it to.
    """
    unknown = set(takes.values()) - set(DATA_KINDS)
    if unknown:
        raise ValueError(f"takes: must be of {', '.join(DATA_KINDS)}, got {', '.join(sorted(unknown))}")

    def keep(function: Function) -> Function:
        name = function.__name__
        _ENTRIES[name] = Entry(name=name, function=function, family=family, takes=dict(takes), claims=claims)
        return function

    return keep


def register_around(function: Function) -> Function:
    """Makes known a function that takes an estimator first, then its data: `confidence(permutation_entropy, x)`.

    In a line of text the estimator is written as a call of its own: `confidence(permutation_entropy(x, order=4))`.
    """
    _AROUND[function.__name__] = function
    return function


def around() -> dict[str, Callable[..., Any]]:
    """The functions that take an estimator first, by name."""
    import ergodica.estimators  # noqa: F401 - registers them

    return dict(sorted(_AROUND.items()))


def estimators() -> dict[str, Entry]:
    """Every registered estimator by name, sorted by family and name."""
    import ergodica.estimators  # noqa: F401 - registers them

    return dict(sorted(_ENTRIES.items(), key=lambda item: (item[1].family, item[0])))


def find(name: str) -> Entry:
    """The estimator of this name.

    Raises:
        ParameterError: no such estimator, with the nearest names.
    """
    import ergodica.estimators as public

    known = estimators()
    if name not in known:
        near = difflib.get_close_matches(name, known, n=3, cutoff=0.4)
        remedy = f"did you mean {', '.join(near)}?" if near else "ergodica list estimators shows all"
        if name in public.__all__:
            option = (
                f"it is an option of others, as {name}(...); "
                if isinstance(getattr(public, name), type)
                else ""
            )
            remedy = f"{option}help(ergodica.estimators.{name}) describes it"
        raise ParameterError(f"estimator: must be a known name, got {name!r}; {remedy}")
    return known[name]
