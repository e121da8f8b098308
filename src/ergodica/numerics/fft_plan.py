"""What a transform of one length needs to know: how it is split, its twiddle factors, the order of its modes.

Made once in plain numpy, and handed to `fft_kernels` as the arrays `plan.powers`, `plan.twiddles`.
"""

from __future__ import annotations

import numpy as np

LANES = 8
LEAF = LANES * LANES  # points that one pass transforms in registers
ALIGNMENT = 64  # bytes of a cache line, and of the longest vector


def aligned(size: int) -> np.ndarray:
    """An uninitialised float64 array (size,) that starts on a cache line."""
    held = np.empty(size + ALIGNMENT // 8)
    start = -held.ctypes.data % ALIGNMENT // 8
    return held[start : start + size]


def split(points: int) -> list[int]:
    """The factors of points / 64 as powers of two, largest blocks first: eights, with one 2 or 4 or two 4."""
    left = points.bit_length() - LEAF.bit_length()
    if left % 3 == 1 and left > 1:
        return [3] * ((left - 4) // 3) + [2, 2]  # 4 x 4 takes fewer instructions than 8 x 2
    return ([left % 3] if left % 3 else []) + [3] * (left // 3)


class Plan:
    """A transform of length `points`: powers of two from 64 on by our own kernels, other lengths by
    rocket-fft.

    Attributes: `order` (N,), the mode that stands at each place of the kernels' spectrum, as an index
    into Fourier order; `powers`, int64, the exponents of two of the factors; `twiddles`, float64, empty
    for rocket-fft.
    """

    def __init__(self, points: int) -> None:
        self.points = points
        self.own = points >= LEAF and points & (points - 1) == 0
        self.powers = np.array(split(points) if self.own else [], np.int64)
        factors = (2**self.powers).tolist()
        tables = [_twiddles(LEAF, LANES)] if self.own else []
        order, size = np.arange(points if not self.own else LANES), points
        for radix in factors:
            tables.append(_twiddles(size, radix))
            size //= radix
        if self.own:
            for radix in reversed([*factors, LANES]):
                order = np.concatenate([q + radix * order for q in range(radix)])
            # the last eight modes of eight neighbouring blocks lie transposed
            order = order.reshape(-1, LANES, LANES).transpose(0, 2, 1).ravel()
        self.order = order
        self.twiddles = aligned(sum(len(table) for table in tables))
        if tables:
            np.concatenate(tables, out=self.twiddles)

    def transfer(self, values: np.ndarray) -> np.ndarray:
        """Values (..., N) in Fourier order as the float64 (..., 2 N) that `convolve` takes, 1/N included."""
        values = np.asarray(values)[..., self.order]
        lanes = LANES if self.own else 1
        split_parts = (part.reshape(*part.shape[:-1], -1, lanes) for part in (values.real, values.imag))
        pairs = np.stack(tuple(split_parts), axis=-2) / self.points
        out = aligned(2 * values.size).reshape(*values.shape[:-1], 2 * self.points)
        out[...] = pairs.reshape(out.shape)
        return out


def _twiddles(size: int, radix: int) -> np.ndarray:
    """exp(-2 pi i j q / size), q = 1 ... radix-1, for eight j at a time: first the real parts."""
    j = np.arange(size // radix).reshape(-1, 1, LANES)
    q = np.arange(1, radix).reshape(1, -1, 1)
    factors = np.exp(-2j * np.pi * (j * q % size / size))
    return np.stack([factors.real, factors.imag], axis=2).ravel()
