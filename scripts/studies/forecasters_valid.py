"""How long forecasts of Lorenz 1963 hold without noise."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica import data, sims
from ergodica import estimators as est
from ergodica.models.forecast import NVAR, EchoState, Linear

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    from ergodica.models.forecast import Forecaster

    Array = NDArray[np.float64]

Row = dict[str, Any]
SYSTEM = "lorenz63"
DT, INNER, SETTLED = 0.015, 0.0025, 30.0
LEARNED, STARTS, HORIZON = 1000, 20, 2600
"""Snapshots that are learned, forecasts, and the steps of each: 35 Lyapunov times."""
UNSEEN = 40_000
CONTEXT = 100
SEEDS = 3
FORECASTERS: dict[str, Callable[[int], Forecaster]] = {
    "NVAR()": lambda seed: NVAR(),
    "NVAR(delays=2, spacing=1, degree=4, ridge=1e-14)": lambda seed: NVAR(
        delays=2, spacing=1, degree=4, ridge=1e-14
    ),
    "EchoState(units=500)": lambda seed: EchoState(units=500, seed=seed),
    "Linear()": lambda seed: Linear(),
}


def lorenz(snapshots: int, seed: int) -> Array:
    """An orbit on the attractor by Runge and Kutta's scheme, (snapshots, 3)."""
    flow = sims.Flow(system=SYSTEM, scheme="rk4", dt=INNER, spread=1.0)
    t_end = SETTLED + (snapshots - 1) * DT
    settled = round(SETTLED / DT)
    run = flow.run(t_end=t_end, snapshots=snapshots + settled, seed=seed, threads=1)
    return np.asarray(run.state.values[settled:])


def series(values: Array) -> xr.Dataset:
    """Values over time, (snapshots, components), as a dataset."""
    return data.from_arrays(
        {"state": values},
        title="a series",
        t=DT * np.arange(len(values)),
        dims={"state": ("t", "component")},
        units={"state": "1"},
    )


def starts(values: Array, steps: int, count: int) -> tuple[Array, Array]:
    """Contexts and what follows them, from places evenly along an orbit."""
    places = np.linspace(CONTEXT, len(values) - steps, count).astype(int)
    context = np.stack([values[at - CONTEXT : at] for at in places])
    return context, np.stack([values[at : at + steps] for at in places])


def valid() -> Iterator[Row]:
    """Valid prediction times in Lyapunov times, a row a seed."""
    known, orbit = series(lorenz(LEARNED, 0)), lorenz(UNSEEN, 1)
    context, truth = starts(orbit, HORIZON, STARTS)
    facts = sims.FLOWS[SYSTEM].facts
    assert facts is not None
    exponent = facts.exponents[0]
    for name, maker in FORECASTERS.items():
        for seed in range(SEEDS if "EchoState" in name else 1):
            model = maker(seed)
            made = model.fit(known).continued(context, HORIZON)
            times = est.valid_prediction_time(
                made, truth, dim=1, feature_dim=2, scale=orbit.std(axis=0), exponent=exponent, dt=DT
            )
            chosen = getattr(model, "chosen", None)
            yield {
                "forecaster": name,
                "seed": seed,
                "chosen": None if chosen is None else dict(chosen.__dict__),
                "longest": round(HORIZON * DT * exponent, 2),
                "times": np.asarray(times).round(3).tolist(),
            }
