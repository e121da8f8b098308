"""Rates of a jump process between finitely many states: what they may be, and what follows from them exactly.

Rates are w (..., n, n), w[i, j] the rate from i to j, with a diagonal of 0.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ergodica.numerics.errors import ParameterError

Array = np.ndarray

MOST_STATES = 1024
SMALLEST, LARGEST = 1e-150, 1e150
GENERATOR = 1e-9
"""How closely a diagonal must be minus the sum of its row."""


def checked_rates(value: Any) -> Array:
    """Rates (n, n) or (members, n, n) with a diagonal of 0, from nested lists, an array or text as `0,1; 2,0`.

    A diagonal may be that of a generator, minus the sum of its row.

    Raises ParameterError for what is no matrix of rates.
    """
    if isinstance(value, str):
        value = [[entry.strip() for entry in row.split(",")] for row in value.split(";") if row.strip()]
    try:
        rates = np.array(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise ParameterError(
            "rates: must be a square matrix of numbers, got something else; give [[0, 1], [2, 0]]"
        ) from None
    n = rates.shape[-1] if rates.ndim else 0
    if rates.ndim not in (2, 3) or rates.shape[-2] != n or rates.size == 0:
        raise ParameterError(
            f"rates: must have shape (n, n) or (members, n, n), got {rates.shape}; rates[i][j] is from i to j"
        )
    if not 2 <= n <= MOST_STATES:
        raise ParameterError(
            f"rates: must be between 2 to {MOST_STATES} states, got {n}; use a smaller network"
        )
    diagonal = np.einsum("...ii->...i", rates).copy()
    np.einsum("...ii->...i", rates)[...] = 0.0
    wrong = ~((rates == 0) | ((rates >= SMALLEST) & (rates <= LARGEST)))
    if wrong.any():
        place = tuple(int(k) for k in np.argwhere(wrong)[0])
        raise ParameterError(
            f"rates: must be 0 or from {SMALLEST:g} to {LARGEST:g} off the diagonal, got {rates[place]:g} at "
            f"{list(place)}; choose another unit of time"
        )
    leaving = rates.sum(axis=-1)
    if not ((diagonal == 0) | (np.abs(diagonal + leaving) <= GENERATOR * leaving)).all():
        raise ParameterError(
            f"rates: must have 0 or minus the sum of the row on the diagonal, got {diagonal.ravel()[0]:g} with a row "
            f"of sum {leaving.ravel()[0]:g}; rates[i][j] is from i to j"
        )
    return rates


def closed_classes(rates: Array) -> list[Array]:
    """The sets of states of w (n, n) that are never left, each an array of numbers; one of all where irreducible."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    linked = rates > 0
    count, of = connected_components(csr_array(linked), directed=True, connection="strong")
    left = np.zeros(count, bool)
    source, target = np.nonzero(linked)
    left[of[source[of[source] != of[target]]]] = True
    return [np.flatnonzero(of == one) for one in np.flatnonzero(~left)]


def stationary_distribution(rates: Array) -> Array | None:
    """pi (..., n) with pi w = 0 for rates (..., n, n), to the relative accuracy of each entry; None if not unique.

    Elimination without subtraction: Grassmann, Taksar and Heyman 1985, Oper. Res. 33, 1107.
    """
    n = rates.shape[-1]
    rows = rates.reshape(-1, n, n)
    patterns, which = np.unique((rows > 0).reshape(len(rows), -1), axis=0, return_inverse=True)
    found = np.zeros((len(rows), n))
    for number, pattern in enumerate(patterns):
        closed = closed_classes(pattern.reshape(n, n))
        if len(closed) != 1:
            return None
        members = np.flatnonzero(which.reshape(-1) == number)
        inside = rows[np.ix_(members, closed[0], closed[0])]
        found[np.ix_(members, closed[0])] = _eliminated(inside)
    return found.reshape(rates.shape[:-1])


def _eliminated(rates: Array) -> Array:
    w, n = rates.copy(), rates.shape[-1]
    for k in range(n - 1, 0, -1):
        w[:, :k, k] /= w[:, k, :k].sum(axis=-1)[:, None]
        w[:, :k, :k] += w[:, :k, k, None] * w[:, k, None, :k]
    pi = np.ones((len(w), n))
    for k in range(1, n):
        pi[:, k] = (pi[:, :k] * w[:, :k, k]).sum(axis=-1)
    return np.asarray(pi / pi.sum(axis=-1, keepdims=True))


def entropy_production_rate(rates: Array, pi: Array) -> Array:
    """sigma = sum_{i<j} (J_ij - J_ji) ln(J_ij/J_ji), J_ij = pi_i w_ij, shape (...), in nat per unit of time.

    Infinite where a transition that happens has no way back. Schnakenberg 1976, Rev. Mod. Phys. 48, 571.
    """
    flux = pi[..., :, None] * rates
    there, back = (np.broadcast_to(one, flux.shape) for one in (flux, flux.swapaxes(-1, -2)))
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = (there - back) * (np.log(there) - np.log(back)) / 2
    terms = np.where((there == 0) & (back == 0), 0.0, terms)
    return np.asarray(terms.sum(axis=(-2, -1)))
