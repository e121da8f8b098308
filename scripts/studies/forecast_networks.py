"""Networks beside the nonlinear vector autoregression under noise and from one component, on some chaotic flows.

    python scripts/studies/forecast_networks.py --condition noise nvar neural-kalman
    python scripts/studies/forecast_networks.py --condition partial nvar nbeats --systems lorenz63 rossler

1000 snapshots, 100 a period, are learned, the next 200 are forecast. With `noise`, white noise of 5 % of each
component's standard deviation lies on what is learned from and forecast from, not on the truth; with `partial` the
first component alone is seen, without noise. Some five seconds a fit on one core.
"""

from __future__ import annotations

import argparse
import warnings
from time import process_time

import numpy as np
import xarray as xr

from ergodica import sims
from ergodica.models.described import rebuilt
from ergodica.models.forecast.forecaster import Forecaster

SYSTEMS = [
    "lorenz63",
    "rossler",
    "halvorsen",
    "chua",
    "hyper-rossler",
    "thomas",
    "sprott-b",
    "lorenz96",
    "duffing",
    "double-gyre",
    "chen",
    "dadras",
    "aizawa",
    "sprott-jerk",
    "hindmarsh-rose",
    "lorenz84",
    "rikitake-dynamo",
    "nose-hoover",
    "hastings-powell",
    "moore-spiegel",
    "mackey-glass",
    "arneodo",
    "hyper-lorenz",
    "shimizu-morioka",
]
LEARNED, FORECAST, NOISE = 1000, 200, 0.05


def shown(system: str, condition: str, seed: int = 1) -> tuple[xr.Dataset, np.ndarray]:
    """What is learned from, and the truth that follows, (200, components)."""
    periods = (LEARNED + FORECAST) / 100
    run = sims.Flow(system=system).run(periods=periods, points_per_period=100, seed=seed)
    state = run["state"]
    if condition == "partial":
        state = state.isel(component=slice(0, 1))
    learned = state.isel(t=slice(0, LEARNED)).to_dataset()
    if condition == "noise":
        spread = learned["state"].std("t").values
        draws = np.random.default_rng([seed, sum(map(ord, system))])
        learned["state"] = learned["state"] + NOISE * spread * draws.normal(size=learned["state"].shape)
    return learned, state.isel(t=slice(LEARNED, LEARNED + FORECAST)).values


def smape(made: np.ndarray, truth: np.ndarray) -> float:
    """Symmetric mean absolute percentage error, from 0 to 200."""
    return float(200 * np.mean(abs(made - truth) / (abs(made) + abs(truth))))


def main() -> None:
    """Writes a line for each system, and the medians."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("models", nargs="+")
    parser.add_argument("--condition", choices=("clean", "noise", "partial"), default="noise")
    parser.add_argument("--systems", nargs="+", default=SYSTEMS)
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    errors: dict[str, list[float]] = {name: [] for name in asked.models}
    for system in asked.systems:
        learned, truth = shown(system, asked.condition)
        for name in asked.models:
            began = process_time()
            model = rebuilt(name, {})
            assert isinstance(model, Forecaster)
            made = model.fit(learned, ["state"]).forecast(horizon=FORECAST)["state"].values
            errors[name].append(smape(made, truth))
            print(
                f"{system:20} {name:20} {errors[name][-1]:7.2f} {process_time() - began:6.1f} s", flush=True
            )
    for name, values in errors.items():
        print(f"median of {len(values):<10} {name:20} {np.median(values):7.2f}, mean {np.mean(values):7.2f}")


if __name__ == "__main__":
    main()
