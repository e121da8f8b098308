"""Recurrence quantification: what the lines of a recurrence plot say of an orbit."""

# ruff: noqa: B008 - frozen dataclasses are safe as defaults

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ergodica.estimators.arrays import Array
from ergodica.estimators.claims import Claims
from ergodica.estimators.labelled import Dim
from ergodica.estimators.recurrence.delay_vectors import DelayVectors
from ergodica.estimators.recurrence.deviation_radius import DeviationRadius
from ergodica.estimators.recurrence.lanes import named, table
from ergodica.estimators.recurrence.line_lengths import line_lengths
from ergodica.estimators.recurrence.pair_counts import MAX, possible_pairs
from ergodica.estimators.recurrence.threshold import Threshold
from ergodica.estimators.registry import register
from ergodica.estimators.samples import Label
from ergodica.estimators.units import base_unit
from ergodica.numerics.errors import ParameterError

if TYPE_CHECKING:
    import xarray as xr

GROUP_ELEMENTS = 2**21
"""Vectors of lanes that are worked on together: their counts of lines are 32 times as large."""

WORDS = {
    "recurrence_rate": ("1", "recurrence rate"),
    "determinism": ("1", "share of recurrences in diagonal lines"),
    "mean_diagonal": ("1", "mean length of diagonal lines (samples)"),
    "longest_diagonal": ("1", "longest diagonal line (samples)"),
    "diagonal_entropy": ("nat", "entropy of the lengths of diagonal lines"),
    "divergence": ("1", "inverse of the longest diagonal line (1/samples)"),
    "laminarity": ("1", "share of recurrences in vertical lines"),
    "trapping_time": ("1", "mean length of vertical lines (samples)"),
    "longest_vertical": ("1", "longest vertical line (samples)"),
    "ratio": ("1", "determinism over recurrence rate"),
    "radius": ("", "radius of recurrence"),
}

CLAIMS = Claims(
    needs="vectors in order, (order-1)*delay+theiler+2 at least",
    cost="O(n^2 d order) time, O(n) memory",
    invariances={"sign": 1e-12, "reversal": 1e-12},
)


@register(family="recurrence", takes={"x": "path"}, claims=CLAIMS)
def recurrence_quantification(
    x: Any,
    *,
    dim: Dim = None,
    feature_dim: str | Sequence[str] | int | None = None,
    threshold: Threshold = DeviationRadius(),
    order: int = 1,
    delay: int = 1,
    theiler: int = 0,
    norm: str = MAX,
    shortest: int = 2,
    base: float = math.e,
) -> "xr.Dataset":
    """Measures of the recurrence plot R_ij = 1 where |x_i - x_j| <= r: how much of it lies in lines, and how long.

    recurrence_rate = RR = sum R_ij/(n - w)(n - w - 1),  |i - j| > w
    determinism = sum_(l >= s) l D(l)/sum_l l D(l),  mean_diagonal = sum_(l >= s) l D(l)/sum_(l >= s) D(l)
    diagonal_entropy = -sum p ln p,  p = D(l)/sum_(l >= s) D(l),  divergence = 1/longest_diagonal
    laminarity and trapping_time = the same shares and means of vertical lines V(l),  ratio = determinism/RR

    D(l) and V(l) are the numbers of diagonal and of vertical lines of l recurrences, s the shortest that count. Cells
    with |i - j| <= w (the Theiler window) are left out and end lines. The n x n plot is never in memory.

    Args:
        x: points in order, vectors along `feature_dim` or scalars; every other dimension is mapped.
        dim: the dimension of order.
        feature_dim: components of a point.
        threshold: DeviationRadius(value=.2), FixedRadius(value=...) or RecurrenceRate(value=.05).
        order, delay, theiler, norm: as for `correlation_sum`.
        shortest: s, 2 or more samples, of diagonal and of vertical lines.
        base: of the logarithm.

    Returns:
        Dataset over the other dimensions (`lane0`, ... of a plain array) of the ten measures and the `radius`, in the
        unit of the data. Lengths are in samples. Where nothing recurs, the rate and the longest lines are 0, the
        divergence is infinite and shares are NaN; mean lengths and the entropy are NaN without a line. A constant lane
        is NaN, but with FixedRadius.

    Raises:
        TypeError: integers, a threshold that is none.
        ValueError: too few samples, parameters out of range.

    Good values: RecurrenceRate(value=.05) to compare series; theiler of a correlation time for flows, and norm="max".

    Source: Marwan, Romano, Thiel and Kurths 2007, Phys. Rep. 438, 237, section 3.5.
    """
    vectors = DelayVectors(order=order, delay=delay, theiler=theiler, norm=norm)
    check_threshold(threshold)
    if isinstance(shortest, bool) or not isinstance(shortest, int | np.integer) or shortest < 2:
        raise ParameterError(f"shortest: must be a whole number from 2 on, got {shortest!r}; use 2")
    per_unit, unit = base_unit(base)
    x, dim, feature_dim = named(x, dim, feature_dim)

    def lanes(values: Array) -> Array:
        step = max(1, GROUP_ELEMENTS // values.shape[1])
        parts = [
            _group(values[i : i + step], threshold, vectors, shortest) for i in range(0, len(values), step)
        ]
        found = np.concatenate(parts)
        found[:, list(WORDS).index("diagonal_entropy")] /= per_unit
        return found

    units = {"radius": str(x.attrs.get("units", "1")) or "1", "diagonal_entropy": unit}
    method = f"recurrence plot, {threshold!r}, {vectors}, lines from {shortest} on"
    labels = {
        name: Label(name=name, units=units.get(name, one), long_name=words, method=method)
        for name, (one, words) in WORDS.items()
    }
    return table(lanes, x, labels, dim=dim, feature_dim=feature_dim, ordered=True, least=vectors.least())


def check_threshold(threshold: Threshold) -> None:
    """Raises TypeError where it is none."""
    if not isinstance(threshold, Threshold):
        raise TypeError(
            "threshold: must be one such as RecurrenceRate(value=0.05) or FixedRadius(value=0.1), got "
            f"{threshold!r}"
        )


def _group(values: Array, threshold: Threshold, vectors: DelayVectors, shortest: int) -> Array:
    columns, scale = vectors.columns(values)
    radius = threshold.radius(columns, scale, vectors)
    result = np.full((len(columns), len(WORDS)), np.nan)
    good = np.flatnonzero(~np.isnan(radius))
    if good.size:
        diagonals, verticals = line_lengths(columns[good], radius[good], vectors.theiler, vectors.norm)
        pairs = possible_pairs(columns.shape[-1], vectors.theiler)
        for lane, diagonal, vertical in zip(good, diagonals, verticals, strict=True):
            measures = measures_of_lines(diagonal, vertical, pairs, shortest)
            result[lane] = (*measures, radius[lane] / scale[lane])
    return result


def measures_of_lines(
    diagonals: NDArray[np.int64], verticals: NDArray[np.int64], pairs: int, shortest: int
) -> tuple[float, ...]:
    """The measures, from lines by length above the diagonal and by length in the whole plot."""
    lengths = np.arange(len(diagonals))
    recurrences = int((lengths * diagonals).sum())
    rate = recurrences / pairs
    determinism, mean_diagonal, longest_diagonal = _lines(diagonals, lengths, shortest)
    laminarity, trapping_time, longest_vertical = _lines(verticals, lengths, shortest)
    counted = diagonals[shortest:]
    p = counted[counted > 0] / max(1, counted.sum())
    entropy = 0.0 - float((p * np.log(p)).sum()) if p.size else np.nan
    divergence = 1 / longest_diagonal if longest_diagonal else np.inf
    ratio = determinism / rate if rate else np.nan
    return (
        rate, determinism, mean_diagonal, longest_diagonal, entropy, divergence,
        laminarity, trapping_time, longest_vertical, ratio,
    )  # fmt: skip


def _lines(counts: NDArray[np.int64], lengths: NDArray[np.int64], shortest: int) -> tuple[float, float, int]:
    """Share of recurrences in lines, mean length of a line, the longest one."""
    within = int((lengths * counts)[shortest:].sum())
    every = int((lengths * counts).sum())
    lines = int(counts[shortest:].sum())
    longest = int(lengths[counts > 0].max(initial=0))
    return within / every if every else np.nan, within / lines if lines else np.nan, longest
