"""Four normals a particle and step from one block of random words, in a loop that the compiler makes vector code of.

The 128 bits of a Philox block make two pairs of Box and Muller, each of 40 bits for the radius and 24 for the angle:
the largest possible normal is 7.4, and all directions of a pair have the same weight, so that variances and isotropy
are those of the normal distribution to 1e-11. Import this module only to run: it imports numba.

Source: Salmon, Moraes, Dror and Shaw 2011, Proc. SC11; Box and Muller 1958, Ann. Math. Stat. 29, 610.
"""

from __future__ import annotations

import math

import numpy as np

from ergodica.numerics.cells import Array, Indices
from ergodica.numerics.elementary import sincos
from ergodica.numerics.kernel import kernel
from ergodica.numerics.logarithms import log
from ergodica.numerics.random import philox4x32

_LOW = np.uint64(0xFFFFFFFF)
_HALF, _PURPOSE, _BYTE = np.uint64(32), np.uint64(16), np.uint64(8)
_TWO_MINUS_40, _TWO_MINUS_24 = 2.0**-40, 2.0**-24
_TWO_PI = 2.0 * math.pi
_LAST_24, _TOP_8 = np.uint64(0xFFFFFF), np.uint64(24)

Four = tuple[float, float, float, float]


@kernel(_nrt=False, forceinline=True, error_model="numpy")
def _box_muller(first: int, second: int) -> tuple[float, float]:
    """Two normals from two words of 32 bits."""
    high, low = np.uint64(first), np.uint64(second)
    # from 2^-41 to 1 - 2^-41: never 0
    u = (np.float64((high << _BYTE) | (low >> _TOP_8)) + 0.5) * _TWO_MINUS_40
    radius = math.sqrt(-2.0 * log(u))
    s, c = sincos(_TWO_PI * _TWO_MINUS_24 * np.float64(low & _LAST_24))
    return radius * c, radius * s


@kernel(_nrt=False, forceinline=True, error_model="numpy")
def four_normals(seed: int, stream: int, step: int, index: int, purpose: int) -> Four:
    """Four independent standard normals at an address; `index` counts blocks of four."""
    key, when = np.uint64(seed), np.uint64(step)
    fourth = (np.uint64(purpose) << _PURPOSE) | (when >> _HALF)
    w0, w1, w2, w3 = philox4x32(
        np.uint64(index), when & _LOW, np.uint64(stream), fourth, key & _LOW, key >> _HALF
    )
    a, b = _box_muller(w0, w1)
    c, d = _box_muller(w2, w3)
    return a, b, c, d


@kernel(_nrt=False, error_model="numpy")
def fill_normals(
    order: Indices,
    begin: int,
    end: int,
    seed: int,
    stream: int,
    step: int,
    purpose: int,
    blocks: int,
    out: Array,
) -> None:
    """Normals of the particles `order[begin:end]` into the columns of `out` (4 * blocks, end - begin or more)."""
    for block in range(blocks):
        for s in range(begin, end):
            at = np.uint64(blocks) * np.uint64(order[s]) + np.uint64(block)
            a, b, c, d = four_normals(seed, stream, step, at, purpose)
            out[4 * block, s - begin] = a
            out[4 * block + 1, s - begin] = b
            out[4 * block + 2, s - begin] = c
            out[4 * block + 3, s - begin] = d
