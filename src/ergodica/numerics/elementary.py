"""Elementary functions of float64 that the compiler turns into vector code inside a loop.

numba calls the C library once an element (7 to 10 ns); these are branch-free and cost 0.5 to 2 ns there. Each
returns the same bits wherever it is inlined, because every multiply-add that matters is an explicit `fma`.
Largest errors in ulp, measured by the tests: see `MAX_ULP`. Import this module only beside kernels: it
imports numba. Logarithms and powers are in `ergodica.numerics.logarithms`, inverse functions in
`ergodica.numerics.inverse`.
"""

from __future__ import annotations

import math
from typing import Any

from numba import types
from numba.extending import intrinsic

from ergodica.numerics import trig
from ergodica.numerics.inverse import arccos, arcsin, arcsinh, arctan, arctan2
from ergodica.numerics.kernel import kernel
from ergodica.numerics.logarithms import exp, exp_halved, log, power
from ergodica.numerics.trig import fma

MAX_ULP = {
    "exp": 1.2,
    "log": 1.0,
    "power": 1.5,
    "sinh": 2.0,
    "cosh": 2.0,
    "tanh": 2.0,
    "arctan": 2.0,
    "arctan2": 2.0,
    "arcsin": 3.0,
    "arccos": 3.0,
    "arcsinh": 3.0,
}

# (sinh(x)/x - 1)/x^2 in powers of x^2 for |x| <= 1, interpolated at Chebyshev points: error 1e-17
_SINH = (
    0.16666666666666666,
    0.008333333333333333,
    0.00019841269841269773,
    2.755731922404034e-06,
    2.505210836405804e-08,
    1.6059048396350562e-10,
    7.646625361656657e-13,
    2.8445264169895285e-15,
)
_S0, _S1, _S2, _S3, _S4, _S5, _S6, _S7 = _SINH
# tanh(x) = x + x^3 P(x^2)/Q(x^2) for |x| < 0.625: Cephes tanh.c (Moshier 1995)
_P0, _P1, _P2 = -9.64399179425052238628e-1, -9.92877231001918586564e1, -1.61468768441708447952e3
_Q0, _Q1, _Q2 = 1.12811678491632931402e2, 2.23548839060100448583e3, 4.84406305325125486048e3

sincos = kernel(forceinline=True)(trig.sincos.function)


def _floor(typingctx: Any, x: Any) -> Any:
    """Largest whole number not above x, as a float64: one instruction."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        value = args[0].type
        return builder.call(builder.module.declare_intrinsic("llvm.floor", [value]), [args[0]])

    return types.float64(types.float64), generate


floor: Any = intrinsic(_floor)
floor.in_python = lambda x: float(math.floor(x)) if math.isfinite(x) else x


@kernel(forceinline=True, error_model="numpy")
def sqrt(x: float) -> float:
    """Square root, correctly rounded; NaN below 0."""
    return math.sqrt(x)


@kernel(forceinline=True, error_model="numpy")
def mod(a: float, b: float) -> float:
    """a - b floor(a/b)."""
    remainder: float = fma(-b, floor(a / b), a)
    return remainder


@kernel(forceinline=True, error_model="numpy")
def sign(x: float) -> float:
    """-1, 0 or 1; NaN for NaN."""
    return 1.0 if x > 0.0 else (-1.0 if x < 0.0 else x)


@kernel(forceinline=True, error_model="numpy")
def minimum(a: float, b: float) -> float:
    """The smaller one; NaN when one is."""
    return a if (a < b) | (a != a) else b


@kernel(forceinline=True, error_model="numpy")
def maximum(a: float, b: float) -> float:
    """The larger one; NaN when one is."""
    return a if (a > b) | (a != a) else b


@kernel(forceinline=True, error_model="numpy")
def sinh(x: float) -> float:
    """Hyperbolic sine."""
    z = x * x
    series = fma(_S7, z, _S6)
    series = fma(series, z, _S5)
    series = fma(series, z, _S4)
    series = fma(series, z, _S3)
    series = fma(series, z, _S2)
    series = fma(series, z, _S1)
    series = fma(series, z, _S0)
    small: float = fma(x * z, series, x)
    a = abs(x)
    half = exp_halved(a)
    large = half - 0.25 / half
    return small if a <= 1.0 else (large if x > 0.0 else -large)


@kernel(forceinline=True, error_model="numpy")
def cosh(x: float) -> float:
    """Hyperbolic cosine."""
    half: float = exp_halved(abs(x))
    return half + 0.25 / half


@kernel(forceinline=True, error_model="numpy")
def tanh(x: float) -> float:
    """Hyperbolic tangent."""
    a = abs(x)
    z = a * a
    above = fma(fma(_P0, z, _P1), z, _P2) * (a * z)
    below = fma(fma(z + _Q0, z, _Q1), z, _Q2)
    small = a < 0.625
    top = above if small else -2.0
    bottom = below if small else exp(2.0 * a) + 1.0
    start = a if small else 1.0
    value = start + top / bottom
    return value if x > 0.0 else (-value if x < 0.0 else x)


__all__ = [
    "arccos",
    "arcsin",
    "arcsinh",
    "arctan",
    "arctan2",
    "cosh",
    "exp",
    "floor",
    "fma",
    "log",
    "maximum",
    "minimum",
    "mod",
    "power",
    "sign",
    "sincos",
    "sinh",
    "sqrt",
    "tanh",
]
