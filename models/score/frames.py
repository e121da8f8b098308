"""Frames of a dataset in order of time, a stretch of all members at once, with their drift."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.models.score.process import Process
from ergodica.numerics.errors import ParameterError

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

NUMBERS_AT_ONCE = 2**20
"""Numbers of a variable that are in memory at a time, or those of one frame where that has more."""


@dataclass(frozen=True)
class Stretch:
    """Consecutive frames of all members; rows are members times frames, the frames of a member side by side.

    Attributes:
        start: number of its first frame.
        members: 1 without a dimension of members.
        x: states, (rows, sites, degrees).
        drift: b, (rows, sites, degrees).
        divergence: of b by the degrees of each site, (rows, sites).
        raw: what was read, each (rows, ...).
    """

    start: int
    members: int
    x: Array
    drift: Array
    divergence: Array
    raw: dict[str, NDArray[Any]]

    def framed(self, values: NDArray[Any]) -> NDArray[Any]:
        """Values of rows as (members, frames, ...)."""
        return values.reshape(self.members, -1, *values.shape[1:])


@contextmanager
def opened(source: xr.Dataset | str | os.PathLike[str]) -> Iterator[xr.Dataset]:
    """The dataset, or that of a file or store, not read yet, which is closed in the end."""
    if not isinstance(source, str | os.PathLike):
        if not hasattr(source, "data_vars"):
            raise ParameterError(
                f"ds: must be a dataset or the path of one, got {type(source).__name__}; give the network first and "
                "the dataset second, as in entropy_production(network, ds)"
            )
        yield source
        return
    from ergodica.data.reading import open_run

    with open_run(Path(source)) as ds:
        yield ds


def stretches(ds: xr.Dataset, process: Process, names: Sequence[str]) -> Iterator[Stretch]:
    """All frames of `ds`, stretch by stretch.

    Args:
        names: the variables to read.

    Raises:
        ParameterError: a value is not finite.
    """
    members = ds.sizes.get("member", 1)
    frames = ds.sizes["t"]
    at_once = max(1, NUMBERS_AT_ONCE // (members * process.sites * len(process.names)))
    for start in range(0, frames, at_once):
        part = ds[list(names)].isel(t=slice(start, min(start + at_once, frames)))
        raw = {}
        for name in names:
            values = np.asarray(part[name].values, dtype=np.float64)
            if not np.isfinite(values).all():
                _refuse(name, part)
            raw[name] = values if "member" not in part[name].dims else values.reshape(-1, *values.shape[2:])
            if "member" in ds.dims and "member" not in part[name].dims:
                raw[name] = np.tile(values, (members, *(1,) * (values.ndim - 1)))
        drift, divergence = process.drifts(raw)
        yield Stretch(start, members, process.states(raw), drift, divergence, raw)


def _refuse(name: str, part: xr.Dataset) -> None:
    bad = ~np.isfinite(part[name].values)
    axis = part[name].dims.index("t")
    frames = np.flatnonzero(bad.any(axis=tuple(i for i in range(bad.ndim) if i != axis)))
    t = part["t"].values[frames[0]]
    rest = [str(dim) for dim in part[name].dims if dim != "t"]
    raise ParameterError(
        f"{name}: must be finite, got a value that is not at t={t:g}; cut the run with ds.sel(t=slice(None, ...)), or "
        f"use ds.isel(t=np.isfinite(ds.{name}).all({rest}).values)"
    )
