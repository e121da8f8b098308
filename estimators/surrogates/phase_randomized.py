"""Surrogates with the same power spectrum."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ergodica.estimators.arrays import Array, unit_scale
from ergodica.estimators.surrogates.method import PHASES, SurrogateMethod


@dataclass(frozen=True, kw_only=True)
class PhaseRandomized(SurrogateMethod):
    """Random phases of the Fourier transform: the same mean and power spectrum, near Gaussian values.

    Hypothesis: a stationary linear Gaussian process. Components of a vector are turned by the same phases, which also
    keeps their cross spectra.

    Source: Theiler et al. 1992, Physica D 58, 77; Prichard and Theiler 1994, Phys. Rev. Lett. 73, 951, for vectors.
    """

    keeps_values: ClassVar[bool] = False
    fewest: ClassVar[int] = 4

    def draw(self, values: NDArray, seed: int, lane: int, numbers: range) -> NDArray:
        """New phases for each number."""
        scale = unit_scale(np.abs(values).max())
        spectrum = np.fft.rfft(values * scale, axis=0)
        turns = turned(len(values), seed, lane, numbers)
        return np.fft.irfft(turns[:, :, np.newaxis] * spectrum, len(values), axis=1) / scale


def turned(n: int, seed: int, lane: int, numbers: range) -> NDArray[np.complex128]:
    """Random factors of size 1 for the n // 2 + 1 frequencies, `(len(numbers), frequencies)`.

    The mean and, for even n, the highest frequency are real: they stay.
    """
    from ergodica.numerics.random import uniforms

    free = (n - 1) // 2
    turns = np.ones((len(numbers), n // 2 + 1), np.complex128)
    for row, number in enumerate(numbers):
        angles: Array = 2 * np.pi * uniforms(seed, lane, number, free, PHASES)
        turns[row, 1 : free + 1] = np.cos(angles) + 1j * np.sin(angles)
    return turns
