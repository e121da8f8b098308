"""Extended dynamic mode decomposition."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from numbers import Real
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from ergodica.models.described import named
from ergodica.models.koopman.dictionaries.dictionary import Dictionary
from ergodica.models.koopman.dictionaries.polynomial import Polynomial
from ergodica.models.koopman.dictionaries.scaling import size_of
from ergodica.models.koopman.koopman import KoopmanModel
from ergodica.models.koopman.triangle import triangle
from ergodica.models.koopman.windows import ROWS, pairs_of_windows, windows_of
from ergodica.models.trajectories import Trajectories
from ergodica.numerics.errors import ParameterError, whole_number
from ergodica.numerics.thin_svd import thin_svd

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

LEARNED = "dictionary."
POINTS = 20_000
"""Vectors that a dictionary is told of."""


@named
@dataclass(kw_only=True, eq=False)
class EDMD(KoopmanModel):
    """The Koopman operator on the span of a dictionary of observables, by least squares.

    min_M sum_n |psi(x_n+1) - psi(x_n) - psi(x_n) M|^2 / N + ridge |M|^2,  K = 1 + M

    Least squares by streamed QR of the observables and an SVD of the factor, never by normal equations, whose condition
    is the square. z are the combinations of observables that are uncorrelated with mean square 1 on the data; those
    that are smaller than `tolerance` beside the largest are left out. x is decoded by least squares from z, which is
    exact where the dictionary has the features. Memory grows with the square of the dictionary, not with the run.

    Args:
        dictionary: see `ergodica.models.koopman.dictionaries`; of `delays` snapshots side by side.
        delays: snapshots of a window, 1 or more.
        ridge: penalty of the change over a step, >= 0: it draws towards persistence, and leaves constants alone.
        tolerance: smallest singular value of the observables that counts, relative to the largest, between 0 and 1.

    Good values: the default for smooth flows of few features; a ridge of 1e-10 to 1e-6 where a re-encoded rollout of a
    large dictionary diverges.

    Source: Williams, Kevrekidis and Rowley 2015, J. Nonlinear Sci. 25, 1307.
    """

    name = "edmd"
    references = "Williams, Kevrekidis and Rowley 2015, J. Nonlinear Sci. 25, 1307"
    fewer = "a smaller dictionary, fewer delays or a larger ridge"
    dictionary: Dictionary = field(default_factory=Polynomial)
    delays: int = 1
    ridge: float = 0.0
    tolerance: float = 1e-12

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.dictionary, Dictionary):
            raise ParameterError(
                f"dictionary: must be a dictionary of observables, got {self.dictionary!r}; use "
                "koopman.dictionaries.Polynomial(degree=3)"
            )
        self.lookback = self.delays = whole_number("delays", self.delays, 1)
        if not (isinstance(self.ridge, Real) and 0 <= self.ridge < math.inf):
            raise ParameterError(f"ridge: must be 0 or more, got {self.ridge!r}; use 0")
        if not (isinstance(self.tolerance, Real) and 0 < self.tolerance < 1):
            raise ParameterError(f"tolerance: must be between 0 and 1, got {self.tolerance!r}; use 1e-12")

    def _learn(self, series: Trajectories) -> None:
        values = series.values
        flat = windows_of(values, self.delays)
        thin = -(-flat.shape[0] * flat.shape[1] // POINTS)
        # other times of each member
        points = np.concatenate([one[number % thin :: thin] for number, one in enumerate(flat)])
        learned = self.dictionary.learn(points.reshape(len(points), -1))
        self.arrays |= {LEARNED + name: one for name, one in learned.items()}
        self._solve(values)

    def refitted(self, series: Trajectories) -> Self:
        """A model of the same observables, centres and all, with the operator of other trajectories."""
        other = copy.copy(self)
        other._begin(series)
        other.arrays = {name: one for name, one in self.arrays.items() if name.startswith(LEARNED)}
        other._solve(series.values)
        return other

    def _solve(self, values: Array) -> None:
        size = size_of(values)
        factor = triangle(self._rows(values, size))
        observables = (factor.shape[1] - values.shape[-1]) // 2
        now, change, x = np.split(factor, [observables, 2 * observables], axis=1)
        left, singular, right = thin_svd(now)
        if not singular[0] > 0:
            raise ParameterError(
                "dictionary: must not vanish on the data, got zeros alone; add Polynomial(degree=0)"
            )
        kept = singular > self.tolerance * singular[0]
        left, singular, white = left[:, kept], singular[kept], right[kept].T / singular[kept]
        pairs = values.shape[0] * (values.shape[1] - self.delays)
        shrunk = singular**2 / (singular**2 + pairs * self.ridge)
        self.independent = float(shrunk.sum())
        step = np.eye(len(singular)) + shrunk[:, None] * (left.T @ change @ white)
        self.arrays |= {
            "operator": step.T,
            "projection": white * math.sqrt(pairs),
            "decoder": left.T @ x * size / math.sqrt(pairs),
        }

    def lift(self, windows: Array) -> NDArray[Any]:
        return np.asarray(self._observables(windows) @ self.arrays["projection"])

    def decode(self, z: NDArray[Any]) -> NDArray[Any]:
        return np.asarray(z @ self.arrays["decoder"])

    def _observables(self, windows: Array) -> Array:
        learned = {
            name.removeprefix(LEARNED): one for name, one in self.arrays.items() if name.startswith(LEARNED)
        }
        return self.dictionary.observables(windows.reshape(len(windows), -1), learned)

    def _rows(self, values: Array, size: Array) -> Iterator[Array]:
        """Observables, their change over a step and the snapshot, side by side, in blocks."""
        for windows in pairs_of_windows(values, self.delays, ROWS):
            psi = self._observables(windows)
            if not np.isfinite(psi).all():
                raise ParameterError(
                    f"dictionary: must be finite on the data, {self.dictionary.name!r} is not; scale its observables"
                )
            yield np.concatenate([psi[:-1], np.diff(psi, axis=0), windows[:-1, -1] / size], axis=1)
