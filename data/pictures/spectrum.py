"""Spectra: power over wavenumber or frequency, on a logarithmic scale; over time a map."""

from typing import TYPE_CHECKING

import numpy as np

from ergodica.data.pictures.image import SEQUENTIAL, colour_bar, image
from ergodica.data.pictures.labels import dim_label, label, magnitude
from ergodica.data.pictures.lines import COLOURS, ensemble, tidy, tight, tight_upwards
from ergodica.data.pictures.registry import Movie, Panel, Picture, register
from ergodica.data.pictures.scales import cells, grows_by_factors
from ergodica.data.pictures.select import member_words, one_member, require_frames, rows
from ergodica.data.pictures.thin import positions, thin_map

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

DECADES = 16


def spectrum(variable: "xr.DataArray", ax: "Axes", *, member: int | None = None) -> "list[Artist]":
    """Draw a spectrum: lines over the wavenumber, or a map over wavenumber and time.

    Args:
        variable: dims `(k,)`, `(t, k)`, or any name instead of `k`, with or without `member`; any order along
            `k`. Zeros have no place on the axis and are left out, like all that lies 16 decades below the top.
        ax: the axes.
        member: which member a map shows.

    Raises:
        ValueError: no frames, or further dimensions.
    """
    require_frames(variable)
    dim = _wavenumber(variable)
    variable = variable.sortby(dim) if dim in variable.coords else variable
    if variable.sizes.get("t") == 1:
        variable = variable.isel(t=0)
    if "t" not in variable.dims:
        k = positions(variable, dim)
        values, _ = rows(variable, dim)
        values = _positive(values)
        artists = ensemble(ax, k, values, color=COLOURS[0])
        _scale(ax, values)
        if _geometric(k):
            ax.set_xscale("log")
        ax.set_xlabel(dim_label(variable, dim))
        ax.set_ylabel(_quantity(variable))
        tight(ax, k)
        tidy(ax)
        return artists
    words = member_words(variable, member)
    variable = one_member(variable, member)
    if variable.ndim != 2:
        raise ValueError(
            f"{variable.name}: a spectrum must have dims (t, k) or (k,), got {variable.dims}; select"
        )
    t, k, values = thin_map(variable, "t", dim)
    values = _positive(values)
    scales = positions(variable, dim)
    if len(k) == len(scales) + 1 and _geometric(scales):
        k = cells(scales)[0]
        ax.set_xscale("log")
    drawn = image(ax, k, t, values, _norm(values), SEQUENTIAL)
    ax.set_xlabel(dim_label(variable, dim))
    ax.set_ylabel(dim_label(variable, "t"))
    tight_upwards(ax, positions(variable, "t"))
    colour_bar(ax, drawn, _quantity(variable))
    if words:
        ax.set_title(words, fontsize="medium")
    return [drawn]  # type: ignore[list-item]


def panels(variable: "xr.DataArray", *, member: int | None = None) -> list[Panel]:
    """A map over time, a line without time."""
    over_time = variable.sizes.get("t", 1) != 1
    return [
        Panel(draw=lambda ax: spectrum(variable, ax, member=member), shape="map" if over_time else "line")
    ]


def movie(variable: "xr.DataArray", ax: "Axes", frames: np.ndarray, *, member: int | None = None) -> Movie:
    """The spectrum as a moving line on fixed logarithmic axes."""
    variable = one_member(variable, member).isel(t=frames)
    dim = _wavenumber(variable)
    variable = variable.sortby(dim) if dim in variable.coords else variable
    k = positions(variable, dim)
    values = _positive(np.asarray(variable.transpose("t", dim).values))
    (moving,) = ax.plot(k, values[0], color=COLOURS[0], linewidth=1.5)
    _scale(ax, values)
    ax.set_xlabel(dim_label(variable, dim))
    ax.set_ylabel(_quantity(variable))
    tight(ax, k)
    tidy(ax)
    return Movie(artists=[moving], update=lambda frame: moving.set_ydata(values[frame]))


def _wavenumber(variable: "xr.DataArray") -> str:
    others = [str(dim) for dim in variable.dims if dim not in ("t", "member")]
    if len(others) != 1:
        raise ValueError(
            f"{variable.name}: a spectrum must have one dimension besides t, got {others}; select"
        )
    return others[0]


def _geometric(k: np.ndarray) -> bool:
    """Whether positions have one ratio, as scales do, and not one difference."""
    if len(k) < 3 or not (k > 0).all():
        return False
    ratio = k[1:] / k[:-1]
    return grows_by_factors(k) or bool(
        np.allclose(ratio, ratio[0], rtol=1e-6, atol=0) and abs(ratio[0] - 1) > 1e-6
    )


def _positive(values: np.ndarray) -> np.ndarray:
    values = np.abs(values) if values.dtype.kind == "c" else np.asarray(values, dtype=np.float64)
    return np.where(np.isfinite(values) & (values > 0), values, np.nan)


def _bounds(values: np.ndarray) -> tuple[float, float]:
    finite = values[np.isfinite(values)]
    if not finite.size:
        return 0.1, 1.0
    high = float(finite.max())
    low = max(float(finite.min()), high * 10.0**-DECADES)
    return (low, high) if low < high else (high / 10, high)


def _norm(values: np.ndarray) -> "LogNorm":
    from matplotlib.colors import LogNorm

    return LogNorm(*_bounds(values))


def _scale(ax: "Axes", values: np.ndarray) -> None:
    low, high = _bounds(values)
    ax.set_yscale("log")
    ax.set_ylim(low / 2, high * 2)


def _quantity(variable: "xr.DataArray") -> str:
    return magnitude(variable) if variable.dtype.kind == "c" else label(variable)


if TYPE_CHECKING:
    from matplotlib.colors import LogNorm

SPECTRUM = register(Picture(kind="spectrum", draw=spectrum, panels=panels, movie=movie, shape="map"))
