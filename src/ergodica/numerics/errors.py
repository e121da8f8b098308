"""Errors that a user can act on: one line each, naming the parameter, the rule, the value and the remedy."""

import difflib
import operator
from collections.abc import Iterable
from typing import Any


class ErgodicaError(Exception):
    """The base of every error that ergodica raises on purpose."""


class ParameterError(ErgodicaError, ValueError):
    """A parameter that cannot work, found before the first step."""


class RunError(ErgodicaError, RuntimeError):
    """A run that cannot go on; what was computed until then is kept, in `dataset` where no file was asked for."""

    dataset: Any = None


MOST_NAMES = 40  # of those known, in a line


def nearest(name: object, known: Iterable[str]) -> str:
    """A remedy for a misspelt name or for what is no name: the nearest known ones, else all or many of them.

    >>> nearest("solitn", ["soliton", "noise"])
    "did you mean 'soliton'?"
    """
    names = sorted(known)
    lower: dict[str, str] = {}
    for one in names:  # of names that differ in capitals alone, the one in small letters
        lower[one.lower()] = one
    close = [lower[found] for found in difflib.get_close_matches(str(name).lower(), lower, n=3, cutoff=0.5)]
    if close:
        return "did you mean " + " or ".join(repr(c) for c in close) + "?"
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return "known: " + ", ".join(names[:MOST_NAMES]) + more


def whole_number(name: str, value: Any, least: int, remedy: str | None = None) -> int:
    """`value` as an int, if it counts from `least` on; `remedy` ends the message, else the least number does.

    Raises:
        ParameterError: it is no whole number, or below `least`.
    """
    try:
        whole = operator.index(value)
    except TypeError:
        whole = least - 1
    if whole < least or isinstance(value, bool):
        raise ParameterError(
            f"{name}: must be a whole number of at least {least}, got {value!r}; {remedy or f'use {least}'}"
        )
    return whole
