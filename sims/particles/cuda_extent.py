"""How far particles on a CUDA device spread, which a cell list in open space needs to know.

Import this module only where a run on a device starts: it imports numba.cuda.
"""

from __future__ import annotations

from typing import Any

import numba.cuda
import numpy as np

from ergodica.numerics import Box
from ergodica.numerics.cells import Array
from ergodica.numerics.kernel import cuda_kernel

cuda: Any = numba.cuda  # its type stubs list little

THREADS = 128  # of a block
PARTS = 1024  # threads that look for the extent


def grid(count: int) -> tuple[int, int]:
    """Blocks and threads of a launch for so many particles."""
    return -(-count // THREADS), THREADS


@cuda_kernel
def _extents(position: Array, bounds: Array) -> None:
    """Lowest and highest coordinate of each part of the particles; infinite where one is not finite."""
    part = cuda.grid(1)
    if part < bounds.shape[0]:
        for c in range(position.shape[1]):
            low, high = position[part, c], position[part, c]
            for i in range(part, position.shape[0], bounds.shape[0]):
                x = position[i, c]
                low, high = min(low, x), max(high, x)
                if not abs(x) < np.inf:
                    low, high = -np.inf, np.inf
            bounds[part, 0, c], bounds[part, 1, c] = low, high


class Extent:
    """The lowest and highest coordinates of `count` particles on the current device."""

    def __init__(self, count: int, box: Box) -> None:
        self._needed = not all(box.periodic)
        self._bounds = cuda.device_array((min(PARTS, count), 2, box.dimensions))

    def of(self, position: Any) -> tuple[Array, Array] | None:
        """Lowest and highest coordinate `(d,)` each of the device array `(n, d)`; None in a periodic box.

        They are infinite where a particle's are not finite.
        """
        if not self._needed:
            return None
        _extents[grid(self._bounds.shape[0])](position, self._bounds)
        bounds = self._bounds.copy_to_host()
        return bounds[:, 0].min(axis=0), bounds[:, 1].max(axis=0)
