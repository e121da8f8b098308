"""Complexity and entropy rate by the phrases of Lempel and Ziv 1976."""

import math
from dataclasses import dataclass
from typing import Any, ClassVar

from ergodica.estimators.claims import Claims, Exact
from ergodica.estimators.information.codes import Codes
from ergodica.estimators.information.rates import RateEstimator, of_series
from ergodica.estimators.information.sources import coins
from ergodica.estimators.labelled import Dim
from ergodica.estimators.registry import register
from ergodica.estimators.spaces.space import Space


def _phrases(codes: Codes) -> int:
    from ergodica.estimators.information.suffix_tree import count_phrases

    return count_phrases(codes.values, codes.size)


@register(
    family="information",
    takes={"x": "symbols"},
    claims=Claims(
        needs="2 symbols in order",
        cost="O(n)",
        invariances={"relabel": 0.0},
        exact=(
            Exact(
                name="fair bits",
                sample=coins,
                value=1.0,
                bias=0.03,
                spread=3.5e-3,
                arguments={"normalize": True},
                source="the limit for independent symbols",
            ),
        ),
    ),
)
def lempel_ziv_complexity(
    x: Any, *, dim: Dim = None, space: Space | None = None, normalize: bool = False
) -> Any:
    """Lempel-Ziv complexity: phrases of a series, each the shortest that did not occur before.

    c = number of phrases; a phrase may overlap what it repeats, and the last one may be complete or not

    Args:
        x: DataArray or plain array of symbols in order: whole numbers, or what `space` makes symbols of.
        dim: the dimension of time; others are mapped.
        space: how symbols are made of samples; None takes whole numbers as they are.
        normalize: divide by n/log_A n, what a random series of A equally likely symbols tends to (from above); A is
            the number of symbols that occur. NaN for a constant series.

    Returns:
        DataArray over the other dimensions; an array, or a number, for plain arrays. NaN where a lane holds NaN.

    Raises:
        TypeError: real numbers without a space.

    Good values: n above 1000; a binary series of values above their median is the usual space for real numbers.

    Source: Lempel and Ziv 1976, IEEE Trans. Inf. Theory 22, 75; in linear time by Ukkonen 1995, Algorithmica 14, 249.
    """
    return of_series(
        x,
        _phrases,
        name="lempel_ziv_complexity",
        words="Lempel-Ziv complexity",
        method="LempelZiv76",
        least=2,
        maximum=_random_phrases,
        dim=dim,
        space=space,
        base=math.e,
        normalize=normalize,
        pure=True,
    )


def _random_phrases(codes: Codes) -> float:
    n = len(codes.values)
    return n * math.log(codes.size) / math.log(n) if n > 1 else 0.0


@dataclass(frozen=True, kw_only=True)
class LempelZiv76(RateEstimator):
    """Entropy rate from the number of phrases of Lempel and Ziv 1976, without any parameter.

    h = c ln(n)/n, c phrases in n symbols; approaches the rate slowly, from above

    Good values: n above 1e5, where it is high by some per cent; LempelZiv78 by more.

    Source: Lempel and Ziv 1976, IEEE Trans. Inf. Theory 22, 75; Ziv 1978, IEEE Trans. Inf. Theory 24, 405.
    """

    claims: ClassVar[Claims] = Claims(
        needs="symbols in order, at least 2",
        cost="O(n)",
        invariances={"relabel": 0.0},
        exact=(
            Exact(name="fair bits", sample=coins, value=math.log(2), bias=0.02, spread=2e-3,
                  source="the entropy of independent symbols"),
        ),
    )  # fmt: skip

    def rate(self, codes: Codes) -> float:
        """c ln(n)/n."""
        n = len(codes.values)
        return _phrases(codes) * math.log(n) / n
