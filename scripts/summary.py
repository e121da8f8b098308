"""What to say about a run that is done."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ergodica.scripts.outputs import duration, human, size

if TYPE_CHECKING:
    import xarray as xr


def summary(ds: xr.Dataset, out: Path, seconds: float) -> str:
    """Two lines: where the run is, its length, size and time; how well it kept what it should."""
    t = ds["t"].values
    members = _members(ds.sizes["member"]) if "member" in ds.sizes else ""
    lines = [
        f"{out}: {t.size} snapshots{members}, t = {t[0]:g} to {t[-1]:g}, {human(size(out))}, {duration(seconds)}"
    ]
    drifts = largest_drifts(ds)
    if drifts:
        lines.append("largest drift: " + ", ".join(f"{name} {value:.1e}" for name, value in drifts.items()))
    return "\n".join(lines)


def _members(count: int) -> str:
    return f" of {count} member{'s' * (count != 1)}"


def largest_drifts(ds: xr.Dataset) -> dict[str, float]:
    """The largest drift of each quantity that the run should conserve, relative as in `relative_drift`."""
    from ergodica.data.pictures.drift import relative_drift

    names = ds.ergodica.config.get("conserved", [])
    return {name: float(relative_drift(ds[name]).max()) for name in names if name in ds and ds.sizes["t"]}
