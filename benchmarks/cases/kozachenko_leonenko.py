"""Kozachenko and Leonenko's entropy, k = 3, maximum norm, one core, against scipy's tree and NPEET_plus.

Ours is timed as called, through `entropy`. The formula on `scipy.spatial.cKDTree` is what several packages run; the
other is from the package index, and adds noise of 1e-10 to the data. Data are normal; the estimates are compared too.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import numpy as np

TITLE = "Kozachenko-Leonenko entropy"
PEER = "npeet-plus==0.2.0"
PACKAGES = ("ergodica", "numpy", "scipy", "numba", "npeet-plus", "scikit-learn")
THREADS = 1
ROUNDS = 3

JOBS = {
    "1 component, n=100,000": (1, 100_000),
    "3 components, n=100,000": (3, 100_000),
    "10 components, n=10,000": (10, 10_000),
}
BATCH, EACH = 100, 1_000
BATCHES = f"{BATCH} lanes of 2 components, n={EACH:,}"
ENTRIES = ("scipy", "npeet")
K = 3


def cloud(d: int, n: int, lanes: int = 1) -> np.ndarray:
    """Normal points, `(lanes, n, d)`."""
    return np.random.default_rng([d, n]).normal(size=(lanes, n, d))


def timed(jobs: dict[str, Callable[[], float]], calls: int) -> dict[str, float]:
    """Seconds of the fastest of some calls of each job, and what it gives."""
    found: dict[str, float] = {}
    for name, job in jobs.items():
        seconds = math.inf
        for _ in range(calls):
            begin = time.perf_counter()
            found[f"{name}, value"] = job()
            seconds = min(seconds, time.perf_counter() - begin)
        found[name] = seconds
    return found


def ours() -> Callable[[], dict[str, float]]:
    """Through the public function."""
    from ergodica import estimators as est

    options = {"dim": 1, "feature_dim": 2, "estimator": est.KozachenkoLeonenko(k=K, norm="maximum")}
    clouds = {name: cloud(d, n) for name, (d, n) in JOBS.items()} | {BATCHES: cloud(2, EACH, BATCH)}
    jobs = {name: lambda x=x: float(est.entropy(x, **options).mean()) for name, x in clouds.items()}
    timed(jobs, 1)
    return lambda: timed(jobs, 5)


def peer() -> Callable[[], dict[str, float]]:
    """Both, one lane a call."""
    from npeet_plus import entropy
    from scipy.spatial import cKDTree
    from scipy.special import digamma

    def by_scipy(x: np.ndarray) -> float:
        n, d = x.shape
        radius = cKDTree(x).query(x, K + 1, p=np.inf)[0][:, -1]
        return float(digamma(n) - digamma(K) + d * math.log(2) + d * np.log(radius).mean())

    def by_npeet(x: np.ndarray) -> float:
        return float(entropy(x, k=K, base=math.e))

    clouds = {name: cloud(d, n) for name, (d, n) in JOBS.items()} | {BATCHES: cloud(2, EACH, BATCH)}
    jobs = {
        f"{entry}, {name}": lambda x=x, way=way: float(np.mean([way(one) for one in x]))
        for entry, way in zip(ENTRIES, (by_scipy, by_npeet), strict=True)
        for name, x in clouds.items()
    }
    return lambda: timed(jobs, 2)


def rows(ours: list[dict[str, float]], peer: list[dict[str, float]]) -> list[dict[str, object]]:
    """Seconds of each job, how far the estimates are apart, and the time of scipy's tree over ours."""
    found: list[dict[str, object]] = []
    for job in (*JOBS, BATCHES):
        mine = min(r[job] for r in ours)
        tree, other = (min(r[f"{entry}, {job}"] for r in peer) for entry in ENTRIES)
        apart = max(abs(ours[0][f"{job}, value"] - peer[0][f"{entry}, {job}, value"]) for entry in ENTRIES)
        found.append(
            {
                "job": f"Kozachenko-Leonenko entropy, {job}",
                "ours": f"{mine:.4f} s",
                "against": f"scipy's tree: {tree:.3f} s, NPEET_plus: {other:.3f} s; estimates {apart:.1e} nat apart",
                "ratio": tree / mine,
            }
        )
    return found
