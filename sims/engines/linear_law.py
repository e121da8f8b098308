"""Exact laws of dx = M x dt + sqrt(2 D) dW: transition over any time, stationary covariance, entropy production.

All take stacks of matrices (members, d, d).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ergodica.numerics.errors import ParameterError

Array = np.ndarray

MOST_COMPONENTS = 512
TERMS = 18  # of the exponential's series for matrices of norm 1/2: the next is below 1e-23
ROUND_OFF = 1e-12
LARGEST = 1e150


def checked_matrix(name: str, value: Any) -> Array:
    """A matrix (d, d), or one for each member, from nested lists, an array or text as `-1,0.5; 0.5,-1`.

    Raises ParameterError for what is none.
    """
    if isinstance(value, str):
        if value == "from-file":
            raise ParameterError(f"{name}: 'from-file' needs its file; use sims.from_dataset(ds)")
        value = [[entry.strip() for entry in row.split(",")] for row in value.split(";") if row.strip()]
    try:
        matrix = np.array(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise ParameterError(
            f"{name}: must be a square matrix of numbers, got something else; give [[-1, 0], [0, -1]]"
        ) from None
    d = matrix.shape[-1] if matrix.ndim else 0
    if matrix.ndim not in (2, 3) or matrix.shape[-2] != d or matrix.size == 0 or d > MOST_COMPONENTS:
        raise ParameterError(
            f"{name}: must have shape (d, d) or (members, d, d) with d up to {MOST_COMPONENTS}, got {matrix.shape}; "
            "give a square matrix"
        )
    if (wrong := ~(np.abs(matrix) <= LARGEST)).any():
        raise ParameterError(
            f"{name}: must be finite and at most {LARGEST:g}, got {matrix[wrong][0]:g}; choose other units"
        )
    return matrix


def checked_diffusion(name: str, value: Any) -> Array:
    """`checked_matrix` that is symmetric and positive semidefinite, to round-off; made exactly symmetric."""
    matrix = checked_matrix(name, value)
    size = np.abs(matrix).max(axis=(-2, -1), keepdims=True)
    apart = np.abs(matrix - matrix.swapaxes(-1, -2))
    if (apart > ROUND_OFF * size).any():
        raise ParameterError(
            f"{name}: must be symmetric, got differences up to {apart.max():g}; use (D + D^T)/2"
        )
    matrix = (matrix + matrix.swapaxes(-1, -2)) / 2
    least = np.linalg.eigvalsh(matrix).min(axis=-1)
    if (least < -ROUND_OFF * size[..., 0, 0] * matrix.shape[-1]).any():
        raise ParameterError(
            f"{name}: must have no negative eigenvalue, got {least.min():g}; noise sqrt(2 D) dW has none"
        )
    return matrix


def growth(drift: Array) -> float:
    """The largest real part of an eigenvalue; what is 0 but for round-off is 0."""
    units = balancing(drift)
    drift = drift / units[:, :, None] * units[:, None, :]
    found = np.linalg.eigvals(drift).real.max(axis=-1)
    size = np.abs(drift).sum(axis=-1).max(axis=-1)
    return float(np.where(np.abs(found) <= 1e-14 * size * drift.shape[-1], 0.0, found).max())


def balancing(drift: Array) -> Array:
    """Units of the components (members, d), powers of 2, in which rows and columns of M are of one size."""
    from scipy.linalg import matrix_balance

    return np.array([np.diag(matrix_balance(m, permute=False)[1]) for m in drift])


def scales(drift: Array, diffusion: Array) -> Array:
    """`balancing`, and of components that M couples to no other the units of their noise."""
    diagonal = np.einsum("...ii->...i", drift) != 0
    alone = (drift != 0).sum(axis=-1) + (drift != 0).sum(axis=-2) == 2 * diagonal
    noise = np.sqrt(np.einsum("...ii->...i", diffusion))
    own = np.exp2(np.round(np.log2(np.where(noise > 0, noise, 1.0))))
    return np.asarray(np.where(alone, own, balancing(drift)))


def transition(drift: Array, diffusion: Array, time: float) -> tuple[Array, Array]:
    """e^(M t) and the conditional covariance S(t) = int_0^t e^(M s) 2 D e^(M^T s) ds.

    Both come from their series at t/2^k and k doublings, S(2t) = S + e^(M t) S e^(M^T t), a sum of positive parts, and
    E(2t) = 2 E + E^2 of E = e^(M t) - 1, which keeps slow directions beside fast ones. The series of both together is
    the exponential of one block matrix: Van Loan 1978, IEEE Trans. Autom. Control 23, 395.
    """
    d, units = drift.shape[-1], scales(drift, diffusion)
    row, column = units[:, :, None], units[:, None, :]
    drift, diffusion = drift / row * column, diffusion / row / column
    norm = np.maximum(np.abs(drift).sum(axis=-1).max(axis=-1) * time, 0.25)
    if norm.max() > LARGEST:
        raise ParameterError(
            f"t_end: must be below {LARGEST:g} of the shortest times of M between snapshots, got {norm.max():g}; use "
            "more snapshots or a smaller t_end"
        )
    # each member has its own number, so that its bits do not depend on the others
    doublings = np.maximum(0, np.ceil(np.log2(2 * norm))).astype(int)
    short = (time / np.exp2(doublings))[:, None, None]
    one, forced = drift * short, 2 * diffusion * short
    # e^(M s) = sum M^k s^k/k!, and S = sum_k Q_k/(k+1)! with Q_0 = 2 D, Q_k = M Q_(k-1) + Q_(k-1) M^T
    power, rest = one.copy(), one.copy()
    term, covariance = forced.copy(), forced.copy()
    for k in range(2, TERMS + 1):
        power = one @ power / k
        rest = rest + power
        half = one @ term / k
        term = half + half.swapaxes(-1, -2)
        covariance = covariance + term
    with np.errstate(over="ignore", invalid="ignore"):
        for done in range(int(doublings.max())):
            more = doublings > done
            e, s = rest[more], covariance[more]
            half = e @ s
            covariance[more] = 2 * s + half + half.swapaxes(-1, -2) + half @ e.swapaxes(-1, -2)
            rest[more] = 2 * e + e @ e
        propagator = np.eye(d) + rest * row / column
        return propagator, (covariance + covariance.swapaxes(-1, -2)) / 2 * row * column


def factor(covariance: Array) -> Array:
    """L, lower triangular with L L^T = covariance, also where that is singular: columns of no variance are 0."""
    d = covariance.shape[-1]
    scale = np.sqrt(np.maximum(np.einsum("...ii->...i", covariance), 0.0))
    safe = np.where(scale > 0, scale, 1.0)
    rest = covariance / safe[..., :, None] / safe[..., None, :]
    lower = np.zeros_like(covariance)
    for k in range(d):
        pivot = rest[..., k, k]
        kept = pivot > 4 * d * np.finfo(float).eps
        root = np.sqrt(np.where(kept, pivot, 1.0))
        column = np.where(kept[..., None], rest[..., :, k] / root[..., None], 0.0)
        column[..., :k] = 0.0
        lower[..., :, k] = column
        rest = rest - column[..., :, None] * column[..., None, :]
    return np.asarray(lower * scale[..., :, None])


def stationary_covariance(drift: Array, diffusion: Array) -> Array:
    """C with M C + C M^T + 2 D = 0, for a stable M."""
    from scipy.linalg import solve_continuous_lyapunov

    units = scales(drift, diffusion)
    row, column = units[:, :, None], units[:, None, :]
    pairs = zip(drift / row * column, diffusion / row / column, strict=True)
    found = np.array([solve_continuous_lyapunov(m, -2 * d) for m, d in pairs])
    return (found + found.swapaxes(-1, -2)) / 2 * row * column


def entropy_production_rate(drift: Array, diffusion: Array, covariance: Array) -> Array:
    """sigma = tr(D^-1 K C K^T), K = M + D C^-1, in nat per unit of time, all components even: shape (members,).

    Infinite where the current has a part in a direction without noise; NaN where the law itself is singular.
    """
    sigma = np.empty(len(drift))
    for j, (m, d, c) in enumerate(zip(drift, diffusion, covariance, strict=True)):
        scale = np.sqrt(np.diag(c))
        if not (scale > 0).all() or np.linalg.cond(c / scale[:, None] / scale) > 1 / ROUND_OFF:
            sigma[j] = np.nan
            continue
        # K C = (M C - C M^T)/2, antisymmetric, free of the difference of M and D C^-1
        turn = (m @ c - c @ m.T) / 2 / scale[:, None] / scale
        noise, law = d / scale[:, None] / scale, c / scale[:, None] / scale
        values, vectors = np.linalg.eigh(noise)
        still = values <= ROUND_OFF * values.max()
        along = vectors.T @ turn @ np.linalg.solve(law, turn.T) @ vectors
        current = np.maximum(np.diag(along), 0.0)
        size = np.abs(m * scale / scale[:, None]).max()
        sigma[j] = (
            np.inf
            if (current[still] > (ROUND_OFF * size) ** 2).any()
            else (current[~still] / values[~still]).sum()
        )
    return sigma
