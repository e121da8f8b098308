"""One question about information over the lanes of its arrays, by counts or in a continuum."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from numpy.typing import NDArray

from ergodica.estimators.arrays import Array
from ergodica.estimators.continuous.estimator import EntropyEstimator
from ergodica.estimators.information.codes import Codes
from ergodica.estimators.information.estimator import InformationEstimator
from ergodica.estimators.information.route import Discrete, refuse_normalizing
from ergodica.estimators.labelled import Dim
from ergodica.estimators.samples import Label, estimate
from ergodica.estimators.units import base_unit

Way = Discrete | InformationEstimator | EntropyEstimator
ByCodes = Callable[[Sequence[NDArray]], Array]
OfLanes = Callable[[Discrete, Sequence[NDArray], ByCodes], Array]


def evaluate(
    arrays: Mapping[str, Any],
    way: Way,
    *,
    name: str,
    words: str,
    of_codes: Callable[[Discrete, list[Codes], bool], float],
    of_vectors: Callable[..., Array] | None = None,
    of_lanes: OfLanes | None = None,
    dim: Dim,
    feature_dim: str | None,
    base: float,
    normalize: bool,
    ordered: bool = False,
    least: int = 1,
    pure: bool = False,
    method: str | None = None,
) -> Any:
    """A number a lane.

    Args:
        arrays, dim, feature_dim, ordered, least: as for `samples.estimate`.
        way: what `route` gave.
        name: of the result.
        words: its long name.
        of_codes: nats of the codes of each array; with True, the share of the maximum.
        of_vectors: nats `(lanes,)` of arrays `(lanes, n, d)`; None where a quantity is of symbols alone.
        of_lanes: a faster way for whole lanes, which is given the one by `of_codes` for data that do not allow it.
        base: of the logarithm.
        normalize: whether the share of the maximum is wanted.
        pure: whether the quantity is a pure number, which takes no base.
        method: what the result says of how it was computed; None is what the way says.
    """
    per_unit, unit = base_unit(base)
    refuse_normalizing(way, normalize)
    counted = isinstance(way, Discrete)

    def by_codes(values: Sequence[NDArray]) -> Array:
        assert isinstance(way, Discrete)
        return way.over_lanes(lambda codes: of_codes(way, codes, normalize), values)

    def lanes(*values: NDArray) -> Array:
        if isinstance(way, Discrete):
            found = by_codes(values) if of_lanes is None else of_lanes(way, values, by_codes)
            return found if normalize or pure else found / per_unit
        assert of_vectors is not None
        return of_vectors(*values) / per_unit

    if method is None:
        method = way.words if isinstance(way, Discrete) else repr(way)
    label = Label(
        name=name,
        units="1" if normalize or pure else unit,
        long_name=("normalized " if normalize else "") + words,
        method=method + (", normalized" if normalize else ""),
    )
    return estimate(
        lanes,
        arrays,
        label=label,
        dim=dim,
        feature_dim=feature_dim,
        ordered=ordered or (isinstance(way, Discrete) and way.ordered),
        continuous=not counted,
        least=least,
    )
