"""A crowd: agents with their headings, radii and box, read a frame at a time, so that long runs need little memory."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.data.pictures.companions import ARROWS, AT, BOX, POSITION, RADIUS
from ergodica.data.pictures.select import one_member, require_frames
from ergodica.data.pictures.thin import evenly, positions

if TYPE_CHECKING:
    import xarray as xr

LOOKS = 24
"""Frames that are looked at for the extent of a run and the range of its colours."""
HIDDEN = 2.0
"""Packing fraction from which on discs are not drawn; those that repel each other stay below 1.3."""
OUTSIDE = 1e-6
"""Share of the box by which wrapped positions may leave it, by rounding."""


@dataclass(frozen=True)
class Frame:
    """The agents of one frame that have a place.

    Args:
        index: number of the frame.
        seen: numbers of the particles, shape `(n,)`.
        points: their positions, shape `(axes, n)`.
        headings: unit vectors, or zero where there is none, shape `(axes, n)`; None without headings.
        others: positions and headings of other groups, such as predators.
    """

    index: int
    seen: np.ndarray
    points: np.ndarray
    headings: np.ndarray | None
    others: "tuple[tuple[np.ndarray, np.ndarray | None], ...]" = ()

    @property
    def everybody(self) -> np.ndarray:
        """Positions of the agents and of the other groups, shape `(axes, n)`."""
        return np.concatenate([self.points, *(points for points, _ in self.others)], axis=1)


@dataclass(frozen=True)
class Crowd:
    """Agents over time, of one member, in the plane or in space.

    Args:
        variable: dims `(t, particle, space)`, with headings, box, radii and numbers of each particle as coordinates.
        axes: 2 for a picture in the plane of the first two components, 3 for one in space.
    """

    variable: "xr.DataArray"
    axes: int

    @property
    def frames(self) -> int:
        return self.variable.sizes["t"]

    @property
    def count(self) -> int:
        return self.variable.sizes["particle"]

    @cached_property
    def arrows(self) -> "xr.DataArray | None":
        """The vectors along which the agents head."""
        named = [name for name in ARROWS if name in self.variable.coords]
        return self.variable[named[0]] if named else None

    @cached_property
    def radius(self) -> np.ndarray | None:
        """Radii of all agents, shape `(particle,)`; None where they are not known, or where agents go through
        one another, so that discs would hide each other."""
        if RADIUS not in self.variable.coords:
            return None
        found = np.asarray(self.variable[RADIUS].values, dtype=np.float64)
        good = found.ndim <= 1 and np.isfinite(found).all() and (found > 0).all()
        radius = np.broadcast_to(found, (self.count,))
        return radius if good and self._filled(radius) < HIDDEN else None

    def _filled(self, radius: np.ndarray) -> float:
        """The sum of the discs' areas, or the balls' volumes, over that of the region that they are in."""
        low, high = self.extent([self.frames - 1])
        lengths = np.where(np.isfinite(self.box), self.box, high - low + 2 * radius.max())
        balls = np.pi * radius**2 if self.axes == 2 else 4 / 3 * np.pi * radius**3
        return float(balls.sum() / np.prod(lengths)) if np.isfinite(lengths).all() else 0.0

    @cached_property
    def box(self) -> np.ndarray:
        """Lengths of the periodic box, shape `(axes,)`; NaN along open axes and where positions are not wrapped."""
        if BOX not in self.variable.coords:
            return np.full(self.axes, np.nan)
        lengths = np.full(self.axes, np.nan)
        known = np.asarray(self.variable[BOX].values, dtype=np.float64)[: self.axes]
        lengths[: len(known)] = known
        low, high = self.extent(evenly(self.frames, LOOKS))
        inside = (low >= -OUTSIDE * lengths) & (high <= lengths * (1 + OUTSIDE))
        return np.where(inside & (lengths > 0) & np.isfinite(lengths), lengths, np.nan)

    @cached_property
    def others(self) -> "dict[str, xr.DataArray]":
        """Positions and headings of those of other groups, such as predators, by their names."""
        return {str(name): one for name, one in self.variable.coords.items() if AT in str(name)}

    def vectors(self, variable: "xr.DataArray", index: int) -> np.ndarray:
        """The vectors of one frame, shape `(axes, agents)`; those on a line have 0 for a second component."""
        # those of another group may stand still
        one = variable.isel({"t": index}, missing_dims="ignore")
        one = one.isel(space=slice(0, self.axes)).transpose("space", ...)
        found = np.asarray(one.values, dtype=np.float64)
        return np.concatenate([found, np.zeros((self.axes - len(found), found.shape[1]))])

    def frame(self, index: int) -> Frame:
        """The agents at one frame."""
        seen, points, headings = self._seen(self.variable, self.arrows, index)
        others = tuple(
            self._seen(one.expand_dims("agent"), self._arrow_of(name), index)[1:]
            for name, one in self.others.items()
            if name.endswith(POSITION)
        )
        return Frame(index, seen, points, headings, others)

    def _arrow_of(self, name: str) -> "xr.DataArray | None":
        found = [name.removesuffix(POSITION) + arrow for arrow in ARROWS]
        return next((self.others[one].expand_dims("agent") for one in found if one in self.others), None)

    def _seen(
        self, places: "xr.DataArray", arrows: "xr.DataArray | None", index: int
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
        points = self.vectors(places, index)
        seen = np.flatnonzero(np.isfinite(points).all(axis=0))
        headings = None
        if arrows is not None:
            headings = self.vectors(arrows, index)[:, seen]
            length = np.linalg.norm(headings, axis=0)
            some = np.isfinite(length) & (length > 0)
            headings = np.where(some, headings / np.where(some, length, 1.0), 0.0)
        return seen, points[:, seen], headings

    def extent(self, frames: Any) -> tuple[np.ndarray, np.ndarray]:
        """Least and largest position along each axis over these frames, NaN where nobody is."""
        low, high = np.full(self.axes, np.inf), np.full(self.axes, -np.inf)
        for index in frames:
            points = self.frame(int(index)).everybody
            if points.size:
                low, high = np.minimum(low, points.min(axis=1)), np.maximum(high, points.max(axis=1))
        return np.where(np.isfinite(low), low, np.nan), np.where(np.isfinite(high), high, np.nan)

    def speeds(self, index: int) -> np.ndarray:
        """Speeds at one frame, from the displacement since the frame before, across a periodic border the shortest.

        Raises:
            ValueError: a single frame.
        """
        if self.frames < 2:
            raise ValueError(
                "color: 'speed' needs velocity(t, particle, space) or two frames, got one; leave it out"
            )
        first = max(index - 1, 0)
        t = positions(self.variable, "t")
        step = self.vectors(self.variable, first + 1) - self.vectors(self.variable, first)
        lengths = self.box[:, None]
        step = np.where(np.isfinite(lengths), step - lengths * np.rint(step / lengths), step)
        return np.asarray(np.linalg.norm(step, axis=0) / (t[first + 1] - t[first]))


def crowd(variable: "xr.DataArray", axes: int, member: int | None = None) -> Crowd:
    """The agents of one member (the first unless told).

    Raises:
        ValueError: no frames, other dims, or fewer components than axes.
    """
    require_frames(variable)
    variable = one_member(variable, member)
    dims = {str(dim) for dim in variable.dims}
    least = 1 if axes == 2 else axes
    if dims - {"t"} != {"particle", "space"} or variable.sizes["space"] < least:
        raise ValueError(
            f"{variable.name}: agents here must have dims (t, particle, space) with {least} or more components, "
            f"got {dict(variable.sizes)}; rename or select"
        )
    if "t" not in dims:
        along = [
            name
            for name, one in variable.coords.items()
            if name != "t" and {"particle", "space"} <= {*one.dims}
        ]
        headings = {str(name): variable[name].expand_dims("t").variable for name in along}
        variable = variable.drop_vars(along).expand_dims("t").assign_coords(headings)
    return Crowd(variable, axes)
