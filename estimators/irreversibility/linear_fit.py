"""Entropy production by fitting an Ornstein-Uhlenbeck process, without an error of the sampling step."""

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ergodica.estimators.arrays import Array
from ergodica.estimators.claims import Claims, Exact
from ergodica.estimators.irreversibility.estimator import IrreversibilityEstimator
from ergodica.estimators.irreversibility.linear import NOISELESS, parities, production
from ergodica.estimators.irreversibility.paths import SPACING, rotation
from ergodica.numerics.errors import ParameterError

# An eigenvalue this near to the negative axis, by its angle, is on it.
ON_AXIS = 1e-9
# Standard deviations of chance, 1/sqrt(n), below which an eigenvalue tells nothing of the drift.
FORGOTTEN = 3
# Condition of the eigenvectors up to which they give the logarithm to ten digits, twenty times faster than without.
WELL_APART = 1e5


@dataclass(frozen=True, kw_only=True)
class LinearFit(IrreversibilityEstimator):
    """Ornstein-Uhlenbeck fit: drift from the matrix logarithm of the propagator over one sample.

    G = <x(t+dt) x(t)^T> C^-1,  M = ln(G)/dt,  D = -(M C + C M^T)/2
    sigma = tr(D^-1 (M + D C^-1) C (M + D C^-1)^T)

    Exact for linear systems at any dt below half a turn of the fastest rotation. The estimate lies above the truth by
    d(d-1)/T on average near equilibrium for a record of length T and a small dt, more at a dt near the relaxation.
    For other systems it is the sigma of the linear system with the same correlations.

    A lane is NaN where its covariance is singular (a constant or copied component), where an eigenvalue of G is on the
    negative axis (dt is too long, with a warning), or where the fitted noise is no covariance: so where a component has
    no noise of its own, as a position beside its velocity, which is a matter of chance of the fit. Samples so far apart
    that they share nothing give numbers that are noise, 35 for white noise at dt=.1, with a warning.

    Args:
        method: "logm", the matrix logarithm; the first-order fit is `ShortTimeFit`.
        parity: under time reversal of each component, 1 (even) or -1 (odd); None is all even.

    Source: Gilson, Tagliazucchi, Cofre 2023, Phys. Rev. E 107, 024121.
    """

    claims = Claims(
        needs="vectors in order, evenly sampled at less than half a turn; at least 2 d + 2 samples",
        cost="O(n d^2 + d^3)",
        invariances={"affine": 1e-10, "shift": 1e-10, "scale": 1e-10},
        exact=(
            Exact(
                name="rotation, w = 2, samples of .05",
                sample=lambda rng: (rotation(rng, frequency=2.0, samples=4000, dt=0.05),),
                value=8.0 * 0.05 / SPACING,
                bias=0.05,
                spread=0.4,
                source="sigma = 2 w^2",
            ),
            Exact(
                name="equilibrium",
                sample=lambda rng: (rotation(rng, frequency=0.0, samples=4000, dt=0.05),),
                value=0.0,
                bias=0.007,  # d(d-1)/T = 2/400, and a little
                spread=0.005,  # 2/T of a chi-square with one degree of freedom: sqrt(2) 2/400
            ),
        ),
    )

    method: str = "logm"
    parity: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        if self.method != "logm":
            raise ParameterError(
                f"method: must be 'logm', got {self.method!r}; the first-order fit is ShortTimeFit()"
            )

    def fewest_samples(self, components: int) -> int:
        """Two more than make the propagator unique for any lag."""
        return 2 * components + 2

    def rate(self, paths: NDArray, dt: float) -> Array:
        """Nats per unit of time."""
        signs = parities(self.parity, paths.shape[2])
        found = np.full(len(paths), np.nan)
        folded = forgotten = 0
        for lane, path in enumerate(paths):
            moments = correlations(path)
            if moments is None:
                continue
            covariance, propagator = moments
            drift = logarithm(propagator)
            if drift is None:
                folded += 1
                continue
            least = np.abs(np.linalg.eigvals(propagator)).min()
            forgotten += bool(least < FORGOTTEN / np.sqrt(len(path)))
            drift = drift / dt
            noise = -(drift @ covariance + covariance @ drift.T) / 2
            found[lane] = fitted(drift, noise, covariance, signs)
        if folded:
            warnings.warn(
                f"estimator: dt={dt:g} is too long for LinearFit() in {folded} of {len(paths)} lanes, which are NaN: "
                "an eigenvalue of the propagator is on the negative axis; sample more often",
                RuntimeWarning,
                stacklevel=2,
            )
        if forgotten:
            warnings.warn(
                f"estimator: samples dt={dt:g} apart share nothing that chance would not give in {forgotten} of "
                f"{len(paths)} lanes, whose rates by LinearFit() are noise; sample more often",
                RuntimeWarning,
                stacklevel=2,
            )
        return found


def correlations(path: Array) -> tuple[Array, Array] | None:
    """Covariance and propagator of one path `(n, d)`, in units of each component's standard deviation.

    None where the covariance is singular.
    """
    with np.errstate(over="ignore"):
        largest = np.abs(path).max(axis=0)
    moved = path / np.where(largest > 0, largest, 1.0)
    moved -= moved.mean(axis=0)
    spread = np.sqrt((moved * moved).mean(axis=0))
    # a component that is constant is so up to the rounding of its mean
    if not (spread > 1e-13).all():
        return None
    moved /= spread
    before, after = moved[:-1], moved[1:]
    start = before.T @ before / len(before)
    if np.linalg.cond(start) > 1 / NOISELESS:
        return None
    propagator = np.linalg.solve(start, before.T @ after / len(before)).T
    covariance: Array = moved.T @ moved / len(moved)
    return covariance, np.asarray(propagator, np.float64)


def logarithm(propagator: Array) -> Array | None:
    """The real principal logarithm; None where an eigenvalue is 0 or on the negative axis."""
    eigenvalues, vectors = np.linalg.eig(propagator)
    if (np.abs(np.angle(eigenvalues)) > np.pi - ON_AXIS).any() or (eigenvalues == 0).any():
        return None
    if np.linalg.cond(vectors) < WELL_APART:
        return np.asarray(
            np.real(np.linalg.solve(vectors.T, (vectors * np.log(eigenvalues.astype(complex))).T).T)
        )
    from scipy.linalg import logm

    return np.asarray(np.real(logm(propagator)))


def fitted(drift: Array, noise: Array, covariance: Array, signs: Array) -> float:
    """sigma of fitted matrices; NaN where the noise is no covariance of full rank."""
    strengths = np.linalg.eigvalsh(noise)
    if not strengths[0] > NOISELESS * strengths[-1]:
        return float("nan")
    return production(drift, noise, covariance, signs)
