"""Means in cells of a grid, with errors from blocks of time and members."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

MOST_GROUPS = 64
FEWEST_GROUPS = 4
"""With samples in a cell, below which its error is not known."""


class BinnedMeans:
    """Sums over samples that fall into cells, by block of frames.

    The mean of a cell is a ratio, of sums and counts, and so is its error:
    standard error^2 = G/(G - 1) sum_g (S_g - mean n_g)^2 / (sum_g n_g)^2.

    Args:
        members, frames: of the record.
        blocks: wanted, see `BlockMeans`; as many as there are where there are fewer.
        cells: of the grid, all axes together.
    """

    def __init__(self, members: int, frames: int, blocks: int, cells: int) -> None:
        self._per_member = 1 if members >= blocks else min(frames, -(-blocks // members))
        self._groups = min(members, MOST_GROUPS) if self._per_member == 1 else members * self._per_member
        self._members, self._frames, self._cells = members, frames, cells
        self.counts = np.zeros((self._groups, cells))
        self.samples = np.zeros(self._groups)
        self._sums: dict[str, Array] = {}

    def add(self, start: int, cell: NDArray[np.int64], values: dict[str, Array]) -> None:
        """Take in values, each (members, frames, sites), of the frames from `start` on; a cell of -1 is outside."""
        frames = cell.shape[1]
        block = (start + np.arange(frames)) * self._per_member // self._frames
        group = np.arange(self._members)[:, None] * self._per_member + block
        group = group * self._groups // (self._members * self._per_member)
        inside = cell >= 0
        index = (group[..., None] * self._cells + cell)[inside]
        self.samples += np.bincount(group.ravel(), minlength=self._groups) * cell.shape[2]
        self.counts += self._counted(index, None)
        for name, one in values.items():
            self._sums[name] = self._sums.get(name, 0.0) + self._counted(index, one[inside])

    def _counted(self, index: NDArray[np.int64], weights: Array | None) -> Array:
        found: Array = np.bincount(index, weights, minlength=self._groups * self._cells).astype(np.float64)
        return found.reshape(self._groups, -1)

    def mean(self, name: str) -> tuple[Array, Array]:
        """Of the samples in each cell, and its standard error, (cells,); NaN where there are none, or too few."""
        sums, count = self._sums[name], self.counts.sum(axis=0)
        with np.errstate(invalid="ignore", divide="ignore"):
            found = sums.sum(axis=0) / count
            error = self._spread(sums - found * self.counts) / count
        known = (self.counts > 0).sum(axis=0) >= FEWEST_GROUPS
        return found, np.where(known, error, np.nan)

    def share(self, name: str | None = None) -> tuple[Array, Array]:
        """Sum in each cell over the number of all samples, inside or not, and its standard error; None counts."""
        sums = self.counts if name is None else self._sums[name]
        found = sums.sum(axis=0) / self.samples.sum()
        error = self._spread(sums - found * self.samples[:, None]) / self.samples.sum()
        return found, error if self._groups >= FEWEST_GROUPS else np.full_like(error, np.nan)

    def _spread(self, deviations: Array) -> Array:
        if self._groups < 2:
            return np.full(deviations.shape[1], np.nan)
        found: Array = np.sqrt(self._groups / (self._groups - 1) * (deviations**2).sum(axis=0))
        return found
