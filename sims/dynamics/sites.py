"""Source of the kernels of a system with sites: loops over the sites, whatever their number.

A symbol stands for a component at site i or j plus an offset. Sums over all sites that do not depend on i are made
once, before the loop over i. Import this module only where code is generated: it imports sympy.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sympy import Expr, S, Symbol

from ergodica.sims.dynamics.codegen import Names, function, used
from ergodica.sims.dynamics.printer import statements
from ergodica.sims.dynamics.symbolic import Place, SiteSum, System

TANGENT = "'"  # marks the field of a tangent vector


def indented(lines: Iterable[str], depth: int = 1) -> list[str]:
    """Lines, deeper."""
    return ["    " * depth + line for line in lines]


class Writer:
    """Text of loops over sites; `state` is read from `u`, tangent fields from `u` at `k` on."""

    def __init__(self, system: System) -> None:
        self.system = system
        self.names = Names(system)
        # parameters and scalar components have names of their own; sites are read where they are used
        self.offsets: dict[str, str] = {}
        scalars = sites = 0
        for field in system.definition.fields:
            self.offsets[field.name] = f"{scalars} + {sites}*sites" if sites else f"{scalars}"
            scalars, sites = (scalars, sites + 1) if field.per_site else (scalars + 1, sites)
        self.size = f"{scalars} + {sites}*sites"
        self.scalar_symbols = [
            s for s, f in zip(system.state, system.definition.fields, strict=True) if not f.per_site
        ]

    def column(self, place: Place) -> str:
        """Index of a component in the state."""
        offset = self.offsets[place.field.rstrip(TANGENT)]
        return offset if place.index is None else f"{offset} + {neighbour(place.index, place.offset)}"

    def _read(self, place: Place) -> str:
        base = "k + " if place.field.endswith(TANGENT) else ""
        return f"u[{base}{self.column(place)}]"

    def local_name(self, symbol: Symbol) -> str:
        """Name in code of a symbol."""
        place = self.system.places.get(symbol)
        if place is None or (place.index is None and not place.field.endswith(TANGENT)):
            return self.names.code.get(symbol, symbol.name)
        mark = "_tangent" if place.field.endswith(TANGENT) else ""
        sign = "m" if place.offset < 0 else "p"
        return f"_{place.field.rstrip(TANGENT)}{mark}_{place.index or ''}{sign}{abs(place.offset)}"

    def code(self, expressions: Iterable[Expr]) -> dict[Symbol, str]:
        """Name of every symbol in some expressions."""
        return {s: self.local_name(s) for s in used(list(expressions))}

    def start(self, expressions: Iterable[Expr]) -> list[str]:
        """Lines before any loop: number of sites, parameters, components without site."""
        every = [*expressions, *(s.body for s in self.system.sums.values())]
        count = list(self.system.definition.parameters).index("n")
        plain = [e for e in every if e.free_symbols]
        needed = {self.names.code[s] for s in used(plain) if s in self.names.code}
        lines = [f"sites = int(p[{count}])"]
        for symbol in self.scalar_symbols:
            if self.names.code[symbol] in needed:
                lines.append(f"{self.names.code[symbol]} = {self._read(self.system.places[symbol])}")
        return lines + [f"{name} = p[{k}]" for k, name in enumerate(self.names.parameters) if name in needed]

    def _site_values(self, index: str, expressions: Iterable[Expr]) -> list[str]:
        """Lines that read the components at the site `index` and its neighbours, and tangents without site."""
        symbols = sorted(used(list(expressions)), key=str)
        places = {s: self.system.places[s] for s in symbols if s in self.system.places}
        places = {
            s: q
            for s, q in places.items()
            if q.index == index or (q.index is None and q.field.endswith(TANGENT))
        }
        shifts = sorted({(q.index, q.offset) for q in places.values() if q.index and q.offset})
        lines = [f"{neighbour(k, m)} = {wrapped(k, m)}" for k, m in shifts]
        return lines + [f"{self.local_name(s)} = {self._read(q)}" for s, q in places.items()]

    def at_site(self, index: str, targets: Mapping[str, Expr], prefix: str, add: bool = False) -> list[str]:
        """Lines that assign (or add to) each target, for the site `index` of the loop around them."""
        lines = self._site_values(index, targets.values())
        body = list(statements(targets, self.code(targets.values()), prefix))
        if add:
            body[len(body) - len(targets) :] = [
                line.replace(" = ", " += ", 1) for line in body[len(body) - len(targets) :]
            ]
        return lines + body

    def sums(self, expressions: Iterable[Expr], local: bool) -> list[str]:
        """Lines that compute the sums which occur."""
        wanted: list[SiteSum] = [
            self.system.sums[s] for s in sorted(used(list(expressions)), key=str) if s in self.system.sums
        ]
        wanted = [s for s in wanted if s.local == local]
        if not wanted:
            return []
        lines = [f"{s.symbol.name} = 0.0" for s in wanted]
        targets = {s.symbol.name: s.body for s in wanted}
        return [*lines, "for j in range(sites):", *indented(self.at_site("j", targets, "_j", add=True))]

    def reads(self, index: str, expressions: Iterable[Expr]) -> list[str]:
        """Lines that read at one site what some expressions and their local sums need."""
        every = list(expressions)
        every += [self.system.sums[s].body for s in used(every) if s in self.system.sums]
        return self._site_values(index, every)

    def rows(
        self, out: str, rows: list[Expr], base: str = "", only: Iterable[str] | None = None
    ) -> list[str]:
        """Lines that write each row, given by field, to `out`; `only` names the fields, None takes all."""
        fields = self.system.definition.fields
        chosen = [(f, row) for f, row in zip(fields, rows, strict=True) if only is None or f.name in only]
        place = {f.name: f"{out}[{base}{self.offsets[f.name]}{' + i' if f.per_site else ''}]" for f in fields}
        lines = self.sums([row for _, row in chosen], local=False)
        scalars = {place[f.name]: row for f, row in chosen if not f.per_site}
        if scalars:
            lines += self.at_site("", scalars, "_s")
        per_site = {place[f.name]: row for f, row in chosen if f.per_site}
        if per_site:
            body = self.reads("i", per_site.values()) + self.sums(per_site.values(), local=True)
            body += statements(per_site, self.code(per_site.values()), "_")
            lines += ["for i in range(sites):", *indented(body)]
        return lines


def neighbour(index: str, offset: int) -> str:
    """Name of the wrapped index."""
    return index if offset == 0 else f"_{index}_{'p' if offset > 0 else 'm'}{abs(offset)}"


def wrapped(index: str, offset: int) -> str:
    """index + offset on a ring of `sites`."""
    if offset > 0:
        return f"{index} + {offset} if {index} + {offset} < sites else {index} + {offset} - sites"
    return f"{index} - {-offset} if {index} >= {-offset} else {index} - {-offset} + sites"


def tangent_rows(system: System) -> list[Expr]:
    """The rows' directional derivatives along the tangent fields."""

    def directional(expression: Expr) -> Expr:
        total = S.Zero
        for symbol in sorted(expression.free_symbols, key=str):
            place = system.places.get(symbol)
            if place is not None:
                total += expression.diff(symbol) * system.symbol(
                    place.field + TANGENT, place.index, place.offset
                )
            elif symbol in system.sums:
                total += expression.diff(symbol) * system.named_sum(directional(system.sums[symbol].body))
        return total

    return [directional(row) for row in list(system.rows)]


def rhs(system: System, rows: list[Expr], name: str, about: str, only: Iterable[str] | None = None) -> str:
    """Source of a kernel that writes one value for each component, or those of the fields in `only`."""
    writer = Writer(system)
    return function(name, "t, u, p, du", about, [*writer.start(rows), *writer.rows("du", rows, only=only)])


def variational(system: System) -> str:
    """Source of the variational equations, one tangent vector after the other."""
    tangents = tangent_rows(system)
    writer = Writer(system)
    lines = [*writer.start([*system.rows, *tangents]), *writer.rows("du", system.rows), f"d = {writer.size}"]
    lines += ["for k in range(d, u.size, d):", *indented(writer.rows("du", tangents, "k + "))]
    return function(
        "variational", "t, u, p, du", "State, then tangent vectors v: du = f(t, u), J v, ...", lines
    )


__all__ = ["Writer", "rhs", "tangent_rows", "variational"]
