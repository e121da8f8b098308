"""Sine and cosine that the compiler turns into vector code.

numba calls the C library once an element (7 to 10 ns); this branch-free pair costs under 1 ns inside a loop.
Import this module only beside kernels: it imports numba.

Cody-Waite reduction: with n the integer nearest to 2x/pi, r = x - n pi/2 in three fused multiply-adds, of
which the first is exact. On |r| <= pi/4 the minimax polynomials of fdlibm (k_sin.c, k_cos.c; Sun
Microsystems 1993) give both functions, and the two low bits of n say which is which and with what sign.
"""

from __future__ import annotations

import math
import struct
from fractions import Fraction
from typing import Any

from numba import types
from numba.extending import intrinsic

from ergodica.numerics.kernel import kernel

SINCOS_BOUND = 2.0**30  # beyond it n is no longer nearest and the error grows past 2 ulp

_TWO_OVER_PI = 0.6366197723675814
_PI_OVER_2 = (1.5707963267948966, 6.123233995736766e-17, -1.4973849048591833e-33)
_MAGIC = 1.5 * 2.0**52  # adding it rounds to an integer and leaves that integer in the low bits
_SIN = (
    -1.66666666666666324348e-01,
    8.33333333332248946124e-03,
    -1.98412698298579493134e-04,
    2.75573137070700676789e-06,
    -2.50507602534068634195e-08,
    1.58969099521155010221e-10,
)
_COS = (
    4.16666666666666019037e-02,
    -1.38888888888741095749e-03,
    2.48015872894767294178e-05,
    -2.75573143513906633035e-07,
    2.08757232129817482790e-09,
    -1.13596475577881948265e-11,
)
_P1, _P2, _P3 = _PI_OVER_2
_S1, _S2, _S3, _S4, _S5, _S6 = _SIN
_C1, _C2, _C3, _C4, _C5, _C6 = _COS


def _fma(typingctx: Any, a: Any, b: Any, c: Any) -> Any:
    """a*b + c rounded once: one instruction on most processors, a slow exact library call on the rest."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.fma(*args)

    return types.float64(types.float64, types.float64, types.float64), generate


def _bits_of(typingctx: Any, x: Any) -> Any:
    """The 64 bits of a float64 as an int64."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.bitcast(args[0], context.get_value_type(types.int64))

    return types.int64(types.float64), generate


def _float_of(typingctx: Any, bits: Any) -> Any:
    """The float64 that has these 64 bits."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.bitcast(args[0], context.get_value_type(types.float64))

    return types.float64(types.int64), generate


def _fma_in_python(a: float, b: float, c: float) -> float:
    try:
        exact = Fraction(a) * Fraction(b) + Fraction(c)
        return float(exact) or a * b + c  # which knows the sign of a zero
    except (OverflowError, ValueError):
        return a * b + c


def _bits_in_python(x: float) -> int:
    return int(struct.unpack("<q", struct.pack("<d", x))[0])


def _float_in_python(bits: int) -> float:
    return float(struct.unpack("<d", struct.pack("<Q", bits & 0xFFFFFFFFFFFFFFFF))[0])


fma: Any = intrinsic(_fma)
bits_of: Any = intrinsic(_bits_of)
float_of: Any = intrinsic(_float_of)
# the same bits where nothing is compiled, see `Kernel.in_python`
fma.in_python, bits_of.in_python, float_of.in_python = _fma_in_python, _bits_in_python, _float_in_python


@kernel
def sincos(x: float) -> tuple[float, float]:
    """sin(x) and cos(x) to 2 ulp for |x| <= 2**30 radians; NaN for NaN and infinity.

    Up to 2**50 the pair still lies on the unit circle; beyond, where no phase is left, it may be NaN.
    """
    shifted: float = fma(x, _TWO_OVER_PI, _MAGIC)
    n = shifted - _MAGIC
    r = fma(n, -_P3, fma(n, -_P2, fma(n, -_P1, x)))
    r = r if abs(r) <= 1.0 else math.nan
    z = r * r
    sine = fma(_S6, z, _S5)
    sine = fma(sine, z, _S4)
    sine = fma(sine, z, _S3)
    sine = fma(sine, z, _S2)
    sine = fma(sine, z, _S1)
    sine = fma(sine * z, r, r)
    cosine = fma(_C6, z, _C5)
    cosine = fma(cosine, z, _C4)
    cosine = fma(cosine, z, _C3)
    cosine = fma(cosine, z, _C2)
    cosine = fma(cosine, z, _C1)
    half = 0.5 * z
    head = 1.0 - half
    cosine = head + fma(z * z, cosine, (1.0 - head) - half)
    quadrant = bits_of(shifted)
    swap = (quadrant & 1) != 0
    s = cosine if swap else sine
    c = sine if swap else cosine
    s = float_of(bits_of(s) ^ ((quadrant & 2) << 62))
    c = float_of(bits_of(c) ^ (((quadrant + 1) & 2) << 62))
    return s, c
