"""Lempel-Ziv 1976 complexity of a series, one core, against antropy from the package index.

antropy looks through the whole past for each phrase: its time grows as n^2/ln n, so that it is timed up to 1e5 symbols,
and ours up to 1e6.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from timing import best

TITLE = "Lempel-Ziv 1976 complexity"
PEER = "antropy==0.2.3"
PACKAGES = ("ergodica", "numpy", "numba", "xarray", "antropy")
THREADS = 1
ROUNDS = 3

SHARED = (10_000, 100_000)  # with the peer, fair bits
LARGE = 1_000_000
ALONE = ("2 symbols", "9 symbols", "1000 symbols", "a chain, .1 and .3", "a period of 1000")


def series(kind: str, n: int) -> np.ndarray:
    """Symbols of that kind."""
    rng = np.random.default_rng(0)
    if kind.endswith(" symbols"):
        return rng.integers(0, int(kind.split()[0]), n)
    if kind.startswith("a period"):
        return np.arange(n) % 1000
    draws, found = rng.random(n), np.zeros(n, np.int64)
    for t in range(1, n):
        found[t] = draws[t] < (0.7 if found[t - 1] else 0.1)
    return found


def ours() -> Callable[[], dict[str, float]]:
    """The public function, of DataArrays."""
    import xarray as xr

    from ergodica import estimators as est

    made = {f"n={n}": xr.DataArray(series("2 symbols", n), dims="t") for n in SHARED}
    made |= {kind: xr.DataArray(series(kind, LARGE), dims="t") for kind in ALONE}

    def run() -> dict[str, float]:
        return {
            job: best(lambda x=x: est.lempel_ziv_complexity(x, dim="t"), 3) * 1e3 for job, x in made.items()
        }

    run()
    return run


def peer() -> Callable[[], dict[str, float]]:
    """Its function, compiled by numba too."""
    import antropy

    made = {f"n={n}": series("2 symbols", n) for n in SHARED}
    antropy.lziv_complexity(made["n=10000"][:100])

    def run() -> dict[str, float]:
        return {job: best(lambda x=x: antropy.lziv_complexity(x), 1) * 1e3 for job, x in made.items()}

    return run


def rows(ours: list[dict[str, float]], peer: list[dict[str, float]]) -> list[dict[str, object]]:
    """Milliseconds, and the other's time over ours."""

    def row(job: str, key: str) -> dict[str, object]:
        mine = min(r[key] for r in ours)
        theirs = min((r[key] for r in peer if key in r), default=None)
        return {
            "job": f"Lempel-Ziv complexity, {job}",
            "ours": f"{mine:.3g} ms",
            "against": "-" if theirs is None else f"antropy: {theirs:.4g} ms",
            "ratio": None if theirs is None else theirs / mine,
        }

    return [
        *(row(f"fair bits, n = {n}", f"n={n}") for n in SHARED),
        *(row(f"{kind}, n = {LARGE}, too long for antropy", kind) for kind in ALONE),
    ]
