"""Correlation dimension, correlation entropy and recurrence quantification, one core, against neurokit2."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from timing import best, rows_of_seconds

TITLE = "Correlation dimension and recurrence"
PEER = "neurokit2==0.2.13"
PACKAGES = ("ergodica", "numpy", "numba", "neurokit2")
THREADS = 1
ROUNDS = 3

SIZE = 5_000
LARGE = 50_000  # ours alone
BATCH = (100, 1_000)
ORDER = 3


def logistic(n: int, lanes: int = 1) -> np.ndarray:
    """Orbits of the logistic map at 4."""
    x = np.random.default_rng(n).uniform(0.1, 0.9, size=lanes)
    found = np.empty((lanes, n))
    for t in range(n):
        x = 4 * x * (1 - x)
        found[:, t] = x
    return found


def ours() -> Callable[[], dict[str, float]]:
    """As called, on plain arrays."""
    from ergodica import estimators as est

    x = logistic(SIZE)[0]
    jobs: dict[str, tuple[Callable[[], object], int]] = {
        "dimension": (partial(est.correlation_dimension, x, order=ORDER), 7),
        "rates": (partial(est.recurrence_quantification, x, order=ORDER), 7),
        "fixed rate": (
            partial(est.recurrence_quantification, x, order=ORDER, threshold=est.RecurrenceRate(value=0.05)),
            7,
        ),
        "entropy": (partial(est.correlation_entropy, x, order=8, dt=1.0), 5),
        "batch": (partial(est.correlation_dimension, logistic(BATCH[1], BATCH[0]), order=ORDER), 2),
        "large": (partial(est.correlation_dimension, logistic(LARGE)[0], order=ORDER), 1),
    }
    for job, _ in jobs.values():
        job()
    return lambda: {name: best(job, calls) for name, (job, calls) in jobs.items()}


def peer() -> Callable[[], dict[str, float]]:
    """The same embedding, 64 radii; ours counts pairs within 345."""
    import warnings

    import neurokit2

    warnings.simplefilter("ignore")
    x = logistic(SIZE)[0]
    jobs: dict[str, Callable[[], object]] = {
        "dimension": partial(neurokit2.fractal_correlation, x, delay=1, dimension=ORDER, radius=64),
        "rates": partial(neurokit2.complexity_rqa, x, dimension=ORDER, delay=1, tolerance="sd"),
    }
    return lambda: {name: best(job, 1) for name, job in jobs.items()}


def rows(ours: list[dict[str, float]], peer: list[dict[str, float]]) -> list[dict[str, object]]:
    """Seconds, and the other's time over ours."""
    names = {
        "dimension": f"correlation dimension, order {ORDER}, n = {SIZE}",
        "rates": f"recurrence quantification, order {ORDER}, n = {SIZE}",
        "fixed rate": f"the same at a recurrence rate of 5 %, n = {SIZE}",
        "entropy": f"correlation entropy, order 8, n = {SIZE}",
        "batch": f"correlation dimension of {BATCH[0]} series, n = {BATCH[1]}",
        "large": f"correlation dimension, order {ORDER}, n = {LARGE}",
    }
    return rows_of_seconds(names, ours, peer, "neurokit2")
