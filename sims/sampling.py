"""When a run is sampled: snapshots, steps between them, and the arguments that every run takes."""

from __future__ import annotations

import math

import numpy as np
from pydantic import Field, field_validator

from ergodica.numerics.errors import ParameterError
from ergodica.sims.parameters import Parameters

SPACING_TOLERANCE = 1e-12  # two spacings that differ by less are the same spacing written differently
TENS = np.array([float(f"1e{n}") for n in range(23)])  # the powers of ten that a double holds exactly
MAX_SNAPSHOTS = 2**31 - 1  # what one dimension of a classic reader can index


class RunArguments(Parameters):
    """What a run is asked for, the same for every system."""

    t_end: float = Field(gt=0, description="last time, in the system's unit of time")
    snapshots: int = Field(
        ge=2, le=MAX_SNAPSHOTS, description="number of evenly spaced snapshots; counts t=0 and t_end"
    )
    seed: int = Field(0, ge=0, lt=2**64, description="seed of every random number of the run")
    members: int | None = Field(
        None, ge=1, le=2**31 - 1, description="size of the ensemble; without it there is no member dimension"
    )
    device: str = Field("cpu", description="cpu, cuda, cuda:N or auto")
    record: tuple[str, ...] = Field((), description="names of optional variables to store as well")
    warm_up: float = Field(0.0, ge=0, description="time to run before t=0, rounded up to whole steps")

    @field_validator("record", mode="before")
    @classmethod
    def _one_name(cls, value: object) -> object:
        return (value,) if isinstance(value, str) else value

    @property
    def spacing(self) -> float:
        """Time between snapshots, to 15 digits: the same for 0.7 in 7 intervals and 1.1 in 11."""
        return rounded(self.t_end / (self.snapshots - 1))

    def time(self, frame: int) -> float:
        """Time of a snapshot, to 15 digits, so that it does not depend on where the run ends."""
        return rounded(frame * self.spacing)

    def times(self, first: int, count: int) -> np.ndarray:
        """`time` of `count` snapshots, shape (count,)."""
        return rounded_array(np.arange(first, first + count) * self.spacing)


def rounded(value: float) -> float:
    """The number of 15 decimal digits next to a value, which takes away what a division has rounded."""
    return float(f"{value:.15g}")


def rounded_array(values: np.ndarray) -> np.ndarray:
    """`rounded` of each value (n,), bit for bit and ten times as fast.

    A value times a power of ten is split into a product and its error, both exact (Dekker 1971, Numer. Math. 18,
    224). Its whole part over the power, both doubles without error, is the number next to the decimal one.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        power = TENS[np.clip(14 - np.nan_to_num(np.floor(np.log10(values))), 0, 22).astype(int)]
    high, low = _product(values, power)
    whole = np.floor(high)
    rest = (high - whole) + low
    result = (whole + (rest > 0.5)) / power
    # what has not 15 digits before the point, and what lies too near the middle of two
    unsure = ~((high >= 1e14) & (high < 1e15) & (np.abs(rest - 0.5) > 1e-6))
    result[unsure] = [rounded(value) for value in values[unsure].tolist()]
    return result


def _product(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """a * b and its rounding error."""

    def halves(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        scaled = 134217729.0 * x  # 2^27 + 1 cuts the 53 bits into 26 and 26
        top = scaled - (scaled - x)
        return top, x - top

    product = a * b
    (a1, a2), (b1, b2) = halves(a), halves(b)
    return product, ((a1 * b1 - product) + a1 * b2 + a2 * b1) + a2 * b2


def fixed_steps(spacing: float, dt: float) -> tuple[int, float]:
    """The fewest equal steps, each at most `dt`, that fill the spacing of snapshots: their number and length.

    >>> fixed_steps(0.1, 0.03)
    (4, 0.025)
    """
    steps = max(1, math.ceil(spacing / dt * (1 - SPACING_TOLERANCE)))
    return steps, spacing / steps


def whole_steps(spacing: float, *, unit: str = "iterations") -> int:
    """The spacing of snapshots of a map, which must be a whole number.

    Raises ParameterError when `t_end / (snapshots - 1)` is not whole.
    """
    steps = round(spacing)
    if steps < 1 or abs(spacing - steps) > SPACING_TOLERANCE * steps:
        raise ParameterError(
            f"snapshots: must divide t_end into whole {unit}, got {spacing:g} {unit} a snapshot; "
            "choose t_end as a whole multiple of snapshots - 1"
        )
    return steps


def spaced(*, period: float, points_per_period: int, periods: float) -> dict[str, float | int]:
    """`t_end` and `snapshots` from points per period, to be passed on to `run`.

    >>> spaced(period=2.0, points_per_period=10, periods=3)
    {'t_end': 6.0, 'snapshots': 31}
    """
    if period <= 0 or points_per_period < 1 or periods <= 0:
        raise ParameterError(
            "period, points_per_period, periods: must be positive, "
            f"got {period:g}, {points_per_period}, {periods:g}"
        )
    intervals = max(1, round(points_per_period * periods))
    return {"t_end": intervals * period / points_per_period, "snapshots": intervals + 1}
