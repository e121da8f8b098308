"""Numbers of each component of a state, such as its entropy: marks over the names, members as faint ones."""

from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.data.pictures.labels import NARROW, label, noun, plain, shorts, units_of
from ergodica.data.pictures.lines import COLOURS, legend, median, say_members, tidy
from ergodica.data.pictures.registry import Picture, register
from ergodica.data.pictures.select import listed, require_frames, some_members
from ergodica.data.pictures.thin import positions

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

MARKS = "osD^vP*X"
NAMED = 12
"""Components that are named on the axis; more are numbered."""
SIDE_BY_SIDE = 0.5
"""Width that the variables share at each component."""


def components(data: "xr.DataArray | xr.Dataset", ax: "Axes") -> "list[Artist]":
    """Draw one number a component, or those of all variables of a dataset side by side, with a legend.

    Args:
        data: dims `(component,)`, with or without `member`: members are faint, their median is strong.
        ax: the axes.

    Returns:
        The marks: of each variable its members, if there are any, then its values or their median.

    Raises:
        ValueError: another dimension, or none of `component`.
    """
    whole = listed(data)
    variables = [some_members(one) for one in whole]
    artists: list[Artist] = []
    names = shorts(variables, said=True)
    width = SIDE_BY_SIDE / len(variables)
    for number, (variable, name) in enumerate(zip(variables, names, strict=True)):
        _check(variable)
        x = positions(variable, "component") + width * (number - (len(variables) - 1) / 2)
        values = np.asarray(variable.transpose(..., "component").values, dtype=np.float64)
        rows = values.reshape(-1, len(x))
        look: dict[str, Any] = {
            "color": COLOURS[number % len(COLOURS)],
            "marker": MARKS[number % len(MARKS)],
            "linestyle": "none",
        }
        if len(rows) > 1:
            artists += ax.plot(np.tile(x, len(rows)), rows.ravel(), markersize=3, alpha=0.25, **look)
        artists += ax.plot(
            x,
            median(rows) if len(rows) > 1 else rows[0],
            markersize=6 if len(x) <= NAMED else 4,
            label=name,
            **look,
        )
    first = variables[0]
    _name(first, ax)
    nouns = {noun(one) for one in variables}
    shared = f"{nouns.pop()}{units_of(first)}" if len(nouns) == 1 else units_of(first).strip(" ()") or "value"
    ax.set_ylabel(label(first, width=NARROW) if len(variables) == 1 else shared)
    say_members(ax, first.sizes.get("member", 1), whole[0].sizes.get("member"), "median of ")
    tidy(ax)
    legend(ax)
    return artists


def _name(variable: "xr.DataArray", ax: "Axes") -> None:
    from matplotlib.ticker import MaxNLocator

    x = positions(variable, "component")
    ax.set_xlim(x.min() - 0.5, x.max() + 0.5)
    if "component_name" in variable.coords and len(x) <= NAMED:
        ax.set_xticks(x, [plain(str(name)) for name in variable["component_name"].values])
        ax.set_xlabel("component")
        return
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_xlabel("index of the component")


def _check(variable: "xr.DataArray") -> None:
    if not {"component"} <= set(variable.dims) <= {"component", "member"}:
        raise ValueError(
            f"{variable.name}: must have a dimension 'component' and none but 'member' beside it, got "
            f"{variable.dims}; choose places along the others with isel"
        )
    require_frames(variable)


COMPONENTS = register(Picture(kind="components", draw=components))
