"""Elementary functions of float64 for generated code: branch-free where stated, so that loops over them vectorise.

Import this module only beside kernels: it imports numba.
"""

from __future__ import annotations

import math
from typing import Any

from numba import types
from numba.extending import intrinsic

from ergodica.numerics import trig
from ergodica.numerics.kernel import kernel

fma = trig.fma
sincos = kernel(forceinline=True)(trig.sincos.function)


def _floor(typingctx: Any, x: Any) -> Any:
    """Largest whole number not above x, as a float64: one instruction."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        value = args[0].type
        return builder.call(builder.module.declare_intrinsic("llvm.floor", [value]), [args[0]])

    return types.float64(types.float64), generate


floor: Any = intrinsic(_floor)


@kernel(forceinline=True)
def sqrt(x: float) -> float:
    """Square root, correctly rounded; NaN below 0."""
    return math.sqrt(x)


@kernel(forceinline=True)
def mod(a: float, b: float) -> float:
    """a - b floor(a/b)."""
    remainder: float = fma(-b, floor(a / b), a)
    return remainder


@kernel(forceinline=True)
def sign(x: float) -> float:
    """-1, 0 or 1; NaN for NaN."""
    return 1.0 if x > 0.0 else (-1.0 if x < 0.0 else x)


@kernel(forceinline=True)
def minimum(a: float, b: float) -> float:
    """The smaller one; NaN when one is."""
    return a if (a < b) | (a != a) else b


@kernel(forceinline=True)
def maximum(a: float, b: float) -> float:
    """The larger one; NaN when one is."""
    return a if (a > b) | (a != a) else b


@kernel
def exp(x: float) -> float:
    return math.exp(x)


@kernel
def log(x: float) -> float:
    return math.log(x)


@kernel
def power(x: float, y: float) -> float:
    return math.pow(x, y)


@kernel
def sinh(x: float) -> float:
    return math.sinh(x)


@kernel
def cosh(x: float) -> float:
    return math.cosh(x)


@kernel
def tanh(x: float) -> float:
    return math.tanh(x)


@kernel
def arcsin(x: float) -> float:
    return math.asin(x)


@kernel
def arccos(x: float) -> float:
    return math.acos(x)


@kernel
def arctan(x: float) -> float:
    return math.atan(x)


@kernel
def arctan2(y: float, x: float) -> float:
    return math.atan2(y, x)


@kernel
def arcsinh(x: float) -> float:
    return math.asinh(x)
