"""Steps of a reservoir, a row after the other.

Unit i hears the units i + shift, modulo the number of units, for each of the `shifts` (connections,), with the
`weights` (connections, units). The state is kept twice in a row, (2 units,), so that what a shift reaches lies together
in memory and every inner loop is vector code without gathers. `heard` (d, units) are the weights of the input, `bias`
(units,).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ergodica.numerics.elementary import fma, tanh
from ergodica.numerics.kernel import kernel


@kernel
def doubled(state: Any) -> Any:
    """The state twice in a row."""
    return np.concatenate((state, state))


@kernel(error_model="numpy")
def advance(
    twice: Any, drive: Any, u: Any, shifts: Any, weights: Any, heard: Any, bias: Any, leak: float
) -> None:
    """One step in place, r <- (1 - leak) r + leak tanh(W r + W_in u + b); `drive` (units,) is room for W r + ..."""
    units = len(drive)
    for i in range(units):
        drive[i] = bias[i]
    for j in range(len(u)):
        row, value = heard[j], u[j]
        for i in range(units):
            drive[i] = fma(row[i], value, drive[i])
    for k in range(len(shifts)):
        row, near = weights[k], twice[shifts[k] :]
        for i in range(units):
            drive[i] = fma(row[i], near[i], drive[i])
    for i in range(units):
        twice[i] = fma(leak, tanh(drive[i]) - twice[i], twice[i])
    for i in range(units):
        twice[units + i] = twice[i]


@kernel(error_model="numpy")
def drive_through(
    values: Any, start: Any, shifts: Any, weights: Any, heard: Any, bias: Any, leak: float, states: Any
) -> None:
    """Sets states (snapshots, units): after each of the values (snapshots, d), from `start` on."""
    twice, drive = doubled(start), np.empty_like(start)
    for t in range(len(values)):
        advance(twice, drive, values[t], shifts, weights, heard, bias, leak)
        states[t] = twice[: len(start)]


@kernel(error_model="numpy", fastmath={"reassoc", "contract"})
def read(readout: Any, constant: Any, x: Any, state: Any, made: Any) -> None:
    """Sets made = x + A x + B r + c, with readout = (A, B), (d, d + units)."""
    d, units = len(x), len(state)
    for j in range(d):
        row, total = readout[j], x[j] + constant[j]
        for i in range(d):
            total += row[i] * x[i]
        for i in range(units):
            total += row[d + i] * state[i]
        made[j] = total


@kernel(error_model="numpy")
def roll_out(
    states: Any,
    last: Any,
    readouts: Any,
    constants: Any,
    noise: Any,
    limit: float,
    shifts: Any,
    weights: Any,
    heard: Any,
    bias: Any,
    leak: float,
    made: Any,
) -> None:
    """Sets made (rows, steps, d), what follows from states (rows, units), which have heard `last` (rows, d) already.

    `readouts` (fits, d, d + units) and `constants` (fits, d): the rows of each fit lie together. `noise` (rows, steps
    or 0, d) is added to what is made and heard.
    """
    rows, steps = made.shape[:2]
    each = rows // len(readouts)
    for row in range(rows):
        twice, drive = doubled(states[row]), np.empty_like(bias)
        x, after = last[row].copy(), np.empty_like(last[row])
        readout, constant = readouts[row // each], constants[row // each]
        for t in range(steps):
            if t > 0:
                advance(twice, drive, x, shifts, weights, heard, bias, leak)
            read(readout, constant, x, twice[: len(bias)], after)
            for j in range(len(x)):
                value = after[j]
                if noise.shape[1] > 0:
                    value += noise[row, t, j]
                # a NaN fails both comparisons
                x[j] = value if (value < limit) & (value > -limit) else (-limit if value < 0 else limit)
                made[row, t, j] = x[j]
