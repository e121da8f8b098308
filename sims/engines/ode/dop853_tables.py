"""The formulas of DOP853 over lanes: stages, error, dense output. Imports numba.

Tables: Hairer, Norsett, Wanner 1993, Solving Ordinary Differential Equations I, II.5 and II.6, as scipy
publishes them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from scipy.integrate import DOP853

from ergodica.numerics.lanes import WIDTH
from ergodica.sims.engines.ode.vectors import (
    Block,
    compared,
    constant,
    divided,
    inverse_eighth_root,
    larger,
    magnitude,
    over_components,
    over_rows,
    root,
    smaller,
    weighted,
    where_positive,
)

# Hairer, Norsett, Wanner 1993, II.4 and the code DOP853
SAFETY = 0.85  # fewer rejected steps on chaotic flows than 0.9, at no loss of accuracy
SHRINK, GROW = 0.333, 6.0
ROUND_OFF = 2.3e-16
SMALLEST_STEP = 1e-290

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

    return over_components(formula, arrays=3, lanes=3, wide=True)


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
    inverse = divided(constant(y.builder, 1.0), scale)  # one division for two
    five, three = (weighted(slopes, table) * inverse for table in (DOP853.E5, DOP853.E3))
    return (five * five + (value - value), three * three)


squared_errors = over_components(_error, arrays=3, lanes=4, sums=2, wide=True)


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


dense_coefficients = over_components(_dense, arrays=4, lanes=1, wide=True)


def _place_of_sample(x: Block, due: Block, began: Block, width: Block) -> None:
    x[0] = divided(due[0] - began[0], width[0])


place_of_sample = over_components(_place_of_sample, arrays=4, lanes=0, wide=True)


def _sample(values: Block, coefficients: Block, x: Block) -> None:
    """The dense output at x of the step, 0 to 1."""
    after = x[0]
    before = constant(after.builder, 1.0) - after
    value = coefficients[COEFFICIENTS - 1] * after
    for row in range(COEFFICIENTS - 2, 0, -1):
        value = (value + coefficients[row]) * (before if row % 2 == 0 else after)
    values[0] = value + coefficients[0]


sample_lanes = over_components(_sample, arrays=2, lanes=1, wide=True)


def _accept(y: Block, new: Block, slopes: Block, accepted: Block) -> None:
    y[0] = where_positive(accepted[0], new[0], y[0])
    slopes[0] = where_positive(accepted[0], slopes[STAGES], slopes[0])


accept = over_components(_accept, arrays=3, lanes=1, wide=True)


def _error_root(error: Block, fifth: Block, third: Block, h: Block, size: Block) -> None:
    five, three = fifth[0], third[0]
    squared = five + three.scaled(0.01)
    safe = where_positive(squared, squared, size[0])  # no error at all: 0 / size
    error[0] = magnitude(h[0]) * divided(five, root(safe * size[0]))


error_roots = over_components(_error_root, arrays=5, lanes=0, wide=True)

# rows of eight lanes that a group of members begins with
(
    TIME,
    WIDTHS,
    STAGE_TIME,
    ACCEPTED,
    SIZE,
    FIFTH,
    THIRD,
    ERROR,
    RELATIVE,
    ABSOLUTE,
    DUE,
    REJECTED,
    TAKEN,
    BEGAN,
    LAST_WIDTH,
    BUSY,
    LONGEST,
    MOST,
    SINGLES,
) = range(19)


def _decide(rows: Block) -> Any:
    """Which lanes accept their step: bits 0 to 7; in which of them a sample lies: bits 8 to 15."""
    builder, t, h = rows.builder, rows[TIME], rows[WIDTHS]
    one, zero = constant(builder, 1.0), constant(builder, 0.0)
    accepted = compared("<=", rows[ERROR], one) & compared(">", rows[BUSY], zero)
    sampled = accepted & compared("<=", rows[DUE], t + h)
    rows[ACCEPTED] = accepted.choose(one, zero)
    rows[BEGAN], rows[LAST_WIDTH] = t, h
    return builder.or_(accepted.bits(), builder.shl(sampled.bits(), ir.Constant(ir.IntType(64), WIDTH)))


def _move(rows: Block) -> Any:
    """Time and next step of every lane; returns the lanes that cannot go on as bits."""
    builder, t, h = rows.builder, rows[TIME], rows[WIDTHS]
    one, zero = constant(builder, 1.0), constant(builder, 0.0)
    accepted, busy = compared(">", rows[ACCEPTED], zero), compared(">", rows[BUSY], zero)
    most = compared(">", rows[REJECTED], zero).choose(one, constant(builder, GROW))
    factor = inverse_eighth_root(rows[ERROR]).scaled(SAFETY)
    # NaN gives the least
    width = smaller(h * larger(smaller(most, factor), constant(builder, SHRINK)), rows[LONGEST])
    t = accepted.choose(t + h, t)
    taken = rows[TAKEN] + one
    resolved = compared(">", width.scaled(0.1), magnitude(t).scaled(ROUND_OFF))
    resolved &= compared(">", width, constant(builder, SMALLEST_STEP))
    rows[TIME], rows[WIDTHS], rows[TAKEN] = t, width, taken
    rows[REJECTED] = accepted.choose(zero, one)
    return (busy & (~(accepted | resolved) | ~compared("<", taken, rows[MOST]))).bits()


decide, move = over_rows(_decide), over_rows(_move)

__all__ = [
    "ABSOLUTE",
    "ACCEPTED",
    "BEGAN",
    "BUSY",
    "DUE",
    "ERROR",
    "FIFTH",
    "LAST_WIDTH",
    "LONGEST",
    "MOST",
    "REJECTED",
    "RELATIVE",
    "SINGLES",
    "SIZE",
    "STAGE_TIME",
    "TAKEN",
    "THIRD",
    "TIME",
    "WIDTHS",
    "decide",
    "move",
    "place_of_sample",
    "sample_lanes",
    "COEFFICIENTS",
    "SLOPES",
    "STAGES",
    "accept",
    "dense_coefficients",
    "error_roots",
    "squared_errors",
    *(f"stage_{number}" for number in range(1, SLOPES)),
]
