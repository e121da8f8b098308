"""Marks of agents: darts that point along their headings, discs of their radius, dots; predators larger and dark."""

from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.data.pictures.crowd import Crowd, Frame
from ergodica.data.pictures.crowd_colours import PLAIN, Colours
from ergodica.data.pictures.crowd_space import balls, cones

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

DARTS = 3000
"""More agents than this are dots: their direction could not be seen."""
SPOKES = 500
"""Up to so many discs show their heading by a line."""
CROWDED = 0.35
"""Half the length of a dart in mean distances between agents."""
SHORTEST, LONGEST = 0.008, 0.035
"""Of half a dart, as shares of the picture."""
OTHERS, OTHER_AREA = 2.0, 60.0
"""Size of those of other groups, in that of agents and in points squared."""
RIM = 0.8
"""Width of a line about them, in points."""
DART = np.array([[1.0, 0.0], [-0.8, 0.5], [-0.4, 0.0], [-0.8, -0.5]])
"""Corners of a dart along and across its heading, in halves of its length."""
LOZENGE = np.array([[0.4, 0.0], [0.0, 0.4], [-0.4, 0.0], [0.0, -0.4]])
"""Of one without a heading."""
INK = "0.15"
AXES_POINTS = 300.0


def marks(ax: Any, crowd: Crowd, frame: Frame, colours: Colours | None, side: float) -> "list[Artist]":
    """Draw the agents of one frame, and larger and dark those of other groups.

    Args:
        ax: axes in the plane, or in space where the crowd has three axes.
        crowd: the agents.
        frame: the frame.
        colours: of the agents; None for one colour.
        side: length of the picture's longest axis, in the unit of the positions.

    Returns:
        The artists.
    """
    from matplotlib.colors import to_rgba

    count = len(frame.seen)
    rgba = np.tile(to_rgba(PLAIN), (count, 1)) if colours is None else colours.of(frame)
    half = side * float(np.clip(CROWDED * max(count, 1) ** (-1 / crowd.axes), SHORTEST, LONGEST))
    artists: list[Artist] = []
    if count and crowd.axes == 2 and crowd.radius is not None:
        artists += _discs(ax, crowd, frame, rgba)
    elif count:
        headings = frame.headings if count <= DARTS else None
        artists.append(_group(ax, frame.points, headings, rgba, half, dot_area(count, crowd.axes)))
    return artists + other_marks(ax, frame, half)


def other_marks(ax: Any, frame: Frame, half: float, rim: str = "none") -> "list[Artist]":
    """Draw those of other groups, dark and larger than agents whose darts have `half` of their length.

    Args:
        ax: as of `marks`.
        frame: the frame.
        half: half of the length of an agent's dart, in the unit of the positions.
        rim: colour about them, which a dark map needs.
    """
    from matplotlib.colors import to_rgba

    drawn: list[Artist] = [
        _group(ax, points, headings, np.tile(to_rgba(INK), (points.shape[1], 1)), OTHERS * half, OTHER_AREA)
        for points, headings in frame.others
        if points.size
    ]
    for one in drawn:
        if rim != "none":
            one.set(edgecolor=rim, linewidth=RIM)
    return drawn


def dot_area(count: int, axes: int) -> float:
    """Area of a dot in points squared."""
    area = (0.8 * AXES_POINTS / count ** (1 / axes)) ** 2
    return float(np.clip(area, 0.8, 30.0)) if axes == 2 else float(np.clip(area / 2, 0.8, 15.0))


def _group(
    ax: Any, points: np.ndarray, headings: np.ndarray | None, rgba: np.ndarray, half: float, area: float
) -> "Artist":
    if headings is not None:
        return (cones if len(points) == 3 else _darts)(ax, points, headings, rgba, half)
    if len(points) == 3:
        return balls(ax, points, rgba, area)
    dots: Artist = ax.scatter(*points, s=area, c=rgba, linewidths=0)
    return dots


def _darts(ax: "Axes", points: np.ndarray, headings: np.ndarray, rgba: np.ndarray, half: float) -> "Artist":
    from matplotlib.collections import PolyCollection

    along = headings.T[:, None, :]
    across = np.stack([-along[..., 1], along[..., 0]], axis=-1)
    corners = DART[None, :, :1] * along + DART[None, :, 1:] * across
    corners[~np.any(along, axis=(1, 2))] = LOZENGE
    drawn = PolyCollection(points.T[:, None, :] + corners * half, facecolors=rgba, linewidths=0)
    return ax.add_collection(drawn, autolim=False)


def _discs(ax: "Axes", crowd: Crowd, frame: Frame, rgba: np.ndarray) -> "list[Artist]":
    from matplotlib.collections import EllipseCollection, LineCollection

    assert crowd.radius is not None
    radius = crowd.radius[frame.seen]
    discs = EllipseCollection(
        2 * radius,
        2 * radius,
        np.zeros_like(radius),
        units="xy",
        offsets=frame.points.T,
        offset_transform=ax.transData,
        facecolors=rgba,
        linewidths=0,
    )
    drawn: list[Artist] = [ax.add_collection(discs, autolim=False)]
    if frame.headings is not None and len(frame.seen) <= SPOKES:
        spokes = np.stack([frame.points, frame.points + radius * frame.headings]).transpose(2, 0, 1)
        drawn.append(
            ax.add_collection(LineCollection(list(spokes), colors=INK, linewidths=0.8), autolim=False)
        )
    return drawn
