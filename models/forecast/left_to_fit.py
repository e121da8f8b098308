"""Settings that a fit chooses by the length of the data, where they are not given."""

from __future__ import annotations

import math
from typing import Any, overload

from ergodica.numerics.errors import ParameterError

MOST_BEFORE, MOST_AHEAD = 100, 50
SHARE = 4
"""One in so many snapshots is the most that a context takes, and a forecast."""
LARGEST = 250_000_000
"""Weights of a linear forecast: a gigabyte in single precision, and one more for each moment of the optimizer."""


class LeftToFit:
    """A field of a forecaster: the number that was given, else the one that its fit chose, before it 1.

    The field itself stays None, so that a copy by `config` chooses anew; the choice lies in `notes`.
    """

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, model: None, owner: type) -> None: ...

    @overload
    def __get__(self, model: Any, owner: type) -> int: ...

    def __get__(self, model: Any, owner: type) -> int | None:
        if model is None:
            return None  # the default of the field
        given = vars(model)[self.name]
        return int(model.notes.get(self.name, 1)) if given is None else given

    def __set__(self, model: Any, value: int | None) -> None:
        vars(model)[self.name] = value


def windows_for(snapshots: int) -> dict[str, int]:
    """Snapshots of a context and of the forecast after it, for data of that length: at most half of them in all."""
    most = max(1, snapshots // SHARE)
    return {"lookback": min(MOST_BEFORE, most), "ahead": min(MOST_AHEAD, most)}


def refuse_wide(features: int, lookback: int, ahead: int) -> None:
    """Refuse a linear forecast of a whole context by whole windows that has too many weights.

    Raises:
        ParameterError: above `LARGEST`.
    """
    most = math.isqrt(LARGEST // (lookback * ahead))
    if features > most:
        raise ParameterError(
            f"ds: must have at most {most} features for a lookback of {lookback} and {ahead} ahead, so that the linear "
            f"forecast has no more than {LARGEST:.2g} weights, got {features}; choose some by variables=, smaller "
            "windows, or NVAR"
        )
