"""Transfer entropy of two series of symbols, one core, against pyinform from the package index.

Ours is timed as called, on labelled arrays of int64; the other one on the same numbers as plain arrays, of which it
makes its own 32-bit ones.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from timing import best

TITLE = "Transfer entropy of 1e6 symbols"
PEER = "pyinform==0.2.0"
PACKAGES = ("ergodica", "numpy", "numba", "xarray", "pyinform")
THREADS = 1
ROUNDS = 5

N = 1_000_000
JOBS = {
    "two symbols, history 1": (2, 1),
    "two symbols, history 3": (2, 3),
    "four symbols, history 1": (4, 1),
    "ten symbols, history 2": (10, 2),
}


def series(symbols: int) -> tuple[np.ndarray, np.ndarray]:
    """A source, and a target that follows it one step later nine times of ten."""
    rng = np.random.default_rng(symbols)
    source = rng.integers(0, symbols, N)
    target = np.where(rng.random(N) < 0.9, np.roll(source, 1), rng.integers(0, symbols, N))
    return source, target


def ours() -> Callable[[], dict[str, float]]:
    """The public function, of DataArrays."""
    import xarray as xr

    from ergodica import estimators as est

    made = {
        job: [xr.DataArray(one, dims="t") for one in series(symbols)] for job, (symbols, _) in JOBS.items()
    }

    def run() -> dict[str, float]:
        return {
            job: best(lambda a=made[job], k=history: est.transfer_entropy(*a, dim="t", history=k), 10) * 1e3
            for job, (_, history) in JOBS.items()
        }

    run()
    return run


def peer() -> Callable[[], dict[str, float]]:
    """Its only function for this, in C."""
    from pyinform.transferentropy import transfer_entropy

    made = {job: series(symbols) for job, (symbols, _) in JOBS.items()}

    def run() -> dict[str, float]:
        return {
            job: best(lambda a=made[job], k=history: transfer_entropy(*a, k=k), 10) * 1e3
            for job, (_, history) in JOBS.items()
        }

    run()
    return run


def rows(ours: list[dict[str, float]], peer: list[dict[str, float]]) -> list[dict[str, object]]:
    """Milliseconds, and the other's time over ours."""
    found: list[dict[str, object]] = []
    for job in JOBS:
        mine, theirs = min(r[job] for r in ours), min(r[job] for r in peer)
        found.append(
            {
                "job": f"transfer entropy, 1e6 of {job}",
                "ours": f"{mine:.2f} ms",
                "against": f"pyinform: {theirs:.2f} ms",
                "ratio": theirs / mine,
            }
        )
    return found
