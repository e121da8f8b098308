"""The formulas of DOP853 over lanes: stages, error, dense output. Imports numba.

Tables: Hairer, Norsett, Wanner 1993, Solving Ordinary Differential Equations I, II.5 and II.6, as scipy
publishes them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.integrate import DOP853

from ergodica.sims.engines.ode.vectors import (
    Block,
    divided,
    larger,
    magnitude,
    over_components,
    root,
    weighted,
    where_positive,
)

STAGES = 12
SLOPES = 16
"""Twelve stages, the slope at the new point, three more for the dense output."""
COEFFICIENTS = 8
"""Of the dense output: the old value and seven differences."""

_NODES = np.concatenate([DOP853.C, [1.0], DOP853.C_EXTRA])
_STAGES = [*DOP853.A, DOP853.B, *DOP853.A_EXTRA]


def _stage(number: int) -> Any:
    """work = y + h sum a_j k_j and time = t + c h for the stage that gives slope `number`."""
    node, weights = float(_NODES[number]), _STAGES[number]

    def formula(work: Block, y: Block, slopes: Block, time: Block, t: Block, h: Block) -> None:
        step = h[0]
        work[0] = step.times_plus(weighted(slopes, weights), y[0])
        time[0] = t[0] + step.scaled(node)

    return over_components(formula, arrays=3, lanes=3)


(
    stage_1,
    stage_2,
    stage_3,
    stage_4,
    stage_5,
    stage_6,
    stage_7,
    stage_8,
    stage_9,
    stage_10,
    stage_11,
    stage_12,
    stage_13,
    stage_14,
    stage_15,
) = (_stage(number) for number in range(1, SLOPES))


def _error(y: Block, new: Block, slopes: Block, fifth: Block, third: Block, rtol: Block, atol: Block) -> Any:
    """What the component adds to the squared errors of orders 5 and 3; NaN where the new value is not finite."""
    value = new[0]
    scale = rtol[0].times_plus(larger(magnitude(y[0]), magnitude(value)), atol[0])
    five, three = (divided(weighted(slopes, table), scale) for table in (DOP853.E5, DOP853.E3))
    return (five * five + (value - value), three * three)


squared_errors = over_components(_error, arrays=3, lanes=4, sums=2)


def _dense(coefficients: Block, y: Block, new: Block, slopes: Block, h: Block) -> None:
    step, old = h[0], y[0]
    difference = new[0] - old
    first, last = step * slopes[0], step * slopes[STAGES]
    coefficients[0] = old
    coefficients[1] = difference
    coefficients[2] = first - difference
    coefficients[3] = difference + difference - (first + last)
    for row, table in enumerate(DOP853.D):
        coefficients[4 + row] = step * weighted(slopes, table)


dense_coefficients = over_components(_dense, arrays=4, lanes=1)


def _accept(y: Block, new: Block, slopes: Block, accepted: Block) -> None:
    y[0] = where_positive(accepted[0], new[0], y[0])
    slopes[0] = where_positive(accepted[0], slopes[STAGES], slopes[0])


accept = over_components(_accept, arrays=3, lanes=1)


def _error_root(error: Block, fifth: Block, third: Block, h: Block, size: Block) -> None:
    five, three = fifth[0], third[0]
    squared = five + three.scaled(0.01)
    safe = where_positive(squared, squared, size[0])  # no error at all: 0 / size
    whole = magnitude(h[0]) * divided(five, root(safe * size[0]))
    error[0] = root(root(root(whole)))


error_roots = over_components(_error_root, arrays=5, lanes=0)

__all__ = [
    "COEFFICIENTS",
    "SLOPES",
    "STAGES",
    "accept",
    "dense_coefficients",
    "error_roots",
    "squared_errors",
    *(f"stage_{number}" for number in range(1, SLOPES)),
]
