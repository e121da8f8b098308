"""Source of DOP853's stages for many members of one flow: its right-hand side inlined, every loop over lanes.

The same arithmetic in the same order as `engines.ode.dop853_tables`, so that a member gives the same bits there.
Rows of lanes lie in one array, as `engines.ode.dop853_steps` has them. Import this module only where code is
generated: it imports sympy.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from scipy.integrate import DOP853

from ergodica.sims.dynamics.codegen import function
from ergodica.sims.dynamics.lanes import Plain
from ergodica.sims.dynamics.layout import LANES
from ergodica.sims.dynamics.sites import indented
from ergodica.sims.dynamics.symbolic import System

STAGES, SLOPES, COEFFICIENTS, SINGLES = 12, 16, 8, 18
TIME, WIDTHS, STAGE_TIME, SIZE, ERROR, RELATIVE, ABSOLUTE = 0, 1, 2, 4, 7, 8, 9
"""Rows of `engines.ode.dop853_tables`; a test holds them equal."""
LONGEST = 400
"""Lines of all right-hand sides together above which compiling takes longer than most runs."""

_NODES = np.concatenate([DOP853.C, [1.0], DOP853.C_EXTRA])
_STAGES = [*DOP853.A, DOP853.B, *DOP853.A_EXTRA]


def dop853(system: System) -> str:
    """Source of dop853(t, u, p, du): with t=0 the stages of a step and its error, else those of its dense output.

    `u` are all rows; `p` and `du` are not used, so that it can be called like a right-hand side. None in place of
    the function where its stages are too long to be compiled together.
    """
    plain = Plain(system)
    rows = _Rows(plain.d)
    if len(plain.field().splitlines()) * SLOPES > LONGEST:
        return "dop853 = None\n"
    head = plain.room()
    constants = _from_rows(plain.before(), rows)
    first = [line for stage in range(1, STAGES) for line in _slope(plain, rows, stage)]
    last = [
        f"{_at(STAGE_TIME)} = {_at(TIME)} + _h*1.0",
        *(f"{_at(rows.new + c)} = _new{c}" for c in range(plain.d)),
    ]
    first += _over_lanes([*_moved(rows, STAGES, "_new"), *last])
    first += _error(rows)
    dense = [line for stage in range(STAGES + 1, SLOPES) for line in _slope(plain, rows, stage)]
    dense += _coefficients(rows)
    body = [*head, *constants, "if t == 0.0:", *indented(first), "else:", *indented(dense)]
    return plain.field() + "\n\n" + function("dop853", "t, u, p, du", "Stages of a step.", body)


class _Rows:
    """Where the rows of a flow of d components begin."""

    def __init__(self, d: int) -> None:
        self.d = d
        self.y = SINGLES
        self.new = SINGLES + 2 * d
        self.slopes = SINGLES + 3 * d
        self.coefficients = self.slopes + SLOPES * d
        self.parameters = self.coefficients + COEFFICIENTS * d


def _from_rows(lines: Iterable[str], rows: _Rows) -> list[str]:
    """Lines that read parameters from the rows instead of `p`."""
    return [line.replace(" p[", f" u[{rows.parameters * LANES} + ") for line in lines]


def _at(row: int) -> str:
    return f"u[{row * LANES} + lane]"


def _over_lanes(body: Sequence[str]) -> list[str]:
    return ["for lane in range(LANES):", *indented(body)]


def _weighted(rows: _Rows, component: int, weights: Sequence[float], name: str) -> tuple[list[str], str]:
    """Lines of sum_j weights[j] k_j and its text: two sums side by side, as `vectors.weighted` makes them."""
    used = [(j, float(w)) for j, w in enumerate(weights) if w != 0.0]
    lines, chains = [], [f"{name}_even", f"{name}_odd"]
    for place, (j, w) in enumerate(used):
        slope, chain = _at(rows.slopes + j * rows.d + component), chains[place % 2]
        lines.append(f"{chain} = {slope}*{w!r}" if place < 2 else f"{chain} = fma({slope}, {w!r}, {chain})")
    return lines, " + ".join(chains[: min(2, len(used))])


def _moved(rows: _Rows, stage: int, name: str) -> list[str]:
    """Lines that compute y + h sum a_j k_j of a stage."""
    lines = [f"_h = {_at(WIDTHS)}"]
    for c in range(rows.d):
        sums, total = _weighted(rows, c, _STAGES[stage], "_s")
        lines += [*sums, f"{name}{c} = fma(_h, {total}, {_at(rows.y + c)})"]
    return lines


def _slope(plain: Plain, rows: _Rows, stage: int) -> list[str]:
    moved = [f"_u{c}" for c in range(rows.d)]
    slopes = [f"_a{c}" for c in range(rows.d)]
    reads = _from_rows((line for line in plain.reads() if line.split(" ")[0] not in plain.state), rows)
    body = [*reads, *_moved(rows, stage, "_u"), f"now = {_at(TIME)} + _h*{float(_NODES[stage])!r}"]
    body.append(plain.call(slopes, "now", moved))
    body += [f"{_at(rows.slopes + stage * rows.d + c)} = {slope}" for c, slope in enumerate(slopes)]
    return _over_lanes(body)


def _error(rows: _Rows) -> list[str]:
    body = ["_fifth = 0.0", "_third = 0.0"]
    for c in range(rows.d):
        body += [f"_y = abs({_at(rows.y + c)})", f"_new = {_at(rows.new + c)}", "_size = abs(_new)"]
        body += [
            f"_scale = fma({_at(RELATIVE)}, _y if _y > _size else _size, {_at(ABSOLUTE)})",
            "_inverse = 1.0/_scale",
        ]
        fifth, five = _weighted(rows, c, DOP853.E5, "_s")
        third, three = _weighted(rows, c, DOP853.E3, "_s")
        body += [*fifth, f"_five = ({five})*_inverse", *third, f"_three = ({three})*_inverse"]
        body += ["_fifth = _fifth + (_five*_five + (_new - _new))", "_third = _third + _three*_three"]
    body += ["_squared = _fifth + _third*0.01", f"_safe = _squared if _squared > 0.0 else {_at(SIZE)}"]
    body += [f"{_at(ERROR)} = abs({_at(WIDTHS)})*(_fifth/sqrt(_safe*{_at(SIZE)}))"]
    return _over_lanes(body)


def _coefficients(rows: _Rows) -> list[str]:
    body = [f"_h = {_at(WIDTHS)}"]
    for c in range(rows.d):
        out = [_at(rows.coefficients + k * rows.d + c) for k in range(COEFFICIENTS)]
        body += [f"_y = {_at(rows.y + c)}", f"_difference = {_at(rows.new + c)} - _y"]
        body += [
            f"_first = _h*{_at(rows.slopes + c)}",
            f"_last = _h*{_at(rows.slopes + STAGES * rows.d + c)}",
        ]
        body += [f"{out[0]} = _y", f"{out[1]} = _difference", f"{out[2]} = _first - _difference"]
        body += [f"{out[3]} = _difference + _difference - (_first + _last)"]
        for k, table in enumerate(DOP853.D):
            lines, total = _weighted(rows, c, table, "_s")
            body += [*lines, f"{out[4 + k]} = _h*({total})"]
    return _over_lanes(body)
