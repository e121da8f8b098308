"""Mutual information of two variables, given a third."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ergodica.estimators.arrays import Array
from ergodica.estimators.information.codes import Codes
from ergodica.estimators.information.route import (
    Discrete,
    Estimator,
    Pieces,
    check_samples,
    label,
    ratio,
    refuse_normalizing,
    route,
)
from ergodica.estimators.labelled import Dim
from ergodica.estimators.samples import estimate
from ergodica.estimators.units import base_unit


def conditional_mutual_information(
    x: Any,
    y: Any,
    given: Any,
    *,
    dim: Dim = None,
    feature_dim: str | None = None,
    space: Pieces = None,
    estimator: Estimator = None,
    base: float = math.e,
    normalize: bool = False,
) -> Any:
    """Conditional mutual information: what one variable tells of the other beyond what a third one tells.

    I(X; Y | Z) = H(X, Z) + H(Y, Z) - H(X, Y, Z) - H(Z)

    Args:
        x, y, dim, feature_dim, space, estimator, base: as for `mutual_information`.
        given: Z, an array, or several in a list that are taken together.
        normalize: divide by min(H(X | Z), H(Y | Z)), its maximum; for symbols only.

    Returns:
        As `mutual_information`.

    Raises:
        TypeError: pieces that do not fit the data, or an estimator without a conditional form.
        ValueError: samples that do not match, or too few.

    Source: Cover and Thomas 2006, Elements of Information Theory, eq. 2.60.
    """
    arrays = {"x": x, "y": y, **conditions(given)}
    way = route(arrays, space, estimator)
    refuse_normalizing(way, normalize)
    unit = base_unit(base)[0]

    def lanes(x: NDArray, y: NDArray, *given: NDArray) -> Array:
        if isinstance(way, Discrete):
            found = way.over_lanes(
                lambda codes: information_of_codes(way, *codes, normalize=normalize), (x, y, *given)
            )
            return found if normalize else found / unit
        z = np.concatenate(given, axis=-1)
        check_samples(way, x, y, z)
        return way.conditional_mutual_information(x, y, z) / unit

    words = "conditional mutual information"
    return estimate(
        lanes,
        arrays,
        label=label("conditional_mutual_information", words, way, base, normalize),
        dim=dim,
        feature_dim=feature_dim,
        ordered=isinstance(way, Discrete) and way.ordered,
        continuous=not isinstance(way, Discrete),
    )


def conditions(given: Any) -> dict[str, Any]:
    """Conditions by name; a list or a tuple of arrays holds several.

    Raises:
        ValueError: an empty list.
    """
    if not isinstance(given, list | tuple) or (given and np.isscalar(given[0])):
        return {"given": given}
    if not given:
        raise ValueError("given: must hold at least one array, got none; leave it out")
    return {f"given[{number}]": one for number, one in enumerate(given)}


def information_of_codes(way: Discrete, x: Codes, y: Codes, *given: Codes, normalize: bool) -> float:
    """I(X; Y | Z) from counts, in nats or as a share of its maximum."""
    z = way.entropy(*given)
    first, second = way.entropy(x, *given) - z, way.entropy(y, *given) - z
    found = way.information(first + second + z - way.entropy(x, y, *given))
    return ratio(found, min(first, second)) if normalize else found
