"""When a run is sampled: snapshots, steps between them, and the arguments that every run takes."""

from __future__ import annotations

import math

from pydantic import Field, field_validator

from ergodica.numerics.errors import ParameterError
from ergodica.sims.parameters import Parameters

SPACING_TOLERANCE = 1e-12  # two spacings that differ by less are the same spacing written differently
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


def rounded(value: float) -> float:
    """The number of 15 decimal digits next to a value, which takes away what a division has rounded."""
    return float(f"{value:.15g}")


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
