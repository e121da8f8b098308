"""Information from a table of bins that hold as many samples each."""

import math
from dataclasses import dataclass
from numbers import Integral
from typing import ClassVar

import numpy as np
from numpy.random import Generator

from ergodica.estimators.arrays import Array
from ergodica.estimators.claims import Claims, Exact
from ergodica.estimators.continuous.ksg import correlated_pair
from ergodica.estimators.information.estimator import InformationEstimator

A_CELL = 5
"""Samples in a cell of the table, on average, below which its counts say little."""


def scalar_pair(rng: Generator, n: int, correlation: float) -> tuple[Array, ...]:
    """Two normal variables `(n,)`."""
    return tuple(part[:, 0] for part in correlated_pair(rng, n, correlation))


@dataclass(frozen=True, kw_only=True)
class EqualMassTable(InformationEstimator):
    """Mutual information of two scalars from a fixed table of equal-mass bins, with the correction of Miller and Madow.

    I = sum_ij p_ij ln[p_ij/(p_i p_j)] - (b_x - 1)(b_y - 1)/(2 n)

    Each variable is cut at its quantiles into b bins; the correction is the bias of independent variables to order
    1/n. Bins hide what is finer than they are: the estimate tends to a lower bound, at most ln b. It sees ranks alone,
    so increasing maps change no bit. Equal values are in one bin, that of their mean rank; where fewer than b bins are
    left, the correction is that of those left. A constant variable gives NaN.

    Args:
        bins: b >= 2 for each variable; None is about sqrt(n/5), at least 2, so that 5 samples are in a cell on average.

    Good values: bins=None; `DarbellayVajda` and `KSG` have less bias where dependence is strong.

    Source: of the bins, Cellucci, Albano, Rapp 2005, Phys. Rev. E 71, 066208; of the correction, Miller 1955, in
    Information Theory in Psychology, 95.
    """

    bins: int | None = None

    takes: ClassVar[str] = "series"

    claims: ClassVar[Claims] = Claims(
        needs="n >= 20 scalar samples of a continuum",
        cost="O(n + b^2)",
        invariances={
            "shift": 0.0, "scale": 0.0, "monotone": 0.0, "order": 1e-13, "reversal": 1e-13, "exchange": 1e-13,
        },
        exact=(
            Exact(
                name="correlated normal variables",
                sample=lambda rng: scalar_pair(rng, 1000, 0.6),
                value=-0.5 * float(np.log(1 - 0.36)),
                bias=0.01,
                spread=0.0205,
                source="Cover and Thomas 2006, example 8.5.1",
            ),
        ),
    )  # fmt: skip

    def __post_init__(self) -> None:
        whole = isinstance(self.bins, Integral) and not isinstance(self.bins, bool)
        if self.bins is not None and (not whole or self.bins < 2):
            raise ValueError(
                f"bins: must be a whole number from 2 on, or None for sqrt(n/5), got {self.bins!r}; use 8"
            )

    def mutual_information(self, x: Array, y: Array) -> Array:
        """I(X; Y) of each lane `(lanes, n, 1)`, in nats."""
        first, second = doubled_ranks(x, y)
        lanes, n = first.shape
        bins = self.bins or max(2, math.isqrt(n // A_CELL))
        result = np.empty(lanes)
        # twice a rank is 0 to 2 n - 2
        codes = (
            (first.astype(np.int64) + 1) * bins // (2 * n),
            (second.astype(np.int64) + 1) * bins // (2 * n),
        )
        for lane in range(lanes):
            i, j = codes[0][lane], codes[1][lane]
            result[lane] = _of_table(np.bincount(i * bins + j, minlength=bins * bins).reshape(bins, bins))
        return result

    def fewest_samples(self, *components: int) -> int:
        """b samples for b bins, and 20 where b is not given."""
        return self.bins or 4 * A_CELL


def doubled_ranks(x: Array, y: Array) -> tuple[np.ndarray, np.ndarray]:
    """Twice the mean ranks of two scalars, `(lanes, n)` int32.

    Raises:
        ValueError: vectors.
    """
    from ergodica.estimators.continuous.ranks import middle_ranks

    found = []
    for name, part in (("x", x), ("y", y)):
        if part.shape[-1] != 1:
            raise ValueError(
                f"{name}: must be a scalar for bins, got {part.shape[-1]} components; use KSG(), or "
                "Compressed(components=1, estimator=...), which takes the first principal component"
            )
        ranks = np.empty(part.shape[:2], np.int32)
        middle_ranks(np.ascontiguousarray(part[..., 0]), ranks)
        found.append(ranks)
    return found[0], found[1]


def _of_table(counts: np.ndarray) -> float:
    counts = counts[counts.any(axis=1)][:, counts.any(axis=0)]
    if 1 in counts.shape:
        return float("nan")
    n = counts.sum()
    expected = counts.sum(axis=1)[:, np.newaxis] * (counts.sum(axis=0) / n)
    plugged_in = (counts * np.log(np.where(counts, counts, 1) / np.where(counts, expected, 1))).sum() / n
    return float(plugged_in - (counts.shape[0] - 1) * (counts.shape[1] - 1) / (2 * n))
