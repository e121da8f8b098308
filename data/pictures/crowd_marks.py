"""Marks of agents: darts that point along their headings, discs of their radius, dots; in space with depth."""

from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.data.pictures.crowd import Crowd, Frame
from ergodica.data.pictures.crowd_colours import PLAIN, Colours

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

DARTS = 3000
"""More agents than this are dots: their direction could not be seen."""
SPOKES = 500
"""Up to so many discs show their heading by a line."""
CROWDED = 0.5
"""Length of a dart in mean distances between agents."""
SHORTEST, LONGEST = 0.012, 0.045
"""Of a dart, as shares of the picture."""
DART = np.array([[1.0, 0.0], [-0.8, 0.5], [-0.4, 0.0], [-0.8, -0.5]])
"""Corners of a dart along and across its heading, in halves of its length."""
LOZENGE = np.array([[0.4, 0.0], [0.0, 0.4], [-0.4, 0.0], [0.0, -0.4]])
"""Of one without a heading."""
PYRAMID = np.array(
    [[1.0, 0.0, 0.0], [-0.8, 0.42, 0.0], [-0.8, 0.0, 0.42], [-0.8, -0.42, 0.0], [-0.8, 0.0, -0.42]]
)
FACES = np.array([[0, 1, 2], [0, 2, 3], [0, 3, 4], [0, 4, 1], [1, 3, 2], [1, 4, 3]])
FARTHEST = 0.6
"""How far towards paper the colour of the farthest agent goes."""
SHADE = 0.55
"""Brightness of a face that looks away from the light."""
INK = "0.15"
AXES_POINTS = 300.0


def marks(ax: Any, crowd: Crowd, frame: Frame, colours: Colours | None, side: float) -> "list[Artist]":
    """Draw the agents of one frame.

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

    rgba = np.tile(to_rgba(PLAIN), (len(frame.seen), 1)) if colours is None else colours.of(frame)
    if not frame.seen.size:
        return []
    length = side * float(np.clip(CROWDED * len(frame.seen) ** (-1 / crowd.axes), SHORTEST, LONGEST))
    if crowd.axes == 3:
        return [_in_space(ax, crowd, frame, rgba, length)]
    if crowd.radius is not None:
        return _discs(ax, crowd, frame, rgba)
    if frame.headings is not None and len(frame.seen) <= DARTS:
        return [_darts(ax, frame, rgba, length)]
    return [ax.scatter(*frame.points, s=_dot(len(frame.seen), 2), c=rgba, linewidths=0)]


def _dot(count: int, axes: int) -> float:
    """Area of a dot in points squared."""
    return float(np.clip((0.8 * AXES_POINTS / count ** (1 / axes)) ** 2, 0.8, 30.0))


def _darts(ax: "Axes", frame: Frame, rgba: np.ndarray, length: float) -> "Artist":
    from matplotlib.collections import PolyCollection

    assert frame.headings is not None
    along = frame.headings.T[:, None, :]
    across = np.stack([-along[..., 1], along[..., 0]], axis=-1)
    still: np.ndarray = ~np.any(along, axis=(1, 2))
    corners = DART[None, :, :1] * along + DART[None, :, 1:] * across
    corners[still] = LOZENGE
    return ax.add_collection(
        PolyCollection(
            frame.points.T[:, None, :] + corners * length / 2 * 1.4, facecolors=rgba, linewidths=0
        ),
        autolim=False,
    )


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


def _in_space(ax: Any, crowd: Crowd, frame: Frame, rgba: np.ndarray, length: float) -> "Artist":
    towards = _towards_viewer(ax)
    rgba = _faded(rgba, towards @ frame.points)
    if frame.headings is None or len(frame.seen) > DARTS:
        size = _dot(len(frame.seen), 3) / 2
        dots: Artist = ax.scatter(*frame.points, s=size, c=rgba, linewidths=0, depthshade=False)
        return dots
    from mpl_toolkits.mplot3d.art3d import Poly3DCollection

    along = frame.headings.T
    still: np.ndarray = ~np.any(along, axis=1)
    along = np.where(still[:, None], np.array([0.0, 0.0, 1.0]), along)
    # any axis that is not along the heading serves
    other = np.eye(3)[np.abs(along).argmin(axis=1)]
    across = np.cross(along, other)
    across /= np.linalg.norm(across, axis=1, keepdims=True)
    frames = np.stack([along, across, np.cross(along, across)], axis=1)
    shape = np.where(still[:, None, None], 0.4 * np.sign(PYRAMID), PYRAMID)
    corners = np.einsum("nca,nad->ncd", shape, frames) * length / 2 * 1.4 + frame.points.T[:, None, :]
    faces = corners[:, FACES]
    normals = np.cross(faces[:, :, 1] - faces[:, :, 0], faces[:, :, 2] - faces[:, :, 0])
    normals /= np.linalg.norm(normals, axis=-1, keepdims=True)
    light = np.clip(normals @ (towards + np.array([0.0, 0.0, 1.0])) / np.sqrt(2), 0.0, 1.0)
    colours = np.repeat(rgba[:, None, :], len(FACES), axis=1)
    colours[..., :3] *= (SHADE + (1 - SHADE) * light)[..., None]
    return ax.add_collection3d(
        Poly3DCollection(faces.reshape(-1, 3, 3), facecolors=colours.reshape(-1, 4), linewidths=0),
        autolim=False,
    )


def _towards_viewer(ax: Any) -> np.ndarray:
    elevation, azimuth = np.radians(ax.elev), np.radians(ax.azim)
    flat = np.cos(elevation)
    return np.array([flat * np.cos(azimuth), flat * np.sin(azimuth), np.sin(elevation)])


def _faded(rgba: np.ndarray, depth: np.ndarray) -> np.ndarray:
    """Colours that are the paler the farther back an agent is."""
    near, far = depth.max(), depth.min()
    share = FARTHEST * (near - depth) / (near - far) if near > far else np.zeros_like(depth)
    faded = rgba.copy()
    faded[:, :3] = rgba[:, :3] + (1 - rgba[:, :3]) * share[:, None]
    return faded
