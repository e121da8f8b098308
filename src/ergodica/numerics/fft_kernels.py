"""Fourier transforms for use inside kernels: on split arrays, in place, one thread, any length.

Powers of two from 64 on go depth first through `butterflies`: a block is transformed, multiplied and
transformed back while it is in the cache, and the modes are never put in order (2 to 4 times faster than
a library, to the same round-off). Other lengths go through rocket-fft, which wraps DUCC0. `powers` and
`twiddles` come from `fft_plan.Plan`. Import this module only beside kernels: it imports numba.
"""

from __future__ import annotations

import numpy as np
from rocket_fft.lowlevel import c2c

from ergodica.numerics.butterflies import (
    LEAF,
    PAIR,
    backward2,
    backward4,
    backward8,
    forward2,
    forward4,
    forward8,
    leaf_backward,
    leaf_convolve,
    leaf_forward,
)
from ergodica.numerics.fft_plan import ALIGNMENT
from ergodica.numerics.kernel import kernel
from ergodica.numerics.lanes import WIDTH

Array = np.ndarray

_AXIS = np.array([0])
_LEAF_TABLE = PAIR * (WIDTH - 1)  # the twiddles of a leaf stand first
LOG_WIDTH = WIDTH.bit_length() - 1
_NOTHING = np.zeros(0)


@kernel
def aligned_empty(size: int) -> Array:
    """An uninitialised float64 array (size,) that starts on a cache line."""
    held = np.empty(size + ALIGNMENT // 8)
    start = (-held.ctypes.data) % ALIGNMENT // 8
    return held[start : start + size]


@kernel
def _descend(re: Array, im: Array, block: int, powers: Array, twiddles: Array) -> None:
    """The forward steps of every size whose blocks begin at `block`, large to small."""
    size = re.size
    table = _LEAF_TABLE
    for level in range(powers.size):
        power = powers[level]
        stride = size >> power
        step = (PAIR << power) - PAIR
        if block & (size - 1) == 0:
            for column in range(stride >> LOG_WIDTH):
                start = block + WIDTH * column
                at = table + step * column
                if power == 3:
                    forward8(re, im, start, stride, twiddles, at)
                elif power == 2:
                    forward4(re, im, start, stride, twiddles, at)
                else:
                    forward2(re, im, start, stride, twiddles, at)
        table += step * (stride >> LOG_WIDTH)
        size = stride


@kernel
def _ascend(re: Array, im: Array, block: int, powers: Array, twiddles: Array) -> None:
    """The backward steps of every size whose blocks end with the leaf at `block`, small to large."""
    stride = LEAF
    table = twiddles.size
    for level in range(powers.size - 1, -1, -1):
        power = powers[level]
        size = stride << power
        step = (PAIR << power) - PAIR
        table -= step * (stride >> LOG_WIDTH)
        base = block + LEAF - size
        if base & (size - 1) != 0:
            return
        for column in range(stride >> LOG_WIDTH):
            start = base + WIDTH * column
            at = table + step * column
            if power == 3:
                backward8(re, im, start, stride, twiddles, at)
            elif power == 2:
                backward4(re, im, start, stride, twiddles, at)
            else:
                backward2(re, im, start, stride, twiddles, at)
        stride = size


@kernel
def _by_library(re: Array, im: Array, transfer: Array, forward: bool, backward: bool) -> None:
    z = np.empty(re.size, np.complex128)
    for i in range(re.size):
        z[i] = complex(re[i], im[i])
    if forward:
        c2c(z, z, _AXIS, True, 1.0, 1)
    if transfer.size:
        for i in range(re.size):
            z[i] *= complex(transfer[2 * i], transfer[2 * i + 1])
    if backward:
        c2c(z, z, _AXIS, False, 1.0, 1)
    for i in range(re.size):
        re[i] = z[i].real
        im[i] = z[i].imag


@kernel
def forward(re: Array, im: Array, powers: Array, twiddles: Array) -> None:
    """z_k = sum_j z_j exp(-2 pi i j k / N), in place; the modes come in the order of the plan."""
    if twiddles.size == 0:
        _by_library(re, im, _NOTHING, True, False)
        return
    for block in range(0, re.size, LEAF):
        _descend(re, im, block, powers, twiddles)
        leaf_forward(re, im, block, twiddles, twiddles)


@kernel
def backward(re: Array, im: Array, powers: Array, twiddles: Array) -> None:
    """z_j = sum_k z_k exp(2 pi i j k / N), in place, without 1/N; modes in the order of the plan."""
    if twiddles.size == 0:
        _by_library(re, im, _NOTHING, False, True)
        return
    for block in range(0, re.size, LEAF):
        leaf_backward(re, im, block, twiddles, twiddles)
        _ascend(re, im, block, powers, twiddles)


@kernel
def convolve(re: Array, im: Array, transfer: Array, powers: Array, twiddles: Array) -> None:
    """Multiply the spectrum of re + i im by `transfer`, from `Plan.transfer`, in place."""
    if twiddles.size == 0:
        _by_library(re, im, transfer, True, True)
        return
    for block in range(0, re.size, LEAF):
        _descend(re, im, block, powers, twiddles)
        leaf_convolve(re, im, block, twiddles, transfer)
        _ascend(re, im, block, powers, twiddles)
