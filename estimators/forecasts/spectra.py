"""Smoothed power spectra of lanes, which two scores compare."""

from numbers import Integral

import numpy as np

from ergodica.estimators.arrays import Array
from ergodica.numerics.errors import ParameterError

SMOOTHING = 20.0
"""Standard deviation of the Gaussian in bins of frequency."""
LEAST = 8


def smoothed_spectra(x: Array, smoothing: float, *, taper: bool = False) -> tuple[Array, Array]:
    """Power over frequencies above 0 of `(lanes, n, d)`, smoothed, and the sizes it is to be multiplied by, squared.

    The power is `(lanes, n//2, d)`, 0 where a component is constant; the sizes, `(lanes, 1, d)`, stand apart, as their
    squares may overflow.

    With `taper` a Hann window, without which the jump from the end of a series to its start fills the weak tail.
    """
    from scipy.ndimage import gaussian_filter1d

    size = np.abs(x).max(axis=1, keepdims=True)
    x = x / np.where(size > 0, size, 1.0)
    constant = np.ptp(x, axis=1) == 0
    x = x - x.mean(axis=1, keepdims=True)
    if taper:
        x = x * np.sin(np.pi * (np.arange(x.shape[1]) + 0.5) / x.shape[1])[:, np.newaxis] ** 2
    power = np.abs(np.fft.rfft(x, axis=1)[:, 1:]) ** 2
    power = np.where(constant[:, np.newaxis], 0.0, power)
    if smoothing == 0:
        return np.asarray(power), size
    return np.asarray(gaussian_filter1d(power, smoothing, axis=1, mode="reflect")), size


def check_smoothing(smoothing: float) -> float:
    """The smoothing as a number.

    Raises:
        ParameterError: it is negative or no number.
    """
    known = isinstance(smoothing, float | Integral) and not isinstance(smoothing, bool)
    if not known or not 0 <= smoothing < np.inf:
        raise ParameterError(f"smoothing: must be 0 bins or more, got {smoothing!r}; use {SMOOTHING:g}")
    return float(smoothing)
