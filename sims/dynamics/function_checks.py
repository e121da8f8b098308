"""What is wrong with a function of one's own, found by calling it in plain Python and by compiling it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np

from ergodica.numerics.errors import ParameterError

MOST_CALLED = 10_000
"""Numbers of what a function writes, up to which it is called in plain Python: some milliseconds."""


def check_writes(
    inner: Callable[..., Any], where: str, u: np.ndarray, p: np.ndarray, size: tuple[int, ...]
) -> None:
    """Raise ParameterError for a function that leaves a number unwritten at u, or reads or writes beyond its arrays.

    Compiled code checks neither. What it does elsewhere, where it branches, is not seen.
    """
    if np.prod(size) > MOST_CALLED:
        return
    found = []
    for before in (np.nan, 0.0):
        written = np.full(size, before)
        try:
            with np.errstate(all="ignore"):
                inner(0.0, u.copy(), p.copy(), written)
        except IndexError as error:
            raise ParameterError(
                f"{where}: must keep to {u.size} components and {p.size} parameters, got an {error}; correct it"
            ) from None
        except Exception:  # what plain Python cannot do, compiled code may, as divide by zero
            return
        found.append(written)
    differ = np.argwhere(~((found[0] == found[1]) | (np.isnan(found[0]) & np.isnan(found[1]))))
    if len(differ):
        place = ", ".join(str(index) for index in differ[0])
        raise ParameterError(
            f"{where}: must write each number of its last argument, got none for [{place}] at the initial point; set it"
        )


def reason_of(error: Exception) -> str:
    """What numba says, in one line: its reason and the line of the function."""
    lines = [line.strip() for line in re.sub(r"\x1b\[[0-9;]*m", "", str(error)).splitlines()]
    said = next(
        (line for line in lines if line and not line.startswith("Failed in nopython")), "no reason given"
    )
    place = re.search(r"line (\d+)", str(error))
    return said[:160] + (f" (line {place[1]})" if place and "line" not in said else "")
