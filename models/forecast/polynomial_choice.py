"""Settings of polynomial forecasters, chosen by rollouts and by one-step errors."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ergodica.models.forecast.block_validation import Blocks
from ergodica.models.forecast.polynomial_fit import Chosen, Fitted, continued, fitted
from ergodica.models.forecast.spread import laws_learn_from, share_over_blocks
from ergodica.models.forecast.validation import log_score, rollout_errors
from ergodica.numerics.errors import ParameterError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

SPAN = 5
"""The delays may reach over one in so many snapshots."""
FINALISTS = 8
"""Settings that are judged by every block; the others by the last one alone."""
SCREENED, JUDGED = 1000, 4000
"""Steps that fits for these are made to at the most, evenly over the data, while settings are chosen."""


@dataclass(frozen=True, eq=False)
class Judged:
    """Some settings with several ridges.

    Attributes:
        errors: of rollouts over each block that no fit has seen, (ridges, starts, steps) each.
        evidence: of the one-step errors within the fits, the smaller the better, (ridges,).
    """

    chosen: Chosen
    errors: tuple[Array, ...]
    evidence: Array

    @property
    def scores(self) -> Array:
        """Of the rollouts of all blocks, the smaller the better, (ridges,)."""
        return log_score(np.concatenate(self.errors, axis=1))


def best_settings(
    tried: list[Chosen], ridges: tuple[float, ...], inner: Array, axes: Array, blocks: Blocks
) -> Chosen:
    """One of the settings tried, with one of the ridges.

    Every setting is fitted to all but the last block and rolled out over it. Half of `FINALISTS` are the best by these
    rollouts, half by the evidence of their one-step errors: rollouts tell models of chaos from each other that are the
    same one step ahead; of a process with noise a few of them tell little, and the one-step errors much. These are
    fitted again without each block and rolled out over it, and the best of them is chosen.

    Args:
        inner: trajectories, (members, snapshots, r).
        axes: from there to standard units, (r, features).

    Raises:
        ParameterError: no setting leaves anything to forecast.
    """
    usable = [one for one in tried if one.reach < blocks.split[-1][0]]
    if not usable:
        raise ParameterError(
            f"ds: must have more than {tried[0].reach * SPAN // (SPAN - 1) + 2} snapshots for these delays, got "
            f"{inner.shape[1]}; record more, or take fewer delays"
        )
    if len(usable) * len(ridges) == 1:
        return replace(usable[0], ridge=ridges[0])

    def judged(one: Chosen, split: tuple[tuple[int, int], ...], reach: int, most: int) -> Judged:
        errors, evidence = [], []
        for block in split:
            fit = fitted(inner, one, ridges, blocks.unseen(block, one.reach), most)
            before, came = blocks.around(inner, block, reach)
            made = continued(fit.weights, before[:, -one.reach :], blocks.horizon, one)
            errors.append(rollout_errors(made @ axes, came @ axes))
            evidence.append(fit.evidence)
        return Judged(one, tuple(errors), np.mean(evidence, axis=0))

    if len(usable) > FINALISTS:
        every = [judged(one, blocks.split[-1:], one.reach, SCREENED) for one in usable]
        by_rollouts = sorted(every, key=lambda one: float(one.scores.min()))
        by_evidence = sorted(every, key=lambda one: float(one.evidence.min()))
        # taken in turn, each once
        turns = dict.fromkeys(
            one.chosen for both in zip(by_rollouts, by_evidence, strict=True) for one in both
        )
        usable = list(turns)[:FINALISTS]
    # the same starts for all
    reach = max(one.reach for one in usable)
    finalists = [judged(one, blocks.usable(reach), reach, JUDGED) for one in usable]
    best = min(finalists, key=lambda one: float(one.scores.min()))
    return replace(best.chosen, ridge=ridges[int(best.scores.argmin())])


def fits_without(chosen: Chosen, inner: Array, blocks: Blocks) -> list[Fitted]:
    """A fit without each of the usable blocks, of few data without each two of them too: draws are made by these."""
    left = [blocks.unseen(block, chosen.reach) for block in blocks.usable(chosen.reach)]
    learned = laws_learn_from(left, few=blocks.few)
    return [fitted(inner, chosen, (chosen.ridge,), times) for times in learned]


def share_fed(chosen: Chosen, fits: list[Fitted], inner: Array, axes: Array, blocks: Blocks) -> float:
    """The part of the one-step errors that draws feed back, by rollouts of `fits_without` over what each lacks."""
    around = [blocks.around(inner, block, chosen.reach) for block in blocks.usable(chosen.reach)]

    def roll(law: int, rows: Array, noise: Array, seen: Array) -> Array:
        made = continued(fits[law].weights, rows, blocks.horizon, chosen, noise)[0]
        return np.asarray((made + seen) @ axes)

    errors = [one.errors for one in fits]
    return share_over_blocks(roll, errors, [(before, came @ axes) for before, came in around])
