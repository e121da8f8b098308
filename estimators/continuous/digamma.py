"""The digamma function at whole numbers, where counts of neighbours need it."""

import math

import numpy as np

from ergodica.estimators.arrays import Array

ASYMPTOTIC_FROM = 16
"""From here on five terms of the asymptotic series hold to the last digit."""


def digamma_table(largest: int) -> Array:
    """psi(m) = -gamma + 1 + 1/2 + ... + 1/(m - 1) for m = 0 to `largest`; NaN at 0, where it has a pole.

    Source: Abramowitz and Stegun 1964, 6.3.2 and 6.3.18.
    """
    m = np.arange(largest + 1, dtype=np.float64)
    m[0] = np.nan
    square = 1 / (m * m)
    series = square * (1 / 12 - square * (1 / 120 - square * (1 / 252 - square * (1 / 240 - square / 132))))
    psi = np.log(m) - 0.5 / m - series
    harmonic = -np.euler_gamma
    for whole in range(1, min(largest + 1, ASYMPTOTIC_FROM)):
        psi[whole] = harmonic
        harmonic += 1 / whole
    return psi


def digamma(x: float) -> float:
    """psi(x) for x > 0.

    Source: Abramowitz and Stegun 1964, 6.3.5 and 6.3.18.
    """
    shift = 0.0
    while x < ASYMPTOTIC_FROM:
        shift -= 1 / x
        x += 1
    square = 1 / (x * x)
    series = square * (1 / 12 - square * (1 / 120 - square * (1 / 252 - square * (1 / 240 - square / 132))))
    return shift + math.log(x) - 0.5 / x - series
