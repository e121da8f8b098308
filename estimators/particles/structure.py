"""The static structure factor: how strongly the density of particles varies at each wavevector of the box."""

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ergodica.estimators.arrays import Array
from ergodica.estimators.claims import Claims
from ergodica.estimators.particles.fourier import fourier_modes, grid_of
from ergodica.estimators.particles.frames import (
    POSITION,
    Output,
    coordinate,
    frame_by_frame,
    periodic_box,
    positive,
    power,
    units_of,
)
from ergodica.estimators.registry import register
from ergodica.estimators.schools.data import PARTICLE, variable
from ergodica.numerics.errors import ParameterError
from ergodica.numerics.geometry import Box

if TYPE_CHECKING:
    import xarray as xr

MOST_UNASKED = 2**24
"""Points of the grid that is made for the default."""

PEAKS = 2.0
"""Default largest wavenumber, in 2 pi over the mean distance between particles."""


@register(
    family="particles",
    takes={"dataset": "dataset"},
    claims=Claims(needs="positions of particles in a periodic box", cost="O(N K) a frame for K wavevectors"),
)
def structure_factor(dataset: "xr.Dataset", *, largest: float | None = None) -> "xr.DataArray":
    """Static structure factor S(k), averaged over directions.

    S(k) = |sum_j exp(-i k . x_j)|^2 / N

    Only the wavevectors that the box allows are taken, k = 2 pi (n_x/L_x, n_y/L_y, ...) without k = 0: at any other one
    the shape of the box would be seen. All of them within a shell of width 2 pi / L, L the longest side, are averaged.

    Args:
        dataset: with `position(t, particle, space)` and a `box(space)` periodic along every axis.
        largest: wavenumber up to which shells are given, in radians per unit of the positions. Default: twice
            2 pi over the mean distance between particles, which holds the first peak, or what a grid of 2^24 points
            can hold for more than some 260,000 particles in the plane and 32,000 in space.

    Returns:
        Over `member`, `t` and `k`, the mean wavenumber of each shell, with `modes(k)`, how many wavevectors it
        has: 1 for independent particles, for k -> 0 the relative variance of their number in large regions. The
        mean over `t` is that of all frames. NaN for a frame with a position that is not finite.

    Raises:
        ParameterError: an open axis, boxes that differ, a wavenumber below the box's smallest, or one so large
            that the grid would not fit.

    By FFT in O(N + modes log modes); S differs from the direct sum by some 1e-8 sqrt(S). One frame of independent
    particles has a relative spread of sqrt(2/modes), since k and -k are one.
    """
    box = periodic_box(dataset, "a structure factor")
    largest, modes = _wavevectors(dataset, box, largest)
    k = _lengths_of_wavevectors(box, modes)
    step = 2 * math.pi / max(box.lengths)
    shells = int(largest / step + 0.5 + 1e-9)
    shell = np.rint(k / step).astype(np.int64)
    shell = np.where((shell <= shells) & (k > 0), shell, 0)
    weights = _twice(modes)
    number = np.bincount(shell.ravel(), weights.ravel(), shells + 1)[1:]
    mean_k = np.bincount(shell.ravel(), (weights * k).ravel(), shells + 1)[1:] / number

    def frame(x: Array, lengths: Array) -> list[Array]:
        square = np.square(np.abs(fourier_modes(x, box, modes))) * weights
        return [np.bincount(shell.ravel(), square.ravel(), shells + 1)[1:] / (number * len(x))]

    output = Output(units="1", long_name="structure factor S(k)", dims=("k",), kind="spectrum")
    found = frame_by_frame(
        frame,
        dataset,
        (POSITION,),
        {"structure_factor": output},
        f"mean over the box's wavevectors in shells of {step:g}",
        {"k": shells},
    )["structure_factor"]
    units = _inverse(dataset)
    return found.assign_coords(
        k=coordinate("k", mean_k, units, "wavenumber"),
        modes=coordinate("k", number.astype(np.int64), "1", "wavevectors in the shell"),
    )


@register(
    family="particles",
    takes={"dataset": "dataset"},
    claims=Claims(needs="positions of particles in a periodic box", cost="O(N K) a frame for K wavevectors"),
)
def structure_factor_map(dataset: "xr.Dataset", *, largest: float | None = None) -> "xr.DataArray":
    """Static structure factor at every wavevector of the box: shows the peaks of crystals and their directions.

    Args:
        dataset, largest: as for `structure_factor`; `largest` along each axis.

    Returns:
        Over `member`, `t` and `kx`, `ky` (`kz`), S(k): N at the Bragg peaks of a perfect crystal. At k = 0, where it
        is N for any arrangement, NaN.
    """
    box = periodic_box(dataset, "a structure factor")
    _, modes = _wavevectors(dataset, box, largest)
    axes = tuple(f"k{axis}" for axis in "xyz"[: box.dimensions])

    def frame(x: Array, lengths: Array) -> list[Array]:
        half = np.square(np.abs(fourier_modes(x, box, modes))) / len(x)
        half[modes[:-1]][0] = np.nan
        mirrored = half[(slice(None, None, -1),) * box.dimensions]
        return [np.concatenate([mirrored[..., :-1], half], axis=-1)]

    output = Output(units="1", long_name="structure factor S", dims=axes, kind="field")
    sizes = {axis: 2 * m + 1 for axis, m in zip(axes, modes, strict=True)}
    found = frame_by_frame(
        frame, dataset, (POSITION,), {"structure_factor": output}, "wavevectors of the box", sizes
    )["structure_factor"]
    return found.assign_coords(
        {
            axis: coordinate(
                axis,
                2 * np.pi / length * np.arange(-m, m + 1),
                _inverse(dataset),
                f"wavenumber along {axis[1]}",
            )
            for axis, m, length in zip(axes, modes, box.lengths, strict=True)
        }
    )


def _inverse(dataset: "xr.Dataset") -> str:
    units = units_of(dataset)
    return "1" if units == "1" else f"radian {power(units, -1)}"


def _wavevectors(dataset: "xr.Dataset", box: Box, largest: float | None) -> tuple[float, tuple[int, ...]]:
    if largest is None:
        n = variable(dataset, POSITION).sizes[PARTICLE]
        spacing = (box.volume / n) ** (1 / box.dimensions)
        affordable = (MOST_UNASKED / box.volume) ** (1 / box.dimensions) / 4
        largest = 2 * math.pi * max(min(PEAKS / spacing, affordable), 1 / max(box.lengths))
    largest = positive("largest", largest, "use 2 pi over the smallest distance of interest")
    smallest = 2 * math.pi / max(box.lengths)
    if largest < smallest * (1 - 1e-9):
        raise ParameterError(
            f"largest: must be at least the smallest wavenumber of the box, {smallest:g}, got {largest:g}; "
            "use a larger one"
        )
    # half a shell more, so that the last one is whole
    reach = largest + 0.5 * smallest
    modes = tuple(int(reach * length / (2 * math.pi) + 1e-9) for length in box.lengths)
    grid_of(modes)
    return largest, modes


def _lengths_of_wavevectors(box: Box, modes: tuple[int, ...]) -> Array:
    squares = np.zeros(())
    for axis, (m, length) in enumerate(zip(modes, box.lengths, strict=True)):
        last = axis == len(modes) - 1
        k = 2 * np.pi / length * np.arange(0 if last else -m, m + 1)
        squares = np.add.outer(squares, k * k)
    return np.sqrt(squares)


def _twice(modes: tuple[int, ...]) -> NDArray[np.float64]:
    """2 for wavevectors that stand for their opposite too, 1 where that has its own place."""
    shape = (*(2 * m + 1 for m in modes[:-1]), modes[-1] + 1)
    weights = np.full(shape, 2.0)
    weights[..., 0] = 1.0
    return weights
