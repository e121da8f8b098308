"""One figure for a whole dataset: maps to the left, lines to the right, the invariants' drift among them."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.data.pictures.canvas import FORMATS, MOVIES, checked_path, new_figure, save
from ergodica.data.pictures.drift import drift
from ergodica.data.pictures.labels import plain, title
from ergodica.data.pictures.registry import Panel, kind_of, picture
from ergodica.data.pictures.select import conserved, require_frames, variables
from ergodica.data.pictures.series import series

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    Data = xr.Dataset | xr.DataTree | xr.DataArray

MAP_SIZE = (5.4, 4.6)
LINE_SIZE = (5.2, 2.5)
MOST_PANELS = 16
HIDDEN_GROUPS = ("restart",)
# series of the same unit share axes when none is this much larger than another
COMPARABLE = 20.0
TOGETHER = 6


def figure(data: "Data", *, variable: str | None = None, member: int | None = None) -> "Figure":
    """An overview of a run or of results: fields, drift of the invariants, everything else over time.

    Args:
        data: a dataset, or a tree of datasets (one panel or more a group).
        variable: draws this one alone; a complex pair goes by its whole name.
        member: which member of an ensemble the maps show; the first unless told.

    Returns:
        A figure without pyplot; notebooks show it, `figure.savefig` writes it.

    Raises:
        ValueError: zero frames, nothing that can be drawn, or no such variable.
    """
    found = _panels(data, variable, member)
    maps = [panel for panel in found if panel.shape == "map"]
    lines = [panel for panel in found if panel.shape == "line"]
    heading = title(data.attrs)
    return _compose(maps, lines, heading)


def plot(
    data: "Data",
    path: str | os.PathLike[str] | None = None,
    *,
    variable: str | None = None,
    member: int | None = None,
    dpi: float | None = None,
    **options: Any,
) -> "Figure | Path":
    """Draw a dataset, on screen or into a file.

    Args:
        data: a dataset, a tree of datasets or one variable.
        path: where to; .png, .pdf, .svg, .jpg or .webp is a still, .gif or .mp4 an animation. None returns
            the figure.
        variable: draws this one alone.
        member: which member of an ensemble.
        dpi: dots per inch of the file.
        options: `fps`, `frames` and `progress` of an animation, see `animate`.

    Returns:
        The figure, or the path that was written.

    Raises:
        ValueError: what cannot be drawn or written, with the remedy.
    """
    if path is not None and Path(path).suffix.lower() in MOVIES:
        from ergodica.data.pictures.animation import animate

        if dpi is not None:
            options["dpi"] = dpi
        return animate(data, path, variable=variable, member=member, **options)
    if options:
        raise ValueError(
            f"{', '.join(options)}: only an animation has these, got path {str(path)!r}; "
            f"use a path that ends with {' or '.join(MOVIES)}"
        )
    if path is not None:
        checked_path(path, FORMATS + MOVIES)
    drawn = figure(data, variable=variable, member=member)
    return drawn if path is None else save(drawn, path, dpi)


def chosen(data: "Data", name: str | None) -> "dict[str, xr.DataArray]":
    """The variables of all groups that can be drawn, or the named one alone.

    Raises:
        ValueError: no such variable, with those that there are.
    """
    found: dict[str, xr.DataArray] = {}
    for group, dataset in groups(data):
        found |= {f"{group}{key}": one for key, one in variables(dataset).items() if one.ndim}
    if name is None:
        return found
    if name not in found:
        known = ", ".join(sorted(found)) or "none"
        raise ValueError(
            f"variable: must be one of the dataset's ({known}), got {name!r}; choose one of them"
        )
    return {name: found[name]}


def groups(data: "Data") -> "list[tuple[str, xr.Dataset]]":
    """The datasets of a tree, each with the path that goes before its variables' names."""
    import xarray as xr

    if isinstance(data, xr.DataArray):
        name = str(data.name if data.name is not None else "values")
        return [("", xr.Dataset({name: data.rename(name)}))]
    if isinstance(data, xr.Dataset):
        return [("", data)]
    found = []
    for node in data.subtree:
        path = node.path.strip("/")
        if node.data_vars and path.split("/")[-1] not in HIDDEN_GROUPS:
            found.append((f"{path}/" if path else "", node.to_dataset()))
    return found


def _panels(data: "Data", name: str | None, member: int | None) -> list[Panel]:
    if name is not None:
        ((_, one),) = chosen(data, name).items()
        require_frames(one)
        return picture(kind_of(one)).overview(one, **_member(one, member))
    found: list[Panel] = []
    for group, dataset in groups(data):
        found += [_titled(panel, group) for panel in _group_panels(dataset, member)]
    if not found:
        raise ValueError(
            "data: must hold a variable that can be drawn, got none; see what is there with print(data)"
        )
    return found[:MOST_PANELS]


def _group_panels(dataset: "xr.Dataset", member: int | None) -> list[Panel]:
    constant = conserved(dataset)
    shown = {key: one for key, one in variables(dataset).items() if one.ndim and kind_of(one) != "parameter"}
    found: list[Panel] = []
    over_time = []
    for key, one in shown.items():
        require_frames(one)
        if kind_of(one) == "series" and one.dims[-1] == "t" and set(one.dims) <= {"member", "t"}:
            over_time.append(key)
        else:
            found += picture(kind_of(one)).overview(one, **_member(one, member))
    kept = [key for key in constant if key in over_time and dataset.sizes["t"] > 1]
    if kept:
        found.append(Panel(draw=lambda ax: drift(dataset[kept], ax)))
    for names in _together(dataset, [key for key in over_time if key not in kept]):
        found.append(Panel(draw=_series(dataset, names)))
    return found


def _series(dataset: "xr.Dataset", names: list[str]) -> "Callable[[Axes], list[Artist]]":
    return lambda ax: series(dataset[names] if len(names) > 1 else dataset[names[0]], ax)


def _member(one: "xr.DataArray", member: int | None) -> dict[str, int]:
    # pictures of all members at once take no member
    takes_one = kind_of(one) not in ("series", "drift", "plane")
    return {"member": member} if member is not None and takes_one else {}


def _together(dataset: "xr.Dataset", names: list[str]) -> list[list[str]]:
    sizes = {name: _size(dataset[name]) for name in names}
    found: list[list[str]] = []
    for name in names:
        for group in found:
            same = dataset[group[0]].attrs.get("units") == dataset[name].attrs.get("units")
            reach = [sizes[one] for one in (*group, name)]
            if same and len(group) < TOGETHER and max(reach) <= COMPARABLE * min(reach):
                group.append(name)
                break
        else:
            found.append([name])
    return found


def _size(one: "xr.DataArray") -> float:
    values = np.abs(np.asarray(one.values, dtype=np.float64))
    finite = values[np.isfinite(values)]
    return float(finite.max()) if finite.size else 0.0


def _titled(panel: Panel, group: str) -> Panel:
    if not group:
        return panel

    def draw(ax: "Axes") -> "list[Artist]":
        artists = panel.draw(ax)
        words = plain(group.rstrip("/").replace("/", " / "))
        inner = ax.get_title()
        ax.set_title(f"{words}: {inner}" if inner else words, fontsize="medium")
        return artists

    return Panel(draw=draw, shape=panel.shape, projection=panel.projection)


def _compose(maps: list[Panel], lines: list[Panel], heading: str) -> "Figure":
    map_columns = 0 if not maps else (1 if len(maps) <= 2 else 2)
    line_columns = 0 if not lines else -(-len(lines) // 4)
    map_rows = -(-len(maps) // map_columns) if maps else 0
    line_rows = -(-len(lines) // line_columns) if lines else 0
    width = map_columns * MAP_SIZE[0] + line_columns * LINE_SIZE[0]
    least = LINE_SIZE[1] if maps or len(lines) > 1 else 3.6
    height = max(map_rows * MAP_SIZE[1], line_rows * least) + (0.4 if heading else 0.0)
    drawn = new_figure(max(width, 6.4), height)
    grid = drawn.add_gridspec(1, max(map_columns + line_columns, 1))
    if maps:
        _fill(drawn, grid[0, :map_columns], maps, map_rows, map_columns)
    if lines:
        _fill(drawn, grid[0, map_columns:], lines, line_rows, line_columns)
    if heading:
        drawn.suptitle(heading, fontsize="large")
    return drawn


def _fill(drawn: "Figure", place: Any, found: list[Panel], rows: int, columns: int) -> None:
    inner = place.subgridspec(rows, columns)
    for number, panel in enumerate(found):
        # down the columns first, so that panels of one group stay under each other
        row, column = number % rows, number // rows
        panel.draw(drawn.add_subplot(inner[row, column], projection=panel.projection))
