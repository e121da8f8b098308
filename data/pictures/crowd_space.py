"""Marks of agents in space: cones that point along their headings, lit from above, the farther the paler."""

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.artist import Artist

CONE = np.array(
    [[1.0, 0.0, 0.0], [-0.8, 0.42, 0.0], [-0.8, 0.0, 0.42], [-0.8, -0.42, 0.0], [-0.8, 0.0, -0.42]]
)
"""Tip and rim, along the heading and across it, in halves of the length."""
FACES = np.array([[0, 1, 2], [0, 2, 3], [0, 3, 4], [0, 4, 1], [1, 3, 2], [1, 4, 3]])
STILL = 0.4
"""Size of one without a heading."""
FARTHEST = 0.6
"""How far towards paper the colour of the farthest agent goes."""
SHADE = 0.65
"""Brightness of a face that looks away from the light."""


def cones(ax: Any, points: np.ndarray, headings: np.ndarray, rgba: np.ndarray, half: float) -> "Artist":
    """Draw oriented agents.

    Args:
        ax: axes in space, with the camera where it will be.
        points: shape `(3, n)`.
        headings: unit vectors or zero, shape `(3, n)`.
        rgba: shape `(n, 4)`.
        half: half the length of a cone.
    """
    from mpl_toolkits.mplot3d.art3d import Poly3DCollection

    still: np.ndarray = ~np.any(headings, axis=0)
    along = np.where(still[:, None], np.array([0.0, 0.0, 1.0]), headings.T)
    # any axis that is not along the heading serves
    across = np.cross(along, np.eye(3)[np.abs(along).argmin(axis=1)])
    across /= np.linalg.norm(across, axis=1, keepdims=True)
    turned = np.stack([along, across, np.cross(along, across)], axis=1)
    shape = np.where(still[:, None, None], STILL * np.sign(CONE), CONE)
    corners = np.einsum("nca,nad->ncd", shape, turned) * half + points.T[:, None, :]
    faces = corners[:, FACES]
    normals = np.cross(faces[:, :, 1] - faces[:, :, 0], faces[:, :, 2] - faces[:, :, 0])
    normals /= np.linalg.norm(normals, axis=-1, keepdims=True)
    towards = towards_viewer(ax)
    lamp = towards + np.array([0.0, 0.0, 1.0])
    light = np.clip(normals @ lamp / (np.linalg.norm(lamp) or 1.0), 0.0, 1.0)
    colours = np.repeat(faded(rgba, towards @ points)[:, None, :], len(FACES), axis=1)
    colours[..., :3] *= (SHADE + (1 - SHADE) * light)[..., None]
    drawn = Poly3DCollection(faces.reshape(-1, 3, 3), facecolors=colours.reshape(-1, 4), linewidths=0)
    return ax.add_collection3d(drawn, autolim=False)


def balls(ax: Any, points: np.ndarray, rgba: np.ndarray, area: float) -> "Artist":
    """Draw agents as dots of `area` points squared, `points` `(3, n)`."""
    shown = faded(rgba, towards_viewer(ax) @ points)
    return ax.scatter(*points, s=area, c=shown, linewidths=0, depthshade=False)


def towards_viewer(ax: Any) -> np.ndarray:
    """The unit vector from what is seen to the camera."""
    elevation, azimuth = np.radians(ax.elev), np.radians(ax.azim)
    flat = np.cos(elevation)
    return np.array([flat * np.cos(azimuth), flat * np.sin(azimuth), np.sin(elevation)])


def faded(rgba: np.ndarray, depth: np.ndarray) -> np.ndarray:
    """Colours `(n, 4)` that are the paler the farther back an agent is; `depth` grows towards the camera."""
    found = rgba.copy()
    if depth.size and depth.max() > depth.min():
        share = FARTHEST * (depth.max() - depth) / (depth.max() - depth.min())
        found[:, :3] += (1 - rgba[:, :3]) * share[:, None]
    return found
