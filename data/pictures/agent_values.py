"""Numbers of each agent, such as its local order: over time their median and band, at one time their distribution."""

from typing import TYPE_CHECKING

import numpy as np

from ergodica.data.pictures.labels import NARROW, dim_label, label
from ergodica.data.pictures.lines import COLOURS, ensemble, tidy, tight
from ergodica.data.pictures.parts import parts
from ergodica.data.pictures.registry import Picture, register
from ergodica.data.pictures.select import member_words, one_member, require_frames
from ergodica.data.pictures.thin import evenly, positions

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

PARTICLES, VALUES = 5000, 2_000_000
BINS = (8, 60)
FEW = 8
"""Up to so many at one time have a bar each: they make no distribution."""


def agent_values(variable: "xr.DataArray", ax: "Axes", *, member: int | None = None) -> "list[Artist]":
    """Draw a number of each particle: the band that holds 90 % of them and their median over time.

    A single frame is drawn as the distribution of the number, of a few particles as a bar each. `agents` takes it as a
    colour.

    Args:
        variable: dims `(t, particle)` or `(particle,)`, with or without a leading `member`, NaN allowed.
        ax: the axes.
        member: which member; the first unless told.

    Returns:
        The band and the median, the outline of the distribution, or the bars.

    Raises:
        ValueError: no frames, or other dims.
    """
    require_frames(variable)
    words = member_words(variable, member)
    variable = one_member(variable, member)
    if {*variable.dims} - {"t"} != {"particle"}:
        raise ValueError(
            f"{variable.name}: values of agents must have dims (t, particle), got {dict(variable.sizes)}; select"
        )
    count = variable.sizes["particle"]
    frames = variable.sizes.get("t", 1)
    some = variable.isel(
        particle=evenly(count, max(1, min(PARTICLES if frames > 1 else VALUES, VALUES // frames)))
    )
    said = [words] if words else []
    if frames == 1 and count <= FEW:
        artists = parts(variable.isel(t=0) if "t" in variable.dims else variable, ax)
        ax.set_xlabel("particle")
        ax.set_title(words, fontsize="medium")
        return artists
    if frames > 1:
        t = positions(variable, "t")
        values = np.asarray(some.transpose("particle", "t").values, dtype=np.float64)
        artists = ensemble(ax, t, values, color=COLOURS[0])
        ax.set_xlabel(dim_label(variable, "t"))
        ax.set_ylabel(label(variable, width=NARROW))
        tight(ax, t)
        said.append(f"median and 90 % band of {count} particles" if len(artists) == 2 and count > 1 else "")
    else:
        values = np.asarray(some.values, dtype=np.float64).ravel()
        values = values[np.isfinite(values)]
        density, edges = np.histogram(values, bins=int(np.clip(2 * np.sqrt(len(values)), *BINS)))
        shares = density / max(density.sum(), 1) / np.diff(edges)
        artists = [ax.stairs(shares, edges, color=COLOURS[0], fill=True, alpha=0.4)]
        ax.set_xlabel(label(variable))
        ax.set_ylabel("probability density")
        ax.set_ylim(bottom=0.0)
    ax.set_title(", ".join(filter(None, said)), fontsize="medium")
    tidy(ax)
    return artists


AGENT_VALUES = register(Picture(kind="agent_values", draw=agent_values))
