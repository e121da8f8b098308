"""Checks of settings that forecasters share."""

from __future__ import annotations

import math
from numbers import Real
from typing import Any

from ergodica.numerics.errors import ParameterError, whole_number

AUTO = "auto"


def is_real(value: Any) -> bool:
    """Whether a value is a finite number, and no truth value."""
    return isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value)


def whole_or_auto(name: str, value: Any) -> int | str:
    """A whole number, 1 or more, or "auto"."""
    if isinstance(value, str) and value == AUTO:
        return AUTO
    return whole_number(name, value, 1, "use 'auto' to have it chosen")


def strength(name: str, value: Any, *, positive: bool = False) -> float | str:
    """A number, 0 or more, or "auto".

    Raises:
        ParameterError: it is neither.
    """
    if isinstance(value, str) and value == AUTO:
        return AUTO
    if not is_real(value) or value < 0 or (positive and value == 0):
        raise ParameterError(
            f"{name}: must be {'above 0' if positive else '0 or more'}, got {value!r}; use 'auto' to have it chosen"
        )
    return float(value)
