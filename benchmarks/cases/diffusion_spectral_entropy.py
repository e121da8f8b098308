"""Diffusion spectral entropy of 2000 vectors of 128 components, one core, against its definition in plain numpy.

The published implementation's licence keeps it out of here: the peer is the same arithmetic written down with scipy.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

TITLE = "Diffusion spectral entropy"
PEER = "scipy scikit-learn"
PACKAGES = ("ergodica", "numpy", "scipy", "numba", "scikit-learn")
THREADS = 1
ROUNDS = 3

SHAPE = (2000, 128)
SIGMA = 10.0


def vectors() -> np.ndarray:
    """Normal activations in eight classes."""
    rng = np.random.default_rng(0)
    return rng.normal(size=SHAPE) + 2 * rng.normal(size=(8, SHAPE[1]))[np.arange(SHAPE[0]) % 8]


def timed(job: Callable[[], float]) -> dict[str, float]:
    """Seconds of a call and what it found."""
    begin = time.perf_counter()
    value = job()
    return {"seconds": time.perf_counter() - begin, "value": float(value)}


def ours() -> Callable[[], dict[str, float]]:
    """Through a labelled array."""
    import xarray as xr

    from ergodica import estimators as est

    x = xr.DataArray(vectors(), dims=("sample", "unit"))

    def job() -> float:
        return float(est.diffusion_spectral_entropy(x, dim="sample", feature_dim="unit", sigma=SIGMA, base=2))

    job()
    return lambda: timed(job)


def peer() -> Callable[[], dict[str, float]]:
    """Pairwise distances of scikit-learn, the symmetric operator by matrix products and its eigenvalues."""
    from sklearn.metrics import pairwise_distances

    x = vectors()

    def job() -> float:
        gram = np.exp(-(pairwise_distances(x) ** 2) / (2 * SIGMA**2))
        inverse = np.diag(gram.sum(1) ** -0.5)
        values = np.abs(np.linalg.eigvalsh(inverse @ gram @ inverse))
        p = values / values.sum()
        p = p[p > 0]
        return float(-(p * np.log2(p)).sum())

    job()
    return lambda: timed(job)


def rows(ours: list[dict[str, float]], peer: list[dict[str, float]]) -> list[dict[str, object]]:
    """Seconds a call, and the other's over ours."""
    mine, other = (min(one["seconds"] for one in side) for side in (ours, peer))
    return [
        {
            "job": f"diffusion spectral entropy, {SHAPE[0]} vectors of {SHAPE[1]} components",
            "ours": f"{mine:.3g} s, {ours[0]['value']:.6f} bit",
            "against": f"its formula in scikit-learn and numpy: {other:.3g} s, {peer[0]['value']:.6f} bit",
            "ratio": other / mine,
        }
    ]
