"""Going on with a file: what may differ, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ergodica.data.configuration import from_json, to_json
from ergodica.numerics.errors import ParameterError
from ergodica.sims.plan import Plan
from ergodica.sims.sampling import SPACING_TOLERANCE

if TYPE_CHECKING:
    import xarray as xr

    from ergodica.data.files import Recording


def open_recording(
    plan: Plan, out: Path, *, resume: bool, overwrite: bool
) -> tuple[Recording, xr.Dataset | None]:
    """The file to write to, and the dataset itself when the file is finished already.

    Raises ParameterError when the file holds another run than the one asked for, FileExistsError when there is
    a file and neither `resume` nor `overwrite` is given.
    """
    from ergodica.data.files import Recording, recorded

    if resume and recorded(out):
        recording = Recording.reopen(out)
        held = from_json(recording.header.attrs["ergodica_config"])
        _refuse_differences(held, plan.config(), out)
        if held["run"]["snapshots"] < plan.asked.snapshots:
            recording.replace_attrs({"ergodica_config": to_json(plan.config())})
        elif recording.finished:
            return recording, recording.finish()
        return recording, None
    return (
        Recording.create(out, plan.header, block_frames=plan.block_frames, overwrite=overwrite),
        None,
    )


def _refuse_differences(held: dict[str, Any], asked: dict[str, Any], out: Path) -> None:
    for key in ("system", "version", "parameters", "digests"):
        _refuse(held[key], asked[key], key, out)
    old, new = dict(held["run"]), dict(asked["run"])
    ends = [(run.pop("t_end"), run.pop("snapshots")) for run in (old, new)]
    _refuse(old, new, "run", out)
    (old_end, old_count), (new_end, new_count) = ends
    old_spacing, new_spacing = old_end / (old_count - 1), new_end / (new_count - 1)
    if abs(old_spacing - new_spacing) > SPACING_TOLERANCE * old_spacing:
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
    raise ParameterError(
        f"{key}: must be as in {out} to resume it, got {asked!r} instead of {held!r}; "
        "use the same value or another file"
    )
