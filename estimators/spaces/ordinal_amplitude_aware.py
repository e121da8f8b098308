"""Ordinal patterns that count as much as the level and the steps of their windows."""

from dataclasses import dataclass
from numbers import Real

from numpy.typing import NDArray

from ergodica.estimators.arrays import Array
from ergodica.estimators.claims import Claims
from ergodica.estimators.spaces.ordinal_weighted import WeightedOrdinalPatterns, summed_weights


@dataclass(frozen=True, kw_only=True)
class AmplitudeAwareOrdinalPatterns(WeightedOrdinalPatterns):
    """Ordinal patterns, each window weighted by its mean level and its mean step.

    w = A/m sum_k |x_k| + (1-A)/(m-1) sum_k |x_k - x_(k-1)|

    The level is measured from zero: with A > 0 adding a constant to the data changes the result. Windows, numbers,
    names and ties are those of `OrdinalPatterns`. A lane of one repeated value is NaN, as is one with NaN or infinity.

    Args:
        order: samples m in a window, 2 to 10.
        delay: step between them, >= 1.
        level_share: A, 0 (steps alone) to 1 (level alone).

    Raises:
        ValueError: order, delay or level_share out of range; fewer samples than (order-1)*delay+1.

    Good values: level_share=.5 for data around zero, 0 for data whose zero means nothing.

    Source: Azami and Escudero 2016, Comput. Methods Programs Biomed. 128, 40, eqs. 4-6.
    """

    level_share: float = 0.5
    long_name = "amplitude-aware ordinal patterns"
    claims = Claims(
        needs="real numbers in order, not all the same",
        cost="O(n order^2) comparisons, O(order!) memory",
        invariances={"scale": 1e-12, "sign": 1e-12, "reversal": 1e-12},
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        share = self.level_share
        if isinstance(share, bool) or not isinstance(share, Real) or not 0 <= share <= 1:
            raise ValueError(f"level_share: must be from 0 to 1, got {share!r}; 0.5 is usual")

    def weights(self, values: NDArray) -> Array:
        """Summed weights of the windows of each pattern."""
        return summed_weights(values, self.order, self.delay, float(self.level_share))
