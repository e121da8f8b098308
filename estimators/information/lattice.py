"""Distances between variables as points of the lattice of what they tell."""

import math
from typing import Any

from ergodica.estimators.claims import Claims, Exact
from ergodica.estimators.information.codes import Codes
from ergodica.estimators.information.evaluate import evaluate
from ergodica.estimators.information.route import Discrete, Pieces, ratio, route
from ergodica.estimators.information.sources import CHANNEL, LEFT, channel
from ergodica.estimators.labelled import Dim
from ergodica.estimators.probability.plug_in import PlugIn, ProbabilityEstimator
from ergodica.estimators.registry import register


@register(
    family="information",
    takes={"x": "symbols", "y": "symbols"},
    claims=Claims(
        needs="2 symbols of each that are shared",
        cost="O(n)",
        invariances={"order": 1e-12, "relabel": 1e-12, "exchange": 1e-12},
        exact=(
            Exact(
                name="noisy channel", sample=channel, value=2 * LEFT, bias=1e-3, spread=0.02, source="2 H(.1)"
            ),
        ),
    ),
)
def shannon_distance(
    x: Any,
    y: Any,
    *,
    dim: Dim = None,
    feature_dim: str | None = None,
    space: Pieces = None,
    estimator: ProbabilityEstimator | None = None,
    base: float = math.e,
) -> Any:
    """Shannon's distance of two variables, also called variation of information.

    d(X, Y) = H(X | Y) + H(Y | X) = 2 H(X, Y) - H(X) - H(Y), 0 where each is a function of the other; a metric

    Args:
        x, y, dim, feature_dim, space, base: as for `mutual_information`, of symbols.
        estimator: of the probabilities; None is PlugIn, for which alone it is a metric.

    Returns:
        As `mutual_information`.

    Raises:
        TypeError: real numbers without a space, or pieces that do not fit.
        ValueError: samples that do not match.

    Source: Shannon 1953, Trans. IRE Prof. Group Inf. Theory 1, 105; Meila 2007, J. Multivar. Anal. 98, 873.
    """
    return _distance(
        x, y, "shannon_distance", "Shannon distance", False, dim, feature_dim, space, estimator, base
    )


@register(
    family="information",
    takes={"x": "symbols", "y": "symbols"},
    claims=Claims(
        needs="2 symbols of each that are shared",
        cost="O(n)",
        invariances={"order": 1e-12, "relabel": 1e-12, "exchange": 1e-12},
        exact=(
            Exact(
                name="noisy channel",
                sample=channel,
                value=1 - CHANNEL / (math.log(2) + LEFT),
                bias=1e-3,
                spread=0.014,
                source="1 - (ln 2 - H(.1))/(ln 2 + H(.1))",
            ),
        ),
    ),
)
def rajski_distance(
    x: Any,
    y: Any,
    *,
    dim: Dim = None,
    feature_dim: str | None = None,
    space: Pieces = None,
    estimator: ProbabilityEstimator | None = None,
) -> Any:
    """Rajski's distance of two variables: Shannon's as a share of the joint entropy.

    d(X, Y) = 1 - I(X; Y)/H(X, Y), from 0 (each a function of the other) to 1 (independent); a metric

    Args:
        x, y, dim, feature_dim, space, estimator: as for `shannon_distance`.

    Returns:
        As `mutual_information`; NaN where both variables are constant.

    Raises:
        TypeError, ValueError: as `shannon_distance`.

    Source: Rajski 1961, Inf. Control 4, 371.
    """
    return _distance(
        x, y, "rajski_distance", "Rajski distance", True, dim, feature_dim, space, estimator, math.e
    )


def _distance(
    x: Any,
    y: Any,
    name: str,
    words: str,
    relative: bool,
    dim: Dim,
    feature_dim: str | None,
    space: Pieces,
    estimator: ProbabilityEstimator | None,
    base: float,
) -> Any:
    arrays = {"x": x, "y": y}
    way = route(arrays, space, PlugIn() if estimator is None else estimator, symbols_only=True)
    if not isinstance(way, Discrete):
        raise TypeError(
            f"estimator: must be one of probabilities, since a continuum has no such distance, got {estimator!r}; "
            "use PlugIn() and a space such as ValueBins()"
        )

    def of_codes(way: Discrete, codes: list[Codes], normalize: bool) -> float:
        joint = way.entropy(*codes)
        found = way.information(2 * joint - way.entropy(codes[0]) - way.entropy(codes[1]))
        return ratio(found, joint) if relative else found

    return evaluate(
        arrays,
        way,
        name=name,
        words=words,
        of_codes=of_codes,
        dim=dim,
        feature_dim=feature_dim,
        base=base,
        normalize=False,
        pure=relative,
        least=2,
    )
