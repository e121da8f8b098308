"""Where a linear process starts: at a point, at one for each member, or by its stationary law."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.numerics.errors import ParameterError, nearest

if TYPE_CHECKING:
    import xarray as xr

STATIONARY = "stationary"


def checked_point(value: Any, names: Sequence[str]) -> str | np.ndarray:
    """`stationary`, or a point (d,) or (members, d), from numbers, values by component (0 for others) or a snapshot.

    Raises ParameterError for what is neither.
    """
    if hasattr(value, "data_vars"):
        value = point_of(value)
    if isinstance(value, str):
        if value == "from-file":
            raise ParameterError("initial: 'from-file' needs its file; use sims.from_dataset(ds)")
        if value == STATIONARY:
            return STATIONARY
        value = [part.strip() for part in value.split(",")]  # as a command line has it
    if isinstance(value, Mapping):
        unknown = sorted(set(map(str, value)) - set(names))
        if unknown:
            raise ParameterError(f"initial: has no component {unknown[0]!r}; {nearest(unknown[0], names)}")
        value = [value.get(name, 0.0) for name in names]
    try:
        point = np.array(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise ParameterError(
            f"initial: must be {STATIONARY} or numbers, got {str(value)[:40]!r}; give a value for each of "
            f"{', '.join(names[:8])}"
        ) from None
    if point.ndim not in (1, 2) or point.shape[-1] != len(names) or point.size == 0:
        raise ParameterError(
            f"initial: must have shape ({len(names)},) or (members, {len(names)}), got {point.shape}; the components "
            f"are {', '.join(names[:8])}"
        )
    if not np.isfinite(point).all():
        raise ParameterError(f"initial: must be finite, got {point[~np.isfinite(point)][0]}; mend it")
    return point


def point_of(snapshot: xr.Dataset) -> np.ndarray:
    """The point of one snapshot, (d,) or (members, d)."""
    if (
        "state" not in snapshot
        or snapshot["state"].dims[-1:] != ("component",)
        or "t" in snapshot["state"].dims
    ):
        raise ParameterError("initial: must be one snapshot with state(component); use ds.isel(t=-1)")
    return np.asarray(snapshot["state"].values)
