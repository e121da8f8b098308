"""Phase portraits: orbits over two or three components, members in colours, points where time is counted."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.data.pictures.dots import dots
from ergodica.data.pictures.labels import GREEK, plain, symbol_of
from ergodica.data.pictures.lines import COLOURS, legend, tidy
from ergodica.data.pictures.member_parameters import words_of
from ergodica.data.pictures.select import member_numbers, member_words, one_member, require_frames
from ergodica.data.pictures.thin import evenly, thin_path

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

POINTS = 20_000
MANY_POINTS = 2_000_000
"""Points of a map or of a section, of which the density is drawn."""
MEMBERS = 6
SHRUNK = 0.86
SMALL, LARGE = -4, 5
"""Powers of ten between which numbers at an axis in space are written out."""
ASIDE = 6.0
"""Points by which a label with its power is further from the ticks."""
COUNTED = ("iteration", "iterations", "generation", "generations")
SYMBOL = re.compile(r"[A-Za-z]([xyz]|_?\d+|\[\d+\])?")
Components = Sequence[str | int]


def portrait(
    variable: "xr.DataArray",
    ax: "Axes",
    *,
    member: int | None = None,
    components: Components | None = None,
) -> "list[Artist]":
    """Draw orbits in the plane of two components, or in space on axes with `projection="3d"`.

    Where `t` counts iterations an orbit is its points, elsewhere a line.

    Args:
        variable: dims `(t, component)`, with or without a leading `member`.
        ax: plane or three-dimensional axes.
        member: this member alone; up to six evenly chosen ones, each in its colour, unless told.
        components: names or numbers of as many components as the axes have; the first ones unless told.

    Returns:
        The orbits (at most 20,000 points of lines, fast passages and extremes kept) and the start of each line.

    Raises:
        ValueError: no frames, no such component, or fewer components than the axes have.
    """
    require_frames(variable)
    axes = 3 if ax.name == "3d" else 2
    variable, names = chosen(variable, components, axes)
    if len(names) < axes:
        raise ValueError(
            f"{variable.name}: a portrait here needs {axes} components, got {len(names)}; "
            "use axes of fewer dimensions"
        )
    orbits, words = orbits_of(variable, member)
    counted = is_counted(variable)
    most = (MANY_POINTS if axes == 2 else POINTS) if counted else POINTS
    artists: list[Artist] = []
    for number, orbit in enumerate(orbits):
        limit = max(2, most // len(orbits))
        if counted:
            orbit = orbit.isel(t=evenly(orbit.sizes["t"], limit))
        points = np.asarray(orbit.transpose("component", "t").values, dtype=np.float64)
        points = points[:, thin_path(points, limit)]
        colour = COLOURS[number % len(COLOURS)]
        name = words[number] if len(orbits) > 1 else ""
        if counted and axes == 2:
            drawn = dots(ax, points[0], points[1], colour=colour)
            if name:
                ax.plot([], [], color=colour, marker="o", linestyle="none", markersize=4, label=name)
            artists.append(drawn)
            continue
        look = {"linestyle": "none", "marker": ".", "markersize": 1.5} if counted else {"linewidth": 0.6}
        artists += ax.plot(*points, color=colour, label=name or None, **look)
        if not counted:
            start = COLOURS[1] if len(orbits) == 1 else colour
            artists += ax.plot(*points[:, :1], color=start, marker="o", markersize=5, linestyle="none")
    name_axes(ax, names)
    if len(orbits) == 1 and words[0]:
        ax.set_title(words[0], fontsize="medium")
    if axes == 2:
        tidy(ax)
        ax.autoscale_view()
    legend(ax)
    return artists


def successors(
    variable: "xr.DataArray", ax: "Axes", *, member: int | None = None, component: str | int = 0
) -> "list[Artist]":
    """Draw each value of a component over the one before, with the diagonal: the graph of a map of a line.

    Args:
        variable: dims `(t, component)`, with or without a leading `member`.
        ax: the axes.
        member: which member; the first unless told.
        component: name or number.

    Raises:
        ValueError: fewer than two frames, or no such component.
    """
    require_frames(variable, 2)
    words = member_words(variable, member)
    index = number_of(variable, component)
    name = component_names(variable)[index]
    values = one_member(variable, member).isel(component=index, t=slice(0, MANY_POINTS)).values
    return graph(ax, np.asarray(values, np.float64), (name, f"next {name}"), words)


def graph(ax: "Axes", values: np.ndarray, names: tuple[str, str], words: str = "") -> "list[Artist]":
    """Draw values over those before, shape `(n,)`, with the diagonal."""
    finite = values[np.isfinite(values)]
    artists: list[Artist] = []
    if finite.size:
        ends = [finite.min(), finite.max()]
        artists += ax.plot(ends, ends, color="0.6", linewidth=0.8, zorder=1)
    artists.append(dots(ax, values[:-1], values[1:], colour=COLOURS[0]))
    name_axes(ax, list(names))
    if words:
        ax.set_title(words, fontsize="medium")
    tidy(ax)
    return artists


def number_of(variable: "xr.DataArray", component: str | int) -> int:
    """The number of a component that is given by its name or number.

    Raises:
        ValueError: there is none.
    """
    known = _known(variable)
    if str(component).strip() not in known:
        some = ", ".join(list(known)[:8]) + ", ..." * (len(known) > 8)
        raise ValueError(f"components: must be of {some}, got {component!r}; choose among them")
    return known[str(component).strip()]


def chosen(
    variable: "xr.DataArray", components: Components | None, most: int
) -> "tuple[xr.DataArray, list[str]]":
    """The variable with these components alone, in their order, and how their axes are named.

    Raises:
        ValueError: no `component`, none of that name or number, or one twice.
    """
    if "component" not in variable.dims:
        raise ValueError(
            f"{variable.name}: must have a dimension component, got {variable.dims}; rename yours"
        )
    names = component_names(variable)
    if components is None:
        index = list(range(min(most, len(names))))
    else:
        index = [number_of(variable, one) for one in components]
        if not 2 <= len(set(index)) == len(index) <= 3:
            raise ValueError(
                f"components: must be two or three different ones, got {', '.join(map(str, components))}; "
                "name two for a plane"
            )
        index = index[:most]
    return variable.isel(component=index), [names[one] for one in index]


def component_names(variable: "xr.DataArray") -> list[str]:
    """What the components are called: `component_name` where it is there, else `component 0`, ..."""
    words = variable.coords.get("component_name")
    count = variable.sizes["component"]
    if words is None:
        return [f"component {number}" for number in range(count)]
    return [_component(one) for one in map(str, words.values)]


def _component(name: str) -> str:
    """A name of one letter, of a letter and an index, or a Greek one as a symbol: `x`, `px`, `x1`, `theta`."""
    if name in GREEK or SYMBOL.fullmatch(name):
        head = name if name in GREEK else name[0]
        index = name[len(head) :].strip("_[]")
        return f"${symbol_of(head)}" + (f"_{{{index}}}$" if index else "$")
    return plain(name)


def is_counted(variable: "xr.DataArray") -> bool:
    """Whether `t` counts iterations, so that nothing lies between two points."""
    return "t" in variable.coords and str(variable["t"].attrs.get("long_name", "")).lower() in COUNTED


def name_axes(ax: "Axes", names: list[str]) -> None:
    """Label the two or three axes; in space with the power of ten of large and small numbers."""
    ax.set_xlabel(names[0])
    ax.set_ylabel(names[1])
    if ax.name == "3d":
        ax.set_zlabel(names[2], labelpad=1)  # type: ignore[attr-defined]
        for axis in (ax.xaxis, ax.yaxis, ax.zaxis):  # type: ignore[attr-defined]
            _in_powers(axis)
        # the layout knows nothing of the labels of an axis in space
        ax.set_box_aspect(None, zoom=SHRUNK)  # type: ignore[call-arg]


def _in_powers(axis: Any) -> None:
    # matplotlib's own text of the power lies over the ticks of an axis in space
    size = float(np.abs(axis.get_view_interval()).max())
    power = int(np.floor(np.log10(size))) if size > 0 and np.isfinite(size) else 0
    if SMALL < power < LARGE:
        return
    axis.set_major_formatter(lambda value, _: f"{value / 10.0**power:.3g}".replace("-", "\N{MINUS SIGN}"))
    axis.set_label_text(f"{axis.get_label_text()} / $10^{{{power}}}$")
    axis.labelpad += ASIDE


def orbits_of(variable: "xr.DataArray", member: int | None) -> "tuple[list[xr.DataArray], list[str]]":
    """One member, or up to six evenly chosen ones unless told, with the words that name them."""
    if "member" not in variable.dims or member is not None or variable.sizes["member"] == 1:
        return [one_member(variable, member)], [member_words(variable, member)]
    numbers = member_numbers(variable).values
    few = evenly(len(numbers), MEMBERS)
    words = words_of(variable) or [f"member {one}" for one in numbers]
    return [variable.isel(member=int(one)) for one in few], [words[one] for one in few]


def _known(variable: "xr.DataArray") -> dict[str, int]:
    words = variable.coords.get("component_name")
    numbered = {str(number): number for number in range(variable.sizes["component"])}
    return (
        numbered
        if words is None
        else {str(one): number for number, one in enumerate(words.values)} | numbered
    )
