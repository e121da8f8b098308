"""Where particles live: a box whose axes are periodic or open, with wrapping, shortest displacements and means."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ergodica.numerics.errors import ParameterError
from ergodica.numerics.kernel import kernel

Array: TypeAlias = NDArray[np.float64]

MOST_DIMENSIONS = 3
SMALLEST_RADIUS, LARGEST_RADIUS = 1e-150, 1e150  # their squares are still float64


@kernel(_nrt=False, forceinline=True)
def nearest_image(difference: float, period: float) -> float:
    """The shortest displacement along an axis between two wrapped positions; `period` is inf on an open axis.

    Of two images at exactly half the period the unshifted one is taken, so that nearest_image(-d) is always
    -nearest_image(d), to the bit.
    """
    half = 0.5 * period
    back = period if difference < -half else 0.0
    return difference + (-period if difference > half else back)


@kernel(_nrt=False, forceinline=True)
def wrapped(x: float, period: float) -> float:
    """`x` moved by whole periods into [0, period); unchanged on an open axis, whose period is inf."""
    if 0.0 <= x < period or period == math.inf:
        return x
    rest = x % period
    return rest if rest < period else 0.0  # a tiny negative x rounds up to the period


@dataclass(frozen=True)
class Box:
    """A rectangular region in 1, 2 or 3 dimensions, [0, length) along each periodic axis, all of it along open ones.

    Args:
        lengths: one length an axis, in the unit of the positions; None or inf makes the axis open.

    Displacements are the shortest between periodic images: their components lie in [-length/2, length/2].

    Raises:
        ParameterError: no or more than three axes; a length that is not positive.

    >>> Box((10.0, 10.0)).displacement([9.5, 5.0], [0.5, 4.0])
    array([ 1., -1.])
    >>> Box((10.0, None)).periodic
    (True, False)
    """

    lengths: tuple[float, ...]

    def __init__(self, lengths: Sequence[float | None] | Array) -> None:
        values = tuple(_length(length) for length in lengths)
        if not 1 <= len(values) <= MOST_DIMENSIONS:
            raise ParameterError(
                f"box: must have 1 to {MOST_DIMENSIONS} axes, got {len(values)}; give one length an axis"
            )
        object.__setattr__(self, "lengths", values)

    @classmethod
    def open(cls, dimensions: int) -> Box:
        """Space without bounds."""
        return cls((None,) * dimensions)

    @classmethod
    def periodic_cube(cls, length: float, dimensions: int) -> Box:
        """A square or cube, periodic along every axis."""
        return cls((length,) * dimensions)

    @property
    def dimensions(self) -> int:
        """The number of axes."""
        return len(self.lengths)

    @property
    def periodic(self) -> tuple[bool, ...]:
        """Whether each axis is periodic."""
        return tuple(math.isfinite(length) for length in self.lengths)

    @property
    def shortest(self) -> float:
        """The shortest periodic length; inf where no axis is periodic."""
        return min(self.lengths)

    @property
    def volume(self) -> float:
        """Length, area or volume; inf where an axis is open."""
        return math.prod(self.lengths)

    @property
    def periods(self) -> Array:
        """Lengths for kernels, always `(3,)`: inf for an open or a missing axis."""
        return np.array(self.lengths + (math.inf,) * (MOST_DIMENSIONS - self.dimensions))

    def wrap(self, positions: ArrayLike) -> Array:
        """Positions `(..., d)` moved by whole periods into [0, length) along the periodic axes, as a copy."""
        out = self._array("positions", positions).copy()
        for axis, length in enumerate(self.lengths):
            if math.isfinite(length):
                x = np.mod(out[..., axis], length)
                out[..., axis] = np.where(x < length, x, 0.0)
        return out

    def displacement(self, start: ArrayLike, end: ArrayLike) -> Array:
        """The shortest vectors `(..., d)` from `start` to `end`, wrapped or not, of shapes that broadcast."""
        out = self._array("end", end) - self._array("start", start)
        for axis, length in enumerate(self.lengths):
            if math.isfinite(length):
                out[..., axis] -= length * np.rint(out[..., axis] / length)
        return out

    def distance(self, start: ArrayLike, end: ArrayLike) -> Array:
        """The shortest distances `(...)` between `start` and `end`."""
        squares: Array = np.square(self.displacement(start, end))
        distances: Array = np.sqrt(squares.sum(-1))
        return distances

    def circular_mean(self, positions: ArrayLike) -> Array:
        """The direction of the mean of exp(2 pi i x / length) over the particles, as a position.

        Args:
            positions: `(..., n, d)`, n >= 1.

        Returns:
            `(..., d)`, in [0, length) along periodic axes, the plain mean along open ones. Where particles fill
            the box evenly no position is preferred and round-off decides.
        """
        x = self._array("positions", positions)
        if x.ndim < 2 or x.shape[-2] == 0:
            raise ParameterError(
                f"positions: must have shape (..., n, {self.dimensions}), n >= 1, got {x.shape}; give a particle"
            )
        out = np.empty(x.shape[:-2] + x.shape[-1:])
        for axis, length in enumerate(self.lengths):
            if math.isfinite(length):
                angle = (2 * np.pi / length) * x[..., axis]
                mean = np.arctan2(np.sin(angle).mean(-1), np.cos(angle).mean(-1))
                out[..., axis] = length / (2 * np.pi) * mean
            else:
                out[..., axis] = x[..., axis].mean(-1)
        return self.wrap(out)

    def centroid(self, positions: ArrayLike) -> Array:
        """The centre of a group: its circular mean, moved by the mean displacement from there.

        A group within half a box of its circular mean has the centroid that it would have in open space; the
        circular mean alone lies elsewhere when the group is lopsided.

        Args:
            positions: `(..., n, d)`, n >= 1.

        Returns:
            `(..., d)`, wrapped.
        """
        centre = self.circular_mean(positions)
        return self.wrap(centre + self.displacement(centre[..., None, :], positions).mean(-2))

    def check_radius(self, name: str, radius: float) -> float:
        """`radius` as a float, if it is positive and no more than half of every periodic length.

        Raises:
            ParameterError: the rule is broken; within a larger radius a particle would meet two images of another.
        """
        value = _number(radius)
        if not SMALLEST_RADIUS <= value <= LARGEST_RADIUS:
            raise ParameterError(
                f"{name}: must be positive and finite (1e-150 to 1e150), got {radius!r}; "
                "use a length in the unit of the positions"
            )
        if value > self.shortest / 2:
            raise ParameterError(
                f"{name}: must be at most half the shortest periodic length, got {value:g} with {self.shortest:g}; "
                f"use a box of at least {2 * value:g} or an open axis"
            )
        return value

    def _array(self, name: str, values: ArrayLike) -> Array:
        array = np.asarray(values, dtype=np.float64)
        if array.ndim == 0 or array.shape[-1] != self.dimensions:
            raise ParameterError(
                f"{name}: must have {self.dimensions} components along the last axis, got shape {array.shape}; "
                "use a box of as many axes"
            )
        return array


def as_box(box: Box | float | Sequence[float | None] | Array | None, dimensions: int) -> Box:
    """A `Box` of so many axes from a box, one length for all axes, a length an axis, or None for open space.

    Raises:
        ParameterError: the number of axes differs from `dimensions`, or a length is not positive.
    """
    if box is None:
        return Box.open(dimensions)
    if not isinstance(box, Box):
        box = Box([float(box)] * dimensions) if np.ndim(box) == 0 else Box(box)  # type: ignore[arg-type]
    if box.dimensions != dimensions:
        raise ParameterError(
            f"box: must have as many axes as the positions, got {box.dimensions} for {dimensions}; "
            "give one length an axis, None for an open one"
        )
    return box


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return math.nan


def _length(length: Any) -> float:
    value = math.inf if length is None else _number(length)
    if not value > 0:
        raise ParameterError(f"box: lengths must be positive, got {length!r}; use None for an open axis")
    return value
