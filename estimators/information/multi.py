"""Information that several variables share."""

import math
from typing import Any

import numpy as np

from ergodica.estimators.arrays import Array
from ergodica.estimators.claims import Claims, Exact
from ergodica.estimators.continuous.estimator import EntropyEstimator
from ergodica.estimators.information.codes import Codes
from ergodica.estimators.information.entropies import entropy_of_vectors, numbered
from ergodica.estimators.information.estimator import InformationEstimator
from ergodica.estimators.information.evaluate import evaluate
from ergodica.estimators.information.route import (
    Discrete,
    Estimator,
    Pieces,
    check_samples,
    entropy_route,
    ratio,
    route,
)
from ergodica.estimators.information.sources import parity
from ergodica.estimators.labelled import Dim
from ergodica.estimators.probability.plug_in import ProbabilityEstimator
from ergodica.estimators.registry import register


@register(
    family="information",
    takes={"x": "symbols", "y": "symbols", "z": "symbols"},
    claims=Claims(
        needs="2 samples that are shared, or what its estimator needs",
        cost="O(n m)",
        invariances={"order": 1e-12, "relabel": 1e-12, "exchange": 1e-12},
        exact=(Exact(name="parity", sample=parity, value=math.log(2), bias=1e-4, source="ln 2"),),
    ),
)
def multi_information(
    *arrays: Any,
    dim: Dim = None,
    feature_dim: str | None = None,
    space: Pieces = None,
    estimator: Estimator = None,
    base: float = math.e,
    normalize: bool = False,
) -> Any:
    """Multi-information, or total correlation: how far several variables are from being independent.

    T = H(X_1) + ... + H(X_m) - H(X_1, ..., X_m)

    Args:
        arrays: two or more, as x and y of `mutual_information`.
        dim, feature_dim, space, estimator, base: as for `mutual_information`.
        normalize: divide by the sum of H(X_i) less the largest of them, its maximum; for symbols only.

    Returns:
        As `mutual_information`; for two variables their mutual information.

    Raises:
        TypeError: pieces that do not fit the data, or an estimator without this form.
        ValueError: fewer than two arrays, samples that do not match, or too few.

    Source: Watanabe 1960, IBM J. Res. Dev. 4, 66; Studeny and Vejnarova 1998, in Learning in Graphical Models, 261.
    """
    named = _several(arrays, 2)
    way = route(named, space, estimator)

    def of_codes(way: Discrete, codes: list[Codes], normalize: bool) -> float:
        alone = [way.entropy(one) for one in codes]
        found = way.information(sum(alone) - way.entropy(*codes))
        return ratio(found, sum(alone) - max(alone)) if normalize else found

    def of_vectors(*parts: Array) -> Array:
        assert isinstance(way, InformationEstimator)
        check_samples(way, *parts)
        return way.multi_information(parts)

    return evaluate(
        named,
        way,
        name="multi_information",
        words="multi-information",
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
    takes={"x": "symbols", "y": "symbols", "z": "symbols"},
    claims=Claims(
        needs="2 samples that are shared, or what its estimator needs",
        cost="O(n m)",
        invariances={"order": 1e-12, "relabel": 1e-12, "exchange": 1e-12},
        exact=(
            Exact(
                name="parity",
                sample=parity,
                value=2 * math.log(2),
                bias=0.001,
                spread=2.3e-4,
                source="2 ln 2",
            ),
        ),
    ),
)
def dual_total_correlation(
    *arrays: Any,
    dim: Dim = None,
    feature_dim: str | None = None,
    space: Pieces = None,
    estimator: EntropyEstimator | ProbabilityEstimator | None = None,
    base: float = math.e,
    normalize: bool = False,
) -> Any:
    """Dual total correlation, or binding information: entropy that is in no variable alone.

    D = H(X_1, ..., X_m) - sum H(X_i | all others)

    Args:
        arrays: two or more, as x and y of `mutual_information`.
        dim, feature_dim, space, estimator, base: as for `joint_entropy`.
        normalize: divide by H(X_1, ..., X_m), its maximum; for symbols only.

    Returns:
        As `mutual_information`; for two variables their mutual information.

    Raises:
        TypeError, ValueError: as `multi_information`.

    Source: Han 1978, Inf. Control 36, 133.
    """
    named = _several(arrays, 2)
    way = entropy_route(named, space, estimator)

    def of_codes(way: Discrete, codes: list[Codes], normalize: bool) -> float:
        joint = way.entropy(*codes)
        found = way.information(sum(way.entropy(*_without(codes, i)) for i in range(len(codes)))
                                - (len(codes) - 1) * joint)  # fmt: skip
        return ratio(found, joint) if normalize else found

    def of_vectors(*parts: Array) -> Array:
        others = sum(entropy_of_vectors(way, *_without(list(parts), i)) for i in range(len(parts)))
        return np.asarray(others - (len(parts) - 1) * entropy_of_vectors(way, *parts))

    return evaluate(
        named,
        way,
        name="dual_total_correlation",
        words="dual total correlation",
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
    takes={"x": "symbols", "y": "symbols", "z": "symbols"},
    claims=Claims(
        needs="2 samples that are shared, or what its estimator needs",
        cost="O(n m)",
        invariances={"order": 1e-12, "relabel": 1e-12, "exchange": 1e-12},
        exact=(
            Exact(
                name="parity", sample=parity, value=-math.log(2), bias=0.001, spread=2.3e-4, source="-ln 2"
            ),
        ),
    ),
)
def o_information(
    *arrays: Any,
    dim: Dim = None,
    feature_dim: str | None = None,
    space: Pieces = None,
    estimator: EntropyEstimator | ProbabilityEstimator | None = None,
    base: float = math.e,
) -> Any:
    """O-information: positive where variables repeat each other, negative where only all together tell.

    O = (total correlation) - (dual total correlation) = (m - 2) H(X_1, ..., X_m) + sum [H(X_i) - H(all others)]

    Args:
        arrays: three or more, as x and y of `mutual_information`; for two it is 0.
        dim, feature_dim, space, estimator, base: as for `joint_entropy`.

    Returns:
        As `mutual_information`.

    Raises:
        TypeError, ValueError: as `multi_information`.

    Source: Rosas, Mediano, Gastpar, Jensen 2019, Phys. Rev. E 100, 032305, eq. 4.
    """
    named = _several(arrays, 3)
    way = entropy_route(named, space, estimator)

    def of_codes(way: Discrete, codes: list[Codes], normalize: bool) -> float:
        return (len(codes) - 2) * way.entropy(*codes) + sum(
            way.entropy(one) - way.entropy(*_without(codes, i)) for i, one in enumerate(codes)
        )

    def of_vectors(*parts: Array) -> Array:
        excess = sum(
            entropy_of_vectors(way, one) - entropy_of_vectors(way, *_without(list(parts), i))
            for i, one in enumerate(parts)
        )
        return np.asarray((len(parts) - 2) * entropy_of_vectors(way, *parts) + excess)

    return evaluate(
        named,
        way,
        name="o_information",
        words="O-information",
        of_codes=of_codes,
        of_vectors=of_vectors,
        dim=dim,
        feature_dim=feature_dim,
        base=base,
        normalize=False,
        least=2,
    )


def _without(parts: list[Any], index: int) -> list[Any]:
    return parts[:index] + parts[index + 1 :]


def _several(arrays: tuple[Any, ...], least: int) -> dict[str, Any]:
    if len(arrays) < least:
        raise ValueError(
            f"arrays: must be at least {least}, got {len(arrays)}; split vectors with x.sel(component=...)"
        )
    return numbered(arrays)
