"""From where a crowd is seen: the limits of its axes, a box, a camera in space, a group that is followed."""

import math
from collections.abc import Sequence
from itertools import combinations, product
from typing import Any

import numpy as np

from ergodica.data.pictures.crowd import Crowd, Frame
from ergodica.data.pictures.labels import plain, units_of

ROOM = 0.06
"""Left free around a crowd in open space, as a share of its size."""
WANDERS = 1.5
"""A group whose whole way is longer than it by this factor is followed."""
FLATTEST = 0.3
"""Least length of an axis, as a share of the longest."""
CAMERA = (22.0, -60.0)
SHRUNK = 0.95
TICKS = 4
MOST_DEGREES = 36_000.0


class View:
    """The axes of a crowd over some frames.

    Args:
        crowd: the agents.
        ax: what is set up.
        frames: the frames by which the limits are chosen.
        view: elevation and azimuth of a camera in space, in degrees.
    """

    def __init__(self, crowd: Crowd, ax: Any, frames: list[int], view: Sequence[float] | None) -> None:
        self.crowd, self.ax = crowd, ax
        self.camera = tuple(view) if view is not None else CAMERA
        self.low, self.high = crowd.extent(frames)
        self.followed = np.zeros(crowd.axes, dtype=bool)
        self._choose_limits(frames)
        self._name_axes()
        if crowd.axes == 3:
            ax.set_box_aspect(self.high - self.low, zoom=SHRUNK)
            ax.view_init(*self.camera)
            self._draw_box()
        else:
            ax.set_aspect("equal")
        self._set_limits(self.low, self.high)

    @property
    def side(self) -> float:
        """Length of the longest axis."""
        return float((self.high - self.low).max())

    def follow(self, frame: Frame) -> None:
        """Put a wandering group into the middle."""
        if self.followed.any() and frame.seen.size:
            half = (self.high - self.low) / 2
            middle = np.where(self.followed, frame.points.mean(axis=1), (self.high + self.low) / 2)
            self._set_limits(middle - half, middle + half)

    def turn(self, degrees: float) -> None:
        """Turn the camera about the vertical."""
        if self.crowd.axes == 3:
            self.ax.view_init(self.camera[0], self.camera[1] + degrees)

    def _choose_limits(self, frames: list[int]) -> None:
        box, empty = self.crowd.box, ~np.isfinite(self.low)
        self.low, self.high = np.where(empty, 0.0, self.low), np.where(empty, 1.0, self.high)
        spread = np.zeros(self.crowd.axes)
        for index in frames:
            frame = self.crowd.frame(index)
            points = frame.points
            if points.size:
                away = np.abs(frame.everybody - points.mean(axis=1, keepdims=True)).max(axis=1)
                spread = np.maximum(spread, 2 * away)
        moves = np.isnan(box) & (self.high - self.low > WANDERS * float(spread.max()))
        # a group that is followed along one open axis is followed along all of them
        self.followed = moves.any() & np.isnan(box) & (len(frames) > 1)
        size = np.where(self.followed, spread, self.high - self.low)
        longest = float(size.max()) or 1.0
        size = np.maximum(size, (FLATTEST) * longest)
        reach = 0.0 if self.crowd.radius is None else float(self.crowd.radius.max(initial=0.0))
        size = size + 2 * max(ROOM * longest, reach)
        middle = (self.low + self.high) / 2
        periodic = np.isfinite(box)
        self.low = np.where(periodic, 0.0, middle - size / 2)
        self.high = np.where(periodic, box, middle + size / 2)

    def _set_limits(self, low: np.ndarray, high: np.ndarray) -> None:
        for name, first, last in zip("xyz", low, high, strict=False):
            getattr(self.ax, f"set_{name}lim")(first, last)

    def _name_axes(self) -> None:
        variable = self.crowd.variable
        units = plain(units_of(variable))
        named = variable.coords.get("space_name")
        names = [str(one) for one in named.values] if named is not None else list("xyz")
        for axis, name in zip("xyz"[: self.crowd.axes], names[: variable.sizes["space"]], strict=False):
            getattr(self.ax, f"set_{axis}label")(f"${name}${units}")
            if self.crowd.axes == 3:
                share = float((self.high - self.low)["xyz".index(axis)]) / self.side
                self.ax.locator_params(axis=axis, nbins=max(2, round(TICKS * share)))

    def _draw_box(self) -> None:
        """The edges of a periodic box; without one the walls are left out."""
        for one in (self.ax.xaxis, self.ax.yaxis, self.ax.zaxis):
            one.pane.set_alpha(0.25)
            one._axinfo["grid"].update(color=(0.0, 0.0, 0.0, 0.08))
        if not np.isfinite(self.crowd.box).all():
            return
        corners = np.array(list(product(*zip(self.low, self.high, strict=True))))
        for a, b in combinations(corners, 2):
            if np.count_nonzero(a != b) == 1:
                self.ax.plot(*np.stack([a, b], axis=1), color="0.6", linewidth=0.6, zorder=0)


def check_view(view: Sequence[float] | None, projection: str | None, turn: float | None = None) -> None:
    """Refuse a camera that cannot be, or where there is no space to see.

    Raises:
        ValueError: not two angles, angles that are not finite, or positions in the plane.
    """
    given = {name: value for name, value in (("view", view), ("turn", turn)) if value is not None}
    if given and projection is None:
        name, value = next(iter(given.items()))
        raise ValueError(f"{name}: only a picture in space has a camera, got {value}; leave it out")
    numbers = [*(view if view is not None else CAMERA), turn or 0.0]
    if len(numbers) != 3 or not all(math.isfinite(one) and abs(one) <= MOST_DEGREES for one in numbers):
        name = "view" if view is not None and not (len(view) == 2 and turn is not None) else "turn"
        raise ValueError(
            f"{name}: must be {'two angles' if name == 'view' else 'an angle'} in degrees, got "
            f"{given[name]}; use {'20,45' if name == 'view' else '360'}"
        )
