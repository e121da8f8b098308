"""Eigenvalues of models that are fitted anew to resampled trajectories."""

from __future__ import annotations

import math
import warnings
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

    A block holds `block` pairs of windows, of which both together see `lookback` + 1 snapshots, so that no pair is
    lost where blocks end, and none is made up where two of them meet.

    Source: Kuensch 1989, Ann. Stat. 17, 1217 (moving blocks).
    """
    members, snapshots, _ = series.values.shape
    pairs = snapshots - lookback
    count = math.ceil(members * pairs / block)
    starts = windows_of(series.values, block + lookback)
    chosen = rng.integers(starts.shape[0], size=count), rng.integers(starts.shape[1], size=count)
    return Trajectories(
        starts[chosen], series.layout, np.arange(count), series.t[: block + lookback] - series.t[0]
    )


def _checked(block: int | None, members: int, pairs: int, lookback: int) -> int:
    """The length of the blocks, of which there are two at least: one would be drawn again and again."""
    most = min(pairs, members * pairs // 2)
    if block is None:
        block = block_length(members, pairs, lookback)
        if block > most:
            raise ParameterError(
                f"intervals: need two blocks at least, got {pairs} pairs of windows in blocks of {block}, no shorter "
                "than a window; use fewer delays or a smaller lag, or record more"
            )
    if not min(lookback, pairs) <= block <= most:
        raise ParameterError(
            f"block: must be {lookback} to {most} pairs of snapshots, got {block}; use None for a length by rule"
        )
    return block


def refitted_eigenvalues(
    model: KoopmanModel, series: Trajectories, count: int, block: int | None, seed: int
) -> Complex:
    """Eigenvalues of `count` refits, each beside the one of `model` that it belongs to, (count, r).

    NaN where a refit has fewer. What is taken from the refits is their scatter about the fit to all of the
    trajectories, which may be others than those of `model`, times the root of their pairs over those of `model`: errors
    fall as the root of the pairs. An eigenvalue that these trajectories do not determine is NaN in all. Of B blocks
    that the trajectories make up, the last being a part of one, refits draw ceil(B) whole ones, and these scatter about
    the mean of all: by (B - 1)/ceil(B) of the variance of the fit, which is made up for.

    Raises:
        ParameterError: a block is shorter than a window, or the trajectories make up fewer than two.

    Warns:
        UserWarning: the trajectories determine fewer eigenvalues than `model` has.
    """
    members, snapshots, _ = series.values.shape
    span = model.span
    pairs = snapshots - span
    block = _checked(block, members, pairs, span)
    own = model.spectrum[0]
    blocks = members * pairs / block
    learned = model.notes["members"] * (model.notes["snapshots"] - span)
    spread = math.sqrt(math.ceil(blocks) / (blocks - 1) * members * pairs / learned)
    whole = paired(own, model.refitted(series).spectrum[0])
    told = np.isfinite(whole)
    if not told.all():
        warnings.warn(
            f"source: it does not determine {(~told).sum()} of the {len(own)} eigenvalues, whose intervals are NaN; "
            "resample a run that excites all of them",
            stacklevel=5,
        )
    found = np.full((count, len(own)), complex(math.nan, math.nan))
    for row, stream in zip(found, np.random.SeedSequence(seed).spawn(count), strict=True):
        drawn = resampled(series, span, block, np.random.default_rng(stream))
        values = model.refitted(drawn).spectrum[0]
        row[told] = paired(whole[told], values)
    return own + spread * (found - whole)


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
