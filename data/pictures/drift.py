"""Drift of what should be conserved, on a logarithmic axis on which an exact zero has its place."""

from typing import TYPE_CHECKING

import numpy as np

from ergodica.data.pictures.labels import dim_label, shorts
from ergodica.data.pictures.lines import ensemble, legend, say_members, style, tidy, tight
from ergodica.data.pictures.registry import Picture, register
from ergodica.data.pictures.select import listed, require_frames
from ergodica.data.pictures.thin import positions

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

# a start below this counts as zero: its drift is absolute
ZERO = 1e-10


def relative_drift(variable: "xr.DataArray", scale: float | None = None) -> "xr.DataArray":
    """How far a quantity has moved from its start.

    |X(t) - X(0)| / max(|X(0)|, scale)

    Args:
        variable: dims `(t,)` or `(member, t)`.
        scale: what the drift is measured by where the start is smaller. Unless told: the attribute
            `ergodica_scale`, else 1 for a start below 1e-10 (the drift is then absolute) and 0 for any other.

    Returns:
        The drift, a pure number with the dimensions of `variable`; zero at the first frame.

    Raises:
        ValueError: no frames.
    """
    require_frames(variable)
    start = abs(variable.isel(t=0, drop=True)).astype(np.float64)
    scale = _scale(variable) if scale is None else scale
    floor = start.where(start > ZERO, 1.0) if scale is None else start.clip(min=scale)
    moved = abs(variable.astype(np.float64) - variable.isel(t=0, drop=True))
    found = moved / floor
    found.attrs = {
        "units": "1",
        "long_name": f"relative drift of {variable.attrs.get('long_name', variable.name)}",
        "ergodica_kind": "drift",
    }
    return found.rename(variable.name)


def drift(data: "xr.DataArray | xr.Dataset", ax: "Axes", *, scale: float | None = None) -> "list[Artist]":
    """Draw the relative drift of one quantity or of every variable of a dataset.

    Args:
        data: quantities over `t`, with or without `member`.
        ax: the axes; their vertical axis becomes logarithmic down to rounding, and linear from there to zero.
        scale: see `relative_drift`.

    Returns:
        The lines, with the drift itself as data.
    """
    quantities = listed(data)
    artists: list[Artist] = []
    peak, rounding = 0.0, 0.0
    for number, (variable, words) in enumerate(zip(quantities, shorts(quantities), strict=True)):
        values = relative_drift(variable, scale)
        if scale is None and _starts_at_zero(variable):
            words += " (absolute)"
        t = positions(variable, "t")
        lines = np.asarray(values.transpose(..., "t").values).reshape(-1, len(t))
        artists += ensemble(ax, t, lines, **(style(number) | {"label": words}))
        finite = lines[np.isfinite(lines)]
        peak = max(peak, float(finite.max()) if finite.size else 0.0)
        single = variable.dtype.kind == "f" and variable.dtype.itemsize < 8
        rounding = max(rounding, 1e-8 if single else 1e-16)
        tight(ax, t)
        ax.set_xlabel(dim_label(variable, "t"))
    _decades(ax, rounding, peak)
    ax.set_ylabel("relative drift")
    say_members(ax, quantities[0].sizes.get("member", 1))
    tidy(ax)
    legend(ax, least=1)
    return artists


def _scale(variable: "xr.DataArray") -> float | None:
    """The attribute, when it is a number that one can divide by."""
    try:
        scale = float(variable.attrs["ergodica_scale"])
    except (KeyError, TypeError, ValueError):
        return None
    return scale if np.isfinite(scale) and scale > 0 else None


def _starts_at_zero(variable: "xr.DataArray") -> bool:
    return _scale(variable) is None and bool((abs(variable.isel(t=0)) <= ZERO).all())


def _decades(ax: "Axes", rounding: float, peak: float) -> None:
    ax.set_yscale("symlog", linthresh=rounding, linscale=0.5)
    top = max(peak, 10 * rounding)
    first, last = int(np.floor(np.log10(rounding))), int(np.ceil(np.log10(top) + 0.2))
    step = max(1, -(-(last - first) // 5))
    ax.set_ylim(0.0, 10.0**last)
    ax.set_yticks([0.0, *(10.0**power for power in range(first, last + 1, step))])


DRIFT = register(Picture(kind="drift", draw=drift))
