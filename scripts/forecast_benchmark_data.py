"""The series of the forecast benchmark: chaotic flows of the catalogue, on their attractors, before and after now."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.scripts.forecast_benchmark_conditions import Condition

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

POINTS = 100
"""Snapshots in a period."""
BEFORE = 60
"""Periods before now, of which a condition shows the last ones."""
TESTED = 2
"""Periods after now that errors are averaged over, as published."""
SETTLING = 100
"""Periods that are left out, until the orbit is on its attractor."""
TOLERANCE = 1e-11
SURE = 3.0
LEAST_GROWTH = 0.01
"""Lyapunov exponent times period below which an orbit is regular for all that a forecast sees."""


def chaotic_flows() -> tuple[str, ...]:
    """Flows of the catalogue without noise whose largest exponent is positive, by name."""
    from ergodica import sims

    return tuple(name for name, one in sims.FLOWS.items() if _chaotic(one))


def _chaotic(definition: Any) -> bool:
    facts = definition.facts
    if definition.noise or facts is None or not facts.exponents or not facts.period:
        return False
    largest = facts.exponents[0]
    return bool(largest > SURE * facts.standard_errors[0] and largest * facts.period > LEAST_GROWTH)


@functools.lru_cache(maxsize=4)
def orbit(system: str, start: int, ahead: int) -> xr.Dataset:
    """60 periods of a flow before now and `ahead` after it; each start is on another stretch of its orbit."""
    from ergodica import sims

    flow = sims.Flow(system=system)
    if flow.chosen.name == "dop853":
        flow = sims.Flow(system=system, tolerance=TOLERANCE)
    settled = SETTLING + start * (BEFORE + ahead)
    found: xr.Dataset = flow.run(
        periods=BEFORE + ahead,
        points_per_period=POINTS,
        warm_up=settled * sims.FLOWS[system].facts.period,
        threads=1,
        progress=False,
    )
    return found


@dataclass(frozen=True)
class Shown:
    """What a forecaster is given, and what it is held against.

    Attributes:
        training: what it is given, a dataset with noise where the condition has some.
        clean: the same without noise, (snapshots, components).
        truth: what comes, (snapshots, components).
        scale: standard deviation of each component over all of the orbit, 0 of constants, (components,).
    """

    training: xr.Dataset
    clean: Array
    truth: Array
    scale: Array


def shown(whole: xr.Dataset, condition: Condition, seed: int) -> Shown:
    """A condition's view of an orbit."""
    if condition.components is not None:
        whole = whole.isel(component=slice(condition.components))
    now = BEFORE * POINTS
    training = whole.isel(t=slice(now - condition.periods * POINTS, now))
    values = whole.state.values
    clean = training.state.values
    if condition.noise > 0:
        noise = np.random.default_rng(seed).normal(size=clean.shape)
        given = training.state + condition.noise * clean.std(axis=0) * noise
        training = training.assign(state=given.assign_attrs(whole.state.attrs))
    # the deviation of a constant is not 0 but round-off
    scale = np.where(np.ptp(values, axis=0) > 0, values.std(axis=0), 0.0)
    return Shown(training[["state"]], clean, values[now : len(values) - 1], scale)
