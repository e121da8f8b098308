"""Exponential, logarithm and power of float64, branch-free: a loop over them becomes vector code.

Import this module only beside kernels: it imports numba.

exp: with n the integer nearest to x/ln 2 and r = x - n ln 2, e^x = 2^n e^r. log: x = 2^k m with m within
a factor sqrt(2) of 1; the series of fdlibm's e_log.c (Sun Microsystems 1993). power: the logarithm to about 65
bits as the sum of two float64, since its error grows with the exponent.
"""

from __future__ import annotations

import math

from ergodica.numerics.kernel import kernel
from ergodica.numerics.trig import bits_of, float_of, fma

_LOG2_E = 1.4426950408889634
_MAGIC = 1.5 * 2.0**52  # adding it rounds to an integer and leaves that integer in the low bits
_MAGIC_BITS = 0x4338000000000000
_LN2 = 0.6931471805599453
_LN2_REST = 2.3190468138462996e-17
_LN2_SHORT = 0.6931471805601177  # 40 bits: its product with a power of two's exponent is exact
_LN2_SHORT_REST = -1.7239444525614835e-13
_OVERFLOW, _UNDERFLOW = 709.782712893384, -745.1332191019412

# (e^r - 1 - r)/r^2 for |r| <= ln(2)/2, interpolated at Chebyshev points: error 2e-17
_E0, _E1, _E2, _E3, _E4, _E5, _E6, _E7, _E8, _E9 = (
    0.5000000000000001,
    0.16666666666666669,
    0.04166666666662413,
    0.008333333333330062,
    0.0013888888917213717,
    0.00019841269863053618,
    2.4801521295954376e-05,
    2.7557268459997064e-06,
    2.7620088445409746e-07,
    2.510038549551032e-08,
)
_L1, _L2, _L3, _L4, _L5, _L6, _L7 = (
    6.666666666666735130e-01,
    3.999999999940941908e-01,
    2.857142874366239149e-01,
    2.222219843214978396e-01,
    1.818357216161805012e-01,
    1.531383769920937332e-01,
    1.479819860511658591e-01,
)
# (log(m) - 2 s - 2/3 s^3)/s^5 in powers of s^2, s = (m-1)/(m+1): error 1e-19 of 2 s
_T0, _T1, _T2, _T3, _T4, _T5, _T6 = (
    0.4000000000000003,
    0.2857142857133746,
    0.22222222271577444,
    0.1818180817006874,
    0.15385580435394985,
    0.13285770192868424,
    0.12915929658165393,
)
_TWO_THIRDS = 0.6666666666666666
_TWO_THIRDS_REST = 3.700743415417188e-17
_SQRT_HALF_BITS = 0x3FE6A09E667F3BCD
_SUBNORMAL = 2.2250738585072014e-308


@kernel(forceinline=True, error_model="numpy")
def _scaled_exp(x: float, rest: float, shift: int) -> float:
    """2**shift exp(x + rest), |rest| far below 1, for x from about -746 to 710."""
    shifted: float = fma(x, _LOG2_E, _MAGIC)
    n = shifted - _MAGIC
    r = fma(-n, _LN2_REST, fma(-n, _LN2, x)) + rest
    z = r * r
    z2 = z * z
    # the terms in pairs: half the length of the chain
    p01 = fma(_E1, r, _E0)
    p23 = fma(_E3, r, _E2)
    p45 = fma(_E5, r, _E4)
    p67 = fma(_E7, r, _E6)
    p89 = fma(_E9, r, _E8)
    p03 = fma(p23, z, p01)
    p49 = fma(fma(p89, z, p67), z, p45)
    value = 1.0 + fma(fma(p49, z2, p03), z, r)
    # two factors, because 2**n alone may lie beyond the range
    k = bits_of(shifted) - _MAGIC_BITS + shift
    half = k >> 1
    scaled: float = value * float_of((half + 1023) << 52) * float_of((k - half + 1023) << 52)
    return scaled


@kernel(forceinline=True, error_model="numpy")
def exp(x: float) -> float:
    """Exponential; subnormal results are right."""
    inside = min(max(x, -746.0), 710.0)
    value = _scaled_exp(inside, 0.0, 0)
    value = math.inf if x > _OVERFLOW else value
    value = 0.0 if x < _UNDERFLOW else value
    return value if x == x else x


@kernel(forceinline=True, error_model="numpy")
def exp_halved(x: float) -> float:
    """exp(x)/2 for x >= 0, which does not overflow before the hyperbolic functions do; at least 1/2."""
    value = _scaled_exp(min(x, 711.0), 0.0, -1)
    value = math.inf if x > 711.0 else value
    return value if x == x else x


@kernel(forceinline=True, error_model="numpy")
def log(x: float) -> float:
    """Natural logarithm; -infinity at 0, NaN below."""
    tiny = x < _SUBNORMAL
    bits = bits_of(x * 18014398509481984.0 if tiny else x)  # times 2**54
    k = (bits - _SQRT_HALF_BITS) >> 52
    f = float_of(bits - (k << 52)) - 1.0
    e = float_of(k + _MAGIC_BITS) - _MAGIC - (54.0 if tiny else 0.0)
    s = f / (2.0 + f)
    z = s * s
    w = z * z
    even = w * fma(w, fma(w, _L6, _L4), _L2)
    odd = z * fma(w, fma(w, fma(w, _L7, _L5), _L3), _L1)
    half = 0.5 * f * f
    value = fma(e, _LN2_SHORT, -((half - fma(s, half + even + odd, e * _LN2_SHORT_REST)) - f))
    value = value if x > 0.0 else (-math.inf if x == 0.0 else math.nan)
    return value if x < math.inf else x  # infinity and NaN are their own


@kernel(forceinline=True, error_model="numpy")
def _log_parts(x: float) -> tuple[float, float]:
    """log(x) as the sum of a float64 and a small rest, to some 65 bits, for finite x > 0."""
    tiny = x < _SUBNORMAL
    bits = bits_of(x * 18014398509481984.0 if tiny else x)
    k = (bits - _SQRT_HALF_BITS) >> 52
    m = float_of(bits - (k << 52))
    e = float_of(k + _MAGIC_BITS) - _MAGIC - (54.0 if tiny else 0.0)
    f = m - 1.0
    d = m + 1.0
    d_rest = m - (d - 1.0)
    s = f / d
    s_rest = (fma(-s, d, f) - s * d_rest) / d
    z = s * s
    z_rest = fma(s, s, -z) + 2.0 * s * s_rest
    cube = s * z
    cube_rest = fma(s, z, -cube) + s * z_rest + s_rest * z
    third = _TWO_THIRDS * cube
    third_rest = fma(_TWO_THIRDS, cube, -third) + _TWO_THIRDS * cube_rest + _TWO_THIRDS_REST * cube
    tail = fma(fma(fma(fma(fma(fma(_T6, z, _T5), z, _T4), z, _T3), z, _T2), z, _T1), z, _T0)
    tail = tail * (cube * z)
    # every sum below adds the larger part first, so that what it rounds off is found exactly
    whole = e * _LN2_SHORT
    double = 2.0 * s
    top = whole + double
    top_rest = (whole - top) + double if abs(whole) >= abs(double) else (double - top) + whole
    value = top + third
    rest = ((top - value) + third) + (top_rest + 2.0 * s_rest + third_rest + tail + e * _LN2_SHORT_REST)
    high = value + rest
    return high, (value - high) + rest


@kernel(forceinline=True, error_model="numpy")
def power(x: float, y: float) -> float:
    """x**y as in C: NaN for x < 0 unless y is whole."""
    a = abs(x)
    high, low = _log_parts(a)
    product = y * high
    rest = fma(y, high, -product) + y * low
    inside = min(max(product, -746.0), 710.0)
    value = _scaled_exp(inside, rest if product == inside else 0.0, 0)
    value = math.inf if product > 709.79 else value
    value = 0.0 if product < -745.2 else value
    # whole and odd exponents; from 2**53 on every float64 is even
    rounded = (abs(y) + 4503599627370496.0) - 4503599627370496.0 if abs(y) < 4503599627370496.0 else abs(y)
    whole = rounded == abs(y)
    halved = 0.5 * abs(y)
    halved_rounded = (
        (halved + 4503599627370496.0) - 4503599627370496.0 if halved < 4503599627370496.0 else halved
    )
    odd = whole & (halved_rounded != halved)
    grows = y > 0.0
    value = (0.0 if grows else math.inf) if a == 0.0 else value
    value = (math.inf if grows else 0.0) if a == math.inf else value
    big = abs(y) == math.inf
    value = (math.inf if (a > 1.0) == grows else 0.0) if big else value
    negative = x < 0.0
    value = -value if negative & odd else value
    value = -value if (x == 0.0) & odd & (bits_of(x) < 0) else value
    value = math.nan if negative & (not whole) & (a != math.inf) else value
    value = x + y if (x != x) | (y != y) else value
    return 1.0 if (y == 0.0) | (x == 1.0) | ((x == -1.0) & big) else value
