"""Diffusion spectral mutual information: how much less a class spreads than as many vectors of all classes."""

import math
from typing import Any

import numpy as np

from ergodica.estimators.arrays import Array
from ergodica.estimators.claims import Claims, Exact
from ergodica.estimators.labelled import Dim
from ergodica.estimators.measures.shannon import Shannon
from ergodica.estimators.registry import register
from ergodica.estimators.samples import Label, estimate
from ergodica.estimators.spectra.distances import median_distance, squared_distances
from ergodica.estimators.spectra.kernels import MEDIAN, DiffusionOperator, checked_power, checked_width
from ergodica.estimators.spectra.matrix_entropy import entropy_of
from ergodica.estimators.units import base_unit
from ergodica.estimators.whole import whole

PURPOSE = 41
"""Of the random numbers that choose subsets."""


@register(
    family="spectra",
    takes={"x": "matrix", "labels": "symbols"},
    claims=Claims(
        needs="vectors and the class of each, two vectors or more",
        cost="O(repeats n^3) at worst",
        invariances={},
        exact=(
            Exact(
                name="vectors that know nothing of their class",
                sample=lambda rng: (rng.normal(size=(90, 2)), np.repeat(np.arange(3), 30)),
                value=0.0,
                bias=0.02,
                spread=0.05,
            ),
        ),
    ),
)
def diffusion_spectral_mutual_information(
    x: Any,
    labels: Any,
    *,
    dim: Dim = None,
    feature_dim: Any = None,
    sigma: float | str = MEDIAN,
    time: float = 1.0,
    repeats: int = 5,
    seed: int = 0,
    base: float = math.e,
) -> Any:
    """Diffusion spectral entropy of random vectors less that of as many vectors of one class.

    I = sum_c p_c (mean S[n_c vectors of all] - S[the n_c vectors of class c])

    It measures how far apart the classes are in the geometry of the vectors. It is no Shannon information: it obeys
    no data processing inequality, may be below zero by chance, and cannot be compared with KSG's.

    Args:
        x: vectors, `(n, d)` in each lane.
        labels: class of each vector, whole numbers along `dim`.
        dim, feature_dim, base: as for `matrix_entropy`.
        sigma: width of the Gaussian, one for all subsets; "median" is that of all vectors of the lane.
        time: as for `DiffusionOperator`.
        repeats: random subsets for each class, >= 1.
        seed: of the subsets; lanes have streams of their own.

    Returns:
        DataArray over the other dimensions.

    Raises:
        TypeError, ValueError: as for `matrix_entropy`; labels that are not whole numbers; repeats below 1.

    Source: Liao et al. 2023, arXiv 2312.04823, eq. 6.
    """
    width, power = checked_width(sigma), checked_power(time)
    whole("repeats", repeats, 1, "try 5")
    per_unit, units = base_unit(base)

    def function(vectors: Array, classes: Array, numbers: Array) -> Array:
        if (classes != np.rint(classes)).any():
            raise ValueError("labels: must be whole numbers, got fractions; number the classes")
        parts = zip(vectors, classes[..., 0], numbers, strict=True)
        return np.array([_of_lane(v, c, int(n), width, power, repeats, seed) for v, c, n in parts]) / per_unit

    label = Label(
        name="diffusion_spectral_mutual_information",
        units=units,
        long_name="diffusion spectral mutual information",
        method=f"by {DiffusionOperator(sigma=width, time=power)!r}, repeats={repeats}, seed={seed}",
    )
    return estimate(
        function, {"x": x, "labels": labels}, label=label, dim=dim, feature_dim=feature_dim, continuous=False,
        least=2, numbered=True,
    )  # fmt: skip


def _of_lane(
    x: Array, classes: Array, lane: int, sigma: float | str, time: float, repeats: int, seed: int
) -> float:
    x = x.astype(float)
    width = median_distance(squared_distances(x)) if sigma == MEDIAN else float(sigma)
    if not width > 0:
        return math.nan
    diffusion = DiffusionOperator(sigma=width, time=time)
    total = 0.0
    for number, label in enumerate(np.unique(classes)):
        members = np.flatnonzero(classes == label)
        of_class = entropy_of(x[members], diffusion, Shannon())
        subsets = _subsets(len(x), len(members), repeats, seed, lane, number)
        of_all = np.mean([entropy_of(x[subset], diffusion, Shannon()) for subset in subsets])
        total += len(members) / len(x) * (float(of_all) - of_class)
    return total


def _subsets(n: int, size: int, repeats: int, seed: int, lane: int, number: int) -> list[Array]:
    """Random subsets of `size` of n vectors: those of the smallest of n counter-based uniform numbers."""
    from ergodica.numerics.random import uniforms

    return [
        np.sort(np.argsort(uniforms(seed, lane, number * repeats + repeat, n, PURPOSE), kind="stable")[:size])
        for repeat in range(repeats)
    ]
