"""Going on with a file: what may differ, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ergodica.data.configuration import from_json, to_json
from ergodica.numerics.errors import ParameterError
from ergodica.sims.costs import refuse_more_than_disk
from ergodica.sims.plan import Plan
from ergodica.sims.sampling import rounded

if TYPE_CHECKING:
    import xarray as xr

    from ergodica.data.files import Recording


def open_recording(
    plan: Plan, out: str | Path, *, resume: bool, overwrite: bool
) -> tuple[Recording, xr.Dataset | None]:
    """The file to write to, and the dataset itself when the file is finished already.

    Raises ParameterError when the file holds another run than the one asked for, when the run has no room on the
    disk or cannot be written there, FileExistsError when there is a file and neither `resume` nor `overwrite` is
    given.
    """
    from ergodica.data.files import Recording, recorded
    from ergodica.data.overwriting import output_path, unusable
    from ergodica.data.parts import Parts

    path = output_path(out)
    with unusable(path):
        recording = Recording.reopen(path) if resume and recorded(path) else None
        if recording is None:
            parts = Parts(path)
            refuse_more_than_disk(plan, path, replaced=(parts.out, parts.folder) if overwrite else ())
    if recording is None:
        return (
            Recording.create(path, plan.header, block_frames=plan.block_frames, overwrite=overwrite),
            None,
        )
    try:
        return _gone_on(plan, path, recording)
    except BaseException:
        recording.close()
        raise


def _gone_on(plan: Plan, out: Path, recording: Recording) -> tuple[Recording, xr.Dataset | None]:
    from ergodica.data.provenance import append_history, command_line

    held = from_json(recording.header.attrs["ergodica_config"])
    _refuse_differences(held, plan.config(), out)
    longer = held["run"]["snapshots"] < plan.asked.snapshots
    if recording.finished and not longer:
        return recording, recording.finish()
    refuse_more_than_disk(plan, out, done=recording.frames)
    changed = {"history": append_history(recording.header, command_line()).attrs["history"]}
    if longer:
        changed["ergodica_config"] = to_json(plan.config())
    recording.replace_attrs(changed)
    return recording, None


def _refuse_differences(held: dict[str, Any], asked: dict[str, Any], out: Path) -> None:
    for key in ("system", "version", "parameters", "digests"):
        _refuse(held[key], asked[key], key, out)
    # the device that computes decides; by which word it was asked for does not
    _refuse(held["device"], asked["device"], "device", out)
    old, new = dict(held["run"]), dict(asked["run"])
    ends = [(run.pop("t_end"), run.pop("snapshots")) for run in (old, new)]
    # the spacing alone decides; by which arguments it was asked for does not
    for run in (old, new):
        for name in ("periods", "points_per_period", "period", "device"):
            run.pop(name, None)
    _refuse(old, new, "run", out)
    (old_end, old_count), (new_end, new_count) = ends
    old_spacing, new_spacing = rounded(old_end / (old_count - 1)), rounded(new_end / (new_count - 1))
    if old_spacing != new_spacing:
        raise ParameterError(
            f"snapshots: must keep the spacing {old_spacing:g} of {out}, got {new_spacing:g}; "
            f"use snapshots={round(new_end / old_spacing) + 1}"
        )
    if new_count < old_count:
        raise ParameterError(
            f"t_end: must be at least the {old_end:g} of {out} to resume it, got {new_end:g}; "
            f"use t_end={old_end:g} or another file"
        )


def _refuse(held: Any, asked: Any, key: str, out: Path) -> None:
    if held == asked:
        return
    if isinstance(held, dict) and isinstance(asked, dict):
        for name in sorted({*held, *asked}):
            _refuse(held.get(name), asked.get(name), name, out)
        return
    # their round-off differs, so that the bits would not be those of a run that was never stopped
    elsewhere = key in ("version", "device")
    remedy = (
        "start another file from its last snapshot, initial=ds.isel(t=-1)" if elsewhere else "another file"
    )
    raise ParameterError(
        f"{key}: must be as in {out} to resume it, got {asked!r} instead of {held!r}; "
        f"use the same value or {remedy}"
    )
