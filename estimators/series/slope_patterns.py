"""Steep, gentle and flat slopes of a series as words."""

import math
from dataclasses import dataclass
from numbers import Real

import numpy as np
from numpy.typing import NDArray

from ergodica.estimators.arrays import Array, unit_scale
from ergodica.estimators.claims import Claims
from ergodica.estimators.spaces.space import Axis, CountingSpace, Outcomes
from ergodica.numerics.errors import ParameterError

SLOPES = 5
LARGEST_ORDER = 10


@dataclass(frozen=True, kw_only=True)
class SlopePatterns(CountingSpace):
    """The slopes within `order` samples, in windows that slide by one sample.

    A slope is the difference of samples that are `delay` apart. It counts as 2 above `steep`, 1 from `flat` to `steep`,
    0 up to `flat`, and the same with a minus downwards: -1 and -2. A pattern is the `order - 1` slopes of a window,
    numbered as digits to base 5 with 2 added to each: 0 falls steeply throughout. There are 5^(order-1) outcomes.

    Args:
        order: samples in a window, 2 to 10.
        delay: step between them, >= 1.
        steep: larger threshold, in standard deviations (ddof=0) of the row.
        flat: smaller threshold, in standard deviations, from 0 to `steep`.

    Raises:
        ValueError: order, delay or thresholds out of range; fewer samples than (order-1)*delay+1.

    A row of one repeated value has no scale for its slopes and is NaN, as is one with NaN or infinity.

    Good values: order=3 to 5 with n well above 5^(order-1), steep=1, flat=.001.

    Source: Cuesta-Frau 2019, Entropy 21, 1167, section 2, of data with a standard deviation of 1.
    """

    order: int = 3
    delay: int = 1
    steep: float = 1.0
    flat: float = 1e-3
    long_name = "slope patterns"
    local = False
    claims = Claims(
        needs="real numbers in order, (order-1)*delay+1 at least",
        cost="O(n order)",
        invariances={"shift": 0.1, "scale": 1e-12},
    )

    def __post_init__(self) -> None:
        for name, most in (("order", LARGEST_ORDER), ("delay", math.inf)):
            value = getattr(self, name)
            least = 2 if name == "order" else 1
            whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
            if not whole or not least <= int(value) <= most:
                limit = f"from {least} to {most}" if name == "order" else f">= {least}"
                raise ParameterError(f"{name}: must be a whole number {limit}, got {value!r}; try {least}")
        for name in ("steep", "flat"):
            number = getattr(self, name)
            if isinstance(number, bool) or not isinstance(number, Real) or not 0 <= float(number) < math.inf:
                raise ParameterError(
                    f"{name}: must be a number from 0 on, got {number!r}; try steep=1, flat=.001"
                )
        if float(self.flat) > float(self.steep):
            raise ParameterError(
                f"flat: must be at most steep, got {self.flat:g} above {self.steep:g}; exchange them"
            )

    @property
    def overlap(self) -> int:
        """(order-1)*delay."""
        return (self.order - 1) * self.delay

    def check(self, axes: tuple[Axis, ...]) -> None:
        """One axis with a window at least."""
        if len(axes) > 1:
            raise ValueError(f"dim: must be one dimension for slopes, got {len(axes)}; name the one of order")
        if axes[0].size <= self.overlap:
            raise ValueError(
                f"dim: must hold at least {self.overlap + 1} samples for order {self.order} and delay {self.delay}, "
                f"got {axes[0].size}; lower order or delay"
            )

    def count(self, axes: tuple[Axis, ...]) -> int:
        """All patterns, met or not."""
        return int(SLOPES ** (self.order - 1))

    def outcomes(self, axes: tuple[Axis, ...]) -> Outcomes:
        """Numbers of the patterns."""
        words = f"slopes + 2 as a number of {self.order - 1} digits to base {SLOPES}"
        return Outcomes(values=np.arange(self.count(axes)), units="1", long_name=words)

    def encode(self, values: NDArray) -> NDArray[np.int64]:
        """Number of each pattern."""
        if np.iscomplexobj(values):
            raise TypeError(
                "space: SlopePatterns takes real data, got complex; take its real part or modulus"
            )
        rows: Array = np.asarray(values, dtype=np.float64).reshape(len(values), -1)
        good = np.isfinite(rows).all(axis=-1) & (rows.min(axis=-1) < rows.max(axis=-1))
        rows = np.where(good[:, np.newaxis], rows, 0.0)
        rows = rows * unit_scale(np.abs(rows).max(axis=-1))[:, np.newaxis]
        deviation = rows.std(axis=-1, keepdims=True)
        rises = rows[:, self.delay :] - rows[:, : rows.shape[-1] - self.delay]
        sizes = np.abs(rises)
        levels = (sizes > self.flat * deviation).astype(np.int64) + (sizes > self.steep * deviation)
        digits = np.where(rises < 0, 2 - levels, 2 + levels)
        number = rows.shape[-1] - self.overlap
        words = np.zeros((len(rows), number), np.int64)
        for place in range(self.order - 1):
            words = words * SLOPES + digits[:, place * self.delay : place * self.delay + number]
        words[~good] = -1
        return words
