"""Source of the CUDA kernel that advances a flow: a thread a member, its whole state in registers.

A member whose state is no longer finite stays where it is; its thread ends. Import this module only where code is
generated: it imports sympy.
"""

from __future__ import annotations

import re

from sympy import Symbol

from ergodica.numerics.errors import ParameterError
from ergodica.numerics.kernel import CudaKernel, Kernel
from ergodica.sims.dynamics.codegen import Names, function, used
from ergodica.sims.dynamics.constants import hoisted
from ergodica.sims.dynamics.modules import in_memory
from ergodica.sims.dynamics.printer import statements
from ergodica.sims.dynamics.sites import indented
from ergodica.sims.dynamics.sites import rhs as sites_rhs
from ergodica.sims.dynamics.symbolic import System

_ARGUMENTS = "states, parameters, dt, first, count"
_ABOUT = "Runge-Kutta steps of order 4; states (members, d), parameters (members, number of parameters)."
_FLOAT = re.compile(r"(?<![\w.])\d+\.\d*(?:e[+-]?\d+)?|(?<![\w.])\d+e[+-]?\d+")
_TIMES = ["now = real(step*dt)", "mid = real(step*dt + half)", "end = real(step*dt + dt)"]
_HEAD = "member = cuda.grid(1)\n    half = 0.5*dt\n    full = real(dt)"


def rk4_cuda(system: System, single: bool = False) -> str:
    """Source of the kernel; with `single` every number in it is a float32, so that nothing is computed in float64."""
    if system.definition.lags:
        raise ParameterError(
            f"{system.definition.name}: Runge-Kutta steps need a flow without delay, got one"
        )
    name = "rk4_cuda_single" if single else "rk4_cuda"
    text = _in_registers(system, name) if system.definition.sites is None else _through_memory(system, name)
    if single:
        text = _FLOAT.sub(lambda match: f"real({match[0]})", text)
    return text.replace("HEAD", _HEAD)


def _in_registers(system: System, name: str) -> str:
    names, d = Names(system), len(system.rows)
    constants, rows = hoisted(system.rows, [Symbol(name, real=True) for name in system.definition.parameters])
    needed = {names.code[s] for s in used([*rows, *constants.values()]) if s in names.code}
    names.code |= {s: s.name for s in constants}
    direct = {names.code[s] for s in used(rows)}
    values = [n for n in names.parameters if n in direct] + [s.name for s in constants]
    timed = ["t"] if "t" in direct else []  # the clock is kept in float64, which few devices are fast at
    result = ", ".join(f"_f{k}" for k in range(d)) + ("," if d == 1 else "")
    slope = [*statements({f"_f{k}": row for k, row in enumerate(rows)}, names.code), f"return {result}"]
    field = function("derivative", ", ".join([*timed, *names.components, *values]), "f(t, u).", slope, "")
    body = [f"{name} = states[member, {k}]" for k, name in enumerate(names.components)]
    body += [f"{n} = parameters[member, {k}]" for k, n in enumerate(names.parameters) if n in needed]
    body += [*statements({s.name: e for s, e in constants.items()}, names.code, "_k")]
    body += ["h = 0.5*full", "sixth = full/6.0", "for step in range(first, first + count):"]
    stages = [[f"_{letter}{k}" for k in range(d)] for letter in "abcd"]
    moved = [f"_u{k}" for k in range(d)]

    def call(stage: list[str], t: str, state: list[str]) -> str:
        arguments = ", ".join([*(t for _ in timed), *state, *values])
        return f"{', '.join(stage)}{',' if d == 1 else ''} = derivative({arguments})"

    loop = [f"if not ({' + '.join(f'({x} - {x})' for x in names.components)} == 0.0):", "    break"]
    loop += _TIMES if timed else []
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
    body += [*indented(loop), *(f"states[member, {k}] = {x}" for k, x in enumerate(names.components))]
    return field + "\n\n" + _entry(["if member < states.shape[0]:", *indented(body)], name, _ARGUMENTS)


def _entry(lines: list[str], name: str, arguments: str) -> str:
    return function(name, arguments, _ABOUT, ["HEAD", *lines], "").replace("@kernel()", "@cuda_kernel")


def _through_memory(system: System, name: str) -> str:
    return sites_rhs(system, system.rows, "rhs", "du = f(t, u).") + "\n\n" + _in_memory(name)


def rk4_of(rhs: Kernel, single: bool = False) -> CudaKernel:
    """The CUDA kernel for a right-hand side rhs(t, u, p, du) of one's own; it may hold what CUDA can compile."""
    lines = [
        '"""Generated for a function."""',
        f"from numpy import float{32 if single else 64} as real",
        "from ergodica.numerics import cuda_kernel",
        "from ergodica.sims.dynamics.portable import fma",
    ]
    text = "\n".join([*lines, "", "", _in_memory("rk4_cuda").replace("HEAD", _HEAD)])
    made = in_memory("_ergodica_rk4_of", text)
    vars(made)["rhs"] = rhs
    kernel: CudaKernel = made.rk4_cuda
    return kernel


def _in_memory(name: str) -> str:
    """Steps for states of any length: state and stages lie in `work` (4, d, members), threads beside each other."""
    body = """\
if member < states.shape[0]:
    u, p = work[3, :, member], parameters[member]
    slope, total, moved = work[0, :, member], work[1, :, member], work[2, :, member]
    h = 0.5*full
    sixth = full/6.0
    for c in range(u.size):
        u[c] = states[member, c]
    for step in range(first, first + count):
        lost = full - full
        for c in range(u.size):
            lost += u[c] - u[c]
        if not (lost == 0.0):
            break
        rhs(real(step*dt), u, p, slope)
        for c in range(u.size):
            total[c] = slope[c]
            moved[c] = fma(h, slope[c], u[c])
        rhs(real(step*dt + half), moved, p, slope)
        for c in range(u.size):
            total[c] = fma(2.0, slope[c], total[c])
            moved[c] = fma(h, slope[c], u[c])
        rhs(real(step*dt + half), moved, p, slope)
        for c in range(u.size):
            total[c] = fma(2.0, slope[c], total[c])
            moved[c] = fma(full, slope[c], u[c])
        rhs(real(step*dt + dt), moved, p, slope)
        for c in range(u.size):
            u[c] = fma(sixth, total[c] + slope[c], u[c])
    for c in range(u.size):
        states[member, c] = u[c]"""
    return _entry(body.split("\n"), name, f"{_ARGUMENTS}, work")
