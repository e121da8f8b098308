"""Source of the CUDA kernel that advances a flow: a thread a member, its whole state in registers.

Import this module only where code is generated: it imports sympy.
"""

from __future__ import annotations

import re

from sympy import Symbol

from ergodica.numerics.errors import ParameterError
from ergodica.sims.dynamics.codegen import Names, function, used
from ergodica.sims.dynamics.constants import hoisted
from ergodica.sims.dynamics.printer import statements
from ergodica.sims.dynamics.sites import indented
from ergodica.sims.dynamics.sites import rhs as sites_rhs
from ergodica.sims.dynamics.symbolic import System

_ARGUMENTS = "states, parameters, dt, first, count"
_ABOUT = "Runge-Kutta steps of order 4; states (d, members), parameters (number of parameters, members)."
_FLOAT = re.compile(r"(?<![\w.])\d+\.\d*(?:e[+-]?\d+)?|(?<![\w.])\d+e[+-]?\d+")


def rk4_cuda(system: System, single: bool = False) -> str:
    """Source of the kernel; with `single` every number in it is a float32, so that nothing is computed in float64."""
    if system.definition.lags:
        raise ParameterError(
            f"{system.definition.name}: Runge-Kutta steps need a flow without delay, got one"
        )
    if system.definition.sites is not None:
        return _through_memory(system, "rk4_cuda_single" if single else "rk4_cuda")
    names, d = Names(system), len(system.rows)
    constants, rows = hoisted(system.rows, [Symbol(name, real=True) for name in system.definition.parameters])
    needed = {names.code[s] for s in used([*rows, *constants.values()]) if s in names.code}
    names.code |= {s: s.name for s in constants}
    direct = {names.code[s] for s in used(rows)}
    values = [n for n in names.parameters if n in direct] + [s.name for s in constants]
    result = ", ".join(f"_f{k}" for k in range(d)) + ("," if d == 1 else "")
    slope = [*statements({f"_f{k}": row for k, row in enumerate(rows)}, names.code), f"return {result}"]
    field = function("derivative", ", ".join(["t", *names.components, *values]), "f(t, u).", slope, "")
    lines = ["if member < states.shape[1]:"]
    body = [f"{name} = states[{k}, member]" for k, name in enumerate(names.components)]
    body += [f"{n} = parameters[{k}, member]" for k, n in enumerate(names.parameters) if n in needed]
    body += [*statements({s.name: e for s, e in constants.items()}, names.code, "_k")]
    body += ["h = 0.5*full", "sixth = full/6.0", "for step in range(first, first + count):"]
    stages = [[f"_{letter}{k}" for k in range(d)] for letter in "abcd"]
    moved = [f"_u{k}" for k in range(d)]

    def call(stage: list[str], t: str, state: list[str]) -> str:
        return f"{', '.join(stage)}{',' if d == 1 else ''} = derivative({', '.join([t, *state, *values])})"

    loop = ["now = real(step*dt)", "mid = real(step*dt + half)", "end = real(step*dt + dt)"]
    loop.append(call(stages[0], "now", names.components))
    for before, stage, length, t in zip(
        stages, stages[1:], ("h", "h", "full"), ("mid", "mid", "end"), strict=False
    ):
        loop += [
            f"{m} = fma({length}, {k}, {x})" for m, k, x in zip(moved, before, names.components, strict=True)
        ]
        loop.append(call(stage, t, moved))
    loop += [
        f"{x} = fma(sixth, fma(2.0, {b} + {c}, {a} + {e}), {x})"
        for x, a, b, c, e in zip(names.components, *stages, strict=True)
    ]
    body += [*indented(loop), *(f"states[{k}, member] = {x}" for k, x in enumerate(names.components))]
    lines += indented(body)
    text = field + "\n\n" + _entry(lines, "rk4_cuda_single" if single else "rk4_cuda")
    if single:
        text = _FLOAT.sub(lambda match: f"real({match[0]})", text)
    before_text = ["member = cuda.grid(1)", "half = 0.5*dt", "full = real(dt)"]
    return text.replace("    HEAD\n", "".join(f"    {line}\n" for line in before_text))


def _entry(lines: list[str], name: str) -> str:
    text = function(name, _ARGUMENTS, _ABOUT, ["HEAD", *lines], "")
    return text.replace("@kernel()", "@cuda_kernel")


def _through_memory(system: System, name: str) -> str:
    """For states of any length: the stages lie in `work` (3, d, members)."""
    field = sites_rhs(system, system.rows, "rhs", "du = f(t, u).")
    body = """\
member = cuda.grid(1)
if member < states.shape[1]:
    u, p = states[:, member], parameters[:, member]
    slope, total, moved = work[0, :, member], work[1, :, member], work[2, :, member]
    for step in range(first, first + count):
        rhs(step*dt, u, p, slope)
        for c in range(u.size):
            total[c] = slope[c]
            moved[c] = fma(0.5*dt, slope[c], u[c])
        rhs(step*dt + 0.5*dt, moved, p, slope)
        for c in range(u.size):
            total[c] = fma(2.0, slope[c], total[c])
            moved[c] = fma(0.5*dt, slope[c], u[c])
        rhs(step*dt + 0.5*dt, moved, p, slope)
        for c in range(u.size):
            total[c] = fma(2.0, slope[c], total[c])
            moved[c] = fma(dt, slope[c], u[c])
        rhs(step*dt + dt, moved, p, slope)
        for c in range(u.size):
            u[c] = fma(dt/6.0, total[c] + slope[c], u[c])"""
    entry = function(name, f"{_ARGUMENTS}, work", _ABOUT, body.split("\n"), "")
    return field + "\n\n" + entry.replace("@kernel()", "@cuda_kernel")
