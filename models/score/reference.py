"""Mean and covariance of the degrees of freedom: the Gaussian that a score network starts at."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ergodica.numerics.errors import ParameterError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Array = NDArray[np.float64]

FEW = 10  # samples for each coordinate, below which a covariance of samples is shrunk
SMALLEST = (
    1e-8  # eigenvalue of a correlation matrix, below which coordinates count as functions of each other
)


@dataclass(frozen=True)
class Gaussian:
    """Mean and covariance C of m coordinates, of which some may lie on circles.

    A coordinate on a circle has mean 0, no correlation with the others, and its circular spread as scale, at most
    that of the uniform density, period/sqrt(12).

    Attributes:
        mean: (m,).
        scale: A = C^(1/2), symmetric, (m, m).
        inverse: A^-1, (m, m).
    """

    mean: Array
    scale: Array
    inverse: Array


def gaussian(x: ArrayLike, names: Sequence[str], period: ArrayLike | None = None) -> Gaussian:
    """Mean and covariance of samples.

    With fewer than `FEW` samples for each coordinate the correlations are shrunk towards 0 by the share that is
    expected to be chance (Schaefer and Strimmer 2005, Stat. Appl. Genet. Mol. Biol. 4, 32, target D), with a warning.

    Args:
        x: (samples, m), finite.
        names: of the coordinates, for messages.
        period: (m,), inf for a coordinate of the open line; None is inf for all.

    Raises:
        ParameterError: a value is not finite, a coordinate does not vary, or some are functions of each other.
    """
    x = np.asarray(x, dtype=float)
    period = np.full(x.shape[1], np.inf) if period is None else np.asarray(period, dtype=float)
    _check(x, names)
    mean, spread, correlation = np.zeros(x.shape[1]), np.empty(x.shape[1]), np.eye(x.shape[1])
    circle = np.isfinite(period)
    spread[circle] = _circular_spread(x[:, circle], period[circle])
    if not circle.all():
        line = ~circle
        mean[line], spread[line] = x[:, line].mean(axis=0), x[:, line].std(axis=0)
        standard = (x[:, line] - mean[line]) / spread[line]
        correlation[np.ix_(line, line)] = _correlation(standard)
    # The root is taken where correlations are removed, so that units do not matter for what counts as degenerate.
    values, vectors = np.linalg.eigh(correlation)
    if values[0] < SMALLEST:
        involved = [name for name, part in zip(names, vectors[:, 0], strict=True) if abs(part) > 0.1]
        raise ParameterError(
            f"x: {', '.join(involved)} must not be functions of each other, got a correlation matrix with eigenvalue "
            f"{values[0]:.1e}; leave one of them out"
        )
    values, vectors = np.linalg.eigh(correlation * np.outer(spread, spread))
    root = np.sqrt(values)
    return Gaussian(mean, (vectors * root) @ vectors.T, (vectors / root) @ vectors.T)


def _check(x: Array, names: Sequence[str]) -> None:
    if len(x) < 3:  # two always lie on a line
        raise ParameterError(f"x: needs at least 3 samples, got {len(x)}; give more snapshots")
    bad = ~np.isfinite(x).all(axis=0)
    if bad.any():
        count = int((~np.isfinite(x).all(axis=1)).sum())
        raise ParameterError(
            f"x: must be finite, got NaN or infinity in {names[int(bad.argmax())]} ({count} of {len(x)} samples); "
            "leave these snapshots out"
        )
    # Relative to the size of the numbers: a constant in float32 has a standard deviation of round-off.
    still = np.ptp(x, axis=0) <= 1e-7 * np.abs(x).max(axis=0)
    if still.any():
        one = int(still.argmax())
        if np.ptp(x[:, one]) > 0:
            raise ParameterError(
                f"{names[one]}: must vary by more than 1e-7 of its size, got {np.ptp(x[:, one]):g} around "
                f"{x[0, one]:g}; subtract a constant from it"
            )
        raise ParameterError(f"{names[one]}: must vary, got {x[0, one]:g} in all samples; leave it out")


def _circular_spread(x: Array, period: Array) -> Array:
    """sqrt(-2 ln |<exp(2 pi i x/period)>|) in units of x, which is the standard deviation where that is small."""
    resultant = np.abs(np.exp(2j * np.pi * x / period).mean(axis=0))
    narrow = np.sqrt(-2 * np.log(np.clip(resultant, 1e-300, 1 - 1e-12))) * period / (2 * np.pi)
    return np.minimum(narrow, period / np.sqrt(12))


def _correlation(standard: Array) -> Array:
    n, m = standard.shape
    found = standard.T @ standard / n
    if n >= FEW * m or m == 1:
        return found
    products = standard[:, :, None] * standard[:, None, :]
    off = ~np.eye(m, dtype=bool)
    chance = n / (n - 1) ** 3 * ((products - found) ** 2).sum(axis=0)[off].sum()
    share = min(1.0, float(chance / (found[off] ** 2).sum()))
    warnings.warn(
        f"x: {n} samples are few for a covariance of {m} coordinates, whose correlations were shrunk by {share:.0%}; "
        f"give at least {FEW * m}",
        UserWarning,
        stacklevel=4,
    )
    return (1 - share) * found + share * np.eye(m)
