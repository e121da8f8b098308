"""Whether a distribution of counts has one peak or two, and where they are."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ergodica.estimators.arrays import Array

DEEP = 0.7
"""Two phases where the least density between the peaks is below this share of the lower peak."""

LEAST_SHARE = 0.01
"""Of the area, below which a peak is no phase."""

APART = 2.5
"""Square roots of the mean number: how far apart peaks of two phases are at least. Counts in a crystal have several
peaks, of one row more or less in a cell, which are nearer."""

POINTS = 512
ITERATIONS = 500
CERTAIN = 2.0
"""Standard deviations of the counts by which the valley is below the lower peak. Of 800 sets of 400 to 4000 independent
particles none had two phases, with 1 neither."""
SETTLED = 1e-9
POWER, OFFSET = 2 / 3, 0.5
SMOOTHING = 0.35  # of the narrower peak
STARTS = ((0.05, 0.6), (0.1, 0.9), (0.25, 0.75), (0.4, 0.97))  # quantiles


@dataclass(frozen=True)
class Peaks:
    """Two peaks and a bridge between them, fitted to a distribution of numbers.

    Fields:
        means, deviations, shares: `(2,)`, of the peaks, the lower density first; shares of the whole.
        valley: least density between the peaks over the lower peak, 1 where there is one peak.
        two: whether there are two phases.
    """

    means: Array
    deviations: Array
    shares: Array
    valley: float
    two: bool


def peaks(tally: NDArray, *, samples: float, near: Peaks | None = None) -> Peaks:
    """Two peaks fitted to how many cells hold 0, 1, 2, ... particles.

    Args:
        tally: `(largest + 1,)`.
        samples: how many of the cells are independent: snapshots that follow one another are not.
        near: a fit from which to start; None tries several starts.
    """
    last = int(np.flatnonzero(tally)[-1]) + 1
    step = max(1, -(-last // POINTS))
    number = -(-last // step)
    weights = np.add.reduceat(np.asarray(tally[:last], dtype=np.float64), np.arange(0, last, step))
    values = np.asarray(np.arange(number) * step + (step - 1) / 2, dtype=np.float64)
    p = np.asarray(weights / weights.sum(), dtype=np.float64)
    fits = [_mixture(values, p, *start) for start in (_starts(values, p) if near is None else [_of(near)])]
    _, means, deviations, shares = max(fits, key=lambda found: found[0])
    smooth, valley, height = _valley(values, p, means, deviations)
    # counts in windows as wide as the smoothing, at the peak and in the valley
    window = samples * 2 * math.sqrt(math.pi) * smooth
    excess = (1 - valley) * height * window
    chance = math.sqrt((1 + valley) * height * window)
    apart = means[1] - means[0] > APART * math.sqrt(means.mean())
    two = bool(apart and valley < DEEP and shares.min() >= LEAST_SHARE and excess > CERTAIN * chance)
    return Peaks(means, deviations, shares, float(valley), two)


def _starts(values: Array, p: Array) -> list[tuple[Array, Array, Array]]:
    total = np.cumsum(p)
    spread = math.sqrt(float(p @ np.square(values - p @ values)))
    found = []
    for quantiles in STARTS:
        low, high = (float(values[min(int(np.searchsorted(total, q)), len(values) - 1)]) for q in quantiles)
        found.append(
            (np.array([low, max(high, low + 1.0)]), np.full(2, max(spread / 2, 0.5)), np.array([0.45, 0.45]))
        )
    return found


def _of(fit: Peaks) -> tuple[Array, Array, Array]:
    return fit.means, fit.deviations, fit.shares


def _mixture(
    values: Array, p: Array, means: Array, deviations: Array, shares: Array
) -> tuple[float, Array, Array, Array]:
    """Expectation-maximization; log-likelihood, means, deviations and shares of the peaks.

    The peaks are Gaussian in n^(2/3), in which Poisson's distribution is even: in n itself its longer tail would go
    to the bridge and leave the mean too low. Means are those of the numbers themselves.
    """
    step = values[1] - values[0] if len(values) > 1 else 1.0
    shape = (values + OFFSET) ** POWER
    slope = POWER * (values + OFFSET) ** (POWER - 1)
    least = (step * slope.min()) ** 2 / 12
    centres = (means + OFFSET) ** POWER
    variances = np.square(deviations * POWER * (means + OFFSET) ** (POWER - 1)) + least
    shares = np.append(shares, max(1 - shares.sum(), 0.01))
    likelihood = -math.inf
    for _ in range(ITERATIONS):
        gaussians = (
            slope
            * np.exp(-0.5 * np.square(shape - centres[:, None]) / variances[:, None])
            / np.sqrt(2 * np.pi * variances[:, None])
        )
        inside = (values >= means[0]) & (values <= means[1])
        bridge = np.where(inside, 1 / max(means[1] - means[0], step), 0.0)
        parts = shares[:, None] * np.vstack([gaussians, bridge])
        density = np.maximum(parts.sum(0), 1e-300)
        before, likelihood = likelihood, float(p @ np.log(density))
        taken = parts / density * p
        shares = taken.sum(1)
        weights = taken[:2] / np.maximum(shares[:2, None], 1e-300)
        means, centres = weights @ values, weights @ shape
        variances = np.maximum((weights * np.square(shape - centres[:, None])).sum(1), least)
        if means[0] > means[1]:
            means, centres, variances = means[::-1], centres[::-1], variances[::-1]
            weights, shares = weights[::-1], shares[[1, 0, 2]]
        if abs(likelihood - before) < SETTLED:
            break
    spreads = np.sqrt((weights * np.square(values - means[:, None])).sum(1))
    return likelihood, means, np.maximum(spreads, step / math.sqrt(12)), shares[:2]


def _valley(values: Array, p: Array, means: Array, deviations: Array) -> tuple[float, float, float]:
    """Width of the smoothing, the least smoothed density between the peaks over the lower one, and that one."""
    step = values[1] - values[0] if len(values) > 1 else 1.0
    width = max(step, SMOOTHING * float(deviations.min()))
    reach = np.exp(-0.5 * np.square((values[:, None] - values) / width)) / (math.sqrt(2 * math.pi) * width)
    smooth = reach @ p
    tops = []
    for mean, deviation in zip(means, deviations, strict=True):
        near = np.flatnonzero(np.abs(values - mean) <= max(deviation, step))
        tops.append(
            int(near[np.argmax(smooth[near])]) if len(near) else int(np.argmin(np.abs(values - mean)))
        )
    low, high = min(tops), max(tops)
    lower = float(min(smooth[low], smooth[high]))
    least = float(smooth[low : high + 1].min())
    return width, (least / lower if lower > 0 else 1.0), lower
