"""Source of the kernels of a system without sites.

Every kernel is a scalar function of (t, u, p, out) over 1-D float64 arrays: `p` are the parameters in the order of the
definition; `u` is the state, followed for a delay system by the lagged components in the order of `lags`.
Import this module only where code is generated: it imports sympy.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping

from sympy import Expr, S, Symbol

from ergodica.numerics.errors import ParameterError
from ergodica.sims.dynamics.constants import hoisted
from ergodica.sims.dynamics.derivatives import symbols_in
from ergodica.sims.dynamics.printer import ELEMENTARY, statements
from ergodica.sims.dynamics.symbolic import System

_WORDS = """
    t u p du J k lane kernel abs range int float n i j np LANES w h dt sixth now mid end step first count states
    parameters block derivative total moved size c sites d rhs rhs_lanes variational_lanes t_ lag
    real full half member work slope cuda cuda_kernel rk4_cuda rk4_cuda_single lost
"""
RESERVED = {*ELEMENTARY, *_WORDS.split()}
LANE_PARTS = ("rk4", "iterate", "rhs_lanes", "variational_lanes", "rk4_variational")
CUDA_PARTS = ("rk4_cuda", "rk4_cuda_single")
OPTIONS = 'error_model="numpy", nogil=True'


class Names:
    """Names of a system's symbols in code, none of which means something else there."""

    def __init__(self, system: System) -> None:
        definition = system.definition
        self.code: dict[Symbol, str] = {Symbol("t", real=True): "t"}
        self.components = [self._add(s, s.name.partition("[")[0]) for s in system.state]
        self.lagged = [self._add(s, s.name.replace("@", "_at_")) for s in system.lagged]
        self.parameters = [self._add(Symbol(name, real=True), name) for name in definition.parameters]

    def _add(self, symbol: Symbol, name: str) -> str:
        while name in RESERVED or name in self.code.values():
            name += "_"
        self.code[symbol] = name
        return name


def used(expressions: Iterable[Expr]) -> set[Symbol]:
    """Symbols that occur."""
    return set().union(*map(symbols_in, expressions))


def loads(system: System, names: Names, expressions: Iterable[Expr]) -> list[str]:
    """Lines that read the components and parameters that occur."""
    needed = {names.code[s] for s in used(list(expressions))}
    state = [*names.components, *names.lagged]
    return [f"{name} = u[{k}]" for k, name in enumerate(state) if name in needed] + [
        f"{name} = p[{k}]" for k, name in enumerate(names.parameters) if name in needed
    ]


def function(name: str, arguments: str, about: str, body: Iterable[str], options: str = OPTIONS) -> str:
    """Source of a kernel."""
    lines = "".join(f"    {line}\n" for line in body)
    return f'@kernel({options})\ndef {name}({arguments}):\n    """{about}"""\n{lines}'


def _rhs(system: System) -> str:
    # what depends on parameters alone is computed apart, as over lanes, so that both give the same bits
    names = Names(system)
    constants, rows = hoisted(system.rows, [Symbol(name, real=True) for name in system.definition.parameters])
    body = loads(system, names, system.rows)
    body += statements({s.name: e for s, e in constants.items()}, names.code, "_k")
    names.code |= {s: s.name for s in constants}
    body += statements({f"du[{k}]": row for k, row in enumerate(rows)}, names.code)
    about = "du = f(t, u)." if system.definition.kind == "flow" else "du = the next u."
    return function("rhs", "t, u, p, du", about, body)


def _jacobian(system: System) -> str:
    names, matrix = Names(system), system.jacobian()
    entries = {f"J[{a}, {b}]": e for a, row in enumerate(matrix) for b, e in enumerate(row)}
    body = [*loads(system, names, entries.values()), *statements(entries, names.code)]
    return function("jacobian", "t, u, p, J", "J[a, b] = d f_a / d u_b, lagged components last.", body)


def _variational(system: System) -> str:
    if system.definition.lags:
        raise ParameterError(
            f"{system.definition.name}: tangent vectors are for systems without delay, got one; use jacobian"
        )
    names, matrix, d = Names(system), system.jacobian(), len(system.rows)
    targets: dict[str, Expr] = {f"_f{k}": row for k, row in enumerate(system.rows)}
    targets |= {f"_d{a}_{b}": e for a, row in enumerate(matrix) for b, e in enumerate(row) if e != 0}
    body = [*loads(system, names, targets.values()), *statements(targets, names.code)]
    body += [f"du[{k}] = _f{k}" for k in range(d)]
    body += [f"for k in range({d}, u.size, {d}):"]
    body += [f"    _v{b} = u[k + {b}]" for b in range(d)]
    for a in range(d):
        total = ""
        for b in range(d):
            if matrix[a][b] != 0:
                total = f"fma(_d{a}_{b}, _v{b}, {total})" if total else f"_d{a}_{b}*_v{b}"
        body.append(f"    du[k + {a}] = {total or '0.0'}")
    return function(
        "variational", "t, u, p, du", "State, then tangent vectors v: du = f(t, u), J v, J v, ...", body
    )


def _divergence(system: System, name: str = "divergence") -> str:
    names, trace = Names(system), system.divergence()
    if name != "divergence":
        more = corrected([S.Zero] * len(system.rows), system.noise, _slopes(system), 1)
        trace += sum((one.diff(x) for one, x in zip(more, system.state, strict=True)), S.Zero)
    body = [*loads(system, names, [trace]), *statements({"total": trace}, names.code), "return total"]
    return function(name, "t, u, p", "Trace of the Jacobian.", body)


def _noise(system: System) -> str:
    names = Names(system)
    targets = {f"du[{k}]": row for k, row in enumerate(system.noise)}
    body = [*loads(system, names, system.noise), *statements(targets, names.code)]
    return function("noise", "t, u, p, du", "Amplitude of each component's Wiener process (Ito).", body)


def corrected(rows: Iterable[Expr], noise: Iterable[Expr], slopes: Iterable[Expr], sign: int) -> list[Expr]:
    """The drift plus `sign` times b db/du / 2 of each component's own noise b, whose slope is db/du."""
    return [
        row + sign * b * slope / 2 if slope != 0 else row
        for row, b, slope in zip(rows, noise, slopes, strict=True)
    ]


def _slopes(system: System) -> list[Expr]:
    """The slope of each component's noise by that component."""
    return [b.diff(x) for b, x in zip(system.noise, system.state, strict=True)]


def _drift(system: System, name: str, sign: int) -> str:
    rows = corrected(system.rows, system.noise, _slopes(system), sign)
    names = Names(system)
    body = [*loads(system, names, rows), *statements({f"du[{k}]": r for k, r in enumerate(rows)}, names.code)]
    return function(name, "t, u, p, du", DRIFTS[name][1], body)


DRIFTS: Mapping[str, tuple[int, str]] = {
    "drift_stratonovich": (-1, "Drift of the Stratonovich equation that is the Ito equation f, b."),
    "drift_ito": (1, "Drift of the Ito equation that is the Stratonovich equation f, b."),
}


def _energy(system: System) -> str:
    names = Names(system)
    body = [
        *loads(system, names, [system.energy]),
        *statements({"total": system.energy}, names.code),
        "return total",
    ]
    return function("energy", "t, u, p", "The Hamiltonian.", body)


def _half(system: System, name: str, about: str, keep: Callable[[int, int], bool]) -> str:
    names, d = Names(system), len(system.rows)
    targets = {f"du[{k}]": row for k, row in enumerate(system.rows) if keep(k, d)}
    body = [*loads(system, names, targets.values()), *statements(targets, names.code)]
    return function(name, "t, u, p, du", about, body)


PARTS: Mapping[str, Callable[[System], str]] = {
    "rhs": _rhs,
    "jacobian": _jacobian,
    "variational": _variational,
    "divergence": _divergence,
    "divergence_ito": functools.partial(_divergence, name="divergence_ito"),
    "noise": _noise,
    **{name: functools.partial(_drift, name=name, sign=sign) for name, (sign, _) in DRIFTS.items()},
    "energy": _energy,
    "velocity": lambda s: _half(s, "velocity", "dq/dt, the first half of du.", lambda k, d: k < d // 2),
    "force": lambda s: _half(s, "force", "dp/dt, the second half of du.", lambda k, d: k >= d // 2),
}
"""What can be generated: name of the kernel -> its source."""


def source(system: System, part: str) -> str:
    """Source of one kernel of a system."""
    if part in LANE_PARTS:
        from ergodica.sims.dynamics import lanes

        return lanes.PARTS[part](system)
    if part == "dop853":
        from ergodica.sims.dynamics.dop853_lanes import dop853

        return dop853(system)
    if part in CUDA_PARTS:
        from ergodica.sims.dynamics import cuda

        return cuda.rk4_cuda(system, single=part == "rk4_cuda_single")
    if system.definition.sites is None:
        return PARTS[part](system)
    from ergodica.sims.dynamics import sites_derivatives

    return sites_derivatives.PARTS[part](system)


__all__ = ["PARTS", "Names", "function", "loads", "source"]
