"""How fast what a forecast leaves open grows, beside the Kolmogorov-Sinai rate."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ergodica import data, models, sims
from ergodica.estimators import predictive_entropy

Array = NDArray[np.float64]
Row = dict[str, Any]

SYSTEMS = ("lorenz63", "rossler", "hyper-rossler", "lorenz96")
STARTS, DRAWS = 40, 100
APART = 7.3
"""Periods between two starts."""
POINTS = 30
"""Snapshots a period."""
BALL = 1e-10
"""Standard deviation of the draws at first and the resolution, in standard deviations of the attractor."""
GROWN, FAR = 10.0, 1e-6
"""Between these spreads the slope is taken: GROWN balls, and FAR, at which a cloud is not yet bent: FAR^2 < BALL."""


def growth() -> Iterator[Row]:
    """A row a system and way to forecast: the equations themselves, and what was learned of them."""
    for system in SYSTEMS:
        flow = sims.Flow(system=system)
        long = flow.run(periods=STARTS * APART, points_per_period=POINTS, warm_up=20 * period(system), seed=1)
        values = long.state.values
        scale = values.std(axis=0)
        dt = float(long.t[1] - long.t[0])
        exponents = sims.lyapunov_spectrum(system).exponent.values
        rate = float(exponents[exponents > 0].sum())
        horizon = int(np.log(1 / BALL) * 1.3 / exponents[0] / dt)
        starts = values[:: round(APART * POINTS)][:STARTS]
        rng = np.random.default_rng(0)
        cloud = starts[:, None] + BALL * scale * rng.normal(size=(STARTS, DRAWS, starts.shape[1]))
        found = {"equations": _by_equations(system, cloud, horizon, dt)}
        learned = _learned(system, cloud, horizon, dt)
        if learned is not None:
            found["nonlinear vector autoregression"] = learned
        for way, draws in found.items():
            measured = _measured(draws / scale, dt)
            if measured is not None:
                yield {"system": system, "by": way, "rate": rate, **measured}


def period(system: str) -> float:
    """The dominant period that the catalogue has."""
    facts = sims.FLOWS[system].facts
    assert facts is not None
    assert facts.period is not None
    return float(facts.period)


def _by_equations(system: str, cloud: Array, horizon: int, dt: float) -> Array:
    """(starts, horizon, draws, d), each draw integrated."""
    flow = sims.Flow(system=system, initial=cloud.reshape(-1, cloud.shape[-1]), tolerance=1e-12)
    run = flow.run(t_end=horizon * dt, snapshots=horizon + 1, members=cloud.shape[0] * cloud.shape[1])
    values: Array = run.state.values
    return values.reshape(*cloud.shape[:2], horizon + 1, -1).swapaxes(1, 2)[:, 1:]


def _learned(system: str, cloud: Array, horizon: int, dt: float) -> Array | None:
    """The same by a model that learned from a run without noise, from the first snapshots of each draw."""
    known = sims.Flow(system=system).run(t_end=4000 * dt, snapshots=4001, warm_up=20 * period(system), seed=2)
    model = models.forecast.NVAR().fit(known)
    lead = model.lookback - 1
    context = np.concatenate([cloud[:, None], _by_equations(system, cloud, max(lead, 1), dt)], axis=1)[
        :, : lead + 1
    ]
    rows = context.swapaxes(1, 2).reshape(-1, lead + 1, context.shape[-1])
    made = model.continued(rows, horizon - lead)
    return made.reshape(*cloud.shape[:2], horizon - lead, -1).swapaxes(1, 2)


def _measured(draws: Array, dt: float) -> Row | None:
    """The slope of the predictive entropy while draws are far apart for the resolution, and near for the attractor.

    None where they are so from no start, as forecasts of a model that has learned nothing.
    """
    ds = data.from_arrays(
        {"state": draws},
        title="draws",
        t=dt * (1.0 + np.arange(draws.shape[1])),
        dims={"state": ("member", "t", "realization", "component")},
        units={"state": "1"},
        coordinates={"realization": np.arange(draws.shape[2])},
    )
    entropy = predictive_entropy(ds, resolution=BALL).values
    spread = np.sqrt(draws.var(axis=2, ddof=1).mean(-1))
    rises, times = [], []
    for h, s in zip(entropy, spread, strict=True):
        inside = np.flatnonzero((s > GROWN * BALL) & (np.maximum.accumulate(s) < FAR))
        if len(inside) > 2:
            rises.append(h[inside[-1]] - h[inside[0]])
            times.append(dt * (inside[-1] - inside[0]))
    if not times:
        return None
    # a mean of slopes would count those that pass quickly for too much
    slope = sum(rises) / sum(times)
    without = (sum(rises) - np.array(rises)) / (sum(times) - np.array(times))
    error = np.sqrt((len(rises) - 1) * without.var())
    mean = entropy.mean(0)
    kept = np.linspace(0, len(mean) - 1, 100).astype(int)
    return {
        "slope": float(slope),
        "error": float(error),
        "starts": len(rises),
        "t": (dt * (1 + kept)).round(4).tolist(),
        "entropy": mean[kept].round(3).tolist(),
    }
