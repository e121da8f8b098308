"""Correa's entropy of scalars: Vasicek's with slopes fitted to all points of a window."""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ergodica.estimators.arrays import Array, unit_scale
from ergodica.estimators.claims import Claims, Exact
from ergodica.estimators.continuous.kozachenko_leonenko import GAUSSIAN
from ergodica.estimators.continuous.spacings import (
    UNIFORM_SIDE,
    SpacingEntropy,
    log_spacings,
    padded,
    scalars,
    uniform,
)


@dataclass(frozen=True, kw_only=True)
class Correa(SpacingEntropy):
    """Vasicek's entropy with the slope of the sorted sample fitted to all points of each window.

    h = -(1/n) sum_i ln( sum_j (x_(j) - X_i) (j - i) / (n sum_j (x_(j) - X_i)^2) ),   j = i - m ... i + m

    with X_i the mean of the window and x_(j) = x_(1) below 1 and x_(n) above n. Smaller mean square error than Vasicek.

    Args:
        window: m, 1 to (n - 1)/2; None takes floor(sqrt(n) + 1/2).

    Good values: the default from n = 20. Time is O(n m).

    Source: Correa 1995, Commun. Stat. Theory Methods 24, 2439.
    """

    claims: ClassVar[Claims] = Claims(
        needs="values of a continuum, scalars, at least 2 window + 1 samples",
        cost="O(n m)",
        invariances={"shift": 1e-11, "sign": 1e-12, "order": 0.0},
        exact=(
            Exact(name="Gaussian", sample=scalars(500), value=GAUSSIAN, bias=0.014, spread=0.035),
            Exact(
                name="uniform", sample=uniform(500), value=math.log(UNIFORM_SIDE), bias=0.015, spread=0.0058
            ),
        ),
    )

    def of_sorted(self, x: Array, m: int) -> Array:
        """h of ascending `(lanes, n)`."""
        n = x.shape[1]
        wide = padded(x, m)
        log_spacings(wide[:, 2 * m :], wide[:, :n])  # refuses windows of equal values
        scale = unit_scale(wide[:, -1:] - wide[:, :1])
        cross, square, mean = np.zeros(x.shape), np.zeros(x.shape), np.zeros(x.shape)
        for j in range(-m, m + 1):
            mean += (wide[:, m + j : m + j + n] - x) * scale
        mean /= 2 * m + 1
        for j in range(-m, m + 1):
            apart = (wide[:, m + j : m + j + n] - x) * scale - mean
            cross += j * apart
            square += apart * apart
        return -np.log(cross / (n * square)).mean(axis=-1) - np.log(scale[:, 0])
