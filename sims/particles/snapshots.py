"""Starts of particles from snapshots of other runs, and from the file of a run itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ergodica.numerics.errors import ParameterError

if TYPE_CHECKING:
    import xarray as xr


def of_one(snapshot: xr.Dataset, names: Sequence[str]) -> np.ndarray:
    """The vectors `names` of one snapshot, (particles, len(names), space), or (particles, space) for one name.

    Members, where there are some, come first.

    Raises:
        ParameterError: a variable is missing, or there is more than one snapshot.
    """
    if not all(name in snapshot for name in names):
        raise ParameterError(
            f"initial: must be a snapshot with {' and '.join(names)}, got a dataset without; use ds.isel(t=-1)"
        )
    if "t" in snapshot["position"].dims:
        raise ParameterError(
            f"initial: must be one snapshot, got {snapshot.sizes['t']}; choose one with ds.isel(t=-1)"
        )
    order = [d for d in ("member", "particle", "space") if d in snapshot["position"].dims]
    parts = [np.asarray(snapshot[name].transpose(*order).values) for name in names]
    return np.stack(parts, axis=-2) if len(parts) > 1 else parts[0]


def of_start(ds: xr.Dataset, names: Sequence[str]) -> np.ndarray:
    """What `of_one` gives for snapshot 0 of a whole file, without members where all start alike.

    Raises:
        ParameterError: the dataset does not begin with the start of the run.
    """
    run = ds.ergodica.run_arguments
    if "t" not in ds.dims or ds.sizes["t"] == 0 or float(ds["t"][0]) != 0 or run["warm_up"]:
        raise ParameterError(
            "initial: is snapshot 0 of the file, got a dataset without it; open the whole file, or give initial"
        )
    both = of_one(ds.isel(t=0), names)
    single = 1 + (len(names) if len(names) > 1 else 1)
    return both[0] if both.ndim > single and (both == both[0]).all() else both
