"""Means over a record, and their errors from blocks of time and members."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ergodica.numerics.errors import ParameterError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

FEWEST_BLOCKS = 4


class BlockMeans:
    """Sums of quantities over blocks of consecutive frames of one member each.

    Members are independent, and blocks that are long beside the correlations nearly so:

    standard error^2 = G/(G - 1) sum_g (n_g/n)^2 (mean_g - mean)^2

    over the G blocks of n_g frames. With `blocks` members or more each member is one block; with fewer each is cut so
    that there are `blocks` of them at least.

    Args:
        members: of the record, 1 or more.
        frames: of a member.
        blocks: how many there are at least.

    Raises:
        ParameterError: fewer than 4 blocks, or fewer frames than blocks.
    """

    def __init__(self, members: int, frames: int, blocks: int) -> None:
        if isinstance(blocks, bool) or not isinstance(blocks, int | np.integer) or blocks < FEWEST_BLOCKS:
            raise ParameterError(
                f"blocks: must be a whole number of at least {FEWEST_BLOCKS}, got {blocks!r}; use 16"
            )
        self.per_member = 1 if members >= blocks else -(-int(blocks) // members)
        if frames < self.per_member:
            fewer = min(16, frames * members)
            raise ParameterError(
                f"blocks: must be at most the frames of all members, {frames * members}, got {blocks}; record more, "
                f"or use blocks={fewer}"
                if frames * members >= FEWEST_BLOCKS
                else f"ds: must have {FEWEST_BLOCKS} frames or more, for the blocks of error bars, got "
                f"{frames * members}; record more"
            )
        self.edges = np.arange(self.per_member + 1) * frames // self.per_member
        self.counts = np.tile(np.diff(self.edges), members).astype(np.float64)
        self._members = members
        self._sums: dict[str, Array] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._sums

    def add(self, start: int, values: dict[str, Array]) -> None:
        """Take in quantities, each (members, frames, ...), of the frames from `start` on."""
        for name, one in values.items():
            if name not in self._sums:
                self._sums[name] = np.zeros((self._members, self.per_member, *one.shape[2:]))
            ends = start + one.shape[1]
            first, last = np.searchsorted(self.edges, [start, ends - 1], side="right") - 1
            for block in range(first, last + 1):
                low, high = max(self.edges[block], start) - start, min(self.edges[block + 1], ends) - start
                self._sums[name][:, block] += one[:, low:high].sum(axis=1)

    def means(self, name: str) -> Array:
        """Of each block, (members * blocks of a member, ...)."""
        sums = self._sums[name]
        flat = sums.reshape(-1, *sums.shape[2:])
        return flat / self.counts.reshape(-1, *(1,) * (flat.ndim - 1))

    def mean(self, name: str) -> Array:
        """Over all frames and members."""
        total: Array = self._sums[name].sum(axis=(0, 1)) / self.counts.sum()
        return total

    def standard_error(self, name: str) -> Array:
        """Of `mean`."""
        return standard_error(self.means(name), self.counts)

    def by_member(self, name: str) -> tuple[Array, Array]:
        """Mean of each member and its standard error, NaN where a member has too few blocks for one."""
        means = self.means(name).reshape(self._members, self.per_member, *self._sums[name].shape[2:])
        counts = self.counts.reshape(self._members, -1)
        each = self._sums[name].sum(axis=1) / counts.sum(axis=1).reshape(-1, *(1,) * (means.ndim - 2))
        if self.per_member < FEWEST_BLOCKS:
            return each, np.full_like(each, np.nan)
        return each, np.array([standard_error(m, n) for m, n in zip(means, counts, strict=True)])


def standard_error(means: Array, counts: Array) -> Array:
    """Of the mean of blocks of unequal length."""
    share = (counts / counts.sum()).reshape(-1, *(1,) * (means.ndim - 1))
    deviation = share * (means - (share * means).sum(axis=0))
    found: Array = np.sqrt(len(means) / (len(means) - 1) * (deviation**2).sum(axis=0))
    return found
