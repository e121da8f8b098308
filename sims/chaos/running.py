"""Standard errors of exponents from their windows."""

from __future__ import annotations

import numpy as np

Array = np.ndarray

BLOCKS = 16
BRIDGE = np.sqrt(6.0)
"""The root mean square of a Brownian bridge over the standard deviation of the walk's end."""
MEMBERS = 8
"""From so many members on, their spread counts too."""


def standard_errors(rates: Array, duration: float) -> Array:
    """Standard error of the mean of rates (members, windows, k) over windows of equal length, shape (k,).

    The largest of: the error from 16 blocks a member; the wandering of the accumulated rate around its mean
    line, which sees slow drifts such as the ln(t)/t of a vanishing exponent; and the spread between members
    where there are eight or more. Never below the round-off of a sum over `duration`. NaN for one window of one member.
    """
    members, windows, _ = rates.shape
    blocks = np.stack([part.mean(1) for part in np.array_split(rates, min(BLOCKS, windows), axis=1)], 1)
    flat = blocks.reshape(-1, rates.shape[2])
    if len(flat) < 2:
        return np.full(rates.shape[2], np.nan)
    errors = [flat.std(0, ddof=1) / np.sqrt(len(flat))]
    path = np.cumsum(rates.mean(0), axis=0)
    path = np.concatenate([np.zeros((1, path.shape[1])), path])
    line = np.linspace(0.0, 1.0, windows + 1)[:, None] * path[-1]
    errors.append(BRIDGE * np.sqrt(np.mean((path - line) ** 2, axis=0)) / windows)
    if members >= MEMBERS:
        errors.append(rates.mean(1).std(0, ddof=1) / np.sqrt(members))
    floor = 1e-15 * (1.0 + np.abs(rates).max(initial=0.0))
    return np.maximum(np.max(errors, axis=0), floor)


def kaplan_yorke(exponents: Array) -> float:
    """Dimension by Kaplan and Yorke from exponents in falling order; NaN where they are too few to tell.

    j + (l_1 + ... + l_j) / |l_(j+1)|, j the largest number with a sum that is not negative.

    Source: Kaplan and Yorke 1979, Lecture Notes in Mathematics 730, 204.
    """
    sums = np.cumsum(exponents)
    if not sums.size or sums[0] < 0:
        return 0.0 if sums.size else np.nan
    below = np.flatnonzero(sums < 0)
    if not below.size:
        return np.nan
    j = int(below[0])
    return float(j + sums[j - 1] / -exponents[j])
