"""The spread of one-step models: what their errors feed back, and what they do not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from ergodica.models.forecast.forecaster import RESIDUALS
from ergodica.models.forecast.validation import level, log_score, without_each

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Indices = NDArray[np.intp]

KEPT = 2**21
"""Most numbers that are kept of one-step errors, but at least `FEWEST` errors, and of laws, but at least one."""
FEWEST = 64
FED = (1.0, 0.85, 0.7, 0.5, 2.0, 0.35, 4.0, 0.2, 8.0, 0.1, 16.0, 0.05, 32.0, 64.0, 0.02, 128.0, 256.0, 0.0)
"""Parts of the one-step error that are tried as noise of the dynamics, the nearest to 1 first; what is left of 1 is
noise of the observation. Errors of a model follow each other and add up faster than noise: hence those above 1."""
DRAWS = 10
AWAY = 3.0
"""A draw runs away beyond so many times the largest value of the training data, or of its context where that is larger:
a random walk goes somewhat beyond its past, a law that does not hold far beyond it."""


def thinned(errors: Array) -> Array:
    """At most so many of the one-step errors (n, features) as a file should hold, evenly over the data."""
    most = min(RESIDUALS, max(FEWEST, KEPT // max(errors.shape[1], 1)))
    if len(errors) <= most:
        return errors
    return errors[np.linspace(0, len(errors) - 1, most).round().astype(np.intp)]


def left_over(values: Array, made: Array) -> dict[str, Array]:
    """What a projection (..., features) of the values leaves, `thinned`, as the array `left`; none where it is exact.

    It is forecast as its mean, 0, and is spread as in the data.
    """
    left = (values - made).reshape(-1, values.shape[-1])
    return {"left": thinned(left)} if left.any() else {}


def with_left_over(made: Array, arrays: dict[str, Array], draws: np.random.Generator) -> Array:
    """Draws (rows, steps, features) with what the projection left, where it left something."""
    left = arrays.get("left")
    return made if left is None else made + left[draws.integers(len(left), size=made.shape[:2])]


def drawn(
    errors: Array, fed: float, rows: int, steps: int, draws: np.random.Generator
) -> tuple[Array, Array]:
    """Noise of the dynamics and of the observation, (rows, steps, features) each.

    A one-step error e is the sum of a part that moves the state, of variance fed^2 var(e), and of one that is only
    seen, of variance (1 - fed^2) var(e): one step ahead the spread is that of the errors for each `fed` up to 1.
    """
    moved = errors[draws.integers(len(errors), size=(rows, steps))] * fed
    seen = errors[draws.integers(len(errors), size=(rows, steps))] * np.sqrt(max(0.0, 1 - fed**2))
    return moved, seen


def crps(made: Array, truth: Array) -> Array:
    """Continuous ranked probability score of draws (members, ...) of a truth (...), without bias for few draws."""
    ordered = np.sort(made, axis=0)
    m = len(made)
    weight = (2 * np.arange(1, m + 1) - m - 1).reshape(-1, *[1] * truth.ndim)
    apart = (weight * ordered).sum(axis=0) / (m * (m - 1))
    return np.asarray(abs(made - truth).mean(axis=0) - apart)


def chosen_share(roll: Callable[[float, int], Array], parts: Sequence[Array]) -> float:
    """The part of `FED` whose draws score best over held-out rollouts, each step counting alike.

    Of those that are level with the best it is the first.

    Args:
        roll: of a part and a number of draws, (draws, starts, steps, features).
        parts: what the rollouts are held against, (starts, steps, features) for each stretch of the data.
    """
    truth = np.concatenate(parts)
    each = []
    for fed in FED:
        made = np.nan_to_num(roll(fed, DRAWS), nan=1e3, posinf=1e3, neginf=-1e3).clip(-1e3, 1e3)
        each.append(crps(made, truth).mean(axis=2))
    # an estimate without bias may be below 0
    errors = np.array(each).clip(0)
    others = without_each(np.split(errors, np.cumsum([len(one) for one in parts])[:-1], axis=1))
    return FED[int(level(others, others[log_score(errors).argmin()]).argmax())]


def laws_learn_from(left: Sequence[Indices], *, few: bool) -> list[Indices]:
    """Times that laws of draws are fitted to: those left without each block, of few data also without each two.

    Fits to n - m of n independent data are apart by sqrt(m / (n - m)) of the standard error of the fit to all: by half
    of it without a fifth, by .8 of it without two. Where rollouts over a block are as long as they are anywhere, what
    is fed back is chosen for what the laws leave out. Where the data are too short for these, nothing but the laws
    tells how far forecasts part beyond. Without two blocks there must be half as many times as without one.

    Args:
        left: times without each of the blocks.
        few: whether the data are, see `Blocks`.

    Source: Shao and Wu 1989, Ann. Stat. 17, 1176 (delete-d jackknife).
    """
    if not few:
        return [*left]
    both = [np.intersect1d(*two, assume_unique=True) for two in combinations(left, 2)]
    least = min((one.size for one in left), default=0) / 2
    return [*left, *(one for one in both if one.size >= least)]


def share_over_blocks(
    roll: Callable[[int, Array, Array, Array], Array],
    errors: Sequence[Array],
    around: Sequence[tuple[Array, Array]],
) -> float:
    """The part of the one-step errors that draws feed back, by rollouts of laws over the block that each lacks.

    Args:
        roll: of a law's number, contexts (rows, snapshots, r), and noise of the dynamics and of the observation,
            (rows, steps, r) each: draws, (rows, steps, features).
        errors: of one step of each law, (n, r), those that lack one block first.
        around: what is before rollouts over the block of each of these, (starts, snapshots, r), and what these are held
            against, (starts, steps, features).
    """

    def made(fed: float, count: int) -> Array:
        draws = np.random.default_rng(0)
        parts = []
        for law, (own, (before, came)) in enumerate(zip(errors, around, strict=False)):
            rows = np.tile(before, (count, 1, 1))
            noise, seen = drawn(own, fed, len(rows), came.shape[1], draws)
            parts.append(roll(law, rows, noise, seen).reshape(count, *came.shape))
        return np.concatenate(parts, axis=1)

    return chosen_share(made, [came for _, came in around])


def by_laws(
    roll: Callable[[int, NDArray[np.bool_]], Array],
    laws: int,
    context: Array,
    steps: int,
    largest: float,
    draws: np.random.Generator,
) -> Array:
    """Rollouts (rows, steps, features) of each row of the context by one of the laws, all of them in turn.

    The data stay, so a law that runs away is none that they leave open: the next one takes its place.

    Args:
        roll: of a law's number and the rows that it makes, (rows,): (their number, steps, features).
        context: (rows, snapshots, features).
        largest: value of the training data.
    """
    whose = draws.permutation(np.arange(len(context)) % laws)
    due, made = np.ones(len(context), bool), np.empty((len(context), steps, context.shape[2]))
    furthest = AWAY * np.maximum(abs(context).max(axis=(1, 2)), largest)
    for _ in range(laws):
        for law in np.unique(whose[due]):
            own = due & (whose == law)
            made[own] = roll(law, own)
        due = ~(abs(made).max(axis=(1, 2)) <= furthest)
        whose = (whose + 1) % laws
    return made
