"""Extended dynamic mode decomposition with a kernel."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.models.described import named
from ergodica.models.koopman.dictionaries.scaling import size_of, spread_of
from ergodica.models.koopman.kernels import Gaussian, Kernel
from ergodica.models.koopman.koopman import KoopmanModel
from ergodica.models.koopman.newton_basis import newton_basis
from ergodica.models.koopman.triangle import triangle
from ergodica.models.koopman.windows import pairs_of_windows, windows_of
from ergodica.models.trajectories import Trajectories
from ergodica.numerics.errors import ParameterError, whole_number
from ergodica.numerics.thin_svd import thin_svd

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

LEARNED = "kernel."
TOLERANCE = 1e-14
"""Of k(x, x) that the basis leaves, relative to the largest."""
MOST = 1000
"""Centres that are used at most."""


@named
@dataclass(kw_only=True, eq=False)
class KernelEDMD(KoopmanModel):
    """The Koopman operator on the observables of a kernel, by reduced rank regression.

    min over K of rank r of sum_n |k(x_n+1, .) - K k(x_n, .)|^2 / N + ridge |K|^2

    in the norms of the kernel, whose mean k(x, x) is 1. Observables are written in a basis of as many k(x_i, .) as the
    data need, found by pivoted Cholesky, so that memory grows with N times their number and not with N^2. z are the r
    combinations whose next values are predicted best. x less its mean is decoded by least squares from the z of the
    snapshots and from those that K predicts, so that no forecast depends on where the zero of a feature lies; of a
    kernel that is not centred, x itself is.

    Args:
        kernel: see `ergodica.models.koopman.kernels`; of `delays` snapshots side by side.
        rank: r, 1 or more; fewer where the data have fewer.
        ridge: penalty, >= 0.
        delays: snapshots of a window, 1 or more.

    Good values: a rank of as many eigenvalues as are looked for, or twice that; ridge 1e-12 without noise, 1e-8 with
    noise. A kernel so wide that the leading eigenfunctions are smooth on its scale, as its width by the data is.

    Source: Kostic et al. 2022, Adv. Neural Inf. Process. Syst. 35, 4017 (reduced rank regression); Williams, Rowley and
    Kevrekidis 2015, J. Comput. Dyn. 2, 247 (kernels).
    """

    name = "kernel-edmd"
    references = "Kostic et al. 2022, Adv. Neural Inf. Process. Syst. 35, 4017"
    fewer = "a lower rank"
    kernel: Kernel = field(default_factory=Gaussian)
    rank: int = 20
    ridge: float = 1e-12
    delays: int = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.kernel, Kernel):
            raise ParameterError(
                f"kernel: must be a kernel, got {self.kernel!r}; use koopman.kernels.Gaussian()"
            )
        self.rank = whole_number("rank", self.rank, 1)
        self.lookback = self.delays = whole_number("delays", self.delays, 1)
        if not (isinstance(self.ridge, Real) and 0 <= self.ridge < math.inf):
            raise ParameterError(f"ridge: must be 0 or more, got {self.ridge!r}; use 1e-12")

    def _learn(self, series: Trajectories) -> None:
        values = series.values
        points = windows_of(values, self.delays).reshape(-1, self.delays * values.shape[-1])
        scale = spread_of(points)
        if not self.kernel.centred:
            scale = {"centre": np.zeros(points.shape[1]), "scale": size_of(points)}
        self.arrays |= {LEARNED + name: one for name, one in scale.items()}
        points = self._scaled(points)
        self.arrays |= {LEARNED + name: one for name, one in self.kernel.learn(points).items()}
        centres, triangular = self._centres(points)
        if not len(centres):
            raise ParameterError("kernel: must not vanish on the data, got zeros alone; use another kernel")
        self.arrays |= {"centres": points[centres], "triangle": triangular}
        self._regress(values)

    def _centres(self, points: Array) -> tuple[NDArray[np.intp], Array]:
        return newton_basis(points, self._between, MOST, TOLERANCE)

    def _regress(self, values: Array) -> None:
        """Reduced rank regression in the basis, from the triangular factor of (psi(x), psi(x'), x, x')."""
        count = len(self.arrays["centres"])
        factor = triangle(self._rows(values)) / math.sqrt(values.shape[0] * (values.shape[1] - self.delays))
        now, after, x = np.split(factor, [count, 2 * count], axis=1)
        left, singular, right = thin_svd(now)
        kept = singular > singular[0] * max(now.shape) * np.finfo(float).eps
        left, singular, right = left[:, kept], singular[kept], right[kept]
        ridge = self.ridge * (singular**2).sum()
        target = left.T @ after
        fitted = (singular / np.sqrt(singular**2 + ridge))[:, None] * target
        best = thin_svd(fitted)[2][: self.rank].T
        weights = right.T @ ((singular / (singular**2 + ridge))[:, None] * (target @ best))
        step = best.T @ weights
        z, seen = now @ weights, np.split(x, 2, axis=1)
        decoder = np.linalg.lstsq(np.concatenate([z, z @ step]), np.concatenate(seen), rcond=None)[0]
        self.arrays |= {"operator": step.T, "weights": weights, "decoder": decoder}

    def lift(self, windows: Array) -> NDArray[Any]:
        return np.asarray(self._basis(windows) @ self.arrays["weights"])

    def decode(self, z: NDArray[Any]) -> NDArray[Any]:
        centre, scale = self._last()
        return np.asarray(z @ self.arrays["decoder"] * scale + centre)

    def _basis(self, windows: Array) -> Array:
        from scipy.linalg import solve_triangular

        near = self._between(self._scaled(windows.reshape(len(windows), -1)), self.arrays["centres"])
        return np.asarray(solve_triangular(self.arrays["triangle"], near.T, lower=True).T)

    def _rows(self, values: Array) -> Iterator[Array]:
        centre, scale = self._last()
        for windows in pairs_of_windows(values, self.delays):
            psi, x = self._basis(windows), (windows[:, -1] - centre) / scale
            yield np.concatenate([psi[:-1], psi[1:], x[:-1], x[1:]], axis=1)

    def _last(self) -> tuple[Array, Array]:
        """Centre and scale of the features of the last snapshot of a window."""
        features = self.fitted_layout.features
        return self.arrays[LEARNED + "centre"][-features:], self.arrays[LEARNED + "scale"][-features:]

    def _scaled(self, points: Array) -> Array:
        return np.asarray((points - self.arrays[LEARNED + "centre"]) / self.arrays[LEARNED + "scale"])

    def _between(self, x: Array, y: Array) -> Array:
        learned = {
            name.removeprefix(LEARNED): one for name, one in self.arrays.items() if name.startswith(LEARNED)
        }
        return self.kernel.between(x, y, learned)
