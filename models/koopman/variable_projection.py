"""Least squares over the eigenvalues of a sum of exponentials, its amplitudes being solved for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ergodica.models.koopman.exponentials import sequences

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

STEPS = 60
DAMPING = 1e-3
"""Of the first step, relative to the diagonal of the Hessian."""
GAIN, MOVE = 1e-13, 1e-14
"""Relative gain of the last step, and the size of one that changes nothing."""


def best_exponentials(
    starts: Array, series: Array, kept: Array | None = None, steps: int = STEPS
) -> tuple[Array, Array]:
    """min over theta and C of |Y - V(theta) C|^2 by variable projection and Levenberg-Marquardt, from several starts.

    The Jacobian of the projected residual is that of Golub and Pereyra, both terms. Only its Gram matrix is made, from
    products as small as the number of exponentials, so that a step costs the same for one column of Y and for many.

    Args:
        starts: parameters as in `exponentials.factors_of`, (starts, r).
        series: Y, (snapshots, columns), or one for each start, (starts, snapshots, columns).
        kept: 1 for the snapshots that count and 0 for the others, (starts, snapshots); None for all.
        steps: at most.

    Returns:
        Parameters (starts, r) and the squared residuals (starts,), infinite where a start overflows.

    Source: Golub and Pereyra 1973, SIAM J. Numer. Anal. 10, 413.
    """
    r = starts.shape[-1]
    theta, damping, going = starts.copy(), np.full(len(starts), DAMPING), np.ones(len(starts), dtype=bool)
    cost, gradient, hessian = _quadratic(theta, series, kept)
    going &= np.isfinite(cost)
    diagonal = np.arange(r)
    for _ in range(steps):
        now = np.flatnonzero(going)
        if not len(now):
            break
        lifted = hessian[now]
        lifted[:, diagonal, diagonal] *= 1 + damping[now, None]
        lifted[:, diagonal, diagonal] += np.finfo(float).tiny
        try:
            step = np.linalg.solve(lifted, -gradient[now, :, None])[..., 0]
        except np.linalg.LinAlgError:
            damping[now] *= 10
            going &= damping < 1 / np.finfo(float).eps
            continue
        tried = theta[now] + step
        own = series if series.ndim == 2 else series[now]
        new, slope, curve = _quadratic(tried, own, None if kept is None else kept[now])
        better = new <= cost[now]
        size = abs(step).max(axis=1)
        done = better & (cost[now] - new <= GAIN * cost[now]) & (size < 1e-7)
        done |= size < MOVE
        took = now[better]
        theta[took], cost[took] = tried[better], new[better]
        gradient[took], hessian[took] = slope[better], curve[better]
        damping[now] *= np.where(better, 1 / 8, 4.0)
        going[now] = ~done & (damping[now] < 1 / np.finfo(float).eps)
    return theta, cost


# eigenvalues that are equal to round-off have amplitudes beyond all numbers; their cost is infinite
@np.errstate(over="ignore", invalid="ignore")
def _quadratic(theta: Array, series: Array, kept: Array | None) -> tuple[Array, Array, Array]:
    """Squared residual (b,), half its gradient (b, r), and the Gram matrix of the Jacobian (b, r, r)."""
    r = theta.shape[-1]
    basis, slopes = sequences(theta, series.shape[-2])
    y = series
    if kept is not None:
        basis, slopes, y = basis * kept[:, None], slopes * kept[:, None, None], series * kept[..., None]
    wild = ~(np.isfinite(slopes).all(axis=(1, 2, 3)) & np.isfinite(basis).all(axis=(1, 2)))
    basis[wild], slopes[wild] = 0.0, 0.0
    size = np.sqrt((basis * basis).sum(axis=-1, keepdims=True))
    size[size == 0] = 1.0
    basis /= size
    slopes = (slopes / size[..., None]).reshape(len(theta), 2 * r, -1)
    orthogonal, upper = np.linalg.qr(np.swapaxes(basis, 1, 2))
    across = np.swapaxes(orthogonal, 1, 2)
    shadow = across @ y
    residual = y - orthogonal @ shadow
    cost = (residual * residual).sum(axis=(1, 2))
    back = _inverse(upper)
    amplitudes = back @ shadow
    outside = slopes - (slopes @ orthogonal) @ across
    column = np.repeat(np.arange(r), 2)
    factor = column // 2 * 2
    parameter = np.minimum(factor + np.tile([0, 1], r), r - 1)
    where = np.zeros((2 * r, r))
    where[np.arange(2 * r), parameter] = 1.0
    left = slopes @ residual
    gram = (outside @ np.swapaxes(outside, 1, 2)) * _pairs(amplitudes, column)
    gram += (left @ np.swapaxes(left, 1, 2)) * _pairs(back, column)
    gradient = -(left * amplitudes[:, column]).sum(axis=-1) @ where
    gram = where.T @ gram @ where
    cost[wild | ~np.isfinite(gram).all(axis=(1, 2))] = np.inf
    return cost, gradient, gram


def _pairs(rows: Array, chosen: NDArray[np.intp]) -> Array:
    products = rows @ np.swapaxes(rows, 1, 2)
    return np.asarray(products[:, chosen][:, :, chosen])


def _inverse(upper: Array) -> Array:
    """Of triangles (b, r, r); one that is singular, as of equal eigenvalues, as far as it can be."""
    try:
        return np.asarray(np.linalg.inv(upper))
    except np.linalg.LinAlgError:
        return np.asarray(np.linalg.pinv(upper))
