"""Forecasts that keep what a flow conserves, beside those that do not."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np

from ergodica import estimators as est
from ergodica import sims
from ergodica.models.forecast import NVAR, Conserved
from ergodica.models.forecast.quantities import evaluated, read, slots

Row = dict[str, Any]
LEARNED, AHEAD, POINTS = 1200, 300, 100
"""Snapshots that are learned and forecast, and those of a period."""
SETS = 5
"""Stretches of each orbit, one after the other."""
CASES: dict[str, tuple[str, float, tuple[str, ...]]] = {
    "Henon-Heiles, 1 % noise": (
        "henon-heiles",
        0.01,
        ("(px**2 + py**2)/2 + (x**2 + y**2)/2 + x**2*y - y**3/3",),
    ),
    "Kepler with its angular momentum, 1 % noise": (
        "kepler",
        0.01,
        ("(px**2 + py**2)/2 - 1/sqrt(x**2 + y**2)", "x*py - y*px"),
    ),
    "pendulum without noise": ("pendulum", 0.0, ("p**2/2 - cos(theta)",)),
}
"""Flow of the catalogue with its own parameters, noise by the standard deviation, and quantities, the energy first."""


def conserved() -> Iterator[Row]:
    """Largest drift of the energy and error over all steps without and with the quantities kept, a row a stretch."""
    for words, (system, noise, quantities) in CASES.items():
        orbit = sims.Flow(system=system).run(
            periods=SETS * (LEARNED + AHEAD) / POINTS, points_per_period=POINTS, threads=1, progress=False
        )[["state"]]
        spread = orbit.state.values.std(axis=0)
        for number in range(SETS):
            first = number * (LEARNED + AHEAD)
            known = orbit.isel(t=slice(first, first + LEARNED)).copy()
            truth = orbit.state.values[first + LEARNED : first + LEARNED + AHEAD]
            random = np.random.default_rng(number).normal(size=known.state.shape)
            known["state"] = (known.state + noise * spread * random).assign_attrs(orbit.state.attrs)
            row: Row = {"system": words, "set": number}
            plain = NVAR().fit(known)
            with warnings.catch_warnings():
                # of quantities that vary along noisy data, and of forecasts that diverge: they are what is measured
                warnings.simplefilter("ignore")
                kept = Conserved(of=plain.settled(), quantities=quantities).fit(known)
                for name, model in {"plain": plain, "kept": kept}.items():
                    made = model.forecast(horizon=AHEAD).state.values
                    energy = evaluated(read(quantities[0]), made, slots(plain.fitted_layout), np)
                    row[f"{name}_drift"] = float(np.ptp(energy))
                    row[f"{name}_error"] = float(est.nrmse(made, truth, scale=spread, dim=0, feature_dim=1))
            yield row
