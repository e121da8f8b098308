"""The distribution of a field over wavenumbers."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ergodica.estimators.arrays import Array, unit_scale
from ergodica.estimators.claims import Claims
from ergodica.estimators.spaces.space import Axis, Outcomes, Space, points
from ergodica.estimators.spaces.spatial_density import largest_part, squared_modulus


@dataclass(frozen=True, kw_only=True)
class SpectralPower(Space):
    """At which wavenumbers a field is: the share of power in each Fourier mode.

    p_k = |F_k|^2 / sum |F|^2 with F the discrete Fourier transform over all axes, two-sided, the mean (k=0)
    included, no window: the data are taken as one period. A real field has p_k = p_-k, and its entropy is
    that of the same field made complex: a single cosine has ln 2, not 0.

    Outcomes are k = 2 pi j/(n dx), ascending, when the coordinate has an even step dx, and the mode number j
    otherwise.

    Good values: fields in a periodic box; times a window where their ends do not meet.

    Raises:
        ValueError: the coordinate is not evenly spaced.
    """

    long_name = "power spectrum"
    claims = Claims(
        needs="real or complex numbers on an even grid, one of them not 0; the data are taken as one period",
        cost="O(n log n)",
        invariances={"scale": 1e-12, "sign": 0.0, "reversal": 1e-12},
    )

    def weights(self, values: NDArray) -> Array:
        """|F|^2 of each row, zero mode in the middle."""
        rows = values.reshape(len(values), -1)
        scaled = (rows * unit_scale(largest_part(rows))).reshape(values.shape)
        # numpy's transform takes each row alone; scipy's packs rows into vector lanes, where the last bits
        # would depend on how many rows stand beside
        axes = tuple(range(1, values.ndim))
        power = squared_modulus(np.fft.fftn(scaled, axes=axes))
        return np.fft.fftshift(power, axes=axes).reshape(rows.shape)

    def count(self, axes: tuple[Axis, ...]) -> int:
        """One outcome a mode."""
        return points(axes)

    def outcomes(self, axes: tuple[Axis, ...]) -> Outcomes:
        """Wavenumbers along one axis, a running number along several."""
        if len(axes) > 1:
            names = ", ".join(axis.name for axis in axes)
            return Outcomes(
                values=np.arange(points(axes)), units="1", long_name=f"Fourier mode along {names}"
            )
        (axis,) = axes
        step = axis.spacing()
        modes = np.fft.fftshift(np.fft.fftfreq(axis.size, 1 / axis.size))
        if step is None:
            return Outcomes(values=modes, units="1", long_name="mode number")
        units = axis.units if axis.units == "1" else f"({axis.units})^-1"
        long_name = f"wavenumber along {axis.name}"
        return Outcomes(values=modes * (2 * np.pi / (axis.size * step)), units=units, long_name=long_name)

    def check(self, axes: tuple[Axis, ...]) -> None:
        """Evenly spaced coordinates only."""
        for axis in axes:
            axis.spacing()
