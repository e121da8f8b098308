"""Eigenvalues of a series from the invariance of its windows under a shift."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

LONGEST = 256
"""Snapshots of a window: the cost grows with the cube."""


def directions_of(series: Array, window: int) -> Array:
    """Directions of the windows of a series (snapshots, columns), the largest first: (window, window)."""
    windows = np.lib.stride_tricks.sliding_window_view(series, len(series) - window + 1, axis=0)
    _, directions = np.linalg.eigh(np.einsum("icn,jcn->ij", windows, windows, optimize=True))
    return np.asarray(directions[:, ::-1])


def esprit(directions: Array, rank: int) -> NDArray[np.complex128]:
    """Eigenvalues of x_n = sum_j b_j lambda_j^n from the leading directions of its windows, by total least squares.

    Windows that begin a snapshot later span the same space: U_1 A = U_2 for the first and last rows of it, where both
    sides hold noise.

    Args:
        directions: of windows, (window, window), from (snapshots - window + 1) columns >= rank.
        rank: number of eigenvalues, below `window`.

    Source: Roy and Kailath 1989, IEEE Trans. ASSP 37, 984 (ESPRIT).
    """
    space = directions[:, :rank]
    _, _, right = np.linalg.svd(np.concatenate([space[:-1], space[1:]], axis=1))
    one, other = right[rank:, :rank].T, right[rank:, rank:].T
    try:
        shift = -np.linalg.solve(other.T, one.T).T
    except np.linalg.LinAlgError:
        shift = np.linalg.lstsq(space[:-1], space[1:], rcond=None)[0]
    return np.asarray(np.linalg.eigvals(shift), dtype=complex)
