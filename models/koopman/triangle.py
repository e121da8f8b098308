"""The triangular factor of a matrix that is too long to hold."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def triangle(blocks: Iterable[NDArray[Any]]) -> NDArray[Any]:
    """R of the QR decomposition of blocks of rows on top of each other, (at most columns, columns).

    R* R = A* A, but R has the condition of A, where A* A has its square: what least squares and singular values need
    of a matrix of any length, from one pass in the memory of a block.

    Source: Demmel, Grigori, Hoemmen and Langou 2012, SIAM J. Sci. Comput. 34, A206.
    """
    held: NDArray[Any] | None = None
    waiting: list[NDArray[Any]] = []
    for block in blocks:
        waiting.append(block)
        # thin blocks are gathered: each factorisation costs columns^3 besides its rows
        if sum(map(len, waiting)) >= 3 * block.shape[1]:
            held, waiting = _factor(held, waiting), []
    return _factor(held, waiting) if waiting or held is None else held


def _factor(held: NDArray[Any] | None, blocks: list[NDArray[Any]]) -> NDArray[Any]:
    rows = np.concatenate(blocks if held is None else [held, *blocks])
    return np.asarray(np.linalg.qr(rows, mode="r"))
