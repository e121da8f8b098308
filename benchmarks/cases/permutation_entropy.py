"""Permutation entropy of one long series and of a batch, one core, against antropy from the package index.

Ours is timed as called, with labelled arrays in and out; antropy one plain series at a time. Both give the same number.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from timing import best

TITLE = "Permutation entropy"
PEER = "antropy==0.2.3"
PACKAGES = ("ergodica", "numpy", "scipy", "numba", "antropy")
THREADS = 1
ROUNDS = 5

LONG = 1_000_000
BATCH = (1_000, 10_000)
ORDERS = (3, 5, 7)
DELAY = 10


def data() -> tuple[np.ndarray, np.ndarray]:
    """White noise, in which every pattern comes and no branch can be foreseen."""
    rng = np.random.default_rng(0)
    return rng.normal(size=LONG), rng.normal(size=BATCH)


def ours() -> Callable[[], dict[str, float]]:
    """Labelled arrays through the public function."""
    import xarray as xr

    from ergodica import estimators as est

    one, many = data()
    series = xr.DataArray(one, dims="t", coords={"t": np.arange(LONG) * 0.1})
    batch = xr.DataArray(many, dims=("lane", "t"))
    weighted = est.weighted_permutation_entropy

    def run() -> dict[str, float]:
        found = {f"order {m}": best(lambda m=m: est.permutation_entropy(series, order=m), 10) for m in ORDERS}
        found["delay"] = best(lambda: est.permutation_entropy(series, delay=DELAY), 10)
        found["weighted"] = best(lambda: weighted(series), 10)
        found["batch"] = best(lambda: est.permutation_entropy(batch, dim="t"), 5)
        found["value"] = float(est.permutation_entropy(series, base=2))
        return found

    est.permutation_entropy(series)
    weighted(series)
    est.permutation_entropy(batch, dim="t")
    return run


def peer() -> Callable[[], dict[str, float]]:
    """Plain arrays; the batch row by row."""
    import antropy

    one, many = data()

    def run() -> dict[str, float]:
        found = {f"order {m}": best(lambda m=m: antropy.perm_entropy(one, order=m), 3) for m in ORDERS}
        found["delay"] = best(lambda: antropy.perm_entropy(one, order=5, delay=DELAY), 3)
        found["batch"] = best(lambda: [antropy.perm_entropy(row, order=5) for row in many], 1)
        found["value"] = float(antropy.perm_entropy(one, order=5))
        return found

    antropy.perm_entropy(one, order=5)
    return run


def rows(ours: list[dict[str, float]], peer: list[dict[str, float]]) -> list[dict[str, object]]:
    """Milliseconds of each job, and the other's time over ours."""
    difference = abs(ours[0]["value"] - peer[0]["value"])
    if difference > 1e-10:
        raise ValueError(
            f"value: both must agree to 1e-10, got {difference:g} apart; look at the definitions"
        )
    words = {
        **{f"order {m}": f"order {m}, n = 1e6" for m in ORDERS},
        "delay": f"order 5, delay {DELAY}, n = 1e6",
        "weighted": "weighted, order 5, n = 1e6",
        "batch": "order 5, 1000 series of 10,000",
    }
    found: list[dict[str, object]] = []
    for key, job in words.items():
        mine = min(r[key] for r in ours) * 1e3
        theirs = min(r[key] for r in peer) * 1e3 if key in peer[0] else None
        found.append(
            {
                "job": f"permutation entropy, {job}",
                "ours": f"{mine:.3g} ms",
                "against": "-" if theirs is None else f"antropy: {theirs:.3g} ms",
                "ratio": None if theirs is None else theirs / mine,
            }
        )
    return found
