"""Sample entropy (order 2, tolerance .2) of Gaussian noise, one core, against antropy, and its kin beside it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from timing import best, rows_of_seconds

TITLE = "Sample entropy"
PEER = "antropy==0.2.3"
PACKAGES = ("ergodica", "numpy", "numba", "antropy")
THREADS = 1
ROUNDS = 3

SIZES = (10_000, 50_000)
LARGE = 1_000_000  # ours alone
BATCH = (1_000, 10_000)
FUZZY = 10_000
APPROXIMATE = 10_000


def noise(*shape: int) -> np.ndarray:
    """Independent Gaussian numbers."""
    return np.random.default_rng(shape[-1]).normal(size=shape)


def ours() -> Callable[[], dict[str, float]]:
    """As called, on plain arrays."""
    from ergodica import estimators as est

    jobs: dict[str, tuple[Callable[[], object], int]] = {
        f"n={n}": (partial(est.sample_entropy, noise(n)), 7) for n in SIZES
    }
    jobs[f"n={LARGE}"] = (partial(est.sample_entropy, noise(LARGE)), 1)
    jobs["batch"] = (partial(est.sample_entropy, noise(*BATCH)), 1)
    jobs["order 3"] = (partial(est.sample_entropy, noise(SIZES[1]), order=3), 3)
    jobs["approximate"] = (partial(est.approximate_entropy, noise(APPROXIMATE)), 7)
    jobs["fuzzy"] = (partial(est.fuzzy_entropy, noise(FUZZY)), 3)
    jobs["multiscale"] = (
        partial(est.multiscale, est.sample_entropy, noise(SIZES[1]), method=est.RefinedComposite()),
        1,
    )
    for job, _ in jobs.values():
        job()
    return lambda: {name: best(job, calls) for name, (job, calls) in jobs.items()}


def peer() -> Callable[[], dict[str, float]]:
    """The same definitions, one series at a time."""
    import antropy

    jobs: dict[str, tuple[Callable[[], object], int]] = {
        f"n={n}": (partial(antropy.sample_entropy, noise(n)), 2) for n in SIZES
    }
    rows = noise(*BATCH)[:10]
    jobs["batch"] = (lambda: [antropy.sample_entropy(x) for x in rows], 1)
    jobs["order 3"] = (partial(antropy.sample_entropy, noise(SIZES[1]), order=3), 1)
    jobs["approximate"] = (partial(antropy.app_entropy, noise(APPROXIMATE)), 2)
    for job, _ in jobs.values():
        job()

    def run() -> dict[str, float]:
        found = {name: best(job, calls) for name, (job, calls) in jobs.items()}
        found["batch"] *= BATCH[0] / len(rows)
        return found

    return run


def rows(ours: list[dict[str, float]], peer: list[dict[str, float]]) -> list[dict[str, object]]:
    """Seconds, and the other's time over ours."""
    names = {
        **{f"n={n}": f"sample entropy, n = {n}" for n in SIZES},
        "batch": f"sample entropy of {BATCH[0]} series, n = {BATCH[1]}",
        "order 3": f"sample entropy of order 3, n = {SIZES[1]}",
        "approximate": f"approximate entropy, n = {APPROXIMATE}",
        f"n={LARGE}": f"sample entropy, n = {LARGE}",
        "fuzzy": f"fuzzy entropy, n = {FUZZY}",
        "multiscale": f"sample entropy at scales 1 to 20, refined composite, n = {SIZES[1]}",
    }
    return rows_of_seconds(names, ours, peer, "antropy")
