"""Groups of eight members in lanes, as the schemes with fixed steps take them. Imports numba."""

from __future__ import annotations

import math

import numpy as np

from ergodica.numerics import kernel
from ergodica.numerics.lanes import WIDTH
from ergodica.sims.engines.ode.codes import ALIVE

Array = np.ndarray

EVERY = -1
"""In place of the one lane that matters: all do."""


@kernel(error_model="numpy", inline="always")
def bounds(group: int, members: int) -> tuple[int, int]:
    """The first member of a group and the one after its last."""
    return group * WIDTH, min((group + 1) * WIDTH, members)


@kernel(error_model="numpy", inline="always")
def fill_lanes(u: Array, parameters: Array, y: Array, p: Array) -> None:
    """Points and parameters of at most eight members, a row each, into lanes; those left over repeat the last one."""
    for lane in range(WIDTH):
        member = min(lane, u.shape[0] - 1)
        for i in range(u.shape[1]):
            y[i, lane] = u[member, i]
        for i in range(parameters.shape[1]):
            p[i, lane] = parameters[member, i]


@kernel(error_model="numpy", inline="always")
def write_sample(y: Array, failed: Array, out: Array, sample: int) -> None:
    """The points of the members into `out` (members, samples, d), NaN for one that has stopped."""
    for lane in range(out.shape[0]):
        for i in range(out.shape[2]):
            out[lane, sample, i] = y[i, lane] if failed[lane] == ALIVE else math.nan
