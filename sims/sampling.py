"""When a run is sampled: snapshots, steps between them, and the arguments that every run takes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import Field, field_validator

from ergodica.numerics.errors import ParameterError
from ergodica.sims.parameters import Parameters

if TYPE_CHECKING:
    from ergodica.sims.simulation import Simulation

BY_TIME, BY_PERIOD = ("t_end", "snapshots"), ("periods", "points_per_period")
SPACING_TOLERANCE = 1e-12  # two spacings that differ by less are the same spacing written differently
MOST_NUMBERED = 2**47
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


class PeriodArguments(Parameters):
    """The other way to say when a run is sampled, in place of `t_end` and `snapshots`."""

    periods: float = Field(gt=0, description="length of the run in periods of the system, in place of t_end")
    points_per_period: int = Field(
        ge=1, le=MAX_SNAPSHOTS, description="snapshots in each period, in place of snapshots"
    )


class SampledByPeriod(RunArguments, PeriodArguments):
    """What a run was asked for by points per period, with the `t_end` and `snapshots` that follow."""

    period: float = Field(gt=0, description="period that the snapshots divide")

    def given(self) -> dict[str, Any]:
        """What was given: not what follows."""
        return {k: value for k, value in super().given().items() if k not in (*BY_TIME, "period")}


def run_arguments(simulation: Simulation, **given: Any) -> RunArguments:
    """The run that is asked of a system, by `t_end` and `snapshots` or by `periods` and `points_per_period`.

    Raises ParameterError for both or neither of the two pairs, for half a pair, and for a system without a period.
    """
    known = {name: value for name, value in given.items() if value is not None}
    time, by_period = (tuple(name for name in pair if name in known) for pair in (BY_TIME, BY_PERIOD))
    if time and by_period:
        raise ParameterError(
            f"{by_period[0]}: must not be given with {time[0]}, got both; "
            "use periods and points_per_period, or t_end and snapshots"
        )
    for pair, found, remedy in (
        (BY_TIME, time, "t_end=100, snapshots=1001"),
        (BY_PERIOD, by_period, "periods=10, points_per_period=100"),
    ):
        if len(found) == 1:
            missing = pair[0] if found[0] == pair[1] else pair[1]
            raise ParameterError(f"{missing}: must be given with {found[0]}, got none; such as {remedy}")
    if not by_period:
        if not time:
            raise ParameterError(
                "t_end: must be given with snapshots, got none; such as t_end=100, snapshots=1001"
            )
        return RunArguments(**known)
    asked = PeriodArguments(**{name: known[name] for name in BY_PERIOD})
    period = simulation.period
    if period is None:
        raise ParameterError(
            f"periods: {simulation.subject} has no period, got periods={asked.periods:g}; use t_end and snapshots"
        )
    sampled: dict[str, Any] = {
        **known,
        **spaced(period=period, points_per_period=asked.points_per_period, periods=asked.periods),
        "period": period,
    }
    return SampledByPeriod(**sampled)


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


def numbered_steps(spacing: float, dt: float) -> tuple[int, float]:
    """`fixed_steps` of a scheme whose random numbers have the step in their address.

    Raises ParameterError for more steps between snapshots than there are addresses.
    """
    if spacing / dt > MOST_NUMBERED:
        raise ParameterError(
            f"dt: must leave at most {MOST_NUMBERED:g} steps between snapshots, got {dt:g}; use a larger dt"
        )
    return fixed_steps(spacing, dt)


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
    """`t_end` and `snapshots` from points per period: those that `run(periods=, points_per_period=)` takes.

    The time between snapshots is the same for any number of periods, so that a run can be extended.

    >>> spaced(period=2.0, points_per_period=10, periods=3)
    {'t_end': 6.0, 'snapshots': 31}
    """
    if not (period > 0 and points_per_period >= 1 and periods > 0):
        raise ParameterError(
            "period, points_per_period, periods: must be positive, "
            f"got {period:g}, {points_per_period}, {periods:g}"
        )
    intervals = max(1, round(min(points_per_period * periods, float(MAX_SNAPSHOTS))))
    spacing = rounded(period / points_per_period)
    t_end = rounded(intervals * spacing)
    # 15 digits are a clean end of the run unless the spacing is lost in them
    exact = rounded(t_end / intervals) == spacing
    return {"t_end": t_end if exact else intervals * spacing, "snapshots": intervals + 1}
