"""Mutual information of two variables, given a third."""

import math
from typing import Any

import numpy as np

from ergodica.estimators.arrays import Array
from ergodica.estimators.claims import Claims, Exact
from ergodica.estimators.information.codes import Codes
from ergodica.estimators.information.evaluate import evaluate
from ergodica.estimators.information.route import Discrete, Estimator, Pieces, check_samples, ratio, route
from ergodica.estimators.information.sources import as_vectors, gaussian_fork, parity
from ergodica.estimators.labelled import Dim
from ergodica.estimators.registry import register

CLAIMS = Claims(
    needs="as its estimator: at least 5 vectors for KSG(), 2 symbols",
    cost="O(n log n) as KSG(), O(n) of symbols",
    invariances={"order": 1e-10, "exchange": 1e-10, "sign": 1e-10, "scale": 1e-10},
    exact=(
        Exact(name="fork", sample=as_vectors(gaussian_fork), value=math.log(2) / 2, bias=0.02, spread=0.033,
              source="-ln(1 - r^2)/2 of the partial correlation r"),
        Exact(name="parity", sample=as_vectors(parity), value=math.log(2), bias=1e-3, spread=2e-4, source="ln 2"),
    ),
)  # fmt: skip


@register(family="information", takes={"x": "samples", "y": "samples", "given": "samples"}, claims=CLAIMS)
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

    def of_vectors(x: Array, y: Array, *given: Array) -> Array:
        return conditional_of_vectors(way, x, y, np.concatenate(given, axis=-1))

    return evaluate(
        arrays,
        way,
        name="conditional_mutual_information",
        words="conditional mutual information",
        of_codes=conditional_of_codes,
        of_vectors=of_vectors,
        dim=dim,
        feature_dim=feature_dim,
        base=base,
        normalize=normalize,
        least=2,
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


def conditional_of_codes(way: Discrete, codes: list[Codes], normalize: bool) -> float:
    """I(X; Y | Z) from counts, in nats or as a share of its maximum."""
    x, y, *given = codes
    z = way.entropy(*given)
    first, second = way.entropy(x, *given) - z, way.entropy(y, *given) - z
    found = way.information(first + second + z - way.entropy(x, y, *given))
    return ratio(found, min(first, second)) if normalize else found


def conditional_of_vectors(way: Any, x: Array, y: Array, z: Array) -> Array:
    """I(X; Y | Z) of each lane, in nats."""
    check_samples(way, x, y, z)
    return way.conditional_mutual_information(x, y, z)
