"""Pictures by kind of variable: `ergodica_kind` -> how one draws it.

A new kind is one new file in this folder (or anywhere, once imported) that calls `register(Picture(...))`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

Draw = Callable[..., "list[Artist]"]


@dataclass(frozen=True, kw_only=True)
class Panel:
    """One set of axes in an overview.

    Args:
        draw: draws on the axes it is given and returns the artists.
        shape: "map" for what needs height (images, portraits), "line" for what needs width.
        projection: "3d" for axes in space.
        group: of a tree, where the panel comes from; groups stand below each other.
        sort: what the panel shows, in a word for its title when there are others of its group.
    """

    draw: "Callable[[Axes], list[Artist]]"
    shape: Literal["map", "line"] = "line"
    projection: Literal["3d"] | None = None
    group: str = ""
    sort: str = ""


@dataclass(frozen=True, kw_only=True)
class Movie:
    """What moves in an animation: artists over a still background.

    Args:
        artists: the artists that change.
        update: sets them to a frame, counted from zero.
    """

    artists: "list[Artist]"
    update: Callable[[int], None]


@dataclass(frozen=True, kw_only=True)
class Picture:
    """How variables of one kind are drawn.

    Args:
        kind: the attribute `ergodica_kind` of the variables.
        draw: `draw(variable, ax, **options)` returns the artists.
        panels: `panels(variable, **options)`, the panels of an overview; None makes one panel of `draw`.
        movie: `movie(variable, ax, frames, **options)` for chosen indices of `t`; None for what cannot move.
        shape: of the panel made from `draw`.
        projection: `projection(variable)`, "3d" for an animation on axes in space; None for the plane.
        takes: options beside `member` that `draw` and `panels` take.
        moves: options beside `member` that `movie` takes.
    """

    kind: str
    draw: Draw
    panels: "Callable[..., list[Panel]] | None" = None
    movie: "Callable[..., Movie] | None" = None
    shape: Literal["map", "line"] = "line"
    projection: "Callable[[xr.DataArray], Literal['3d'] | None] | None" = None
    takes: tuple[str, ...] = ()
    moves: tuple[str, ...] = ()

    def __call__(self, variable: "xr.DataArray", ax: "Axes", **options: Any) -> "list[Artist]":
        return self.draw(variable, ax, **options)

    def overview(self, variable: "xr.DataArray", **options: Any) -> list[Panel]:
        """The panels that show `variable` in an overview."""
        if self.panels is not None:
            return self.panels(variable, **options)
        return [Panel(draw=lambda ax: self.draw(variable, ax, **options), shape=self.shape)]


_PICTURES: dict[str, Picture] = {}


def register(picture: Picture) -> Picture:
    """Make a picture known under its kind; a later one of the same kind replaces the earlier one."""
    _PICTURES[picture.kind] = picture
    return picture


def kinds() -> tuple[str, ...]:
    """The kinds that can be drawn, sorted."""
    _import_all()
    return tuple(sorted(_PICTURES))


def picture(kind: str) -> Picture:
    """The picture of a kind.

    Args:
        kind: "field", "series", "states", ...

    Raises:
        ValueError: no picture of that kind is registered.
    """
    _import_all()
    if kind not in _PICTURES:
        raise ValueError(
            f"ergodica_kind: must be one that has a picture ({', '.join(kinds())}), got {kind!r}; "
            "correct the attribute or register a Picture for it"
        )
    return _PICTURES[kind]


def kind_of(variable: "xr.DataArray") -> str:
    """The kind of a variable: its attribute, or for foreign data a guess from its dimensions."""
    named = variable.attrs.get("ergodica_kind")
    dims = set(variable.dims) - {"member"}
    if named is not None:
        # a number for each particle is no place, whatever it is called
        return (
            "agent_values" if named == "agents" and "particle" in dims and "space" not in dims else str(named)
        )
    if "particle" in dims:
        return "agents" if "space" in dims else "agent_values"
    if "component" in dims:
        return "components" if dims == {"component"} else "states"
    if dims & {"k", "frequency"}:
        return "spectrum"
    return "series" if dims <= {"t"} else "field"


def kind_if_asked(variable: "xr.DataArray") -> str:
    """The kind of a variable that is drawn by name, also where an overview leaves it out as a parameter."""
    kind = kind_of(variable)
    if kind != "parameter":
        return kind
    if {*variable.dims} == {"particle"}:
        return "agent_values"
    if {"system", "model"} <= {*variable.dims}:
        return "scores"
    return "parts" if variable.ndim == 1 and variable.dtype.kind in "biuf" else kind


@cache
def _import_all() -> None:
    from importlib import import_module
    from pkgutil import iter_modules

    package = import_module("ergodica.data.pictures")
    for module in iter_modules(package.__path__):
        import_module(f"{package.__name__}.{module.name}")
