"""A growing table of the cells that attractors cover."""

from __future__ import annotations

import numpy as np

Array = np.ndarray

SMALLEST = 1024


class Cells:
    """Labels of cells of the space of states; a cell has `size` (d,), `period` (d,) winds components up."""

    def __init__(self, size: Array, period: Array) -> None:
        self.size, self.period = size, period
        self.keys, self.labels = np.zeros(SMALLEST, np.int64), np.zeros(SMALLEST, np.int32)
        self.count = 0

    @property
    def table(self) -> tuple[Array, Array]:
        """Keys and labels, as kernels take them."""
        return self.keys, self.labels

    def reserve(self, more: int) -> None:
        """Make room, so that the table is at most half full with `more` cells."""
        from ergodica.sims.chaos.cells_kernel import move

        length = self.keys.size
        while length < 2 * (self.count + more):
            length *= 2
        if length > self.keys.size:
            keys, labels = np.zeros(length, np.int64), np.zeros(length, np.int32)
            move(self.keys, self.labels, keys, labels)
            self.keys, self.labels = keys, labels

    def add(self, samples: Array, label: int) -> int:
        """Put the cells of samples (n, d) under a label, those without one; returns how many."""
        from ergodica.sims.chaos.cells_kernel import enter

        self.reserve(len(samples))
        new = int(enter(samples, self.size, self.period, label, self.keys, self.labels))
        self.count += new
        return new
