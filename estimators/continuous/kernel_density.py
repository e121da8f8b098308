"""Entropy of the density that Gaussian kernels on the samples make, and how many kernels make it."""

import math
import warnings
from dataclasses import dataclass
from numbers import Real
from typing import ClassVar, Literal

import numpy as np

from ergodica.estimators.arrays import Array
from ergodica.estimators.claims import Claims, Exact
from ergodica.estimators.continuous.estimator import EntropyEstimator, refuse_copies
from ergodica.estimators.continuous.gaussian import whitened
from ergodica.estimators.continuous.kozachenko_leonenko import GAUSSIAN, gaussian
from ergodica.numerics.errors import ParameterError

RULES = ("silverman", "scott", "leave-one-out")
FEW_KERNELS = 5.0
"""A density made by fewer kernels is known to no better than 1/sqrt(5) of itself."""
GRID_OCTAVES = 8
GOLDEN = (math.sqrt(5) - 1) / 2
GOLDEN_STEPS = 12


class CondensedWarning(UserWarning):
    """The density at most points is made by a few kernels: the dimension is too high for so few samples."""


@dataclass(frozen=True, kw_only=True)
class KernelDensity(EntropyEstimator):
    """Entropy from the density of Gaussian kernels on the samples.

    h = -(1/n) sum_i ln f(x_i),   f(x_i) = 1/(n - 1) sum_(j != i) N(x_i; x_j, w^2 S)

    with S the sample covariance, so that h(A x) = h(x) + ln|det A| holds exactly. Leaving the point's own kernel out
    makes the bias positive where the density is smooth; with it (`resubstitution`, over n) the estimate is too low,
    without limit as w -> 0. In high dimension the sum over kernels freezes as the partition function of the
    random-energy model does: the nearest few samples alone make the density. The number of effective kernels of a
    point, (sum_j w_j)^2 / sum_j w_j^2, tells; a `CondensedWarning` where it is below 5 at most points.
    `kernel_density_entropy` returns it.

    Args:
        bandwidth: w by a rule, "silverman" (n (d + 2)/4)^(-1/(d + 4)), "scott" n^(-1/(d + 4)), "leave-one-out" (the
            largest likelihood of samples left out); or w itself, > 0, in standard deviations of the data.
        form: "leave-one-out" or "resubstitution".

    NaN where the covariance is singular.

    Good values: d up to 4 and n of thousands; "leave-one-out" for densities of several scales, at 20 times the cost.

    Source: Silverman 1986, Density Estimation, eq. 4.14; Ahmad and Lin 1976, IEEE Trans. Inf. Theory 22, 372;
    Biroli and Mezard 2024, Kernel density estimators in large dimensions (condensation).
    """

    bandwidth: float | str = "silverman"
    form: Literal["leave-one-out", "resubstitution"] = "leave-one-out"

    claims: ClassVar[Claims] = Claims(
        needs="values of a continuum, more samples than components; NaN where the covariance is singular",
        cost="O(n^2 d)",
        invariances={"shift": 1e-11, "sign": 1e-12, "rotation": 1e-10, "order": 1e-10},
        exact=(
            Exact(name="Gaussian, d = 1", sample=gaussian(300, 1), value=GAUSSIAN, bias=0.013, spread=0.04),
            Exact(
                name="Gaussian, d = 3", sample=gaussian(300, 3), value=3 * GAUSSIAN, bias=0.11, spread=0.07
            ),
        ),
    )

    def __post_init__(self) -> None:
        w = self.bandwidth
        number = isinstance(w, Real) and not isinstance(w, bool) and 0 < w < math.inf
        if not number and w not in RULES:
            raise ParameterError(
                f"bandwidth: must be one of {', '.join(RULES)} or a positive number, got {w!r}; use 'silverman'"
            )
        if self.form not in ("leave-one-out", "resubstitution"):
            raise ParameterError(
                f"form: must be 'leave-one-out' or 'resubstitution', got {self.form!r}; use 'leave-one-out'"
            )

    def fewest_samples(self, components: int) -> int:
        """One more than components, and two at least to leave one out."""
        return components + 2

    def entropy(self, x: Array) -> Array:
        """h in nats, `(lanes,)`, of `(lanes, n, d)`."""
        return np.ascontiguousarray(self.diagnostics(x)[:, 0])

    def diagnostics(self, x: Array) -> Array:
        """Entropy, mean number of effective kernels, share of points with fewer than 5, and bandwidth: `(lanes, 4)`."""
        lanes, n, d = x.shape
        self.check(n, d)
        with np.errstate(divide="ignore", invalid="ignore"):
            q, logarithm = whitened(x)
        good = np.isfinite(logarithm)
        result = np.full((lanes, 4), np.nan)
        if not good.any():
            return result
        q = q if good.all() else q[good]
        if self.bandwidth == "leave-one-out":
            from ergodica.numerics.point_tree import kth_distances

            refuse_copies(kth_distances(x[good], 1)[1], n)
            widths = _best_widths(q)
        else:
            widths = np.full(len(q), self._width(n, d))
        itself = self.form == "resubstitution"
        density, effective = _densities(q, widths, itself)
        few = (effective < FEW_KERNELS).mean(axis=-1)
        found = (-density.mean(axis=-1) + logarithm[good], effective.mean(axis=-1), few, widths)
        result[good] = np.stack(found, axis=-1)
        if few.max() > 0.5:
            warnings.warn(
                f"n={n} samples of {d} components are too few for kernels: at {few.max():.0%} of the samples fewer "
                f"than {FEW_KERNELS:g} make the density; use GaussianPlugIn(), a wider bandwidth or fewer components",
                CondensedWarning,
                stacklevel=2,
            )
        return result

    def _width(self, n: int, d: int) -> float:
        if self.bandwidth == "silverman":
            return float((n * (d + 2) / 4) ** (-1 / (d + 4)))
        return float(n ** (-1 / (d + 4)) if self.bandwidth == "scott" else float(self.bandwidth))


def _densities(q: Array, widths: Array, itself: bool) -> tuple[Array, Array]:
    """ln f and the number of effective kernels at each point, `(lanes, n)`, in whitened components `(lanes, d, n)`."""
    from ergodica.estimators.continuous.kernel_density_kernels import kernel_sums

    _, d, n = q.shape
    logarithms, effective = np.empty((len(q), n)), np.empty((len(q), n))
    kernel_sums(q, widths, itself, logarithms, effective)
    norm = d * np.log(widths) + 0.5 * d * math.log(2 * math.pi) + math.log(n if itself else n - 1)
    return logarithms - norm[:, np.newaxis], effective


def _best_widths(q: Array) -> Array:
    """The widths of largest likelihood of the point left out, `(lanes,)`: a grid of octaves, then a golden section."""
    lanes, d, n = q.shape

    def cost(logarithm: Array) -> Array:
        return np.asarray(-_densities(q, np.exp(logarithm), False)[0].mean(axis=-1))

    scott = math.log(n) * -1 / (d + 4)
    grid = scott + math.log(2) * np.arange(-GRID_OCTAVES, 2.0)
    costs = np.stack([cost(np.full(lanes, value)) for value in grid])
    centre = grid[costs.argmin(axis=0)]
    low, high = centre - math.log(2), centre + math.log(2)
    left, right = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
    at_left, at_right = cost(left), cost(right)
    for _ in range(GOLDEN_STEPS):
        lower = at_left < at_right
        low, high = np.where(lower, low, left), np.where(lower, right, high)
        new = np.where(lower, high - GOLDEN * (high - low), low + GOLDEN * (high - low))
        at_new = cost(new)
        left, right = np.where(lower, new, right), np.where(lower, left, new)
        at_left, at_right = np.where(lower, at_new, at_right), np.where(lower, at_left, at_new)
    return np.asarray(np.exp(0.5 * (low + high)))
