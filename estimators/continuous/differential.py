"""Differential entropy of labelled samples by any estimator: what `entropy` does for an `EntropyEstimator`."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ergodica.estimators.arrays import Array
from ergodica.estimators.continuous.estimator import EntropyEstimator
from ergodica.estimators.labelled import Dim, core_axes, is_labelled
from ergodica.estimators.samples import Label, estimate
from ergodica.estimators.units import base_unit


def differential_entropy(
    x: Any,
    *,
    dim: Dim = None,
    feature_dim: str | Sequence[str] | int | None = None,
    estimator: EntropyEstimator,
    base: float = math.e,
) -> Any:
    """Entropy of the density that samples are drawn from.

    h = -int f ln f, which is negative for narrow densities and moves by ln|det A| under x -> A x

    Args:
        x: samples, DataArray or plain array of real numbers; integers are refused.
        dim: dimension, or dimensions, of the samples; every other dimension is mapped.
        feature_dim: components of a vector; None for scalars.
        estimator: of differential entropy, such as `KozachenkoLeonenko`.
        base: of the logarithm, > 1.

    Returns:
        DataArray over the other dimensions; an array, or a number, for a plain array. NaN where a lane holds NaN or
        infinity.

    Raises:
        TypeError: integers or data that are no numbers.
        ValueError: too few samples, exact copies where the estimator has no use for them.
    """
    per_unit, units = base_unit(base)
    components = 1
    if feature_dim is not None and (is_labelled(x) or isinstance(x, np.ndarray)):
        components = math.prod(axis.size for axis in core_axes(x, feature_dim))

    def lanes(values: Array) -> Array:
        estimator.check(values.shape[1], values.shape[2])
        return estimator.entropy(values) / per_unit

    label = Label(
        name="differential_entropy",
        units=units,
        long_name="differential entropy",
        method=repr(estimator),
    )
    if estimator.takes == "series":
        estimator.check(estimator.fewest_samples(1), components)
    return estimate(
        lanes,
        {"x": x},
        label=label,
        dim=dim,
        feature_dim=feature_dim,
        least=estimator.fewest_samples(components),
    )
