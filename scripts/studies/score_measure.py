"""A trained score beside the exact one, on states that it was not trained on."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ergodica import models
from ergodica.models.score.process import process_of

if TYPE_CHECKING:
    import xarray as xr

Array = NDArray[np.float64]
Row = dict[str, Any]
Score = Callable[[Array], Array]


def states(ds: xr.Dataset) -> Array:
    """All states of a dataset, (samples, sites * degrees), members one after the other."""
    process = process_of(ds)
    raw = {}
    for name in process.variables:
        values = ds[name].values
        raw[name] = values if "member" not in ds[name].dims else values.reshape(-1, *values.shape[2:])
    found = process.states(raw)
    return np.asarray(found.reshape(len(found), -1), np.float64)


def relative(found: Array, exact: Array) -> float:
    """sqrt(<|found - exact|^2>/<|exact|^2>), over samples and degrees of freedom."""
    return float(np.sqrt(((found - exact) ** 2).sum() / (exact**2).sum()))


def measured(network: Any, ds: xr.Dataset, score: Score) -> Row:
    """Errors of score and flow, and entropy production with its part of the propulsions, on a dataset.

    Args:
        network: a score network or an ensemble.
        ds: exact samples that were not trained on.
        score: the exact one, of states (samples, sites * degrees).

    Returns:
        `score`, `score_whitened` (in standard deviations of the states) and `flow`, relative errors in L2, weighted by
        the density; `total` and `g` by the network, `exact_score_total` and `exact_score_g` by the exact score on the
        same states, which are off by chance alone; `identity`, the total without a score. g is None where no degree
        of freedom is a propulsion.
    """
    with one_core():
        found = models.score.entropy_production(network, ds, record=("score", "velocity"), progress=False)
    x = states(ds)
    exact = score(x)
    process = process_of(ds)
    noise = np.kron(np.eye(process.sites), process.diffusion)
    learned = found["score"].values.reshape(len(x), -1)
    flow = found["velocity"].values.reshape(len(x), -1)
    exact_flow = flow + (learned - exact) @ noise
    root = np.linalg.cholesky(np.cov(x.T))
    propelled = np.array([name.startswith(("propulsion", "g")) for name in process.names])
    produced = exact_flow * (exact_flow @ np.linalg.pinv(noise))
    by_degree = produced.mean(axis=0).reshape(process.sites, -1).sum(axis=0)
    row: Row = {
        "score": relative(learned, exact),
        "score_whitened": relative(learned @ root, exact @ root),
        "flow": relative(flow, exact_flow),
        "total": float(found["total"]),
        "total_error": float(found["total_standard_error"]),
        "identity": float(found["identity_total"]),
        "identity_error": float(found["identity_total_standard_error"]),
        "exact_score_total": float(by_degree.sum()),
        "g": None,
        "exact_score_g": None,
    }
    if propelled.any():
        row["g"] = float(found["by_degree_of_freedom"].values[propelled].sum())
        row["exact_score_g"] = float(by_degree[propelled].sum())
    return row


def covariance_alone(training: xr.Dataset, test: xr.Dataset, score: Score) -> float:
    """Error of the score of a Gaussian with mean and covariance of the training data: no network at all."""
    x, seen = states(test), states(training)
    found = -np.linalg.solve(np.cov(seen.T), (x - seen.mean(axis=0)).T).T
    return relative(found, score(x))


@contextmanager
def one_core() -> Iterator[Row]:
    """Runs torch on one thread; leaves the `seconds` of processor time in what it gives.

    Compiled simulations of many members raise the number of threads that torch takes, so that trainings ask for one.
    """
    from ergodica.models.torch_needed import torch

    told: Row = {}
    before, start = torch.get_num_threads(), time.process_time()
    torch.set_num_threads(1)
    try:
        yield told
    finally:
        torch.set_num_threads(before)
        told["seconds"] = time.process_time() - start
