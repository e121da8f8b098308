"""How many templates of a series repeat within a tolerance: what sample and approximate entropy are made of."""

from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ergodica.estimators.arrays import Array, unit_scale
from ergodica.numerics.errors import ParameterError

Counts = NDArray[np.int32]

GROUP_ELEMENTS = 2**20
"""Samples that are worked on together: tables of ranks are four times as large as they are."""

WORK_OF_A_STRIP = 256
"""Strips of sqrt(256 n) ranks were fastest from n = 10,000 to 1,000,000: fewer comparisons against more strips."""


@dataclass(frozen=True, kw_only=True)
class Templates:
    """Which values make a template, and how near others must be.

    Args:
        order: values of the shorter templates, 1 or more.
        tolerance: largest difference, in standard deviations (ddof=0) of the lane.
        absolute: largest difference in the unit of the data instead.
        delay: samples between the values of a template.
    """

    order: int
    tolerance: float
    absolute: float | None
    delay: int

    def __post_init__(self) -> None:
        for name, value in (("order", self.order), ("delay", self.delay)):
            if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
                raise ParameterError(f"{name}: must be a whole number from 1 on, got {value!r}; try {name}=1")
        for name, number in (("tolerance", self.tolerance), ("absolute", self.absolute)):
            if number is None and name == "absolute":
                continue
            if isinstance(number, bool) or not isinstance(number, Real) or not 0 < number < np.inf:
                raise ParameterError(f"{name}: must be a positive number, got {number!r}; try tolerance=0.2")

    @property
    def least(self) -> int:
        """Fewest samples: two templates of `order + 1` values."""
        return self.order * self.delay + 2

    def radius(self, x: Array) -> Array:
        """The tolerance of each lane in the unit of the data; NaN where a lane is constant."""
        scale = deviation(x)
        return np.where(scale > 0, scale * self.tolerance if self.absolute is None else self.absolute, np.nan)

    def __str__(self) -> str:
        size = f"{self.tolerance:g} standard deviations" if self.absolute is None else f"{self.absolute:g}"
        return f"order={self.order}, delay={self.delay}, differences up to {size}"


def deviation(x: Array) -> Array:
    """Standard deviation (ddof=0) of each lane, 0 for a constant one whatever round-off makes of its mean."""
    constant = x.min(axis=-1) == x.max(axis=-1)
    scale = unit_scale(np.abs(x).max(axis=-1))
    return np.where(constant, 0.0, (x * scale[:, np.newaxis]).std(axis=-1) / scale)


def self_matches(x: Array, radius: Array, templates: Templates, *, once: bool) -> Counts:
    """Matches of each template in `order` and in `order + 1` values, `(lanes, 2, templates)`.

    Args:
        x: lanes, `(lanes, n)`.
        radius: largest difference in each lane; NaN gives no match.
        templates: what is compared.
        once: count a pair at one of its templates alone and none with itself, else all of both, themselves too.
    """
    return _matches(x, x, radius, templates, once)


def cross_matches(x: Array, y: Array, radius: Array, templates: Templates) -> Counts:
    """Matches of each template of x among those of y, as `self_matches`."""
    return _matches(x, y, radius, templates, False)


def _matches(x: Array, y: Array, radius: Array, templates: Templates, once: bool) -> Counts:
    from ergodica.estimators.series.template_kernels import count_matches

    lanes, n = x.shape
    shift = max(6, int(np.rint(0.5 * np.log2(WORK_OF_A_STRIP * n))))
    found = np.zeros((lanes, 2, n), np.int32)
    step = max(1, GROUP_ELEMENTS // n)
    for begin in range(0, lanes, step):
        group = slice(begin, min(begin + step, lanes))
        times = np.argsort(x[group], axis=-1)
        targets = times if y is x else np.argsort(y[group], axis=-1)
        count_matches(
            x[group],
            times,
            y[group],
            targets,
            radius[group],
            templates.order,
            templates.delay,
            shift,
            once,
            found[group],
        )
    return found[:, :, : n - templates.order * templates.delay]


def pairs_of(counts: Counts) -> NDArray[np.float64]:
    """Number of matches of each lane in `order` and in `order + 1` values, `(lanes, 2)`."""
    return counts.sum(axis=-1, dtype=np.int64).astype(np.float64)


def log_ratio(pairs: NDArray[Any]) -> Array:
    """ln of shorter over longer matches, `(..., 2)` to `(...)`; NaN where there are none."""
    shorter, longer = pairs[..., 0], pairs[..., 1]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where((longer > 0) & (shorter > 0), np.log(shorter / longer), np.nan))
