"""One figure for a whole dataset: maps to the left, lines to the right, the invariants' drift among them."""

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.data.pictures.asked import Asked, asked
from ergodica.data.pictures.canvas import FORMATS, MOVIES, check_dpi, checked_path, new_figure, save
from ergodica.data.pictures.companions import shown_with_others
from ergodica.data.pictures.components import components
from ergodica.data.pictures.drift import drift
from ergodica.data.pictures.labels import (
    ORDER,
    ORDER_PARAMETER,
    normalized,
    noun,
    plain,
    shared,
    title,
    units_of,
)
from ergodica.data.pictures.lines import entitle
from ergodica.data.pictures.registry import Panel, kind_if_asked, kind_of, picture
from ergodica.data.pictures.select import (
    conserved,
    member_numbers,
    member_words,
    one_member,
    require_frames,
    variables,
)
from ergodica.data.pictures.series import COMPARABLE, series

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    Data = xr.Dataset | xr.DataTree | xr.DataArray

MAP_SIZE = (5.4, 4.6)
LINE_SIZE = (5.2, 2.5)
TITLED = 0.4
LETTERS = 10
"""Of the heading, an inch."""
MOST_PANELS = 16
HIDDEN_GROUPS = ("restart",)
TOGETHER = 7
LONGEST_ROW = 4


def figure(
    data: "Data",
    *,
    variable: str | None = None,
    member: int | None = None,
    components: Sequence[str | int] | None = None,
    color: str | None = None,
    view: Sequence[float] | None = None,
) -> "Figure":
    """An overview of a run or of results: fields, drift of the invariants, everything else over time.

    Args:
        data: a dataset, or a tree of datasets (one panel or more a group).
        variable: draws this one alone; a complex pair goes by its whole name.
        member: which member of an ensemble the maps show; the first unless told.
        components: names or numbers of the two or three components that portraits and sections show.
        color: what agents are coloured by: "heading", "speed", "density", "none", or the name of a variable over
            `(t, particle)` or `(particle,)`.
        view: elevation and azimuth in degrees from which agents in space are seen.

    Returns:
        A figure without pyplot; notebooks show it, `figure.savefig` writes it.

    Raises:
        ValueError: zero frames, nothing that can be drawn, no such variable or member.
    """
    check_member(data, member)
    every = _panels(data, variable, asked(member, components=components, color=color, view=view))
    found = every[:MOST_PANELS]
    maps = [panel for panel in found if panel.shape == "map"]
    lines = [panel for panel in found if panel.shape == "line"]
    heading = title(data.attrs)
    if len(every) > len(found):
        heading = f"{heading} (the first {len(found)} of {len(every)} panels)".lstrip()
    return _compose(maps, lines, heading)


def plot(
    data: "Data",
    path: str | os.PathLike[str] | None = None,
    *,
    variable: str | None = None,
    member: int | None = None,
    components: Sequence[str | int] | None = None,
    color: str | None = None,
    view: Sequence[float] | None = None,
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
        components: names or numbers of the two or three components that portraits and sections show.
        color: what agents are coloured by, see `figure`.
        view: elevation and azimuth in degrees from which agents in space are seen.
        dpi: dots per inch of the file.
        options: `fps`, `frames`, `turn` and `progress` of an animation, see `animate`.

    Returns:
        The figure, or the path that was written.

    Raises:
        ValueError: what cannot be drawn or written, with the remedy.
    """
    if path is not None and Path(path).suffix.lower() in MOVIES:
        from ergodica.data.pictures.animation import animate

        if dpi is not None:
            options["dpi"] = dpi
        if components is not None:
            raise ValueError(f"components: only a still has them, got path {str(path)!r}; end it with .png")
        return animate(data, path, variable=variable, member=member, color=color, view=view, **options)
    if options:
        raise ValueError(
            f"{', '.join(options)}: only an animation has these, got path {str(path)!r}; "
            f"use a path that ends with {' or '.join(MOVIES)}"
        )
    if path is not None:
        checked_path(path, FORMATS + MOVIES)
    check_dpi(dpi)
    drawn = figure(data, variable=variable, member=member, components=components, color=color, view=view)
    return drawn if path is None else save(drawn, path, dpi)


def chosen(data: "Data", name: str | None) -> "dict[str, xr.DataArray]":
    """The variables of all groups that can be drawn, or the named one alone.

    Raises:
        ValueError: no such variable, with those that there are.
    """
    found: dict[str, xr.DataArray] = {}
    for group, dataset in groups(data):
        found |= {f"{group}{key}": one for key, one in variables(dataset).items() if one.ndim}
        # one part of a complex pair, under the name that it has in the file
        if name is not None and name.startswith(group) and name[len(group) :] in dataset.data_vars:
            part = dataset[name[len(group) :]]
            found |= {name: part} if part.ndim and name not in found else {}
    if name is None:
        return found
    if name not in found:
        known = ", ".join(sorted(found)) or "none"
        raise ValueError(
            f"variable: must be one of the dataset's ({known}), got {name!r}; choose one of them"
        )
    return {name: found[name]}


def check_member(data: "Data", member: int | None) -> None:
    """Refuse a member that is not there; None is the first of those that are.

    Raises:
        ValueError: no members, or no such one.
    """
    if member is None:
        return
    ensembles = [dataset for _, dataset in groups(data) if "member" in dataset.dims]
    if not ensembles:
        raise ValueError(f"member: must be left out where there are no members, got {member!r}; leave it out")
    for dataset in ensembles:
        one_member(member_numbers(dataset), member)


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


def _panels(data: "Data", name: str | None, wanted: Asked) -> list[Panel]:
    wanted.check(chosen(data, name).values())
    if name is not None:
        ((_, one),) = chosen(data, name).items()
        require_frames(one)
        options, member = wanted.of(one), wanted.member
        if member is None or "member" in options or "member" not in one.dims:
            return picture(kind_if_asked(one)).overview(one, **options)
        words, one = member_words(one, member), one_member(one, member)
        return [_titled(panel, words) for panel in picture(kind_if_asked(one)).overview(one)]
    found: list[Panel] = []
    for group, dataset in groups(data):
        found += [_titled(panel, _asked_for(group, dataset)) for panel in _group_panels(dataset, wanted)]
    if not found:
        raise ValueError(
            "data: must hold a variable that can be drawn, got none; see what is there with print(data)"
        )
    return found


def _asked_for(group: str, dataset: "xr.Dataset") -> str:
    """The name of a group; of a second one of its kind (`entropy_rate_2`) the words that asked for it."""
    texts = {str(one.attrs.get("quantity", "")) for one in dataset.data_vars.values()}
    # with a place to break the line
    return (
        texts.pop().replace("(", " (", 1)
        if len(texts) == 1 and "" not in texts and group.rstrip("/")[-1:].isdigit()
        else group
    )


def _group_panels(dataset: "xr.Dataset", wanted: Asked) -> list[Panel]:
    constant = conserved(dataset)
    every = variables(dataset)
    aside = shown_with_others(every)
    shown = {
        key: one
        for key, one in every.items()
        if one.ndim and kind_of(one) != "parameter" and key not in aside
    }
    found: list[Panel] = []
    over_time, over_components = [], []
    for key, one in shown.items():
        require_frames(one)
        if kind_of(one) == "series" and one.dims[-1] == "t" and set(one.dims) <= {"member", "t"}:
            over_time.append(key)
        elif kind_of(one) == "components":
            over_components.append(key)
        else:
            panels = picture(kind_of(one)).overview(one, **wanted.of(one))
            if kind_of(one) == "series" and len(shown) > 1:
                # two routes to one quantity have the same words on their axes
                panels = [replace(panel, sort=panel.sort or plain(key)) for panel in panels]
            found += panels
    kept = [key for key in constant if key in over_time and dataset.sizes["t"] > 1]
    if kept:
        found.append(Panel(draw=lambda ax: drift(dataset[kept], ax)))
    for names in _together(dataset, [key for key in over_time if key not in kept]):
        found.append(Panel(draw=_series(dataset, names), sort=_plural([dataset[one] for one in names])))
    for names in _together(dataset, over_components):
        draw = partial(components, dataset[names])
        found.append(Panel(draw=draw, sort=_plural([dataset[one] for one in names])))
    return found


def _series(dataset: "xr.Dataset", names: list[str]) -> "Callable[[Axes], list[Artist]]":
    return lambda ax: series(dataset[names] if len(names) > 1 else dataset[names[0]], ax)


def _together(dataset: "xr.Dataset", names: list[str]) -> list[list[str]]:
    """Names of series that share axes: one unit, and if it is 1 also one noun; signed ones of one size."""
    found: list[list[str]] = []
    sort = {name: _sort(dataset[name]) for name in names}
    size = {name: _size(dataset[name]) for name in names}
    for name in names:
        for group in found:
            lowest, highest = zip(*(size[one] for one in (*group, name)), strict=True)
            comparable = min(lowest) >= 0 or max(highest) <= COMPARABLE * min(highest)
            if sort[group[0]] == sort[name] and len(group) < TOGETHER and comparable:
                group.append(name)
                break
        else:
            found.append([name])
    return found


def _sort(one: "xr.DataArray") -> tuple[str, str]:
    units = units_of(one)
    word = noun(one)
    return units, "" if units else ORDER_PARAMETER if word in ORDER else word or str(one.name)


def _size(one: "xr.DataArray") -> tuple[float, float]:
    values = np.asarray(one.values, dtype=np.float64)
    finite = values[np.isfinite(values)]
    return (float(finite.min()), float(np.abs(finite).max())) if finite.size else (0.0, 0.0)


def _plural(variables: "list[xr.DataArray]") -> str:
    """`entropies`, or `normalized` where some are, or nothing for things of different sorts."""
    word = shared({noun(one) for one in variables})
    if not word:
        return ""
    if any(normalized(one) for one in variables):
        return "normalized"
    if len(variables) == 1 or word.endswith("s"):
        return word
    return word.removesuffix("y") + "ies" if word[-2:-1] not in "aeiou" and word[-1:] == "y" else word + "s"


def _titled(panel: Panel, group: str) -> Panel:
    if not group:
        return panel

    def draw(ax: "Axes") -> "list[Artist]":
        artists = panel.draw(ax)
        words = plain(group.rstrip("/").replace("/", " / "))
        sort = "" if panel.sort == words else panel.sort
        inner = ", ".join(filter(None, (sort, ax.get_title())))
        entitle(ax, f"{words}: {inner}" if inner else words)
        return artists

    return replace(panel, draw=draw, group=group)


def _compose(maps: list[Panel], lines: list[Panel], heading: str) -> "Figure":
    map_columns = 0 if not maps else (1 if len(maps) <= 2 else 2)
    line_columns = 0 if not lines else -(-len(lines) // 4)
    map_rows = -(-len(maps) // map_columns) if maps else 0
    line_rows = -(-len(lines) // line_columns) if lines else 0
    places = [(number % line_rows, number // line_rows) for number in range(len(lines))]
    by_group = _places_by_group(lines)
    if by_group and not maps:
        places = by_group
        line_rows, line_columns = (1 + max(place) for place in zip(*places, strict=True))
    # what a row lacks in panels, its last one has in width
    last = {row: max(column for other, column in places if other == row) for row, _ in places}
    width = map_columns * MAP_SIZE[0] + line_columns * LINE_SIZE[0]
    least = (LINE_SIZE[1] if maps or len(lines) > 1 else 3.6) + TITLED * bool(by_group)
    height = max(map_rows * MAP_SIZE[1], line_rows * least) + (0.4 if heading else 0.0)
    drawn = new_figure(max(width, 6.4), height)
    grid = drawn.add_gridspec(1, max(map_columns + line_columns, 1))
    if maps:
        where = [(number % map_rows, number // map_rows) for number in range(len(maps))]
        _fill(drawn, grid[0, :map_columns].subgridspec(map_rows, map_columns), maps, where, {})
    if lines:
        _fill(drawn, grid[0, map_columns:].subgridspec(line_rows, line_columns), lines, places, last)
    if heading:
        drawn.suptitle(
            fill(heading, int(LETTERS * max(width, 6.4)), break_on_hyphens=False), fontsize="large"
        )
    engine = drawn.get_layout_engine()
    if len(maps) > 1 and engine is not None:
        # the first of two passes gives axes of one scale their size, the second makes room for their labels
        engine.execute(drawn)
    return drawn


def _places_by_group(lines: list[Panel]) -> list[tuple[int, int]]:
    """A row for each group, when there are several and none is too long; else nothing."""
    order = list(dict.fromkeys(panel.group for panel in lines))
    counts = dict.fromkeys(order, 0)
    places = []
    for panel in lines:
        places.append((order.index(panel.group), counts[panel.group]))
        counts[panel.group] += 1
    return places if len(order) > 1 and max(counts.values()) <= LONGEST_ROW else []


def _fill(
    drawn: "Figure", grid: Any, found: list[Panel], places: list[tuple[int, int]], last: dict[int, int]
) -> None:
    for panel, (row, column) in zip(found, places, strict=True):
        there = grid[row, column:] if last.get(row) == column else grid[row, column]
        panel.draw(drawn.add_subplot(there, projection=panel.projection))
