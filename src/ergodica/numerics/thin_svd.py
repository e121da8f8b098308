"""The singular value decomposition, also where the fast algorithm gives up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def thin_svd(matrix: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.float64], NDArray[Any]]:
    """A = U diag(s) V of the smaller size: left vectors (n, k), sizes (k,) and right vectors (k, m), k = min(n, m).

    LAPACK's divide and conquer, and its QR iteration, which is slower, for the rare finite matrices on which the first
    does not converge: triangles of monomials whose sizes span sixteen decades.

    Raises:
        LinAlgError: the matrix is not finite.
    """
    try:
        return np.linalg.svd(matrix, full_matrices=False)
    except np.linalg.LinAlgError:
        if not np.isfinite(matrix).all():
            raise
        from scipy.linalg import svd

        left, sizes, right = svd(matrix, full_matrices=False, lapack_driver="gesvd")
        return left, sizes, right
