"""How often intervals hold the truth: every method of resampling on sources whose value is known.

    python scripts/studies/interval_coverage.py

Writes `benchmarks/results/interval_coverage.json`, from which the table of the documentation is made.
"""

from __future__ import annotations

import datetime
import functools
import json
import math
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from ergodica import estimators as est
from ergodica.estimators.resampling import Resampling

RESULT = Path(__file__).parents[2] / "benchmarks" / "results" / "interval_coverage.json"
TRIALS = 2000
BATCH = 250
MEMBERS = 16
LEVEL = 0.95

Source = Callable[[np.random.Generator, int, int], tuple[np.ndarray, ...]]


@dataclass(frozen=True)
class Case:
    """A source with a known value, and the estimator that is to find it in n samples."""

    name: str
    sample: Source
    n: int
    truth: float
    estimate: Callable[..., Any]
    neighbours: bool = False
    """Whether exact copies break it, and it is no smooth function of the sample: neither bootstrap nor jackknife."""
    ordered: bool = False
    """Whether samples follow one another, so that blocks must be longer than one."""


def normal(rng: np.random.Generator, lanes: int, n: int) -> tuple[np.ndarray, ...]:
    """Independent standard normal numbers."""
    return (rng.normal(size=(lanes, n)),)


def correlated(rng: np.random.Generator, lanes: int, n: int) -> tuple[np.ndarray, ...]:
    """Two normal numbers with correlation .6."""
    x = rng.normal(size=(lanes, n))
    return x, 0.6 * x + 0.8 * rng.normal(size=(lanes, n))


def letters(rng: np.random.Generator, lanes: int, n: int) -> tuple[np.ndarray, ...]:
    """Letters of probabilities 1/2, 1/4, 1/8, 1/8."""
    return (np.digitize(rng.random((lanes, n)), [0.5, 0.75, 0.875]),)


def chain(rng: np.random.Generator, lanes: int, n: int) -> tuple[np.ndarray, ...]:
    """The Markov chain with P = [[.9, .1], [.3, .7]]."""
    u = rng.random((n, lanes))
    states = np.empty((n, lanes), int)
    states[0] = u[0] > 0.75
    for i in range(1, n):
        states[i] = u[i] < np.where(states[i - 1] == 0, 0.1, 0.7)
    return (states.T,)


def driven(rng: np.random.Generator, lanes: int, n: int) -> tuple[np.ndarray, ...]:
    """x_t = x/2 + e and y_t = y/2 + .4 x + e."""
    e = rng.normal(size=(n + 50, 2, lanes))
    x, y = np.zeros((2, lanes)), None
    path = np.empty((n + 50, 2, lanes))
    for i in range(n + 50):
        x, y = (0.5 * x[0] + e[i, 0], 0.5 * x[1] + 0.4 * x[0] + e[i, 1])
        x = np.stack([x, y])
        path[i] = x
    return path[50:, 0].T, path[50:, 1].T


MARKOV = 0.75 * -(0.9 * math.log(0.9) + 0.1 * math.log(0.1)) + 0.25 * -(
    0.3 * math.log(0.3) + 0.7 * math.log(0.7)
)

CASES = (
    Case(
        "normal, Kozachenko-Leonenko, n=1000",
        normal,
        1000,
        0.5 * math.log(2 * math.pi * math.e),
        functools.partial(est.entropy, estimator=est.KozachenkoLeonenko()),
        neighbours=True,
    ),
    Case(
        "normal, Gaussian formula, n=500",
        normal,
        500,
        0.5 * math.log(2 * math.pi * math.e),
        functools.partial(est.entropy, estimator=est.GaussianPlugIn()),
    ),
    Case(
        "correlation .6, KSG, n=1000",
        correlated,
        1000,
        -0.5 * math.log(1 - 0.36),
        functools.partial(est.mutual_information, estimator=est.KSG()),
        neighbours=True,
    ),
    Case(
        "correlation .6, Gaussian copula, n=500",
        correlated,
        500,
        -0.5 * math.log(1 - 0.36),
        functools.partial(est.mutual_information, estimator=est.GaussianCopula()),
    ),
    Case(
        "four letters, Miller-Madow, n=500",
        letters,
        500,
        1.75 * math.log(2),
        functools.partial(est.entropy, space=est.Symbols(), estimator=est.MillerMadow()),
    ),
    Case(
        "Markov chain, entropy rate, n=2000",
        chain,
        2000,
        MARKOV,
        functools.partial(est.entropy_rate, method=est.Markov(order=1)),
        ordered=True,
    ),
    Case(
        "driven autoregression, transfer entropy by copula, n=2000",
        driven,
        2000,
        0.0920525,
        functools.partial(est.transfer_entropy, estimator=est.GaussianCopula()),
        ordered=True,
    ),
)


def methods(case: Case) -> dict[str, Resampling]:
    """The ways to an error that suit a case."""
    found: dict[str, Resampling] = {"subsampling": est.Subsampling()}
    if not case.neighbours:
        found["jackknife"] = est.BlockJackknife()
        found["bootstrap of blocks"] = est.BlockBootstrap(length=None if case.ordered else 1)
    found["bootstrap of members"] = est.MemberBootstrap()
    return found


def covered(case: Case, method: Resampling, trials: int, seed: int = 0) -> dict[str, float]:
    """Share of the intervals that hold the truth, and how estimates and errors came out."""
    ensemble = isinstance(method, est.MemberBootstrap)
    inside, estimates, errors = [], [], []
    for first in range(0, trials, BATCH):
        count = min(BATCH, trials - first)
        rng = np.random.default_rng([seed, first])
        if ensemble:
            arrays = [
                xr.DataArray(a.reshape(count, MEMBERS, -1), dims=("trial", "member", "t"))
                for a in case.sample(rng, count * MEMBERS, case.n // MEMBERS * MEMBERS)
            ]
        else:
            arrays = [xr.DataArray(a, dims=("trial", "t")) for a in case.sample(rng, count, case.n)]
        found = est.confidence(case.estimate, *arrays, method=method, level=LEVEL, seed=first)
        inside.append((found.lower <= case.truth) & (case.truth <= found.upper))
        estimates.append(found.estimate)
        errors.append(found.standard_error)
    estimate, error = (np.concatenate([one.values for one in part]) for part in (estimates, errors))
    return {
        "coverage": float(np.concatenate([one.values for one in inside]).mean()),
        "bias": float(estimate.mean() - case.truth),
        "spread": float(estimate.std(ddof=1)),
        "mean error": float(np.sqrt((error**2).mean())),
    }


def study(trials: int = TRIALS) -> dict[str, Any]:
    """Every case by every method."""
    table = []
    for case in CASES:
        for name, method in methods(case).items():
            row = {"case": case.name, "method": name, **covered(case, method, trials)}
            print(
                "{case}: {method}: {coverage:.3f}, bias {bias:.2g}, spread {spread:.3g}".format(**row),
                flush=True,
            )
            table.append(row)
    return {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "trials": trials,
        "members": MEMBERS,
        "level": LEVEL,
        "cases": table,
    }


if __name__ == "__main__":
    found = study(int(sys.argv[1]) if len(sys.argv) > 1 else TRIALS)
    if len(sys.argv) == 1:
        RESULT.write_text(json.dumps(found, indent=1) + "\n")
