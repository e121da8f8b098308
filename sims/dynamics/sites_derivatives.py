"""Source of the Jacobian, its trace and the scalar kernels of a system with sites.

Import this module only where code is generated: it imports sympy.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence

from sympy import Expr, S, Symbol

from ergodica.sims.dynamics.codegen import DRIFTS, corrected, function
from ergodica.sims.dynamics.definition import Field
from ergodica.sims.dynamics.sites import Writer, indented, neighbour, rhs, variational, wrapped
from ergodica.sims.dynamics.symbolic import System, moved


def jacobian(system: System) -> str:
    """Source of the dense Jacobian."""
    writer = Writer(system)
    lines = writer.start(system.rows)
    lines += ["for _a in range(J.shape[0]):", "    for _b in range(J.shape[1]):", "        J[_a, _b] = 0.0"]
    lines += writer.sums(system.rows, local=False)
    per_site: list[str] = []
    for field, row in zip(system.definition.fields, system.rows, strict=True):
        if field.per_site:
            per_site += [*writer.reads("i", [row]), *writer.sums([row], local=True)]
            per_site += _row(writer, row, f"{writer.offsets[field.name]} + i", "i")
        else:
            lines += _row(writer, row, writer.offsets[field.name], "")
    if per_site:
        lines += ["for i in range(sites):", *indented(per_site)]
    return function("jacobian", "t, u, p, J", "J[a, b] = d f_a / d u_b.", lines)


def _row(writer: Writer, row: Expr, place: str, index: str) -> list[str]:
    system = writer.system
    ordered = sorted(row.free_symbols, key=str)
    components = [s for s in ordered if s in system.places]
    sums = [s for s in ordered if s in system.sums]
    targets = {f"_c{k}": row.diff(s) for k, s in enumerate(components)}
    targets |= {f"_w{k}": row.diff(s) for k, s in enumerate(sums)}
    lines = [*_shifts(system, components), *(writer.at_site(index, targets, "_") if targets else [])]
    lines += [f"J[{place}, {writer.column(system.places[s])}] += _c{k}" for k, s in enumerate(components)]
    for m, name in enumerate(sums):
        body = system.sums[name].body
        inner = [s for s in sorted(body.free_symbols, key=str) if s in system.places]
        parts = {f"_b{k}": body.diff(s) for k, s in enumerate(inner)}
        loop = [*_shifts(system, inner, "j"), *writer.at_site("j", parts, "_j")]
        loop += [f"J[{place}, {writer.column(system.places[s])}] += _w{m}*_b{k}" for k, s in enumerate(inner)]
        lines += [*_shifts(system, inner, "i"), "for j in range(sites):", *indented(loop)]
    return lines


def _shifts(system: System, symbols: list[Symbol], only: str | None = None) -> list[str]:
    shifts = {(q.index, q.offset) for q in (system.places[s] for s in symbols) if q.index and q.offset}
    return [f"{neighbour(k, m)} = {wrapped(k, m)}" for k, m in sorted(shifts) if only in (None, k)]


def divergence(system: System, rows: Sequence[Expr], name: str = "divergence") -> str:
    """Source of the trace of the Jacobian of `rows`."""
    fields = system.definition.fields
    traces = [_trace(system, f, row) for f, row in zip(fields, rows, strict=True)]
    scalar = sum((t for f, t in zip(fields, traces, strict=True) if not f.per_site), S.Zero)
    per_site = sum((t for f, t in zip(fields, traces, strict=True) if f.per_site), S.Zero)
    writer = Writer(system)
    lines = [*writer.start(traces), *writer.sums(traces, local=False)]
    lines += writer.at_site("", {"total": scalar}, "_s")
    lines += ["for i in range(sites):"]
    body = [*writer.reads("i", [per_site]), *writer.sums([per_site], local=True)]
    lines += indented([*body, *writer.at_site("i", {"total": per_site}, "_", add=True)])
    return function(name, "t, u, p", "Trace of the Jacobian.", [*lines, "return total"])


def _trace(system: System, field: Field, row: Expr) -> Expr:
    """d(row)/d(its own component), through the sums as well."""
    own = system.symbol(field.name, "i" if field.per_site else None, 0)
    total = row.diff(own)
    for name in sorted(row.free_symbols, key=str):
        if name not in system.sums:
            continue
        weight, body = row.diff(name), system.sums[name].body
        total += weight * system.named_sum(body.diff(own))
        for symbol in sorted(body.free_symbols, key=str):
            place = system.places.get(symbol)
            if field.per_site and place is not None and (place.field, place.index) == (field.name, "j"):
                total += weight * moved(system, body.diff(symbol), -place.offset)
    return total


def _corrected(system: System, sign: int) -> list[Expr]:
    fields = system.definition.fields
    slopes = [_trace(system, f, b) for f, b in zip(fields, system.noise, strict=True)]
    return corrected(system.rows, system.noise, slopes, sign)


def _drift(system: System, name: str, sign: int) -> str:
    return rhs(system, _corrected(system, sign), name, DRIFTS[name][1])


def energy(system: System) -> str:
    """Source of the Hamiltonian."""
    writer = Writer(system)
    lines = [*writer.start([system.energy]), *writer.sums([system.energy], local=False)]
    lines += writer.at_site("", {"total": system.energy}, "_s")
    return function("energy", "t, u, p", "The Hamiltonian.", [*lines, "return total"])


def _half(system: System, name: str, first: bool) -> str:
    pairs = len(system.rows) // 2
    keep = [f.name for f in (system.definition.fields[:pairs] if first else system.definition.fields[pairs:])]
    about = f"{'dq' if first else 'dp'}/dt, the {'first' if first else 'second'} half of du."
    return rhs(system, system.rows, name, about, only=keep)


PARTS: Mapping[str, Callable[[System], str]] = {
    "rhs": lambda s: rhs(s, s.rows, "rhs", "du = f(t, u), or the next u of a map."),
    "jacobian": jacobian,
    "variational": variational,
    "divergence": lambda s: divergence(s, s.rows),
    "divergence_ito": lambda s: divergence(s, _corrected(s, 1), "divergence_ito"),
    "noise": lambda s: rhs(s, s.noise, "noise", "Amplitude of each component's Wiener process (Ito)."),
    **{name: functools.partial(_drift, name=name, sign=sign) for name, (sign, _) in DRIFTS.items()},
    "energy": energy,
    "velocity": lambda s: _half(s, "velocity", first=True),
    "force": lambda s: _half(s, "force", first=False),
}
"""What can be generated: name of the kernel -> its source."""
