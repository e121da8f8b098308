"""Entropy of a spectrum of vectors: one function for von Neumann's, matrix-based Renyi's and diffusion entropies."""

# ruff: noqa: B008 - frozen dataclasses are safe as defaults

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ergodica.estimators.arrays import Array, normalized
from ergodica.estimators.claims import Claims, Exact
from ergodica.estimators.entropy import unit_of
from ergodica.estimators.labelled import Dim
from ergodica.estimators.measures.measure import Measure
from ergodica.estimators.measures.renyi import Renyi
from ergodica.estimators.measures.shannon import Shannon
from ergodica.estimators.registry import register
from ergodica.estimators.samples import Label, estimate
from ergodica.estimators.spectra.covariance import Covariance
from ergodica.estimators.spectra.representation import ROUND_OFF, Representation

FeatureDim = Any


def cross(d: int) -> Array:
    """The 2 d points +-e_i: mean 0, covariance 1/d times the identity."""
    return np.concatenate([np.eye(d), -np.eye(d)])


MATRIX = Claims(
    needs="vectors, two or more",
    cost="O(n d min(n, d)), or O(n^3) for a kernel",
    invariances={"shift": 1e-10, "scale": 1e-12, "rotation": 1e-10, "order": 1e-10},
    exact=(Exact(name="isotropic in 5", sample=lambda rng: (cross(5),), value=math.log(5), bias=1e-12),),
)


@register(family="spectra", takes={"x": "matrix"}, claims=MATRIX)
def matrix_entropy(
    x: Any,
    *,
    dim: Dim = None,
    feature_dim: FeatureDim = None,
    representation: Representation = Covariance(),
    of: Measure = Shannon(),
    base: float = math.e,
    normalize: bool = False,
) -> Any:
    """Entropy of the eigenvalues that a representation makes of vectors.

    H = of(p), p_i = lambda_i/sum lambda

    Args:
        x: vectors, `(n, d)` in each lane: snapshots of a field, positions of particles, activations of a network.
        dim: dimension, or dimensions, of the vectors' number: `t`, `particle`, `sample`.
        feature_dim: dimension, or dimensions, of their components: `x`, `space`, `unit`.
        representation: which spectrum: Covariance(), SingularSpectrum(), GaussianKernel(), DiffusionOperator(), ...
        of: measure of the shares of the eigenvalues; Renyi(q=2) needs no eigenvalues.
        base: of the logarithm, > 1.
        normalize: divide by the value for equal eigenvalues, so that 1 is isotropic.

    Returns:
        DataArray over the other dimensions; NaN where all vectors are one point, or the lane holds NaN.

    Raises:
        TypeError: a piece that is none; integers.
        ValueError: dimensions; less than two vectors.

    Good values: Covariance() for modes, DiffusionOperator() for shapes and clusters.

    Source: von Neumann 1927, Nachr. Ges. Wiss. Goettingen, 273; and that of the representation.
    """
    return spectral_estimate(
        x, representation, of, dim=dim, feature_dim=feature_dim, base=base, normalize=normalize
    )


def spectral_estimate(
    x: Any,
    representation: Representation,
    of: Measure,
    *,
    dim: Dim,
    feature_dim: FeatureDim,
    base: float = math.e,
    normalize: bool = False,
    name: str = "matrix_entropy",
    long_name: str | None = None,
) -> Any:
    """`matrix_entropy` under another name."""
    if not isinstance(representation, Representation):
        raise TypeError(
            f"representation: must be one such as Covariance(), got {representation!r}; see spectra"
        )
    if not isinstance(of, Measure):
        raise TypeError(f"of: must be a measure such as Shannon() or Renyi(q=2), got {of!r}")
    divisor, units = unit_of(of, base)
    units = "1" if normalize else units

    def function(lanes: Array) -> Array:
        values = np.array([entropy_of(lane, representation, of) for lane in lanes])
        return values / (
            of.maximum(count) if normalize and (count := _many(representation, lanes)) else divisor
        )

    label = Label(
        name=name,
        units=units,
        long_name=long_name or f"{of.long_name} of the {representation.long_name}",
        method=f"{of!r} of {representation!r}" + (", normalized" if normalize else ""),
    )
    return estimate(function, {"x": x}, label=label, dim=dim, feature_dim=feature_dim, least=2)


def _many(representation: Representation, lanes: Array) -> int:
    """The number of eigenvalues of a lane, checked for normalizing."""
    count = representation.count(*lanes.shape[1:])
    if count < 2:
        raise ValueError(
            f"normalize: needs at least 2 eigenvalues, got {count} of vectors of {lanes.shape[2]} components; "
            "name feature_dim, or use normalize=False"
        )
    return count


def entropy_of(lane: Array, representation: Representation, of: Measure) -> float:
    """The measure of one lane, in nats."""
    if isinstance(of, Renyi) and of.q == 2:
        purity = representation.purity(lane)
        if purity is not None:
            return max(0.0, -math.log(purity)) if purity > 0 else math.nan
    return float(of.evaluate(shares(representation.spectrum(lane))))


def shares(eigenvalues: Array) -> Array:
    """Eigenvalues over their sum, round-off of those that are zero left out."""
    p = normalized(eigenvalues)
    return normalized(np.where(p > ROUND_OFF * p.max(), p, 0.0))


def of_spectrum(
    x: Any,
    function: Callable[[Array], float],
    representation: Representation,
    label: Label,
    dim: Dim,
    feature_dim: Any,
) -> Any:
    """A number that is taken of the eigenvalues, lane by lane."""

    def lanes_of(lanes: Array) -> Array:
        return np.array([function(representation.spectrum(lane)) for lane in lanes])

    return estimate(lanes_of, {"x": x}, label=label, dim=dim, feature_dim=feature_dim, least=2)
