"""Mutual information from neighbours, k = 3, one core, against NPEET_plus from the package index.

Ours is timed as called, through `mutual_information`. Data are normal, x and y correlated by .6 component by component.
The estimates of both are compared too: the other adds noise of 1e-10 to the data, ours is asked not to scale them.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import numpy as np

TITLE = "Mutual information by Kraskov, Stoegbauer and Grassberger"
PEER = "npeet-plus==0.2.0"
PACKAGES = ("ergodica", "numpy", "scipy", "numba", "npeet-plus", "scikit-learn")
THREADS = 1
ROUNDS = 3

JOBS = {
    "1+1 components, n=10,000": (1, 10_000),
    "1+1 components, n=100,000": (1, 100_000),
    "5+5 components, n=10,000": (5, 10_000),
}
GIVEN = "conditional, 1+1+1 components, n=10,000"
BATCH, EACH = 100, 1_000
BATCHES = f"{BATCH} lanes of 1+1 components, n={EACH:,}"
K = 3


def pair(d: int, n: int, lanes: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """x, y and an independent z, `(lanes, n, d)`."""
    rng = np.random.default_rng([d, n])
    x, noise, z = rng.normal(size=(3, lanes, n, d))
    return x, 0.6 * x + 0.8 * noise, z


def best(job: Callable[[], float], calls: int) -> tuple[float, float]:
    """Seconds of the fastest call, and what it gives."""
    found, value = math.inf, math.nan
    for _ in range(calls):
        begin = time.perf_counter()
        value = job()
        found = min(found, time.perf_counter() - begin)
    return found, value


def timed(jobs: dict[str, Callable[[], float]], calls: int) -> dict[str, float]:
    """Times and values of all jobs."""
    found: dict[str, float] = {}
    for name, job in jobs.items():
        found[name], found[f"{name}, value"] = best(job, calls)
    return found


def ours() -> Callable[[], dict[str, float]]:
    """Through the public functions."""
    from ergodica import estimators as est

    way = est.KSG(k=K, standardize=False)
    options = {"dim": 0, "feature_dim": 1, "estimator": way}

    def information(x: np.ndarray, y: np.ndarray) -> float:
        return float(est.mutual_information(x, y, **options))

    jobs: dict[str, Callable[[], float]] = {}
    for name, (d, n) in JOBS.items():
        x, y, _ = pair(d, n)
        jobs[name] = lambda x=x[0], y=y[0]: information(x, y)
    x, y, z = pair(1, 10_000)
    jobs[GIVEN] = lambda x=x[0], y=y[0], z=z[0]: float(est.conditional_mutual_information(x, y, z, **options))
    x, y, _ = pair(1, EACH, BATCH)
    jobs[BATCHES] = lambda x=x[..., 0], y=y[..., 0]: float(est.mutual_information(x, y, estimator=way).mean())
    timed(jobs, 1)
    return lambda: timed(jobs, 5)


def peer() -> Callable[[], dict[str, float]]:
    """A tree of boxes of scikit-learn, one lane a call."""
    from npeet_plus import mi

    def information(*arrays: np.ndarray) -> float:
        return float(mi(*arrays, k=K, base=math.e))

    jobs: dict[str, Callable[[], float]] = {}
    for name, (d, n) in JOBS.items():
        x, y, _ = pair(d, n)
        jobs[name] = lambda x=x[0], y=y[0]: information(x, y)
    x, y, z = pair(1, 10_000)
    jobs[GIVEN] = lambda x=x[0], y=y[0], z=z[0]: information(x, y, z)
    x, y, _ = pair(1, EACH, BATCH)
    jobs[BATCHES] = lambda x=x, y=y: float(
        np.mean([information(one, other) for one, other in zip(x, y, strict=True)])
    )
    return lambda: timed(jobs, 2)


def rows(ours: list[dict[str, float]], peer: list[dict[str, float]]) -> list[dict[str, object]]:
    """Seconds of each job, and how far the estimates are apart."""
    found: list[dict[str, object]] = []
    for job in (*JOBS, GIVEN, BATCHES):
        mine, theirs = (min(r[job] for r in side) for side in (ours, peer))
        apart = abs(ours[0][f"{job}, value"] - peer[0][f"{job}, value"])
        found.append(
            {
                "job": f"KSG information, {job}",
                "ours": f"{mine:.4f} s",
                "against": f"NPEET_plus: {theirs:.3f} s; estimates {apart:.1e} nat apart",
                "ratio": theirs / mine,
            }
        )
    return found
