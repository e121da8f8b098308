"""Ebrahimi's entropy of scalars from spacings, with ends of their own."""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ergodica.estimators.arrays import Array
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
class Ebrahimi(SpacingEntropy):
    """Vasicek's entropy with the spacings at the ends counted as what they are.

    h = (1/n) sum_i ln( n/(c_i m) (x_(i+m) - x_(i-m)) )

    c_i = 1 + (i - 1)/m for i <= m,   2 between,   1 + (n - i)/m for i > n - m

    Args:
        window: m, 1 to (n - 1)/2; None takes floor(sqrt(n) + 1/2).

    Good values: the default from n = 20.

    Source: Ebrahimi, Pflughoeft and Soofi 1994, Stat. Probab. Lett. 20, 225.
    """

    claims: ClassVar[Claims] = Claims(
        needs="values of a continuum, scalars, at least 2 window + 1 samples",
        cost="O(n log n)",
        invariances={"shift": 1e-11, "sign": 1e-12, "order": 0.0},
        exact=(
            Exact(name="Gaussian", sample=scalars(500), value=GAUSSIAN, bias=0.01, spread=0.035),
            Exact(
                name="uniform", sample=uniform(500), value=math.log(UNIFORM_SIDE), bias=0.014, spread=0.0054
            ),
        ),
    )

    def of_sorted(self, x: Array, m: int) -> Array:
        """h of ascending `(lanes, n)`."""
        n = x.shape[1]
        wide = padded(x, m)
        i = np.arange(n)
        steps = 1 + np.minimum(np.minimum(i, n - 1 - i) / m, 1.0)
        return (log_spacings(wide[:, 2 * m :], wide[:, :n]) - np.log(steps)).mean(axis=-1) + math.log(n / m)
