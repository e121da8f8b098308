"""Mutual information of two variables."""

import math
from typing import Any

from ergodica.estimators.arrays import Array
from ergodica.estimators.claims import Claims, Exact
from ergodica.estimators.information.codes import Codes
from ergodica.estimators.information.evaluate import evaluate
from ergodica.estimators.information.route import Discrete, Estimator, Pieces, check_samples, ratio, route
from ergodica.estimators.information.sources import CHANNEL, as_vectors, channel, gaussian_pair
from ergodica.estimators.labelled import Dim
from ergodica.estimators.registry import register

CLAIMS = Claims(
    needs="as its estimator: at least 5 vectors for KSG(), 2 symbols",
    cost="O(n log n) as KSG(), O(n) of symbols",
    invariances={"order": 1e-10, "exchange": 1e-10, "sign": 1e-10, "scale": 1e-10},
    exact=(
        Exact(name="correlation .6", sample=as_vectors(gaussian_pair), value=-math.log(1 - 0.36) / 2, bias=0.01,
              spread=0.031, source="-ln(1 - r^2)/2"),
        Exact(name="noisy channel", sample=as_vectors(channel), value=CHANNEL, bias=5e-4, spread=0.0104,
              source="ln 2 - H(.1)"),
    ),
)  # fmt: skip


@register(family="information", takes={"x": "samples", "y": "samples"}, claims=CLAIMS)
def mutual_information(
    x: Any,
    y: Any,
    *,
    dim: Dim = None,
    feature_dim: str | None = None,
    space: Pieces = None,
    estimator: Estimator = None,
    base: float = math.e,
    normalize: bool = False,
) -> Any:
    """Mutual information: what one variable tells of the other.

    I(X; Y) = H(X) + H(Y) - H(X, Y)

    Args:
        x, y: DataArrays or plain arrays that share their samples; scalars, or vectors along `feature_dim`. Other
            dimensions are mapped and broadcast.
        dim: the dimension of samples.
        feature_dim: the components of a vector; x and y may have different numbers of them.
        space: how symbols are made of samples, one for both or one for each; None takes whole numbers as they are.
        estimator: of information (KSG, GaussianCopula) or entropy (KozachenkoLeonenko) for a continuum; of
            probabilities (MillerMadow, ChaoShen) for counts, whose alphabet is what occurs. None is PlugIn for whole
            numbers or where there is a space, and KSG(k=3) for real numbers.
        base: of the logarithm, > 1; e gives nat, 2 bit.
        normalize: divide by min(H(X), H(Y)), its maximum; for symbols only.

    Returns:
        DataArray over the other dimensions; an array, or a number, for plain arrays. NaN where a lane holds NaN, or
        where it is normalised and one variable is constant.

    Raises:
        TypeError: pieces that do not fit the data.
        ValueError: samples that do not match, or too few.

    Good values: KSG(k=3) below five components, GaussianCopula() above.

    Source: Shannon 1948, Bell Syst. Tech. J. 27, 379.
    """
    arrays = {"x": x, "y": y}
    way = route(arrays, space, estimator)

    def of_vectors(x: Array, y: Array) -> Array:
        return information_of_vectors(way, x, y)

    return evaluate(
        arrays,
        way,
        name="mutual_information",
        words="mutual information",
        of_codes=information_of_codes,
        of_vectors=of_vectors,
        dim=dim,
        feature_dim=feature_dim,
        base=base,
        normalize=normalize,
        least=2,
    )


def information_of_codes(way: Discrete, codes: list[Codes], normalize: bool) -> float:
    """I(X; Y) from counts, in nats or as a share of its maximum."""
    x, y = codes
    first, second = way.entropy(x), way.entropy(y)
    found = way.information(first + second - way.entropy(x, y))
    return ratio(found, min(first, second)) if normalize else found


def information_of_vectors(way: Any, x: Array, y: Array) -> Array:
    """I(X; Y) of each lane, in nats."""
    check_samples(way, x, y)
    return way.mutual_information(x, y)
