"""Entropy rate of a series of symbols."""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ergodica.estimators.claims import Claims, Exact
from ergodica.estimators.information.codes import Codes
from ergodica.estimators.information.evaluate import evaluate
from ergodica.estimators.information.route import Discrete, ratio, route
from ergodica.estimators.information.sources import TWO_STATES_RATE, two_states
from ergodica.estimators.labelled import Dim
from ergodica.estimators.probability.plug_in import PlugIn
from ergodica.estimators.registry import register
from ergodica.estimators.spaces.space import Space


@dataclass(frozen=True, kw_only=True)
class RateEstimator(ABC):
    """A way to the entropy rate of symbols in order; `entropy_rate(x, method=...)` takes it.

    A new one is one subclass in one file.
    """

    claims: ClassVar[Claims]

    @abstractmethod
    def rate(self, codes: Codes) -> float:
        """Nats a symbol, of one series whose symbols are 0 ... size-1, each in use."""

    @property
    def fewest_samples(self) -> int:
        """Fewest symbols."""
        return 2


def whole(name: str, value: Any, least: int) -> int:
    """A whole number of at least so much, checked.

    Raises:
        TypeError, ValueError: it is not.
    """
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise TypeError(f"{name}: must be a whole number, got {value!r}")
    if value < least:
        raise ValueError(f"{name}: must be >= {least}, got {value}; use {least} or more")
    return int(value)


@register(
    family="information",
    takes={"x": "symbols"},
    claims=Claims(
        needs="2 symbols in order, and more than the memory of its method",
        cost="O(n log n)",
        invariances={"relabel": 1e-12},
        exact=(
            Exact(
                name="two-state chain",
                sample=two_states,
                value=TWO_STATES_RATE,
                bias=6e-3,
                spread=0.0128,
                source="-sum pi_i P_ij ln P_ij",
            ),
        ),
    ),
)
def entropy_rate(
    x: Any,
    *,
    dim: Dim = None,
    method: RateEstimator | None = None,
    space: Space | None = None,
    base: float = math.e,
    normalize: bool = False,
) -> Any:
    """Entropy rate: what is new in each symbol of a series once its past is known.

    h = lim H(X_1, ..., X_n)/n = lim H(X_n | X_1, ..., X_(n-1))

    Args:
        x: DataArray or plain array of symbols in order: whole numbers, or what `space` makes symbols of.
        dim: the dimension of time; others are mapped.
        method: Markov(order=...), BlockEntropies(length=...), LempelZiv76(), LempelZiv78() or
            ContextTreeWeighting(depth=...); None is ContextTreeWeighting(), which finds the memory by itself.
        space: how symbols are made of samples; None takes whole numbers as they are.
        base: of the logarithm, > 1; e gives nat, 2 bit, each a symbol.
        normalize: divide by the logarithm of the number of symbols that occur, its maximum.

    Returns:
        DataArray over the other dimensions; an array, or a number, for plain arrays. NaN where a lane holds NaN, or
        where it is normalised and constant.

    Raises:
        TypeError: real numbers without a space, or no such method.
        ValueError: too few symbols.

    Good values: ContextTreeWeighting(depth=8) for two symbols; LempelZiv76() for long memory and n above 1e5.

    Source: Shannon 1948, Bell Syst. Tech. J. 27, 379, theorem 5.
    """
    if method is None:
        from ergodica.estimators.information.context_tree import ContextTreeWeighting

        method = ContextTreeWeighting()
    if not isinstance(method, RateEstimator):
        raise TypeError(f"method: must be one of entropy rates such as Markov(order=1), got {method!r}")
    return of_series(
        x,
        method.rate,
        name="entropy_rate",
        words="entropy rate",
        method=repr(method),
        least=method.fewest_samples,
        maximum=lambda codes: math.log(codes.size),
        dim=dim,
        space=space,
        base=base,
        normalize=normalize,
    )


def of_series(
    x: Any,
    function: Any,
    *,
    name: str,
    words: str,
    method: str,
    least: int,
    maximum: Any,
    dim: Dim,
    space: Space | None,
    base: float,
    normalize: bool,
    pure: bool = False,
) -> Any:
    """`function` of the codes of each lane, where it is normalised divided by `maximum` of them."""
    arrays = {"x": x}
    way = route(arrays, space, PlugIn(), symbols_only=True)
    assert isinstance(way, Discrete)

    def of_codes(way: Discrete, codes: list[Codes], normalize: bool) -> float:
        (series,) = codes
        if len(series.values) < least:
            raise ValueError(
                f"dim: must hold at least {least} symbols for {method}, got {len(series.values)}; give more data"
            )
        found = float(function(series))
        return ratio(found, maximum(series)) if normalize else found

    return evaluate(
        arrays,
        way,
        name=name,
        words=words,
        of_codes=of_codes,
        dim=dim,
        feature_dim=None,
        base=base,
        normalize=normalize,
        ordered=True,
        least=least,
        pure=pure,
        method=method if space is None else f"{method} of {space!r}",
    )
