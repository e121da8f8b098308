"""Inverse trigonometric and hyperbolic functions of float64, branch-free: a loop over them becomes vector code.

Import this module only beside kernels: it imports numba. The arctangent is that of Cephes, atan.c (Moshier 1995);
the others follow from it and from the logarithm.
"""

from __future__ import annotations

import math

from ergodica.numerics.kernel import kernel
from ergodica.numerics.logarithms import log
from ergodica.numerics.trig import bits_of, float_of, fma

_PI, _PI_REST = math.pi, 1.2246467991473532e-16
_P0, _P1, _P2, _P3, _P4 = (
    -8.750608600031904122785e-1,
    -1.615753718733365076637e1,
    -7.500855792314704667340e1,
    -1.228866684490136173410e2,
    -6.485021904942025371773e1,
)
_Q0, _Q1, _Q2, _Q3, _Q4 = (
    2.485846490142306297962e1,
    1.650270098316988542046e2,
    4.328810604912902668951e2,
    4.853903996359136964868e2,
    1.945506571482613964425e2,
)
_SIGN = -0x8000000000000000


@kernel(forceinline=True, error_model="numpy")
def _angle(above: float, below: float) -> tuple[float, float]:
    """atan(above/below) for 0 <= above <= below as a sum of two numbers, the first larger."""
    # beyond tan(pi/8) the angle is pi/4 less than that of (above - below, above + below)
    turned = above > 0.41421356237309503 * below
    top = above - below if turned else above
    bottom = above + below if turned else below
    x = top / bottom
    z = x * x
    p = fma(fma(fma(fma(_P0, z, _P1), z, _P2), z, _P3), z, _P4)
    q = fma(fma(fma(fma(z + _Q0, z, _Q1), z, _Q2), z, _Q3), z, _Q4)
    small = x * (z * p / q)
    return (0.25 * _PI if turned else x), (x + (small + 0.25 * _PI_REST) if turned else small)


@kernel(forceinline=True, error_model="numpy")
def _with_sign_of(x: float, y: float) -> float:
    signed: float = float_of(bits_of(x) ^ (bits_of(y) & _SIGN))
    return signed


@kernel(forceinline=True, error_model="numpy")
def arctan2(y: float, x: float) -> float:
    """Angle of the point (x, y), from -pi to pi."""
    a, b = abs(x), abs(y)
    steep = b > a
    above = a if steep else b
    below = b if steep else a
    both = above == math.inf
    above = 1.0 if both else above
    below = 1.0 if both | (below == 0.0) else below
    # extreme lengths are brought to where their sum is finite and their ratio normal
    far = below > 1e300
    above = above * 1e-10 if far else above
    below = below * 1e-10 if far else below
    head, rest = _angle(above, below)
    left = bits_of(x) < 0
    quarter = 0.5 * _PI if steep else (_PI if left else 0.0)
    quarter_rest = 0.5 * _PI_REST if steep else (_PI_REST if left else 0.0)
    minus = steep != left
    head = -head if minus else head
    rest = -rest if minus else rest
    total = quarter + head
    # the larger of the two comes first: what the sum rounds off is found exactly
    lost = (quarter - total) + head if quarter != 0.0 else head - total
    value = total + (lost + (rest + quarter_rest))
    value = value if (x == x) & (y == y) else math.nan
    angle: float = _with_sign_of(value, y)
    return angle


@kernel(forceinline=True, error_model="numpy")
def arctan(x: float) -> float:
    """Inverse tangent."""
    angle: float = arctan2(x, 1.0)
    return angle


@kernel(forceinline=True, error_model="numpy")
def arcsin(x: float) -> float:
    """Inverse sine; NaN beyond 1."""
    angle: float = arctan2(x, math.sqrt((1.0 - x) * (1.0 + x)))
    return angle


@kernel(forceinline=True, error_model="numpy")
def arccos(x: float) -> float:
    """Inverse cosine; NaN beyond 1."""
    angle: float = arctan2(math.sqrt((1.0 - x) * (1.0 + x)), x)
    return angle


@kernel(forceinline=True, error_model="numpy")
def arcsinh(x: float) -> float:
    """Inverse hyperbolic sine."""
    a = abs(x)
    z = a * a
    # log(1 + u); for large x, log(2 x) without squaring
    u = a + z / (1.0 + math.sqrt(1.0 + z))
    large = a > 1e150
    y = a if large else 1.0 + u
    rest = 0.0 if large else (u - (y - 1.0) if u < 1.0 else (1.0 - (y - u))) / y
    value = log(y) + rest + (0.6931471805599453 if large else 0.0)
    value = a if a < 1e-8 else value
    signed: float = _with_sign_of(value, x)
    return signed
