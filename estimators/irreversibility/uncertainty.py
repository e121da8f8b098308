"""Lower bounds of entropy production from the relative uncertainty of currents."""

import itertools
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ergodica.estimators.arrays import Array
from ergodica.estimators.claims import Claims
from ergodica.estimators.irreversibility.estimator import IrreversibilityEstimator
from ergodica.estimators.irreversibility.paths import ROTATION
from ergodica.numerics.errors import ParameterError

# Share of the largest eigenvalue below which a combination of currents is none.
DEPENDENT = 1e-10
# Rows whose currents are held at a time.
BLOCK = 2**14


@dataclass(frozen=True, kw_only=True)
class UncertaintyBound(IrreversibilityEstimator):
    """Thermodynamic uncertainty relation for the best current over a short time: a lower bound.

    sigma >= 2 <J>^2/(lag dt Var J),  J = sum_a w_a J_a,  J_a = g((x(t) + x(t + lag dt))/2) (x_j(t + lag dt) - x_j(t))

    g are the monomials of the midpoint up to `degree`. Weights w are the best ones, Cov^-1 <J>, of one half of the
    record, and the bound is that of the other half, so that the fit does not raise it; the mean of both ways is given.
    Tight as dt -> 0 for linear systems with degree 1. At a finite dt it is below by first order in dt (rotation w = 2,
    dt = .05: 1.6 below 8). Like any estimate of something that cannot be negative it lies above 0 in equilibrium, by
    up to 4/T for a record of length T. For a jump process pass indicators of its states as vectors: their
    currents are all those between states. A lane is NaN where a component is constant.

    Args:
        degree: of the monomials, >= 0; 0 is for drifts along circles and tracks, 1 for traps.
        lag: samples between start and end of a step, >= 1.

    Good values: degree=1, lag=1, and dt much shorter than the relaxation.

    Source: Barato and Seifert 2015, Phys. Rev. Lett. 114, 158101; Manikandan, Gupta, Krishnamurthy 2020, Phys. Rev.
    Lett. 124, 120603; Otsubo, Ito, Dechant, Sagawa 2020, Phys. Rev. E 101, 062106.
    """

    claims = Claims(
        needs="vectors in order, evenly sampled much faster than they relax, all even under time reversal",
        cost="O(n m^2) with m currents, m = d(d+1) for degree 1",
        invariances={"affine": 1e-9, "shift": 1e-9, "scale": 1e-9},
        exact=(ROTATION,),
    )

    degree: int = 1
    lag: int = 1

    def __post_init__(self) -> None:
        for name, value, least in (("degree", self.degree, 0), ("lag", self.lag, 1)):
            if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
                raise ParameterError(
                    f"{name}: must be a whole number of at least {least}, got {value!r}; use 1"
                )

    def fewest_samples(self, components: int) -> int:
        """Twice as many steps in each half as there are currents."""
        currents = math.comb(components + self.degree, self.degree) * components
        return 4 * currents + 2 * self.lag + 2

    def rate(self, paths: NDArray, dt: float) -> Array:
        """Nats per unit of time."""
        return np.array([self._lane(path, dt) for path in paths])

    def _lane(self, path: Array, dt: float) -> float:
        moved = path / np.abs(path).max(axis=0)
        moved -= moved.mean(axis=0)
        spread = np.sqrt((moved * moved).mean(axis=0))
        steps = moved[self.lag :] - moved[: -self.lag]
        if not (spread > 1e-13).all() or not steps.any(axis=0).all():
            return math.nan
        moved /= spread
        sizes = np.sqrt((steps * steps).mean(axis=0)) / spread
        half = len(moved) // 2
        # no step goes from one half into the other
        parts = [self._moments(moved[:half], sizes), self._moments(moved[half:], sizes)]
        bounds = [
            _bound(weights, *parts[1 - side])
            for side, weights in enumerate(_best(mean, covariance) for mean, covariance in parts)
        ]
        return self._from_precision(sum(bounds) / 2, self.lag * dt)

    def _from_precision(self, precision: float, time: float) -> float:
        """The bound, from <J>^2/Var J over a time."""
        return 2 * precision / time

    def _moments(self, path: Array, sizes: Array) -> tuple[Array, Array]:
        """Mean and covariance of the currents."""
        d = path.shape[1]
        powers = [
            list(which)
            for degree in range(self.degree + 1)
            for which in itertools.combinations_with_replacement(range(d), degree)
        ]
        total = np.zeros(len(powers) * d)
        products = np.zeros((len(total), len(total)))
        count = len(path) - self.lag
        for begin in range(0, count, BLOCK):
            start = path[begin : min(begin + BLOCK, count)]
            end = path[begin + self.lag : min(begin + BLOCK, count) + self.lag]
            middle, step = (start + end) / 2, (end - start) / sizes
            columns = np.stack([middle[:, which].prod(axis=1) for which in powers], axis=1)
            currents = (columns[:, :, None] * step[:, None, :]).reshape(len(start), -1)
            total += currents.sum(axis=0)
            products += currents.T @ currents
        mean = total / count
        return mean, products / count - np.outer(mean, mean)


@dataclass(frozen=True, kw_only=True)
class FiniteTimeBound(UncertaintyBound):
    """Uncertainty relation that holds for steps of any length: a lower bound, below `UncertaintyBound`.

    sigma >= 2 s tanh(s)/(lag dt),  sinh(s)^2 = <J>^2/Var J

    Currents and their weights are those of `UncertaintyBound`. It follows from the fluctuation theorem of two samples
    alone and so holds at any dt, for any stationary Markov process of even variables.

    Args:
        degree: of the monomials, >= 0.
        lag: samples between start and end of a step, >= 1.

    Source: Timpanaro, Guarnieri, Goold, Landi 2019, Phys. Rev. Lett. 123, 090604; Hasegawa and Van Vu 2019,
    Phys. Rev. Lett. 123, 110602.
    """

    claims = Claims(
        needs="vectors in order, evenly sampled, all even under time reversal",
        cost="O(n m^2) with m currents, m = d(d+1) for degree 1",
        invariances={"affine": 1e-9, "shift": 1e-9, "scale": 1e-9},
        exact=(ROTATION,),
    )

    def _from_precision(self, precision: float, time: float) -> float:
        s = math.asinh(math.sqrt(precision))
        return 2 * s * math.tanh(s) / time


def _best(mean: Array, covariance: Array) -> Array | None:
    """Weights of the current of the smallest relative uncertainty, as far as there is one."""
    sizes = np.sqrt(np.diagonal(covariance))
    used = sizes > 0
    if not used.any():
        return None
    units = sizes[used]
    weights = np.zeros(len(mean))
    # currents that depend on each other make the weights ambiguous, the current they make is one all the same
    inverse = np.linalg.pinv(
        covariance[np.ix_(used, used)] / np.outer(units, units), rcond=DEPENDENT, hermitian=True
    )
    weights[used] = inverse @ (mean[used] / units) / units
    return weights


def _bound(weights: Array | None, mean: Array, covariance: Array) -> float:
    """<J>^2/Var J; 0 where the current runs the other way than it was fitted to."""
    if weights is None:
        return math.nan
    current = float(weights @ mean)
    variance = float(weights @ covariance @ weights)
    return max(current, 0.0) ** 2 / variance if variance > 0 else math.nan
