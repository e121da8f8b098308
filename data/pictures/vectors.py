"""Covariant vectors along an orbit: how often they enclose which angle."""

from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.data.pictures.lines import legend, style, tidy
from ergodica.data.pictures.registry import Panel, Picture, register
from ergodica.data.pictures.select import member_words, one_member, require_frames
from ergodica.data.pictures.thin import evenly, positions

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

VECTORS, BINS, FRAMES = 4, 60, 100_000


def vectors(variable: "xr.DataArray", ax: "Axes", *, member: int | None = None) -> "list[Artist]":
    """Draw the distribution of the angle between each two of the first four vectors, from 0 to a right angle.

    Weight near 0 means that stable and unstable directions touch: the orbit is not hyperbolic.

    Args:
        variable: dims `(t, index, component)`, with or without a leading `member`.
        ax: the axes.
        member: which member; the first unless told.

    Raises:
        ValueError: no frames, other dims, or a single vector.
    """
    require_frames(variable)
    words = member_words(variable, member)
    variable = one_member(variable, member)
    if set(variable.dims) != {"t", "index", "component"} or variable.sizes["index"] < 2:
        raise ValueError(
            f"{variable.name}: vectors must have dims (t, index, component) with two of them, got "
            f"{dict(variable.sizes)}; rename or select"
        )
    some = variable.isel(t=evenly(variable.sizes["t"], FRAMES), index=slice(0, VECTORS))
    values: Any = np.asarray(some.transpose("index", "t", "component").values, dtype=np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        values = values / np.linalg.norm(values, axis=-1, keepdims=True)
    names = [f"{one:g}" for one in positions(some, "index")]
    artists: list[Artist] = []
    for number, (a, b) in enumerate(combinations(range(len(values)), 2)):
        angle = np.arccos(np.clip(np.abs((values[a] * values[b]).sum(-1)), 0.0, 1.0))
        count, edges = np.histogram(angle[np.isfinite(angle)], bins=BINS, range=(0.0, np.pi / 2))
        density = count / max(count.sum(), 1) / np.diff(edges)
        artists += ax.step(edges, np.append(density, density[-1]), where="post", **style(number))
        artists[-1].set_label(f"{names[a]} and {names[b]}")
    ax.set_xlabel("angle between the vectors (rad)")
    ax.set_ylabel("probability density")
    ax.set_xlim(0.0, np.pi / 2)
    ax.set_ylim(bottom=0.0)
    if words:
        ax.set_title(words, fontsize="medium")
    tidy(ax)
    legend(ax)
    return artists


def panels(variable: "xr.DataArray", *, member: int | None = None) -> list[Panel]:
    """One panel where there are two vectors."""
    if variable.sizes.get("index", 0) < 2:
        return []
    return [Panel(draw=lambda ax: vectors(variable, ax, member=member), sort="angles")]


VECTORS_PICTURE = register(Picture(kind="vectors", draw=vectors, panels=panels))
