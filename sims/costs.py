"""What a run needs of memory and disk, from its declarations alone, and the refusal of what cannot fit."""

from __future__ import annotations

import math
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.numerics.errors import ParameterError

if TYPE_CHECKING:
    import xarray as xr

    from ergodica.data.schema import Coordinate, Variable
    from ergodica.sims.plan import Plan

FRAMES_AT_ONCE = 4  # the state, the frame observed from it, and the copies of both that wait for the disk
MEMBER_BYTES = 100  # the least that a member's random stream takes in Python
TIME_BYTES = 8


def frame_bytes(
    variables: Sequence[Variable],
    coordinates: Sequence[Coordinate],
    static: Mapping[str, tuple[Variable, Any]],
    members: int,
) -> int:
    """Bytes of one snapshot with its time; nothing of the size of the ensemble is built."""
    sizes: dict[str, int] = {}
    for dims, shape in (
        *((label.dims, label.values.shape) for label in coordinates),
        *((variable.dims, np.shape(values)) for variable, values in static.values()),
    ):
        sizes |= dict(zip(dims, shape, strict=False))
    one = sum(
        np.dtype(variable.dtype).itemsize
        * math.prod(sizes.get(dim, 1) for dim in variable.dims if dim not in ("t", "member"))
        for variable in variables
    )
    return TIME_BYTES + members * one


def disk_bytes(header: xr.Dataset, frames: int, *, form: str, state: int) -> int:
    """Bytes of the finished file.

    Args:
        header: the dataset with zero frames.
        frames: number of snapshots.
        form: `.nc` or `.zarr`. NetCDF keeps whole chunks, so that the last one is padded along `t`; in Zarr the
            padding is compressed away.
        state: bytes of the state that is kept for an extension.
    """
    from ergodica.data.chunks import chunk_shape

    total = state
    for variable in header.variables.values():
        dims = [str(dim) for dim in variable.dims]
        shape = [frames if dim == "t" else variable.sizes[dim] for dim in dims]
        if form != ".zarr" and "t" in dims:
            chunks = chunk_shape(dims, shape, variable.dtype.itemsize)
            kept = [min(chunk, size) for chunk, size in zip(chunks, shape, strict=True)]
            shape = [-(-size // chunk) * chunk for size, chunk in zip(shape, kept, strict=True)]
        total += variable.dtype.itemsize * math.prod(shape)
    return total


def refuse_more_than_memory(plan: Plan, *, whole: bool) -> None:
    """Raise ParameterError for a run of which a single snapshot, or the `whole`, does not fit into memory."""
    installed = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    least = FRAMES_AT_ONCE * plan.frame_bytes + MEMBER_BYTES * plan.members
    if least > installed:
        subject, got, remedy = (
            ("members", f"{plan.members} members with", "fewer members or a smaller system")
            if plan.asked.members
            else (plan.simulation.name, "a snapshot with", "a smaller system")
        )
        raise ParameterError(
            f"{subject}: must fit into memory, got {got} {_size(least)} and {_size(installed)} installed; use {remedy}"
        )
    if whole and plan.total_bytes > installed:
        raise ParameterError(
            f"snapshots: must fit into memory when out is not given, got {_size(plan.total_bytes)} "
            f"with {_size(installed)} installed; give out='run.nc' or fewer snapshots"
        )


def needed_bytes(plan: Plan, out: Path, *, done: int = 0) -> int:
    """Bytes that are written beside the `done` frames that are on disk; a `.nc` is twice there while it is joined."""
    form = ".zarr" if out.suffix == ".zarr" else ".nc"
    whole = disk_bytes(plan.header, plan.asked.snapshots, form=form, state=plan.frame_bytes)
    blocks = plan.frame_bytes * (plan.asked.snapshots - done)
    return blocks if form == ".zarr" else blocks + whole


def refuse_more_than_disk(plan: Plan, out: Path, *, done: int = 0, replaced: Iterable[Path] = ()) -> None:
    """Raise ParameterError for a run that its disk has no room for.

    Args:
        plan: the run.
        out: where it is to be written.
        done: frames that are there already.
        replaced: files and folders that give way to the run.
    """
    folder = Path(os.path.realpath(out)).parent
    while not folder.is_dir():
        folder = folder.parent
    usage = shutil.disk_usage(folder)
    # a file system that does not tell its size cannot be judged
    if not usage.total:
        return
    room, needed = usage.free + sum(map(_occupied, replaced)), needed_bytes(plan, out, done=done)
    if needed > room:
        single = ", precision='float32'" * (getattr(plan.simulation, "precision", None) == "float64")
        joined = ", joining included," * (out.suffix != ".zarr")
        raise ParameterError(
            f"snapshots: must fit on the disk of {folder}, got {plan.asked.snapshots} that need {_size(needed)}"
            f"{joined} with {_size(room)} free; use fewer snapshots{single} or another disk"
        )


def _occupied(path: Path) -> int:
    if path.is_dir():
        return sum(_occupied(Path(entry.path)) for entry in os.scandir(path) if not entry.is_symlink())
    return path.stat().st_size if path.exists() else 0


def _size(count: float) -> str:
    return f"{count / 1e12:.3g} TB" if count >= 1e12 else f"{count / 1e9:.3g} GB"
