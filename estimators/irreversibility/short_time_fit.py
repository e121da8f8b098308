"""Entropy production by a linear fit to first order in the sampling step."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ergodica.estimators.arrays import Array
from ergodica.estimators.claims import Claims
from ergodica.estimators.irreversibility.estimator import IrreversibilityEstimator
from ergodica.estimators.irreversibility.linear import parities
from ergodica.estimators.irreversibility.linear_fit import correlations, fitted
from ergodica.estimators.irreversibility.paths import ROTATION


@dataclass(frozen=True, kw_only=True)
class ShortTimeFit(IrreversibilityEstimator):
    """Ornstein-Uhlenbeck fit to first order in dt: drift from mean displacements, noise from their squares.

    M = (G - 1)/dt,  D = <dx dx^T>/(2 dt),  sigma = tr(D^-1 (M + D C^-1) C (M + D C^-1)^T)

    Its error is of first order in dt (rotation w = 2, dt = .05: 1.3 below 8); `LinearFit` has none. It stays defined
    where dt is too long for that one. A lane is NaN where its covariance is singular.

    Args:
        parity: under time reversal of each component, 1 (even) or -1 (odd); None is all even.

    Source: Risken 1989, The Fokker-Planck Equation, eqs. 3.30 and 6.102; Frishman and Ronceray 2020, Phys. Rev. X 10,
    021009.
    """

    claims = Claims(
        needs="vectors in order, evenly sampled much faster than they relax; at least 2 d + 2 samples",
        cost="O(n d^2 + d^3)",
        invariances={"affine": 1e-10, "shift": 1e-10, "scale": 1e-10},
        exact=(ROTATION,),
    )

    parity: tuple[int, ...] | None = None

    def fewest_samples(self, components: int) -> int:
        """Two more than make the propagator unique for any lag."""
        return 2 * components + 2

    def rate(self, paths: NDArray, dt: float) -> Array:
        """Nats per unit of time."""
        signs = parities(self.parity, paths.shape[2])
        found = np.full(len(paths), np.nan)
        for lane, path in enumerate(paths):
            moments = correlations(path)
            if moments is None:
                continue
            covariance, propagator = moments
            drift = (propagator - np.eye(len(propagator))) / dt
            lagged = propagator @ covariance
            noise = (2 * covariance - lagged - lagged.T) / (2 * dt)
            found[lane] = fitted(drift, noise, covariance, signs)
        return found
