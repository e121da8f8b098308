"""Draw members of an ensemble with replacement."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ergodica.estimators.resampling.method import PURPOSE, Evaluate, Resampling, Spread
from ergodica.estimators.whole import whole


@dataclass(frozen=True, kw_only=True)
class MemberBootstrap(Resampling):
    """The mean over an ensemble, and its interval by drawing members with replacement.

    Each member is measured on its own. Each draw of members has a mean m* and an error s* of its own; the interval is
    the mean less the quantiles of (m* - m)/s* times the error (bootstrap-t), which is right also for skewed estimates.

    Members are independent, so that neither correlations in time nor exact copies matter. A bias that all members share
    is not seen.

    Args:
        member_dim: dimension of independent runs, 4 or more. Where most of few agree exactly, draws of one value are
            so frequent that an end of the interval is infinite.
        replicates: >= 100.

    Good values: 10 members or more, 2000 replicates: they cost next to nothing.

    Source: Efron and Tibshirani 1993, An Introduction to the Bootstrap, section 12.5.
    """

    member_dim: str = "member"
    replicates: int = 2000

    def __post_init__(self) -> None:
        object.__setattr__(self, "replicates", whole("replicates", self.replicates, 100, "try 2000"))

    def spread(self, evaluate: Evaluate, arrays: Sequence[Any], dim: str, level: float, seed: int) -> Spread:
        """Error and interval of the mean of `evaluate(*arrays)` over the members."""
        from ergodica.numerics.random import uniforms

        each = evaluate(*arrays)
        if self.member_dim not in each.dims or each.sizes[self.member_dim] < 4:
            got = each.sizes.get(self.member_dim, 0)
            raise ValueError(
                f"member_dim: must be a dimension of 4 members or more, got {got} along {self.member_dim!r}; run an "
                "ensemble, or use BlockJackknife()"
            )
        m = each.sizes[self.member_dim]
        values = each.transpose(self.member_dim, ...)
        rest = values.isel({self.member_dim: 0}, drop=True)
        chosen = (uniforms(seed, 0, 1, self.replicates * m, PURPOSE) * m).astype(np.int64).reshape(-1, m)
        mean, error = values.values.mean(0), values.values.std(0, ddof=1) / np.sqrt(m)
        # round-off is no scatter: draws of equal members would send an end of the interval to infinity
        rounding = 64 * np.finfo(float).eps * np.abs(mean)
        error = np.where(np.ptp(values.values, axis=0) <= rounding, 0.0, error)
        drawn = values.values[chosen]
        deviation = drawn.std(1, ddof=1) / np.sqrt(m)
        with np.errstate(divide="ignore", invalid="ignore"):
            # a draw of one member throughout has no error: it lies as far out as can be
            studentized = np.where(
                deviation > 0, (drawn.mean(1) - mean) / deviation, np.inf * np.sign(drawn.mean(1) - mean)
            )
        tail = (1 - level) / 2
        low, high = _quantiles(studentized, tail, error > 0)
        parts = (mean, error, 0 * mean, mean - high * error, mean - low * error)
        return Spread(*(rest.copy(data=part) for part in parts))


def _quantiles(studentized: Any, tail: float, moves: Any) -> tuple[Any, Any]:
    """The outer quantiles of each column; 0 where all members agree."""
    ordered = np.sort(studentized, axis=0)
    count = len(ordered)
    low = ordered[max(0, int(np.floor(tail * count)))]
    high = ordered[min(count - 1, int(np.ceil((1 - tail) * count)) - 1)]
    return np.where(moves, low, 0.0), np.where(moves, high, 0.0)
