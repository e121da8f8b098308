"""The region that particles of a simulation live in, and what their dataset says of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ergodica.data.schema import Coordinate, Variable
from ergodica.numerics.errors import ParameterError
from ergodica.numerics.geometry import Box

AXES = ("x", "y", "z")


def region(box: float | None, dimensions: int) -> Box:
    """Open space, or a square or cube that is periodic along every axis."""
    return Box.open(dimensions) if box is None else Box.periodic_cube(box, dimensions)


def check_range(
    name: str, largest: float, region: Box, otherwise: str = "leave box out for open space"
) -> None:
    """Raise ParameterError where an interaction reaches beyond half a periodic box.

    `largest` is the largest distance at which two particles see each other, `otherwise` what helps beside a larger box.
    """
    if largest > region.shortest / 2:
        raise ParameterError(
            f"{name}: must reach at most half of the periodic box, got a largest radius of {largest:g} with a box of "
            f"{region.shortest:g}; use box={_above(2 * largest):g} or more, or {otherwise}"
        )


def _above(value: float) -> float:
    """The value rounded up to three digits."""
    step = 10.0 ** (np.floor(np.log10(value)) - 2)
    return float(np.ceil(value / step - 1e-9) * step)


def particle_coordinates(count: int, dimensions: int) -> tuple[Coordinate, ...]:
    """`particle`, `space` and the names of the axes."""
    return (
        Coordinate(
            name="particle",
            dims=("particle",),
            values=np.arange(count),
            units="1",
            long_name="number of the particle",
        ),
        Coordinate(
            name="space",
            dims=("space",),
            values=np.arange(dimensions),
            units="1",
            long_name="axis of space",
        ),
        Coordinate(
            name="space_name",
            dims=("space",),
            values=np.array(AXES[:dimensions]),
            units="1",
            long_name="name of the axis",
        ),
    )


def particle_variable(name: str, long_name: str, units: str = "1") -> Variable:
    """A vector for each particle, over `(t, particle, space)`."""
    return Variable(
        name=name, dims=("t", "particle", "space"), units=units, long_name=long_name, kind="agents"
    )


def particle_number(name: str, long_name: str, units: str = "1") -> Variable:
    """A number for each particle, over `(t, particle)`."""
    return Variable(name=name, dims=("t", "particle"), units=units, long_name=long_name, kind="agents")


def check_units(name: str, vectors: np.ndarray) -> None:
    """Raise ParameterError unless headings `(..., n, d)` are unit vectors to 1e-6."""
    norms = np.linalg.norm(vectors, axis=-1)
    if not np.abs(norms - 1).max() < 1e-6:
        bad = int(np.argmax(np.abs(norms - 1).reshape(-1, norms.shape[-1]).max(axis=0)))
        raise ParameterError(
            f"{name}: headings must be unit vectors, got a length of {norms[..., bad].ravel()[0]:g} for particle "
            f"{bad}; divide each by its length"
        )


def box_variable(region: Box) -> dict[str, tuple[Variable, np.ndarray]]:
    """`box(space)`, the lengths of a periodic box; nothing in open space."""
    if not any(region.periodic):
        return {}
    declared = Variable(
        name="box", dims=("space",), units="1", long_name="length of the periodic box", kind="parameter"
    )
    return {"box": (declared, np.array(region.lengths))}


def checked_vectors(name: str, values: Any, shape: Sequence[int]) -> np.ndarray:
    """Finite float64 numbers of shape `(*shape)` or `(members, *shape)`, as an array of their own.

    Raises:
        ParameterError: another shape, or a number that is not finite.
    """
    try:
        array = np.array(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ParameterError(
            f"{name}: must be numbers, got {type(values).__name__}; give an array"
        ) from error
    if (
        array.ndim not in (len(shape), len(shape) + 1)
        or array.shape[-len(shape) :] != tuple(shape)
        or 0 in array.shape
    ):
        raise ParameterError(
            f"{name}: must have shape {tuple(shape)}, with or without members before it, got {array.shape}; "
            "match the numbers of particles and dimensions"
        )
    if not np.isfinite(array).all():
        bad = tuple(int(k) for k in np.argwhere(~np.isfinite(array))[0])
        raise ParameterError(f"{name}: must be finite, got {array[bad]} at {bad}; mend it there")
    array.flags.writeable = False
    return array
