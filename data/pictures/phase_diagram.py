"""Phase diagrams: a quantity over two parameters, with the densities of coexisting phases where they are known."""

from typing import TYPE_CHECKING

import numpy as np

from ergodica.data.pictures.image import colour_bar, image, linear_norm, starting
from ergodica.data.pictures.labels import dim_label, label
from ergodica.data.pictures.lines import COLOURS
from ergodica.data.pictures.registry import Picture, register
from ergodica.data.pictures.scales import cells
from ergodica.data.pictures.select import member_words, one_member, require_frames
from ergodica.data.pictures.thin import positions

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

PHASES = (("gas_density", "gas_error"), ("liquid_density", "liquid_error"))
RIM, ROOM = "white", 0.03


def phase_diagram(variable: "xr.DataArray", ax: "Axes", *, member: int | None = None) -> "list[Artist]":
    """Draw a quantity as colour over two parameters, and the binodal as a line.

    Args:
        variable: dims `(across, up)`, the two parameters, such as `(packing_fraction, peclet)`; NaN is left grey. With
            `member` the mean over the members that have a value. Its coordinates may hold `gas_density` and
            `liquid_density` over `(up,)`, in the unit of the first parameter, NaN where there is one phase, and
            their standard errors `gas_error` and `liquid_error`; a picture of a whole dataset puts them there.
        ax: the axes.
        member: this member alone.

    Returns:
        The image and the branches of the binodal.

    Raises:
        ValueError: not two parameters.
    """
    require_frames(variable)
    words = ""
    if "member" in variable.dims and member is None:
        words = f"mean of {variable.sizes['member']} members"
        variable = variable.mean("member", skipna=True, keep_attrs=True)
    elif member is not None:
        words, variable = member_words(variable, member), one_member(variable, member)
    if variable.ndim != 2 or "t" in variable.dims:
        raise ValueError(
            f"{variable.name}: a phase diagram must have two parameters, got {dict(variable.sizes)}; "
            "take the mean over time, or select"
        )
    variable = variable.sortby([dim for dim in variable.dims if dim in variable.coords])
    across, up = (str(dim) for dim in variable.dims)
    sides, scales = zip(*(cells(positions(variable, dim)) for dim in (across, up)), strict=True)
    values = np.asarray(variable.values, dtype=np.float64).T
    norm, cmap = linear_norm(values)
    drawn = image(ax, sides[0], sides[1], values, norm, cmap)
    ax.set_xscale(scales[0])
    ax.set_yscale(scales[1])
    artists: list[Artist] = [drawn]  # type: ignore[list-item]
    artists += _binodal(variable, ax, up)
    # a liquid may be denser than any run was on the whole
    reached = [float(one) for line in artists[1:] for one in line.get_xdata()]  # type: ignore[attr-defined]
    left, right = sides[0][0], sides[0][-1]
    room = ROOM * (right - left)
    ax.set_xlim(min([left, *(one - room for one in reached)]), max([right, *(one + room for one in reached)]))
    ax.set_ylim(sides[1][0], sides[1][-1])
    ax.set_xlabel(dim_label(variable, across))
    ax.set_ylabel(dim_label(variable, up))
    colour_bar(ax, drawn, label(variable) + starting(norm))
    if ax.get_legend_handles_labels()[0]:
        ax.legend(
            loc="lower left", bbox_to_anchor=(0.0, 1.0), borderaxespad=0.2, frameon=False, fontsize="small"
        )
    if words:
        ax.set_title(words, loc="right", fontsize="medium")
    return artists


def _binodal(variable: "xr.DataArray", ax: "Axes", up: str) -> "list[Artist]":
    from matplotlib.patheffects import Stroke, withStroke

    found: list[Artist] = []
    height = positions(variable, up)
    for density, error in PHASES:
        if density not in variable.coords:
            continue
        values = _mean(variable[density])
        seen = np.isfinite(values)
        look = {"marker": "o", "markersize": 5, "markeredgecolor": RIM, "color": COLOURS[1], "linewidth": 1.8}
        words = None if found else "binodal: densities of gas and liquid"
        # a light rim, so that the line is seen on any colour
        rim: list[Stroke] = [withStroke(linewidth=3.2, foreground=RIM)]
        found += ax.plot(values[seen], height[seen], path_effects=rim, label=words, zorder=3, **look)  # type: ignore[arg-type]
        if error in variable.coords:
            half = _mean(variable[error])[seen]
            ax.errorbar(
                values[seen], height[seen], xerr=half, fmt="none", color=COLOURS[1], capsize=3, zorder=4
            )
    return found


def _mean(one: "xr.DataArray") -> np.ndarray:
    return np.asarray((one.mean("member") if "member" in one.dims else one).values, dtype=np.float64)


PHASE_DIAGRAM = register(Picture(kind="phase_diagram", draw=phase_diagram, shape="map"))
