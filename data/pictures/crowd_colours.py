"""What agents are coloured by: their heading, their speed, the density around them, or numbers of each of them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.data.pictures.companions import RADIUS
from ergodica.data.pictures.crowd import LOOKS, Crowd, Frame
from ergodica.data.pictures.crowd_density import local_density
from ergodica.data.pictures.hues import TICKS, full_turn, hues
from ergodica.data.pictures.image import MISSING, linear_norm
from ergodica.data.pictures.labels import NARROW, label, plain, units_of
from ergodica.data.pictures.lines import COLOURS
from ergodica.data.pictures.thin import evenly

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap, Normalize

    Values = Callable[[Frame], np.ndarray]

HEADING, SPEED, DENSITY, NONE = "heading", "speed", "density", "none"
BUILT_IN = (HEADING, SPEED, DENSITY, NONE)
COLOURED_BY = "ergodica_color"
"""Attribute of positions: by which number of each particle they are coloured unless told."""
MANY = 1000
"""From so many agents in a periodic plane on, what is seen first is their density."""
RADIANS = ("rad", "radian", "radians")
SYMMETRIES, FILLED, ROUNDING = (2, 3, 4, 6), 0.95, 1e-9
"""Angles that fill such a part of a full turn are phases over this order."""
BESIDE = (1.025, 0.0, 0.035, 1.0)
"""Place of the colour bar, in the unit of the axes."""


@dataclass(frozen=True)
class Colours:
    """How the agents of a run are coloured.

    Args:
        values: one number for each agent of a frame.
        norm: from numbers to the colour map, the same for all frames.
        cmap: the colour map.
        text: of the colour bar.
        ticks: of the colour bar, with their words; as usual if there are none.
        angle: of angles, the part of 2 pi that is 0; 0 for other numbers.
    """

    values: "Values"
    norm: "Normalize"
    cmap: "Colormap"
    text: str
    ticks: tuple[tuple[float, str], ...] = ()
    angle: int = 0

    def of(self, frame: Frame) -> np.ndarray:
        """RGBA of each agent of a frame, shape `(n, 4)`."""
        return np.asarray(self.cmap(self.norm(np.ma.masked_invalid(self.values(frame)))))

    def bar(self, ax: "Axes") -> None:
        """The colour bar to the right of the axes, in the plane as high as they are."""
        from matplotlib.cm import ScalarMappable

        figure = ax.get_figure()
        if figure is None:
            return
        drawn = ScalarMappable(self.norm, self.cmap)
        beside: dict[str, Any] = (
            {"ax": ax, "pad": 0.1, "shrink": 0.7, "fraction": 0.06, "aspect": 30}
            if ax.name == "3d"
            else {"cax": ax.inset_axes(BESIDE)}
        )
        found = figure.colorbar(drawn, label=self.text, **beside)
        if self.ticks:
            found.set_ticks([one for one, _ in self.ticks], labels=[words for _, words in self.ticks])


def colouring(crowd: Crowd, color: str | None, frames: Iterable[int]) -> Colours | None:
    """The colours of a crowd over these frames.

    Args:
        crowd: the agents.
        color: "heading", "speed", "density", "none", or the name of a variable over `(t, particle)` or
            `(particle,)` of the same dataset, which goes first; None is the variable that the attribute
            `ergodica_color` of the positions names, else the density of many agents in a periodic plane, else the
            heading, else none.
        frames: the frames that are drawn.

    Returns:
        The colours, or None for one colour.

    Raises:
        ValueError: what was asked for is not there.
    """
    named = numbered(crowd.variable)
    if color is None:
        color = _usual(crowd, named)
    if color in named:
        return _of_variable(crowd, color, frames)
    if color == NONE:
        return None
    if color == HEADING and crowd.arrows is not None:
        return _of_heading(crowd, frames)
    if color == SPEED:
        return _of_speed(crowd, frames)
    if color == DENSITY:
        values, text = local_density(crowd)
        return _ranged(crowd, values, text, frames)
    raise ValueError(unknown(color, named, crowd.arrows is not None))


def numbered(variable: Any) -> tuple[str, ...]:
    """Names of the coordinates that hold a number for each particle."""
    found = (
        (str(name), one)
        for name, one in variable.coords.items()
        if "particle" in one.dims and {*one.dims} <= {"member", "t", "particle"}
    )
    return tuple(name for name, one in found if one.dtype.kind in "iufb" and name != RADIUS)


def unknown(color: object, named: Iterable[str], headed: bool = True) -> str:
    """The words that refuse a colour."""
    built_in = BUILT_IN if headed else BUILT_IN[1:]
    known = ", ".join(dict.fromkeys([*built_in, *named]))
    return f"color: must be one of {known}, got {color!r}; a variable over (t, particle) can be named too"


def _usual(crowd: Crowd, named: tuple[str, ...]) -> str:
    wanted = str(crowd.variable.attrs.get(COLOURED_BY, ""))
    if wanted in named:
        return wanted
    if crowd.axes == 2 and crowd.count >= MANY and np.isfinite(crowd.box).all():
        return DENSITY
    return HEADING if crowd.arrows is not None else NONE


def _of_variable(crowd: Crowd, name: str, frames: Iterable[int]) -> Colours:
    one = crowd.variable[name]

    def values(frame: Frame) -> np.ndarray:
        now = one.isel(t=frame.index) if "t" in one.dims else one
        return np.asarray(now.values, dtype=np.float64)[frame.seen]

    if str(one.attrs.get("units", "")) in RADIANS:
        return _of_phase(crowd, values, label(one, width=NARROW), frames)
    return _ranged(crowd, values, label(one, width=NARROW), frames)


def _of_phase(crowd: Crowd, values: "Values", text: str, frames: Iterable[int]) -> Colours:
    """Angles, which fill a full turn or, over the order of a symmetry, its part."""
    found = np.concatenate([np.ravel(values(crowd.frame(index))) for index in _few(frames)])
    largest = float(np.nanmax(np.abs(found), initial=0.0))
    parts = [k for k in SYMMETRIES if FILLED * np.pi / k < largest <= (1 + ROUNDING) * np.pi / k]
    order = parts[0] if parts else 1
    ticks = TICKS if order == 1 else ()
    return Colours(values, full_turn(order), hues().with_extremes(bad=MISSING), text, ticks, order)


def _of_speed(crowd: Crowd, frames: Iterable[int]) -> Colours:
    velocity = crowd.arrows
    if velocity is not None and velocity.name == "velocity":

        def values(frame: Frame) -> np.ndarray:
            return np.asarray(np.linalg.norm(crowd.vectors(velocity, frame.index), axis=0))[frame.seen]

        return _ranged(crowd, values, plain("speed" + units_of(velocity)), frames)
    return _ranged(crowd, lambda frame: crowd.speeds(frame.index)[frame.seen], "speed", frames)


def _of_heading(crowd: Crowd, frames: Iterable[int]) -> Colours:
    """Angles in the plane, or in space in the plane that most headings lie in, turned from the first axis."""
    across, up = np.eye(crowd.axes)[:2]
    if crowd.axes == 3:
        across, up = _main_plane(crowd, frames)

    def values(frame: Frame) -> np.ndarray:
        headings = frame.headings
        assert headings is not None
        x, y = across @ headings, up @ headings
        return np.where((x != 0) | (y != 0), np.arctan2(y, x), np.nan)

    assert crowd.arrows is not None
    word = str(crowd.arrows.name)
    text = plain(f"angle of the {word} (rad)" if crowd.axes == 2 else f"{word} in its main plane (rad)")
    return Colours(values, full_turn(), hues().with_extremes(bad=MISSING), text, TICKS, 1)


def _main_plane(crowd: Crowd, frames: Iterable[int]) -> tuple[np.ndarray, np.ndarray]:
    second = np.zeros((3, 3))
    for index in _few(frames):
        headings = crowd.frame(index).headings
        assert headings is not None
        second += headings @ headings.T
    normal = np.linalg.eigh(second)[1][:, 0]
    normal = normal * (np.sign(normal[np.abs(normal).argmax()]) or 1.0)
    # the angle counts from the axis of space that lies nearest to the plane
    start = np.eye(3)[np.abs(normal).argmin()] if abs(normal[0]) > np.sqrt(0.5) else np.eye(3)[0]
    across = start - normal * (normal @ start)
    across /= np.linalg.norm(across)
    return across, np.cross(normal, across)


def _ranged(crowd: Crowd, values: "Values", text: str, frames: Iterable[int]) -> Colours:
    from matplotlib import colormaps

    found = [values(crowd.frame(index)) for index in _few(frames)]
    norm, cmap = linear_norm(np.concatenate([np.ravel(one) for one in found]) if found else np.empty(0))
    return Colours(values, norm, colormaps[cmap].with_extremes(bad=MISSING), text)


def _few(frames: Iterable[int]) -> list[int]:
    shown = [int(one) for one in frames]
    return [shown[place] for place in evenly(len(shown), LOOKS // 3)]


PLAIN = COLOURS[0]
