"""The entropy production rate of a linear stochastic system, exact."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from ergodica.estimators.arrays import Array
from ergodica.estimators.units import base_unit
from ergodica.numerics.errors import ParameterError

# A direction whose noise, in units of the covariance, is below this share of the largest has none.
NOISELESS = 1e-13
# Symmetry of what is symmetric up to rounding.
ROUNDING = 1e-12


def linear_entropy_production(
    drift_matrix: ArrayLike,
    diffusion_matrix: ArrayLike,
    *,
    parity: Sequence[int] | None = None,
    base: float = math.e,
) -> float:
    """Entropy production rate of a linear stochastic system in its stationary state, exact.

    dx = M x dt + sqrt(2 D) dW,  M C + C M^T + 2 D = 0
    sigma = tr(D^+ (M_ir + D C^-1) C (M_ir + D C^-1)^T),  M_ir = (M + E M E)/2

    E is the diagonal matrix of parities. The part of the drift that time reversal turns round, M - M_ir, costs nothing.

    Args:
        drift_matrix: M, `(d, d)`, every eigenvalue with a negative real part.
        diffusion_matrix: D, `(d, d)`, symmetric, no negative eigenvalue.
        parity: under time reversal of each component, 1 (even: positions) or -1 (odd: velocities); None is all even.
        base: of the logarithm, > 1; e gives nat, 2 bit.

    Returns:
        Per unit of time; infinity where a component without noise is driven irreversibly.

    Raises:
        ParameterError: shapes, a matrix that is not finite, M that is not stable, D that is no covariance or that
            joins components of unlike parity.

    >>> round(linear_entropy_production([[-1.0, -2.0], [2.0, -1.0]], [[1.0, 0.0], [0.0, 1.0]]), 12)
    8.0

    Source: Godreche and Luck 2019, J. Phys. A 52, 035002; parity: Spinney and Ford 2012, Phys. Rev. E 85, 051113.
    """
    from scipy.linalg import matrix_balance, solve_continuous_lyapunov

    per_unit, _ = base_unit(base)
    drift, noise = (
        square(name, m)
        for name, m in (("drift_matrix", drift_matrix), ("diffusion_matrix", diffusion_matrix))
    )
    if drift.shape != noise.shape:
        raise ParameterError(
            f"diffusion_matrix: must have the shape of drift_matrix, got {noise.shape} and "
            f"{drift.shape}; one row a component"
        )
    # components in units of their own: sigma does not depend on them, digits do
    drift, (units, _) = matrix_balance(drift, permute=False, separate=True)
    noise = noise / np.outer(units, units)
    slowest = float(np.linalg.eigvals(drift).real.max())
    if not slowest < 0:
        raise ParameterError(
            f"drift_matrix: every eigenvalue must have a negative real part, got {slowest:g}; "
            "an unstable system has no stationary state"
        )
    strength = np.sqrt(np.abs(np.diagonal(noise)))
    strength[strength == 0] = max(strength.max(), np.finfo(float).tiny)
    shape = noise / strength / strength[:, None]
    if np.abs(shape - shape.T).max() > ROUNDING or np.linalg.eigvalsh(shape)[0] < -ROUNDING:
        raise ParameterError(
            f"diffusion_matrix: must be a covariance (symmetric, no negative eigenvalue), got {diffusion_matrix!r}; "
            "D = B B^T/2 for noise B dW"
        )
    signs = parities(parity, len(drift))
    if np.abs(shape * (signs[:, None] - signs)).max() > ROUNDING:
        raise ParameterError(
            f"parity: noise must not join components of unlike parity, got {signs.astype(int).tolist()}; "
            "check the order of components"
        )
    covariance = solve_continuous_lyapunov(drift, -2.0 * noise)
    return production(drift, noise, (covariance + covariance.T) / 2, signs) / per_unit


def production(drift: Array, noise: Array, covariance: Array, signs: Array) -> float:
    """sigma in nats of matrices `(d, d)` that fit each other; NaN where the covariance is singular."""
    units = np.sqrt(np.diagonal(covariance))
    if not (units > 0).all():
        return math.nan
    drift = drift * (units / units[:, None])
    noise = noise / np.outer(units, units)
    covariance = covariance / np.outer(units, units)
    if np.linalg.cond(covariance) > 1 / NOISELESS:
        return math.nan
    irreversible = (drift + signs[:, None] * drift * signs) / 2
    force = irreversible + np.linalg.solve(covariance, noise).T
    strengths, axes = np.linalg.eigh(noise)
    powers = _along(axes, force @ covariance @ force.T)
    noisy = strengths > NOISELESS * strengths[-1]
    # rounding leaves this of the drift where there is none
    silent = _along(axes, irreversible @ covariance @ irreversible.T)
    floor = (1e-12 * np.abs(drift).max()) ** 2
    if ((silent > floor) & (powers > floor) & ~noisy).any():
        return math.inf
    return float((powers[noisy] / strengths[noisy]).sum())


def _along(axes: Array, matrix: Array) -> Array:
    """The quadratic form of a matrix along each column of `axes`."""
    return np.asarray(((matrix @ axes) * axes).sum(axis=0))


def square(name: str, matrix: ArrayLike) -> Array:
    """A finite square matrix of real numbers."""
    found = np.asarray(matrix)
    if (
        found.dtype.kind not in "biuf"
        or found.ndim != 2
        or found.shape[0] != found.shape[1]
        or not found.size
    ):
        raise ParameterError(
            f"{name}: must be a square matrix of real numbers, got shape {found.shape} of {found.dtype}; "
            "give (d, d)"
        )
    found = found.astype(float)
    if not np.isfinite(found).all():
        raise ParameterError(f"{name}: must be finite, got {found.tolist()}; remove what is not")
    return found


def parities(parity: Sequence[int] | None, components: int) -> Array:
    """Parity of each component as 1.0 or -1.0."""
    if parity is None:
        return np.ones(components)
    signs = np.asarray(parity)
    if signs.shape != (components,) or not np.isin(signs, (-1, 1)).all():
        raise ParameterError(
            f"parity: must be 1 or -1 for each of {components} components, got {parity!r}; None is all even"
        )
    return signs.astype(float)
