"""Divergence of the measure of a forecast from that of the attractor."""

from collections.abc import Sequence
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ergodica.estimators.arrays import Array
from ergodica.estimators.claims import Claims, Exact
from ergodica.estimators.forecasts.pairs import scored
from ergodica.estimators.labelled import Dim
from ergodica.estimators.registry import register
from ergodica.estimators.samples import Label
from ergodica.numerics.deviation import deviation
from ergodica.numerics.errors import ParameterError

BINS = 30
PSEUDOCOUNT = 1e-5
MARGIN = 0.1
"""Standard deviations by which the box is wider than the range of the truth, on each side."""
DENSE = 2**21
"""Cells up to which an array of all of them is counted in."""


def _two_gaussians(rng: np.random.Generator) -> tuple[Array, Array]:
    return 0.5 + rng.normal(size=(20_000, 1)), rng.normal(size=(20_000, 1))


CLAIMS = Claims(
    needs="vectors of 2 components or so, 100,000 samples for a value to compare; 6 components at most",
    cost="O(n d)",
    invariances={"shift": 1e-2, "scale": 1e-12, "sign": 1e-2, "order": 1e-12, "reversal": 1e-12},
    exact=(
        Exact(name="equal", sample=lambda rng: (one := rng.normal(size=(500, 3)), one), value=0.0),
        Exact(
            name="two Gaussians half a standard deviation apart",
            sample=_two_gaussians,
            value=0.125,
            bias=0.006,
            spread=0.007,
            source="(difference of the means)^2/2, at 20,000 samples",
        ),
    ),
)


@register(family="forecasts", takes={"forecast": "samples", "truth": "samples"}, claims=CLAIMS)
def state_space_divergence(
    forecast: Any,
    truth: Any,
    *,
    dim: Dim = None,
    feature_dim: str | Sequence[str] | int | None = None,
    bins: int = BINS,
    pseudocount: float = PSEUDOCOUNT,
) -> Any:
    """Divergence of where a forecast is from where the truth is: D_stsp, in a grid over the attractor.

    D = sum_c p_c ln(p_c/q_c),  p_c = (n_c + a)/(n + a K),  q_c of the forecast likewise

    c counts the cells of a grid of `bins` in each component over the range of the truth, .1 of its standard deviation
    wider on each side, and one cell for all that lies outside: K = bins^d + 1. So a forecast that leaves pays for it,
    where the published code leaves such points out; a forecast within the box has the published value.

    Args:
        forecast, truth: states, DataArrays or plain arrays of real numbers, as many of both, in any order.
        dim: the dimension of the samples, or several; every other one is mapped.
        feature_dim: the components; None for scalars.
        bins: in each component, 2 or more.
        pseudocount: a, added to each cell, positive.

    Returns:
        DataArray over the other dimensions, or an array, in nat: 0 for equal measures. NaN where no component of the
        truth changes, or a lane holds NaN or infinity.

    Raises:
        TypeError: data that are no real numbers.
        ValueError: fewer than 2 samples, bins or a pseudocount out of range, or pseudocounts that outweigh the samples
            (bins^d a > n), so that everything looks alike: fewer bins or components.

    Good values: the defaults with 100,000 samples of each. It depends on their number, as two halves of one orbit are
    never equal: compare values of the same number alone.

    Source: Hess, Monfared, Brenner, Durstewitz 2023, Proc. Mach. Learn. Res. 202, 13017, appendix.
    """
    if isinstance(bins, bool) or not isinstance(bins, Integral) or bins < 2:
        raise ParameterError(f"bins: must be a whole number from 2, got {bins!r}; use {BINS}")
    if not isinstance(pseudocount, int | float) or not 0 < pseudocount < np.inf:
        raise ParameterError(
            f"pseudocount: must be a positive number, got {pseudocount!r}; use {PSEUDOCOUNT}"
        )
    bins = int(bins)

    def lanes(f: Array, y: Array) -> Array:
        added = pseudocount * float(bins) ** y.shape[2]
        if added > y.shape[1]:
            raise ParameterError(
                f"bins: must leave the pseudocounts ({pseudocount:g} of {bins}^{y.shape[2]} cells) below the "
                f"{y.shape[1]} samples; use bins={max(2, int((y.shape[1] / pseudocount) ** (1 / y.shape[2])))}"
            )
        return np.array([_divergence(one, two, bins, pseudocount) for one, two in zip(f, y, strict=True)])

    method = f"state_space_divergence(bins={bins}, pseudocount={pseudocount:g})"
    label = Label(
        name="state_space_divergence", units="nat", long_name="state space divergence", method=method
    )
    return scored(lanes, forecast, truth, label=label, dim=dim, feature_dim=feature_dim)


def _divergence(f: Array, y: Array, bins: int, pseudocount: float) -> float:
    """D of one lane `(n, d)`; components of the truth that do not change are left out."""
    changes = np.ptp(y, axis=0) > 0
    if not changes.any():
        return np.nan
    f, y = f[:, changes], y[:, changes]
    margin = MARGIN * deviation(y)[0]
    low, high = y.min(axis=0) - margin, y.max(axis=0) + margin
    # halves, so that a range of the largest numbers does not overflow
    width = (high / 2 - low / 2) / bins
    cells, count = _cells(np.concatenate([y, f]), low, width, bins), len(y)
    at_truth, at_forecast = _counts(cells, count, bins ** y.shape[1])
    whole = float(bins) ** y.shape[1] + 1
    total = count + pseudocount * whole
    p, q = (at_truth + pseudocount) / total, (at_forecast + pseudocount) / total
    # a cell that is empty in both adds nothing: both have as many samples
    return max(float((p * np.log(p / q)).sum()), 0.0)


def _cells(x: Array, low: Array, width: Array, bins: int) -> NDArray[np.int64]:
    """Number of the cell of each vector, -1 outside of the box."""
    number = np.zeros(len(x), np.int64)
    outside = np.zeros(len(x), bool)
    largest = 1
    for values, start, step in zip(x.T, low, width, strict=True):
        place = np.floor((values / 2 - start / 2) / step)
        outside |= (place < 0) | (place >= bins)
        if largest > np.iinfo(np.int64).max // bins:
            # too many cells for one whole number: those that are there are numbered anew
            number = np.unique(number, return_inverse=True)[1]
            largest = len(x)
        number = number * bins + np.clip(place, 0, bins - 1).astype(np.int64)
        largest *= bins
    number[outside] = -1
    return number


def _counts(cells: NDArray[np.int64], truth: int, whole: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """How often each cell that is met holds the truth, the first `truth` of `cells`, and the forecast."""
    if whole < DENSE:
        number, size = cells + 1, whole + 1
    else:
        known, number = np.unique(cells, return_inverse=True)
        size = len(known)
    both = [np.bincount(one, minlength=size) for one in (number[:truth], number[truth:])]
    met = (both[0] > 0) | (both[1] > 0)
    return both[0][met], both[1][met]
