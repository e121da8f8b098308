"""Eigenvalues of models that are fitted anew to resampled trajectories."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from ergodica.models.koopman.windows import windows_of
from ergodica.models.trajectories import Trajectories
from ergodica.numerics.errors import ParameterError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ergodica.models.koopman.koopman import KoopmanModel

    Complex = NDArray[np.complex128]

MANY_MEMBERS = 30
"""Members from which on whole members are drawn: that many independent trajectories say all by themselves."""


def block_length(members: int, pairs: int, lookback: int) -> int:
    """Pairs of a block: a whole member where there are many, else the square root of a member's, or `lookback`."""
    return pairs if members >= MANY_MEMBERS else min(pairs, max(lookback, math.isqrt(pairs)))


def resampled(series: Trajectories, lookback: int, block: int, rng: np.random.Generator) -> Trajectories:
    """As many blocks of consecutive snapshots as make up the trajectories, drawn with replacement; each is a member.

    A block holds `block` pairs of consecutive windows, so that no pair is lost where blocks end, and none is made up
    where two of them meet.

    Source: Kuensch 1989, Ann. Stat. 17, 1217 (moving blocks).
    """
    members, snapshots, _ = series.values.shape
    pairs = snapshots - lookback
    if not lookback <= block <= pairs and block != pairs:
        raise ParameterError(
            f"block: must be {lookback} to {pairs} pairs of snapshots, got {block}; use None for a length by rule"
        )
    count = math.ceil(members * pairs / block)
    starts = windows_of(series.values, block + lookback)
    chosen = rng.integers(starts.shape[0], size=count), rng.integers(starts.shape[1], size=count)
    return Trajectories(
        starts[chosen], series.layout, np.arange(count), series.t[: block + lookback] - series.t[0]
    )


def refitted_eigenvalues(
    model: KoopmanModel, series: Trajectories, count: int, block: int | None, seed: int
) -> Complex:
    """Eigenvalues of `count` refits, each beside the one of `model` that it belongs to, (count, r).

    NaN where a refit has fewer.
    """
    members, snapshots, _ = series.values.shape
    pairs = snapshots - model.lookback
    if block is None:
        block = block_length(members, pairs, model.lookback)
    own = model.spectrum[0]
    found = np.full((count, len(own)), complex(math.nan, math.nan))
    for row, stream in zip(found, np.random.SeedSequence(seed).spawn(count), strict=True):
        drawn = resampled(series, model.lookback, block, np.random.default_rng(stream))
        values = model.refitted(drawn).spectrum[0]
        row[:] = paired(own, values)
    return found


def paired(own: Complex, others: Complex) -> Complex:
    """Of `others` the one that belongs to each of `own`, so that the sum of the roots of the distances is least.

    Of the distances themselves the sum is the same for both ways of pairing two and two on a line; their roots would
    rather leave one where it is and move the other farther. NaN where there are fewer others.
    """
    from scipy.optimize import linear_sum_assignment

    mine, theirs = linear_sum_assignment(np.sqrt(abs(own[:, None] - others)))
    row = np.full(len(own), complex(math.nan, math.nan))
    row[mine] = others[theirs]
    return row
