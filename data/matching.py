"""Which of the labels along a dimension of one dataset are those of another."""

from collections.abc import Hashable
from typing import TYPE_CHECKING, TypeVar

import numpy as np

if TYPE_CHECKING:
    import xarray as xr

Data = TypeVar("Data", "xr.DataArray", "xr.Dataset")

CLOSE = 1e-3
"""Numbers that differ by less than this share of their spacing are the same label."""
NAMED = 6
"""So many labels are named."""


def at_labels(one: Data, like: "xr.DataArray | xr.Dataset", dim: Hashable) -> Data | None:
    """`one` at the labels of `like` along `dim`, in their order; None where it does not hold all of them.

    Names (`DIM_name`) count where both have them, else the coordinate, numbers but for round-off; without either
    everything stays where it is.
    """
    name = f"{dim}_name"
    key = name if name in one.coords and name in like.coords else dim
    if key not in one.coords or key not in like.coords:
        return one
    wanted, had = (np.atleast_1d(data[key].values) for data in (like, one))
    if np.array_equal(wanted, had):
        return one
    numbers = wanted.dtype.kind in "iuf" and had.dtype.kind in "iuf"
    places = _nearest(wanted, had) if numbers else _named(wanted, had)
    if places is None:
        return None
    found = one.isel({dim: places})
    return found.assign_coords({dim: like[dim]}) if dim in like.coords and dim in one.coords else found


def labels_along(data: "xr.DataArray | xr.Dataset", dim: Hashable) -> str:
    """The labels along a dimension in a few words."""
    key = f"{dim}_name" if f"{dim}_name" in data.coords else dim
    values = np.atleast_1d(data[key].values)
    if values.dtype.kind in "iuf" and values.size:
        return f"{values.min():g} to {values.max():g}"
    return ", ".join(map(str, values[:NAMED])) + (", ..." if len(values) > NAMED else "")


def _nearest(wanted: np.ndarray, had: np.ndarray) -> np.ndarray | None:
    if not had.size:
        return None
    steps = np.abs(np.diff(wanted if len(wanted) > 1 else had))
    spacing = steps.min() if steps.size else np.abs(wanted).max(initial=0.0)
    nearest = np.abs(wanted[:, np.newaxis] - had).argmin(axis=1)
    # not finite counts as far
    near = np.abs(had[nearest] - wanted).max(initial=0.0) <= CLOSE * spacing
    return np.asarray(nearest) if near else None


def _named(wanted: np.ndarray, had: np.ndarray) -> np.ndarray | None:
    places = {str(name): place for place, name in enumerate(had)}
    if len(places) < len(had) or not {str(one) for one in wanted} <= places.keys():
        return None
    return np.array([places[str(one)] for one in wanted])
