"""Surrogates with the same values and the same spectrum, by iteration."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ergodica.estimators.arrays import unit_scale
from ergodica.estimators.surrogates.amplitude_adjusted import ranked
from ergodica.estimators.surrogates.method import SurrogateMethod, at_least, random_order


@dataclass(frozen=True, kw_only=True)
class IteratedAmplitudeAdjusted(SurrogateMethod):
    """The values of the data in an order that has, as nearly as can be, their power spectrum (IAAFT).

    From a shuffled series, in turn: the amplitudes of the data's spectrum with the phases at hand, then the values of
    the data in that order, until the order stays.

    Hypothesis: a stationary linear Gaussian process seen through an increasing function. Values are exact; the spectrum
    is near, the nearer the longer the series.

    Both held fast leave less freedom than the process has: with values far from Gaussian, tests reject too often (.17
    for .05 with log-normal values). Map the ranks of such data to Gaussian values first, or take AmplitudeAdjusted.

    Args:
        iterations: most of them, 1 or more.

    Good values: 200 iterations; series that begin and end alike, since the transform takes them for periodic.

    Source: Schreiber and Schmitz 1996, Phys. Rev. Lett. 77, 635.
    """

    scalar: ClassVar[bool] = True
    fewest: ClassVar[int] = 4

    iterations: int = 200

    def __post_init__(self) -> None:
        object.__setattr__(self, "iterations", at_least("iterations", self.iterations, 1))

    def draw(self, values: NDArray, seed: int, lane: int, numbers: range) -> NDArray:
        """A shuffle to begin with for each number."""
        x = values[:, 0]
        n = len(x)
        unit = unit_scale(np.abs(x).max())
        scaled = np.sort(x) * unit
        amplitudes = np.abs(np.fft.rfft(x * unit))
        ranks = np.stack([random_order(n, seed, lane, number) for number in numbers])
        moving = np.arange(len(ranks))
        for _ in range(self.iterations):
            spectrum = np.fft.rfft(scaled[ranks[moving]], axis=1)
            size = np.abs(spectrum)
            spectrum /= np.where(size > 0, size, 1.0)
            spectrum[size == 0] = 1.0
            spectrum *= amplitudes
            del size
            found = ranked(np.fft.irfft(spectrum, n, axis=1))
            changed = (found != ranks[moving]).any(axis=1)
            ranks[moving] = found
            moving = moving[changed]
            if not moving.size:
                break
        return np.sort(x)[ranks][:, :, np.newaxis]
