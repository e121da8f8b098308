"""The Lorenz attractor as learned by shallow piecewise-linear networks: what a free run has of it.

    python scripts/studies/reconstruction.py                 all cases
    python scripts/studies/reconstruction.py autoregression  those that begin so, put among the results

Protocol: snapshots .01 apart, noise in shares of the standard deviations. State space divergence and spectral distance
of 100,000 snapshots after 1000 that are left out, against another run of the flow without noise; Lyapunov exponents of
the learned map along 20,000 of them; forecasts from 20 starts of a third run without noise, valid until the error
reaches .4 standard deviations, in Lyapunov times of 1/.9056. Some five minutes on one core.
"""

from __future__ import annotations

import argparse
import json
import os
import time
import warnings
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import xarray as xr

from ergodica import estimators as est
from ergodica import sims
from ergodica.models.forecast import NVAR, Forecaster, ShallowPLRNN
from ergodica.models.forecast.plrnn_network import ShallowPLRNNNetwork
from ergodica.scripts.studies import documents

RESULT = documents.ROOT / "benchmarks" / "results" / "reconstruction.json"
DT, EXPONENT, LONG, LEFT_OUT, STARTS, AHEAD = 0.01, 0.9056, 100_000, 1000, 20, 2000
CONTEXT = 100
JACOBIANS = 20_000


@dataclass(frozen=True)
class Case:
    """One model on one kind of data; each seed has a training run and weights of its own."""

    name: str
    model: Forecaster
    snapshots: int
    noise: float = 0.0
    variables: tuple[str, ...] = ("x", "y", "z")
    training: dict[str, Any] = field(default_factory=dict)
    seeds: tuple[int, ...] = (0, 1)


STEPS = {"steps": 10_000, "learning_rate": 2e-3}
CASES = (
    *(Case("piecewise-linear", ShallowPLRNN(), count, training=STEPS) for count in (1000, 10_000, 100_000)),
    Case("piecewise-linear, 5 % noise", ShallowPLRNN(), 100_000, 0.05, training=STEPS),
    Case("piecewise-linear, 5 % noise, alpha=.15", ShallowPLRNN(forcing=0.15), 100_000, 0.05, training=STEPS),
    Case(
        "piecewise-linear, x alone",
        ShallowPLRNN(latent=4, delays=30, lookback=40),
        100_000,
        variables=("x",),
        training=STEPS,
    ),
    Case(
        "piecewise-linear, x alone, alpha=.1",
        ShallowPLRNN(latent=4, delays=30, lookback=40, forcing=0.1),
        100_000,
        variables=("x",),
        training=STEPS,
    ),
    Case(
        "piecewise-linear, x alone, alpha=.2, 100 units",
        ShallowPLRNN(latent=4, hidden=100, delays=30, lookback=40, forcing=0.2),
        100_000,
        variables=("x",),
        training=STEPS,
    ),
    Case("autoregression", NVAR(delays=2, spacing=1, degree=4), 1000),
    Case("autoregression, 5 % noise", NVAR(delays=4, spacing=4, degree=3), 10_000, 0.05),
)


def flow(snapshots: int, seed: int) -> xr.Dataset:
    """A run on the attractor."""
    system = sims.Flow(system="lorenz63", spread=1.0)
    made: xr.Dataset = system.run(t_end=DT * (snapshots - 1), snapshots=snapshots, seed=seed, warm_up=50)
    return made


def with_noise(run: xr.Dataset, noise: float, seed: int) -> xr.Dataset:
    """The run as seen with noise."""
    values = run["state"].values
    rng = np.random.default_rng([seed, 1])
    seen = values + noise * values.std(axis=0) * rng.standard_normal(values.shape)
    return run.assign(state=run["state"].copy(data=seen))


def columns(run: xr.Dataset, variables: tuple[str, ...]) -> np.ndarray:
    """Values of components, (..., t, variables)."""
    return np.stack([run.ergodica[name].values for name in variables], axis=-1)


def exponents(model: ShallowPLRNN, orbit: np.ndarray) -> list[float]:
    """Lyapunov exponents of the learned map along an orbit of its whole state, per unit of time."""
    assert isinstance(model.network, ShallowPLRNNNetwork)
    A, W1, W2, _, h2 = (one.detach().double().cpu().numpy() for one in model.network.weights)
    frame, logs = np.eye(len(A)), np.zeros(len(A))
    for z in orbit:
        on = (z @ W2 + h2 > 0) * 1.0 - (z @ W2 > 0)
        frame, growth = np.linalg.qr(np.diag(A) @ frame + (W1 * on) @ (W2.T @ frame))
        logs += np.log(abs(np.diag(growth)))
    return [float(one) for one in logs / len(orbit) / DT]


def scores(made: np.ndarray, truth: np.ndarray) -> dict[str, float]:
    """D_stsp and D_H of 100,000 snapshots."""
    return {
        "d_stsp": float(est.state_space_divergence(made, truth, feature_dim=-1)),
        "d_h": float(est.spectral_hellinger(made, truth, feature_dim=-1)),
    }


def measure(case: Case, seed: int, long: xr.Dataset, starts: xr.Dataset) -> dict[str, Any]:
    """A row of the table."""
    seen = with_noise(flow(case.snapshots, 100 + seed), case.noise, seed)
    began = time.process_time()
    options = {**case.training, "seed": seed} if case.training else {}
    model = type(case.model)(**{n: getattr(case.model, n) for n in case.model.config})
    model.fit(seen, list(case.variables), **options)
    fitted = time.process_time() - began
    truth = columns(long, case.variables)
    began = time.process_time()
    free = columns(model.forecast(seen, horizon=LONG + LEFT_OUT), case.variables)[LEFT_OUT:]
    ran = time.process_time() - began
    row = {
        "case": case.name,
        "snapshots": case.snapshots,
        "seed": seed,
        "fit_seconds": round(fitted, 1),
        "run_seconds": round(ran, 3),
        "settings": model.config,
        "training": options,
        **scores(free, truth),
    }
    windows = columns(starts, case.variables)
    spread = truth.std(axis=0)
    ahead = model.continued(windows[:, :CONTEXT], AHEAD)
    known = windows[:, CONTEXT : CONTEXT + AHEAD]
    times = est.valid_prediction_time(
        ahead, known, dim=-2, feature_dim=-1, scale=spread, exponent=EXPONENT, dt=DT
    )
    one = round(1 / EXPONENT / DT)
    errors = np.sqrt((((ahead - known)[:, :one] / spread) ** 2).mean(axis=(1, 2)))
    row |= {"valid_time": float(np.median(times)), "nrmse_1": float(np.median(errors))}
    if isinstance(model, ShallowPLRNN) and isinstance(model.network, ShallowPLRNNNetwork):
        row |= {"forcing": model.notes["forcing"], "gain": model.notes["gain"]}
        if model.network.latent == len(case.variables):
            orbit = (free[:JACOBIANS] - model.arrays["mean"]) / model.arrays["scale"]
            row["exponents"] = exponents(model, orbit)
    return row


def main() -> None:
    """Measures the cases that are named, or all, one after the other, and writes each as it comes."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("words", nargs="?", default="", help="that the names of the cases begin with")
    asked = parser.parse_args()
    found = json.loads(RESULT.read_text()) if RESULT.exists() else {"rows": []}
    long, other = flow(LONG, 7), flow(LONG, 8)
    cut = flow(STARTS * 3000, 9)
    first = np.arange(STARTS) * 3000
    starts = xr.concat(
        [cut.isel(t=slice(k, k + CONTEXT + AHEAD)).drop_vars("t") for k in first], dim="member"
    )
    found["truth"] = {
        " ".join(names): scores(columns(other, names), columns(long, names))
        for names in (("x", "y", "z"), ("x",))
    }
    for case in (one for one in CASES if one.name.startswith(asked.words)):
        for seed in case.seeds:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                row = measure(case, seed, long, starts)
            key = (row["case"], row["snapshots"], row["seed"])
            rows = [one for one in found["rows"] if (one["case"], one["snapshots"], one["seed"]) != key]
            found["rows"] = [*rows, row]
            found["protocol"] = __doc__
            RESULT.write_text(json.dumps(found, indent=1) + "\n")
            print(
                {name: value for name, value in row.items() if name not in ("settings", "training")},
                flush=True,
            )


if __name__ == "__main__":
    main()
