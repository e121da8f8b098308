"""Whether the second moments of the states rest under the drift and noise of a dataset."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ergodica.models.score.process import Process
from ergodica.models.score.production_sums import ProductionSums

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

CHANCE = 1e-6
"""Of an imbalance as large as found in a stationary run, below which it counts."""
IMBALANCE = 0.1
"""Share of its parts that an imbalance may have: a step of time leaves one of the order of rate times dt."""
MANY = 24
"""Members from which on their scatter is known well enough; fewer slow ones are often alike by chance."""
FAR = 30.0
"""Times the noise that a drift may shrink a variance; one frozen Gaussian state is that far out once in 1e7."""


def growth(sums: ProductionSums, process: Process, members: int) -> Array:
    """d<(x_a - <x_a>)^2>/2dt = <b_a (x_a - <x_a>)> + D_aa of each member, (members, degrees).

    0 on average in a stationary state, whatever its density. NaN where x_a is periodic.
    """
    means = sums.means
    shape = (members, means.per_member, -1)
    share = means.counts.reshape(members, -1, 1) / means.counts.reshape(members, -1, 1).sum(
        axis=1, keepdims=True
    )
    work, drift = (
        (means.means(name).reshape(shape) * share).sum(axis=1) for name in ("virial", "drift_mean")
    )
    found = work - means.mean("state") * drift + np.diagonal(process.diffusion)
    return np.where(np.isfinite(process.period), np.nan, found)


def unbalanced(each: Array, noise: Array, size: Array) -> int | None:
    """Which degree of freedom has moments that do not rest, None where all do.

    By a t test over members, corrected for skewness (Johnson 1978, J. Am. Stat. Assoc. 73, 536).

    Args:
        each: of `growth`.
        noise: D_aa, (degrees,).
        size: root mean square of x_a - <x_a> times that of b_a, (degrees,): the scale where there is no noise.
    """
    from scipy.special import stdtr

    count = len(each)
    for a in np.flatnonzero(np.isfinite(each).all(axis=0)):
        values, mean = each[:, a], float(each[:, a].mean())
        if noise[a] > 0 and noise[a] - mean > FAR * noise[a]:
            return int(a)
        scale = noise[a] + abs(mean - noise[a]) if noise[a] > 0 else size[a]
        spread = float(values.var(ddof=1)) if count >= MANY else 0.0
        if not spread or abs(mean) <= IMBALANCE * scale:
            continue
        skew = float(((values - mean) ** 3).mean())
        shifted = mean + skew / (6 * spread * count) + skew * mean**2 / (3 * spread**2)
        error = np.sqrt(spread / count)
        if 2 * stdtr(count - 1, -min(abs(mean), abs(shifted)) / error) < CHANCE:
            return int(a)
    return None
