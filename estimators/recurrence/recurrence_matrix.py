"""The recurrence plot as an array."""

# ruff: noqa: B008 - frozen dataclasses are safe as defaults

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.estimators.arrays import Array
from ergodica.estimators.labelled import Dim, core_axes
from ergodica.estimators.recurrence.delay_vectors import DelayVectors
from ergodica.estimators.recurrence.deviation_radius import DeviationRadius
from ergodica.estimators.recurrence.lanes import named
from ergodica.estimators.recurrence.pair_counts import EUCLIDEAN, MAX
from ergodica.estimators.recurrence.recurrence_quantification import check_threshold
from ergodica.estimators.recurrence.threshold import Threshold
from ergodica.estimators.samples import Label, estimate, sample_dim

if TYPE_CHECKING:
    import xarray as xr

LARGEST = 20_000
"""Vectors whose table still fits in memory."""


def recurrence_matrix(
    x: Any,
    *,
    dim: Dim = None,
    feature_dim: str | Sequence[str] | int | None = None,
    threshold: Threshold = DeviationRadius(),
    order: int = 1,
    delay: int = 1,
    theiler: int = 0,
    norm: str = MAX,
) -> "xr.DataArray":
    """The recurrence plot: where an orbit comes back to a place where it was before.

    R_ij = 1 where |x_i - x_j| <= r, else 0

    Args:
        x, dim, feature_dim, order, delay, norm: as for `recurrence_quantification`, which needs no matrix.
        threshold: what r is.
        theiler: of RecurrenceRate, which counts pairs outside this window; the matrix shows all.

    Returns:
        DataArray over the other dimensions (`lane0`, ... of a plain array), `t_row` and `t_column`, with the times of
        the vectors' first values where `dim` has a coordinate. 0 and 1, NaN in a lane without threshold.

    Raises:
        TypeError, ValueError: as for `recurrence_quantification`; more than 20,000 vectors.

    Source: Eckmann, Kamphorst and Ruelle 1987, Europhys. Lett. 4, 973.
    """
    vectors = DelayVectors(order=order, delay=delay, theiler=theiler, norm=norm)
    check_threshold(threshold)
    x, dim, feature_dim = named(x, dim, feature_dim)
    if feature_dim is not None:
        dim = sample_dim(x, dim, [str(feature_dim)])
    (axis,) = core_axes(x, dim)
    count = axis.size - vectors.span
    if count > LARGEST:
        raise ValueError(
            f"dim: must hold at most {LARGEST} samples for a matrix, got {count}; use recurrence_quantification, which "
            "needs none, or .isel or .coarsen"
        )

    def lanes(values: Array) -> Array:
        columns, scale = vectors.columns(values)
        radius = threshold.radius(columns, scale, vectors)
        return np.array([_plot(one, r, norm) for one, r in zip(columns, radius, strict=True)])

    label = Label(
        name="recurrence", units="1", long_name="recurrence", method=f"recurrence, {threshold!r}, {vectors}"
    )
    sizes = {"t_row": max(0, count), "t_column": max(0, count)}
    found = estimate(
        lanes,
        {"x": x},
        label=label,
        dim=dim,
        feature_dim=feature_dim,
        ordered=True,
        least=vectors.least(),
        outputs=sizes,
    )
    if axis.values is not None:
        attributes = {"units": axis.units, "long_name": axis.long_name or axis.name}
        for name in sizes:
            found = found.assign_coords({name: (name, axis.values[:count], attributes)})
    found.attrs["ergodica_kind"] = "recurrence"
    return found


def _plot(columns: Array, radius: float, norm: str) -> Array:
    n = columns.shape[-1]
    if np.isnan(radius):
        return np.full((n, n), np.nan)
    distances = np.zeros((n, n))
    for column in columns:
        apart = np.abs(column - column[:, np.newaxis])
        distances = distances + apart * apart if norm == EUCLIDEAN else np.maximum(distances, apart)
    return (distances <= (radius * radius if norm == EUCLIDEAN else radius)).astype(np.float64)
