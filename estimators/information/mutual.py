"""Mutual information of two variables."""

import math
from typing import Any

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
            probabilities (MillerMadow, ChaoShen) for counts. None is PlugIn for whole numbers or where there is a
            space, and KSG(k=3) for real numbers.
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
    way = route({"x": x, "y": y}, space, estimator)
    refuse_normalizing(way, normalize)
    unit = base_unit(base)[0]

    def lanes(x: NDArray, y: NDArray) -> Array:
        if isinstance(way, Discrete):
            found = way.over_lanes(lambda codes: _of_codes(way, *codes, normalize=normalize), (x, y))
            return found if normalize else found / unit
        check_samples(way, x, y)
        return way.mutual_information(x, y) / unit

    return estimate(
        lanes,
        {"x": x, "y": y},
        label=label("mutual_information", "mutual information", way, base, normalize),
        dim=dim,
        feature_dim=feature_dim,
        ordered=isinstance(way, Discrete) and way.ordered,
        continuous=not isinstance(way, Discrete),
    )


def _of_codes(way: Discrete, x: Codes, y: Codes, *, normalize: bool) -> float:
    first, second = way.entropy(x), way.entropy(y)
    found = way.information(first + second - way.entropy(x, y))
    return ratio(found, min(first, second)) if normalize else found
