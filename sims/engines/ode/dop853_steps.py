"""One step of DOP853 for some groups of eight lanes, from addresses in one room to work in. Imports numba.

Rows of lanes lie behind each other: first the single ones below, then y, the stage and the new y
(d rows each), the slopes, the coefficients of the dense output and the parameters; last the numbers of one
lane.
"""

from __future__ import annotations

import numpy as np

from ergodica.numerics import kernel
from ergodica.numerics.lanes import WIDTH
from ergodica.sims.engines.ode.calls import BYTES, NOWHERE, call_at, data_of, evaluate_lanes
from ergodica.sims.engines.ode.dop853_tables import (
    ABSOLUTE,
    ACCEPTED,
    BEGAN,
    COEFFICIENTS,
    DUE,
    ERROR,
    FIFTH,
    LAST_WIDTH,
    RELATIVE,
    SINGLES,
    SIZE,
    SLOPES,
    STAGE_TIME,
    STAGES,
    THIRD,
    WIDTHS,
    accept,
    dense_coefficients,
    error_roots,
    place_of_sample,
    sample_lanes,
    squared_errors,
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
)

Array = np.ndarray

GROUP_BYTES = BYTES * WIDTH
_CACHE_LINE = 8  # in float64


@kernel(error_model="numpy")
def room(d: int, count: int, groups: int) -> Array:
    """Room for some groups of lanes, zeros, on a cache line."""
    size = groups * WIDTH * (SINGLES + (3 + SLOPES + COEFFICIENTS) * d + count) + 2 * d + count
    held = np.zeros(size + _CACHE_LINE)
    start = (-held.ctypes.data) % (8 * _CACHE_LINE) // 8
    return held[start : start + size]


@kernel(error_model="numpy")
def attempt(place: int, lanes_place: int, base: int, d: int, count: int, active: int, groups: int) -> None:
    """A step of every lane from y to the new y, and the eighth root of its error."""
    width, row = WIDTH * groups, GROUP_BYTES * groups
    size = row * d
    t, h, time = base, base + row * WIDTHS, base + row * STAGE_TIME
    fifth, third, error = base + row * FIFTH, base + row * THIRD, base + row * ERROR
    y = base + row * SINGLES
    work, new, slopes = y + size, y + 2 * size, y + 3 * size
    p = y + (3 + SLOPES + COEFFICIENTS) * size
    column = p + row * count
    stage_1(work, y, slopes, time, t, h, groups, d)
    evaluate_lanes(place, lanes_place, time, work, p, slopes + 1 * size, d, count, active, column, width)
    stage_2(work, y, slopes, time, t, h, groups, d)
    evaluate_lanes(place, lanes_place, time, work, p, slopes + 2 * size, d, count, active, column, width)
    stage_3(work, y, slopes, time, t, h, groups, d)
    evaluate_lanes(place, lanes_place, time, work, p, slopes + 3 * size, d, count, active, column, width)
    stage_4(work, y, slopes, time, t, h, groups, d)
    evaluate_lanes(place, lanes_place, time, work, p, slopes + 4 * size, d, count, active, column, width)
    stage_5(work, y, slopes, time, t, h, groups, d)
    evaluate_lanes(place, lanes_place, time, work, p, slopes + 5 * size, d, count, active, column, width)
    stage_6(work, y, slopes, time, t, h, groups, d)
    evaluate_lanes(place, lanes_place, time, work, p, slopes + 6 * size, d, count, active, column, width)
    stage_7(work, y, slopes, time, t, h, groups, d)
    evaluate_lanes(place, lanes_place, time, work, p, slopes + 7 * size, d, count, active, column, width)
    stage_8(work, y, slopes, time, t, h, groups, d)
    evaluate_lanes(place, lanes_place, time, work, p, slopes + 8 * size, d, count, active, column, width)
    stage_9(work, y, slopes, time, t, h, groups, d)
    evaluate_lanes(place, lanes_place, time, work, p, slopes + 9 * size, d, count, active, column, width)
    stage_10(work, y, slopes, time, t, h, groups, d)
    evaluate_lanes(place, lanes_place, time, work, p, slopes + 10 * size, d, count, active, column, width)
    stage_11(work, y, slopes, time, t, h, groups, d)
    evaluate_lanes(place, lanes_place, time, work, p, slopes + 11 * size, d, count, active, column, width)
    stage_12(new, y, slopes, time, t, h, groups, d)
    squared_errors(y, new, slopes, fifth, third, base + row * RELATIVE, base + row * ABSOLUTE, groups, d)
    error_roots(error, fifth, third, h, base + row * SIZE, groups, 1)


@kernel(error_model="numpy")
def extend(
    place: int,
    lanes_place: int,
    whole_place: int,
    space: Array,
    d: int,
    count: int,
    active: int,
    sampled: bool,
    groups: int,
) -> None:
    """The slope at the new y, and y = new y in the accepted lanes.

    Where samples are wanted, also the dense output, and the first sample of each lane in place of the stage.
    """
    base = data_of(space)
    width, row = WIDTH * groups, GROUP_BYTES * groups
    size, time = row * d, base + row * STAGE_TIME
    y = base + row * SINGLES
    new, slopes = y + 2 * size, y + 3 * size
    coefficients = slopes + SLOPES * size
    p = coefficients + COEFFICIENTS * size
    column = p + row * count
    evaluate_lanes(place, lanes_place, time, new, p, slopes + STAGES * size, d, count, active, column, width)
    if sampled and whole_place != NOWHERE and active < 0:
        call_at(whole_place, 1.0, space, space, space)
    elif sampled:
        extend_densely(place, lanes_place, base, d, count, active, groups)
    accept(y, new, slopes, base + row * ACCEPTED, groups, d)
    if sampled:
        x = base + row * THIRD
        place_of_sample(x, base + row * DUE, base + row * BEGAN, base + row * LAST_WIDTH, groups, 1)
        sample_lanes(y + size, coefficients, x, groups, d)


@kernel(error_model="numpy")
def extend_densely(
    place: int, lanes_place: int, base: int, d: int, count: int, active: int, groups: int
) -> None:
    """Three more stages, which give the dense output its order."""
    width, row = WIDTH * groups, GROUP_BYTES * groups
    size = row * d
    t, h, time = base, base + row * WIDTHS, base + row * STAGE_TIME
    y = base + row * SINGLES
    work, new, slopes = y + size, y + 2 * size, y + 3 * size
    coefficients = slopes + SLOPES * size
    p = coefficients + COEFFICIENTS * size
    column = p + row * count
    stage_13(work, y, slopes, time, t, h, groups, d)
    evaluate_lanes(place, lanes_place, time, work, p, slopes + 13 * size, d, count, active, column, width)
    stage_14(work, y, slopes, time, t, h, groups, d)
    evaluate_lanes(place, lanes_place, time, work, p, slopes + 14 * size, d, count, active, column, width)
    stage_15(work, y, slopes, time, t, h, groups, d)
    evaluate_lanes(place, lanes_place, time, work, p, slopes + 15 * size, d, count, active, column, width)
    dense_coefficients(coefficients, y, new, slopes, h, groups, d)
