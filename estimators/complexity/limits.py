"""Where points of the complexity-entropy plane can lie at all."""

from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.estimators.arrays import Array
from ergodica.estimators.complexity.divergences import JensenShannon
from ergodica.estimators.whole import whole

if TYPE_CHECKING:
    import xarray as xr

HALVINGS = 80
"""Of an interval of probabilities: beyond its last bit."""


def complexity_limits(outcomes: int, *, entropy: Any = None) -> "xr.Dataset":
    """Least and largest Jensen-Shannon complexity of distributions of a given entropy.

    Of all p with Shannon entropy H = h ln n, the complexity C = h D is least for one probability above n - 1 equal
    ones, and largest for one probability at or below k - 1 equal ones, the other n - k being 0.

    Args:
        outcomes: n, >= 2: order! for ordinal patterns.
        entropy: normalized entropies h from 0 to 1, any shape (n,); 501 evenly spaced ones unless told. The upper
            limit has a cusp at each h = ln k/ln n.

    Returns:
        Dataset over `entropy` with `lower` and `upper`, both exact at each h.

    Raises:
        ValueError: outcomes < 2, or entropies outside 0 to 1.

    Source: Martin, Plastino, Rosso 2006, Physica A 369, 439, section 4.
    """
    import xarray as xr

    n = whole("outcomes", outcomes, 2, "use order! for ordinal patterns")
    h = np.linspace(0.0, 1.0, 501) if entropy is None else np.atleast_1d(np.asarray(entropy, np.float64))
    if h.ndim != 1 or not ((h >= 0) & (h <= 1)).all():
        raise ValueError("entropy: must be normalized entropies from 0 to 1 in a row; use normalize=True")
    wanted = h * np.log(n)
    lower = _solve(wanted, np.full(len(h), 1 / n), np.ones(len(h)), n - 1, falling=True)
    # the number of outcomes with any probability: ln(k-1) < H <= ln k, up to the round-off of exp
    k = np.clip(np.ceil(np.exp(wanted) * (1 - 1e-13)), 2, n)
    upper = _solve(wanted, np.zeros(len(h)), 1 / k, k - 1, falling=False)
    found = {
        "lower": ("entropy", h * _divergence(n, lower, n - 1), _attributes("least")),
        "upper": ("entropy", h * _divergence(n, upper, k - 1), _attributes("largest")),
    }
    axis = ("entropy", h, {"units": "1", "long_name": "normalized Shannon entropy"})
    return xr.Dataset(found, coords={"entropy": axis}, attrs={"outcomes": n})


def _attributes(words: str) -> dict[str, str]:
    return {"units": "1", "long_name": f"{words} statistical complexity (Jensen-Shannon)"}


def _solve(wanted: Array, low: Array, high: Array, others: Any, *, falling: bool) -> Array:
    """The probability p, beside `others` equal ones, at which the entropy is as wanted, by halving."""
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        q = (1 - middle) / others
        found = -(_times_log(middle) + others * _times_log(q))
        up = (found > wanted) if falling else (found < wanted)
        low, high = np.where(up, middle, low), np.where(up, high, middle)
    return (low + high) / 2


def _times_log(p: Array) -> Array:
    return np.asarray(p * np.log(np.where(p > 0, p, 1.0)))


def _divergence(n: int, p: Array, others: Any) -> Array:
    """D of p once, `others` equal probabilities and n - 1 - others times 0."""
    measure = JensenShannon()
    zeros = n - 1 - np.asarray(others, np.float64)
    terms = measure.terms(p, n) + others * measure.terms((1 - p) / others, n)
    return np.asarray(np.maximum(terms + zeros * measure.terms(np.zeros(len(p)), n), 0) / measure.largest(n))
