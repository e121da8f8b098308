"""Windows of ordinal patterns and the numbering of patterns."""

import itertools
import math

import numpy as np
from numpy.typing import NDArray

from ergodica.estimators.spaces.space import Axis, Outcomes
from ergodica.estimators.whole import whole

LARGEST_ORDER = 10
"""10! = 3,628,800 outcomes take 29 MB a lane; 11! would take 319 MB."""

NAMED_ORDER = 8
"""Patterns of up to so many samples have names: 8! = 40,320 of them."""

TOGETHER = 2**22
"""Numbers of a block of rows: enough for several cores."""


def check_order(order: object, delay: object) -> None:
    """Order from 2 to 10 and delay >= 1.

    Raises:
        ValueError: they are not.
    """
    if whole("order", order, 2, "3 to 7 are usual") > LARGEST_ORDER:
        raise ValueError(
            f"order: must be at most {LARGEST_ORDER}, which has {math.factorial(LARGEST_ORDER)} patterns, got {order}; "
            "3 to 7 are usual"
        )
    whole("delay", delay, 1, "1 takes neighbouring samples")


def check_windows(axes: tuple[Axis, ...], order: int, delay: int) -> None:
    """One axis, with a window at least.

    Raises:
        ValueError: several axes, or too few samples.
    """
    if len(axes) != 1:
        names = ", ".join(axis.name for axis in axes)
        raise ValueError(
            f"dim: must be one dimension, in whose order the samples are, got {names}; name one, or use "
            "SpatialOrdinalPatterns() for a field"
        )
    needed = (order - 1) * delay + 1
    if axes[0].size < needed:
        raise ValueError(
            f"dim: must hold at least (order-1)*delay+1 = {needed} samples, got {axes[0].size} of {axes[0].name}; give "
            "more data, or a lower order or delay"
        )


def window_offsets(order: int, delay: int) -> NDArray[np.int64]:
    """Places of a window's samples, counted from its first one."""
    return np.arange(order, dtype=np.int64) * delay


def pattern_names(order: int) -> NDArray[np.str_]:
    """Ranks of the samples of each pattern, by number: "012", "021", "102", "120", "201", "210"."""
    digits = "0123456789"[:order]
    return np.array(["".join(one) for one in itertools.permutations(digits)])


def pattern_outcomes(order: int) -> Outcomes:
    """Numbers of the patterns, and their names up to order 8."""
    names = pattern_names(order) if order <= NAMED_ORDER else None
    values = np.arange(math.factorial(order))
    return Outcomes(values=values, units="1", long_name="ordinal pattern, ranks in time", names=names)


def rows_of(samples: int, outcomes: int) -> int:
    """Rows that are taken at once: many for several cores, few where each has many outcomes."""
    return max(1, min(TOGETHER // max(samples, 1), TOGETHER // (4 * outcomes)))
