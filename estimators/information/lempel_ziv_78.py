"""Entropy rate by the phrases of Lempel and Ziv 1978."""

import math
from dataclasses import dataclass
from typing import ClassVar

from ergodica.estimators.claims import Claims, Exact
from ergodica.estimators.information.codes import Codes
from ergodica.estimators.information.rates import RateEstimator
from ergodica.estimators.information.sources import coins


@dataclass(frozen=True, kw_only=True)
class LempelZiv78(RateEstimator):
    """Entropy rate from phrases of a growing dictionary: each is a phrase that was there and one symbol more.

    h = c ln(c)/n, c different phrases in n symbols; approaches the rate from above, more slowly than LempelZiv76

    Good values: n above 1e6.

    Source: Ziv and Lempel 1978, IEEE Trans. Inf. Theory 24, 530; Cover and Thomas 2006, Elements of Information
    Theory, theorem 13.5.2.
    """

    claims: ClassVar[Claims] = Claims(
        needs="symbols in order, at least 2",
        cost="O(n)",
        invariances={"relabel": 0.0},
        exact=(
            Exact(name="fair bits", sample=coins, value=math.log(2), bias=0.14, spread=6e-4,
                  source="the entropy of independent symbols"),
        ),
    )  # fmt: skip

    def rate(self, codes: Codes) -> float:
        """c ln(c)/n."""
        from ergodica.estimators.information.dictionary import phrases_of_1978

        count = phrases_of_1978(codes.values, codes.size)
        return float(count * math.log(count) / len(codes.values))
