"""The compiled loop of `LinearSteps`. Imports numba."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ergodica.numerics import kernel
from ergodica.sims.engines.sharing import Each
from ergodica.sims.particles.noise import four_normals

Array = np.ndarray

NUMBERS = 1024  # that are drawn together, which the compiler makes vector code of
LEAST = 64


class How(NamedTuple):
    """What members have in common: seed and purpose of the random numbers, index of the first step."""

    seed: np.uint64
    purpose: int
    first: int


class Members(NamedTuple):
    """One member a row: x (members, d) in place, sampled into out (steps, members, d).

    `propagator` (1 or members, d, d) is transposed, so that a column is contiguous; `factor` is not.
    """

    streams: Array
    x: Array
    propagator: Array
    factor: Array
    out: Array


@kernel(_nrt=False, error_model="numpy")
def noise(out: Array, seed: int, stream: int, first: int, blocks: int, purpose: int, factor: Array) -> None:
    """L xi of the steps 4 first, 4 first + 1, ...: component i of the step 4 (first + k) + lane at out[i, lane, k]."""
    d = out.shape[0]
    for i in range(d):
        for k in range(blocks):
            z = four_normals(seed, stream, np.uint64(first) + np.uint64(k), i, purpose)
            out[i, 0, k], out[i, 1, k], out[i, 2, k], out[i, 3, k] = z[0], z[1], z[2], z[3]
    # from the last row on, as a row needs those before it
    for i in range(d - 1, -1, -1):
        for lane in range(4):
            for k in range(blocks):
                out[i, lane, k] *= factor[i, i]
            for j in range(i):
                for k in range(blocks):
                    out[i, lane, k] += factor[i, j] * out[j, lane, k]


@kernel(error_model="numpy")
def advance_member(place: int, how: How, rows: Members) -> None:
    """x <- e^(M t) x + L xi, once for each row of `out`."""
    which = place if rows.propagator.shape[0] > 1 else 0
    propagator, factor = rows.propagator[which], rows.factor[which]
    steps, d = rows.out.shape[0], rows.x.shape[1]
    x, y = rows.x[place].copy(), np.empty(d)
    together = max(LEAST, NUMBERS // d) // 4 * 4
    forced = np.empty((d, 4, min(together, steps + 7) // 4 + 1))
    begin = 0
    while begin < steps:
        at = (how.first + begin) % 4
        taken = min(together - at, steps - begin)
        first = (how.first + begin) // 4
        noise(forced, how.seed, rows.streams[place], first, (at + taken + 3) // 4, how.purpose, factor)
        if d == 2:  # in registers
            a, b, c, e = propagator[0, 0], propagator[1, 0], propagator[0, 1], propagator[1, 1]
            p, q = x[0], x[1]
            for step in range(begin, begin + taken):
                lane, k = at & 3, at >> 2
                p, q = (a * p + b * q) + forced[0, lane, k], (c * p + e * q) + forced[1, lane, k]
                rows.out[step, place, 0], rows.out[step, place, 1] = p, q
                at += 1
            x[0], x[1] = p, q
        else:
            for step in range(begin, begin + taken):
                y[:] = 0.0
                for j in range(d):
                    value = x[j]
                    for i in range(d):
                        y[i] += propagator[j, i] * value
                for i in range(d):
                    x[i] = y[i] + forced[i, at & 3, at >> 2]
                    rows.out[step, place, i] = x[i]
                at += 1
        begin += taken
    rows.x[place] = x


advance = Each(advance_member)
