"""Source of kernels that advance many members at once: the inner loop goes over LANES members of a block.

Arrays are flat, component after component: component c of the member in lane l is at [c*LANES + l], so that LLVM sees
constant distances and turns the loop into vector instructions. Every lane is computed by the same instructions
whatever the other lanes hold. Import this module only where code is generated: it imports sympy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from sympy import Symbol

from ergodica.numerics.errors import ParameterError
from ergodica.sims.dynamics import sites_lanes
from ergodica.sims.dynamics.codegen import Names, function, used
from ergodica.sims.dynamics.constants import hoisted
from ergodica.sims.dynamics.layout import LANES
from ergodica.sims.dynamics.printer import statements
from ergodica.sims.dynamics.sites import indented
from ergodica.sims.dynamics.symbolic import System

INLINED = 'forceinline=True, error_model="numpy"'


def at(array: str, k: int) -> str:
    """Element of component or parameter k in the lane."""
    return f"{array}[{f'{k * LANES} + ' if k else ''}lane]"


class Plain:
    """What the lane kernels of a system without sites have in common."""

    def __init__(self, system: System) -> None:
        self.names = Names(system)
        self.d = len(system.rows)
        parameters = [Symbol(name, real=True) for name in system.definition.parameters]
        self.constants, self.rows = hoisted(system.rows, parameters)
        self.names.code |= {s: s.name for s in self.constants}
        needed = {self.names.code[s] for s in used([*self.rows, *self.constants.values()])}
        self.state = [*self.names.components, *self.names.lagged]
        self.given = [(k, name) for k, name in enumerate(self.names.parameters) if name in needed]
        direct = {self.names.code[s] for s in used(self.rows)}
        self.values = [name for _, name in self.given if name in direct] + [s.name for s in self.constants]

    def field(self, name: str = "derivative") -> str:
        """Source of the right-hand side as a function of numbers that returns numbers."""
        targets = {f"_f{k}": row for k, row in enumerate(self.rows)}
        body = [
            *statements(targets, self.names.code),
            f"return {', '.join(targets)}{',' if self.d == 1 else ''}",
        ]
        return function(name, ", ".join(["t", *self.state, *self.values]), "f(t, u).", body, INLINED)

    def before(self) -> list[str]:
        """Lines that compute in every lane, once, what depends on parameters alone, into `w`."""
        if not self.constants:
            return []
        targets = {at("w", k): e for k, e in enumerate(self.constants.values())}
        needed = {self.names.code[s] for s in used(self.constants.values())}
        reads = [f"{name} = {at('p', k)}" for k, name in self.given if name in needed]
        body = [*reads, *statements(targets, self.names.code)]
        return ["for lane in range(LANES):", *indented(body)]

    def room(self) -> list[str]:
        """The line that makes `w`."""
        return [f"w = np.empty({len(self.constants) * LANES})"] if self.constants else []

    def reads(self, every: bool = False) -> list[str]:
        """Lines that read the state and the parameters of a lane; with `every`, those of constants alone too."""
        lines = [f"{name} = {at('u', k)}" for k, name in enumerate(self.state)]
        lines += [f"{name} = {at('p', k)}" for k, name in self.given if every or name in self.values]
        return lines + [f"{s.name} = {at('w', k)}" for k, s in enumerate(self.constants)]

    def call(self, targets: Iterable[str], t: str, state: Sequence[str]) -> str:
        """The line that evaluates the right-hand side."""
        left = ", ".join(targets) + ("," if self.d == 1 else "")
        return f"{left} = derivative({', '.join([t, *state, *self.values])})"


def _rk4(system: System) -> str:
    """The whole step of a member in registers: its state is read and written once."""
    if system.definition.sites is not None:
        return sites_lanes.rhs_lanes(system) + "\n\n" + _in_memory("rk4", "rhs_lanes")
    plain = Plain(system)
    names = plain.state
    stages = [[f"_{letter}{k}" for k in range(plain.d)] for letter in "abcd"]
    moved = [f"_u{k}" for k in range(plain.d)]
    body = [*plain.reads(), plain.call(stages[0], "now", names)]
    for before, stage, length, t in zip(
        stages, stages[1:], ("h", "h", "dt"), ("mid", "mid", "end"), strict=False
    ):
        body += [f"{m} = fma({length}, {k}, {x})" for m, k, x in zip(moved, before, names, strict=True)]
        body.append(plain.call(stage, t, moved))
    for k, (a, b, c, d) in enumerate(zip(*stages, strict=True)):
        body.append(f"{at('u', k)} = fma(sixth, fma(2.0, {b} + {c}, {a} + {d}), {names[k]})")
    return (
        plain.field()
        + "\n\n"
        + _over_blocks("rk4", plain, body, _TIMES, "Classical Runge-Kutta steps of order 4.")
    )


_TIMES = ["now = step*dt", "mid = fma(0.5, dt, now)", "end = now + dt"]


def _iterate(system: System) -> str:
    if system.definition.sites is not None:
        return _iterate_sites(system)
    plain = Plain(system)
    new = [f"_a{k}" for k in range(plain.d)]
    body = [*plain.reads(), plain.call(new, "now", plain.state), f"_lost = {_lost(plain.state)}"]
    body += [f"{at('u', k)} = {value}" for k, value in enumerate(new) if k]
    body.append(f"{at('u', 0)} = {new[0]} if _lost == 0.0 else _lost")
    return (
        plain.field()
        + "\n\n"
        + _over_blocks("iterate", plain, body, ["now = float(step)"], "Steps of a map.")
    )


def _lost(state: Iterable[str]) -> str:
    """0 where every component is finite, else NaN: a state that was infinite once must not come back."""
    return " + ".join(f"({x} - {x})" for x in state)


def _over_blocks(name: str, plain: Plain, body: list[str], times: list[str], about: str) -> str:
    lines = ["h = 0.5*dt", "sixth = dt/6.0", *plain.room(), "for block in range(states.shape[0]):"]
    lines += ["    u = states[block]", "    p = parameters[block]", *indented(plain.before())]
    lines += ["    for step in range(first, first + count):", *indented(times, 2)]
    lines += ["        for lane in range(LANES):", *indented(body, 3)]
    return function(name, "states, parameters, dt, first, count", about, lines)


def _rhs_lanes(system: System) -> str:
    if system.definition.sites is not None:
        return sites_lanes.rhs_lanes(system)
    plain = Plain(system)
    new = [f"_a{k}" for k in range(plain.d)]
    body = ["now = t[lane]", *plain.reads(), plain.call(new, "now", plain.state)]
    body += [f"{at('du', k)} = {value}" for k, value in enumerate(new)]
    lines = [*plain.room(), *plain.before(), "for lane in range(LANES):", *indented(body)]
    about = "du = f(t, u) in every lane; t (LANES,), the others flat."
    return plain.field() + "\n\n" + function("rhs_lanes", "t, u, p, du", about, lines)


def _variational_lanes(system: System) -> str:
    """The Jacobian's entries of every lane are kept in `w` while they multiply one tangent vector after the other."""
    if system.definition.sites is not None:
        return sites_lanes.variational_lanes(system)
    if system.definition.lags:
        raise ParameterError(
            f"{system.definition.name}: tangent vectors need a system without delay, got one"
        )
    plain, matrix = Plain(system), system.jacobian()
    entries = [(a, b) for a, row in enumerate(matrix) for b, e in enumerate(row) if e != 0]
    slots = {place: at("w", len(plain.constants) + k) for k, place in enumerate(entries)}
    targets = {at("du", k): row for k, row in enumerate(plain.rows)}
    targets |= {slots[a, b]: matrix[a][b] for a, b in entries}
    needed = {plain.names.code[s] for s in used([*targets.values()])}
    reads = [line for line in plain.reads(every=True) if line.split(" ")[0] in needed]
    body = [
        "now = t[lane]",
        *reads,
        *statements(targets, {**plain.names.code, Symbol("t", real=True): "now"}),
    ]
    room = [f"w = np.empty({max(1, len(entries) + len(plain.constants)) * LANES})"]
    lines = [*room, *plain.before(), "for lane in range(LANES):", *indented(body)]
    product = [f"_v{b} = u[(k + {b})*LANES + lane]" for b in range(plain.d)]
    for a in range(plain.d):
        total = ""
        for b in range(plain.d):
            if (a, b) in slots:
                total = f"fma({slots[a, b]}, _v{b}, {total})" if total else f"{slots[a, b]}*_v{b}"
        product.append(f"du[(k + {a})*LANES + lane] = {total or '0.0'}")
    lines += [f"for k in range({plain.d}, u.size//LANES, {plain.d}):"]
    lines += ["    for lane in range(LANES):", *indented(product, 2)]
    about = "State, then tangent vectors v, in every lane: du = f(t, u), J v, ..."
    return function("variational_lanes", "t, u, p, du", about, lines, sites_lanes.OPTIONS)


def _in_memory(name: str, field: str) -> str:
    """Runge-Kutta steps for a right-hand side that is too long for registers."""
    return function(
        name,
        "states, parameters, dt, first, count",
        "Classical Runge-Kutta steps of order 4.",
        f"""\
size = states.shape[1]
h = 0.5*dt
sixth = dt/6.0
t, k, total, moved = np.empty(LANES), np.empty(size), np.empty(size), np.empty(size)
for block in range(states.shape[0]):
    u = states[block]
    p = parameters[block]
    for step in range(first, first + count):
        t[:] = step*dt
        {field}(t, u, p, k)
        for c in range(size):
            total[c] = k[c]
            moved[c] = fma(h, k[c], u[c])
        t[:] = fma(0.5, dt, step*dt)
        {field}(t, moved, p, k)
        for c in range(size):
            total[c] = fma(2.0, k[c], total[c])
            moved[c] = fma(h, k[c], u[c])
        {field}(t, moved, p, k)
        for c in range(size):
            total[c] = fma(2.0, k[c], total[c])
            moved[c] = fma(dt, k[c], u[c])
        t[:] = step*dt + dt
        {field}(t, moved, p, k)
        for c in range(size):
            u[c] = fma(sixth, total[c] + k[c], u[c])""".split("\n"),
    )


def _rk4_variational(system: System) -> str:
    return _variational_lanes(system) + "\n\n" + _in_memory("rk4_variational", "variational_lanes")


def _iterate_sites(system: System) -> str:
    body = [
        "t, new, lost = np.empty(LANES), np.empty(states.shape[1]), np.empty(LANES)",
        "for block in range(states.shape[0]):",
        "    for step in range(first, first + count):",
        "        t[:] = float(step)",
        "        rhs_lanes(t, states[block], parameters[block], new)",
        "        lost[:] = 0.0",
        "        for c in range(0, new.size, LANES):",
        "            for lane in range(LANES):",
        "                lost[lane] += states[block, c + lane] - states[block, c + lane]",
        "        for lane in range(LANES):",
        "            new[lane] = new[lane] if lost[lane] == 0.0 else lost[lane]",
        "        for c in range(new.size):",
        "            states[block, c] = new[c]",
    ]
    arguments = "states, parameters, dt, first, count"
    return sites_lanes.rhs_lanes(system) + "\n\n" + function("iterate", arguments, "Steps of a map.", body)


PARTS: Mapping[str, Callable[[System], str]] = {
    "rk4": _rk4,
    "iterate": _iterate,
    "rhs_lanes": _rhs_lanes,
    "variational_lanes": _variational_lanes,
    "rk4_variational": _rk4_variational,
}
"""What can be generated: name of the kernel -> its source."""
