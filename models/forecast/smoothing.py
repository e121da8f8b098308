"""A first guess of what a noisy series is without its noise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

WINDOWS = (5, 7, 9, 11, 15, 21, 31)
MOST = 0.3
"""Noise, in standard deviations, above which a series may as well be rough itself."""
ALIKE = 1.2
DIFFERENCE = np.array([1.0, -4.0, 6.0, -4.0, 1.0])


def noise_of(values: Array) -> Array:
    """Standard deviation of white noise on smooth series (members, snapshots, features), from fourth differences.

    sigma^2 = <(y_(n+2) - 4 y_(n+1) + 6 y_n - 4 y_(n-1) + y_(n-2))^2> / 70
    """
    fourth = np.diff(values, n=4, axis=1)
    return np.sqrt(np.square(fourth).mean(axis=(0, 1)) / np.square(DIFFERENCE).sum())


def gently_smoothed(values: Array) -> Array:
    """Series (members, snapshots, features), smoothed by cubics as far as what is taken away is like their noise.

    Rough series stay as they are.
    """
    from scipy.signal import savgol_filter

    kept = values
    if values.shape[1] < WINDOWS[0]:
        return kept
    noise = noise_of(values)
    if noise.max() > MOST:
        return kept
    for window in WINDOWS:
        if window > values.shape[1]:
            break
        tried = savgol_filter(values, window, 3, axis=1)
        left = np.sqrt(np.square(values - tried).mean(axis=(0, 1)))
        if (left > ALIKE * noise).any():
            break
        kept = tried
    return kept
