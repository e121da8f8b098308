"""How members lie in memory for kernels that advance a block of them at once."""

from __future__ import annotations

import numpy as np

LANES = 32
"""Members in a block: four vectors of eight float64, enough to hide the latency of arithmetic."""


def blocks_of(rows: np.ndarray) -> np.ndarray:
    """Rows (members, k) as blocks (ceil(members/LANES), k*LANES); the last row fills the lanes left over."""
    members, k = rows.shape
    count = -(-members // LANES)
    padded = np.empty((count * LANES, k))
    padded[:members] = rows
    padded[members:] = rows[-1]
    return np.ascontiguousarray(padded.reshape(count, LANES, k).transpose(0, 2, 1)).reshape(count, k * LANES)


def rows_of(blocks: np.ndarray, members: int) -> np.ndarray:
    """The rows (members, k) that `blocks_of` was given."""
    count = len(blocks)
    return blocks.reshape(count, -1, LANES).transpose(0, 2, 1).reshape(count * LANES, -1)[:members]
