"""Surrogates with the same values and nearly the same spectrum."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ergodica.estimators.surrogates.method import NORMALS, SurrogateMethod
from ergodica.estimators.surrogates.phase_randomized import turned


@dataclass(frozen=True, kw_only=True)
class AmplitudeAdjusted(SurrogateMethod):
    """The values of the data in the order of a phase-randomized Gaussian series that had the order of the data.

    Hypothesis: a stationary linear Gaussian process seen through an increasing function. In short or strongly
    correlated series the spectrum is too flat; IteratedAmplitudeAdjusted mends that.

    Source: Theiler, Eubank, Longtin, Galdrikian and Farmer 1992, Physica D 58, 77, section 3.3.
    """

    scalar: ClassVar[bool] = True
    fewest: ClassVar[int] = 4

    def draw(self, values: NDArray, seed: int, lane: int, numbers: range) -> NDArray:
        """A Gaussian series and phases for each number."""
        from ergodica.numerics.random import normals

        x = values[:, 0]
        n = len(x)
        ranks = ranked(x)
        gaussian = np.stack([np.sort(normals(seed, lane, number, n, NORMALS))[ranks] for number in numbers])
        mixed = np.fft.irfft(turned(n, seed, lane, numbers) * np.fft.rfft(gaussian, axis=1), n, axis=1)
        return np.sort(x)[ranked(mixed)][:, :, np.newaxis]


def ranked(x: NDArray) -> NDArray[np.int64]:
    """Ranks along the last axis, the earlier of equal ones first."""
    ranks = np.empty(x.shape, np.int64)
    places = np.broadcast_to(np.arange(x.shape[-1]), x.shape)
    np.put_along_axis(ranks, np.argsort(x, axis=-1, kind="stable"), places, axis=-1)
    return ranks
