"""Entropies of several variables together, and of one given others."""

import math
from typing import Any

import numpy as np

from ergodica.estimators.arrays import Array
from ergodica.estimators.claims import Claims, Exact
from ergodica.estimators.continuous.estimator import EntropyEstimator
from ergodica.estimators.information.codes import Codes
from ergodica.estimators.information.conditional import conditions
from ergodica.estimators.information.evaluate import evaluate
from ergodica.estimators.information.route import Discrete, Pieces, entropy_route, ratio
from ergodica.estimators.information.sources import LEFT, channel
from ergodica.estimators.labelled import Dim
from ergodica.estimators.probability.plug_in import ProbabilityEstimator
from ergodica.estimators.registry import register


@register(
    family="information",
    takes={"x": "symbols", "y": "symbols"},
    claims=Claims(
        needs="2 samples that are shared, or what its estimator needs",
        cost="O(n)",
        invariances={"order": 1e-12, "relabel": 1e-12, "exchange": 1e-12},
        exact=(
            Exact(
                name="noisy channel",
                sample=channel,
                value=math.log(2) + LEFT,
                bias=5e-4,
                spread=0.0104,
                source="ln 2 + H(.1)",
            ),
        ),
    ),
)
def joint_entropy(
    *arrays: Any,
    dim: Dim = None,
    feature_dim: str | None = None,
    space: Pieces = None,
    estimator: EntropyEstimator | ProbabilityEstimator | None = None,
    base: float = math.e,
    normalize: bool = False,
) -> Any:
    """Entropy of several variables together.

    H(X_1, ..., X_m) = -sum p(x_1, ..., x_m) ln p(x_1, ..., x_m), or the differential entropy of a continuum

    Args:
        arrays: one or more, as x and y of `mutual_information`.
        dim, feature_dim, space, base: as for `mutual_information`.
        estimator: of probabilities for symbols, of differential entropy for a continuum. None is PlugIn for whole
            numbers or where there is a space, and KozachenkoLeonenko() for real numbers.
        normalize: divide by H(X_1) + ... + H(X_m), its maximum, which independent variables reach; symbols only.

    Returns:
        As `mutual_information`.

    Raises:
        TypeError: pieces that do not fit the data, or no array at all.
        ValueError: samples that do not match, or too few.

    Source: Cover and Thomas 2006, Elements of Information Theory, eq. 2.8.
    """
    named = numbered(arrays)
    way = entropy_route(named, space, estimator)

    def of_codes(way: Discrete, codes: list[Codes], normalize: bool) -> float:
        found = way.entropy(*codes)
        return ratio(found, sum(way.entropy(one) for one in codes)) if normalize else found

    def of_vectors(*parts: Array) -> Array:
        return entropy_of_vectors(way, *parts)

    return evaluate(
        named,
        way,
        name="joint_entropy",
        words="joint entropy",
        of_codes=of_codes,
        of_vectors=of_vectors,
        dim=dim,
        feature_dim=feature_dim,
        base=base,
        normalize=normalize,
        least=2,
    )


@register(
    family="information",
    takes={"x": "symbols", "given": "symbols"},
    claims=Claims(
        needs="2 samples that are shared, or what its estimator needs",
        cost="O(n)",
        invariances={"order": 1e-12, "relabel": 1e-12},
        exact=(
            Exact(name="noisy channel", sample=channel, value=LEFT, bias=5e-4, spread=0.0104, source="H(.1)"),
        ),
    ),
)
def conditional_entropy(
    x: Any,
    given: Any,
    *,
    dim: Dim = None,
    feature_dim: str | None = None,
    space: Pieces = None,
    estimator: EntropyEstimator | ProbabilityEstimator | None = None,
    base: float = math.e,
    normalize: bool = False,
) -> Any:
    """Entropy that is left in a variable once others are known.

    H(X | Z) = H(X, Z) - H(Z)

    Args:
        x, dim, feature_dim, space, estimator, base: as for `joint_entropy`.
        given: Z, an array, or several in a list that are taken together.
        normalize: divide by H(X), its maximum; for symbols only.

    Returns:
        As `mutual_information`.

    Raises:
        TypeError: pieces that do not fit the data.
        ValueError: samples that do not match, or too few.

    Source: Cover and Thomas 2006, Elements of Information Theory, eq. 2.14.
    """
    named = {"x": x, **conditions(given)}
    way = entropy_route(named, space, estimator)

    def of_codes(way: Discrete, codes: list[Codes], normalize: bool) -> float:
        found = way.information(way.entropy(*codes) - way.entropy(*codes[1:]))
        return ratio(found, way.entropy(codes[0])) if normalize else found

    def of_vectors(*parts: Array) -> Array:
        return entropy_of_vectors(way, *parts) - entropy_of_vectors(way, *parts[1:])

    return evaluate(
        named,
        way,
        name="conditional_entropy",
        words="conditional entropy",
        of_codes=of_codes,
        of_vectors=of_vectors,
        dim=dim,
        feature_dim=feature_dim,
        base=base,
        normalize=normalize,
        least=2,
    )


def numbered(arrays: tuple[Any, ...]) -> dict[str, Any]:
    """Arrays by the name that errors call them.

    Raises:
        TypeError: there is none.
    """
    if not arrays:
        raise TypeError("arrays: must be at least one, got none; pass DataArrays or plain arrays")
    return {f"arrays[{number}]": x for number, x in enumerate(arrays)}


def entropy_of_vectors(way: Any, *parts: Array) -> Array:
    """Differential entropy of the parts together, in nats."""
    joint = np.ascontiguousarray(np.concatenate(parts, axis=-1))
    least = way.fewest_samples(joint.shape[2])
    if joint.shape[1] < least:
        raise ValueError(
            f"dim: must hold at least {least} samples for {way!r}, got {joint.shape[1]}; give more data"
        )
    return way.entropy(joint)
