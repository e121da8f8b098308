"""The functions that generated code calls, through the mathematics library of the device: CUDA and plain Python.

On the CPU the same code calls `ergodica.numerics.elementary` instead, which the compiler vectorises.
"""

from __future__ import annotations

import math

from ergodica.numerics import kernel


@kernel
def fma(a: float, b: float, c: float) -> float:
    """a*b + c, which a CUDA compiler contracts."""
    return a * b + c


@kernel
def sincos(x: float) -> tuple[float, float]:
    """sin(x) and cos(x)."""
    return math.sin(x), math.cos(x)


@kernel
def sqrt(x: float) -> float:
    """Square root."""
    return math.sqrt(x)


@kernel
def exp(x: float) -> float:
    """Exponential."""
    return math.exp(x)


@kernel
def log(x: float) -> float:
    """Natural logarithm."""
    return math.log(x)


@kernel
def power(x: float, y: float) -> float:
    """x**y."""
    return math.pow(x, y)


@kernel
def sinh(x: float) -> float:
    """Hyperbolic sine."""
    return math.sinh(x)


@kernel
def cosh(x: float) -> float:
    """Hyperbolic cosine."""
    return math.cosh(x)


@kernel
def tanh(x: float) -> float:
    """Hyperbolic tangent."""
    return math.tanh(x)


@kernel
def arcsin(x: float) -> float:
    """Inverse sine."""
    return math.asin(x)


@kernel
def arccos(x: float) -> float:
    """Inverse cosine."""
    return math.acos(x)


@kernel
def arctan(x: float) -> float:
    """Inverse tangent."""
    return math.atan(x)


@kernel
def arctan2(y: float, x: float) -> float:
    """Angle of the point (x, y)."""
    return math.atan2(y, x)


@kernel
def arcsinh(x: float) -> float:
    """Inverse hyperbolic sine."""
    return math.asinh(x)


@kernel
def floor(x: float) -> float:
    """Largest whole number not above x."""
    return float(math.floor(x))


@kernel
def mod(a: float, b: float) -> float:
    """a - b floor(a/b)."""
    return a - b * floor(a / b)


@kernel
def sign(x: float) -> float:
    """-1, 0 or 1; NaN for NaN."""
    return 1.0 if x > 0.0 else (-1.0 if x < 0.0 else x)


@kernel
def minimum(a: float, b: float) -> float:
    """The smaller one; NaN when one is."""
    return a if (a < b) | (a != a) else b


@kernel
def maximum(a: float, b: float) -> float:
    """The larger one; NaN when one is."""
    return a if (a > b) | (a != a) else b
