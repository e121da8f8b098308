"""Source of lane kernels of a system with sites: loops over the sites, inside them a loop over the lanes.

Import this module only where code is generated: it imports sympy.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sympy import Expr, Symbol

from ergodica.sims.dynamics.codegen import function, used
from ergodica.sims.dynamics.layout import LANES
from ergodica.sims.dynamics.printer import statements
from ergodica.sims.dynamics.sites import TANGENT, Writer, indented, tangent_rows
from ergodica.sims.dynamics.symbolic import Place, System

OPTIONS = 'error_model="numpy", nogil=True'
LOOP = "for lane in range(LANES):"


class LaneWriter(Writer):
    """The loops of `Writer` with every value read and written in each lane; sums are kept in `w`."""

    def __init__(self, system: System) -> None:
        super().__init__(system)
        self.slots: dict[Symbol, int] = {}

    def _read(self, place: Place) -> str:
        base = "k + " if place.field.endswith(TANGENT) else ""
        return f"u[({base}{self.column(place)})*LANES + lane]"

    def sliced(self, reads: list[str]) -> tuple[list[str], list[str]]:
        """Lines that make a view of each row of `u`, and `reads` with these views.

        An index that may be negative, as far as the compiler knows, would be read lane by lane.
        """
        views, lines = [], []
        for line in reads:
            name, _, value = line.partition(" = ")
            if value.startswith("u[("):
                start = value.removeprefix("u[").removesuffix(" + lane]")
                views.append(f"{name}_row = u[{start}:{start} + LANES]")
                line = f"{name} = {name}_row[lane]"
            lines.append(line)
        return views, lines

    def slot(self, name: Symbol) -> str:
        """Where a sum is kept."""
        return f"w[{self.slots.setdefault(name, len(self.slots)) * LANES} + lane]"

    def values(self, indices: Sequence[str], expressions: Iterable[Expr]) -> tuple[list[str], list[str]]:
        """Lines that wrap indices, and lines that read in a lane what some expressions need."""
        every = list(expressions)
        needed = used(every)
        lines = [line for index in indices for line in self._site_values(index, every)]
        wraps = [line for line in lines if "lane]" not in line]
        reads = [line for line in lines if "lane]" in line]
        codes = {self.names.code[s] for s in needed if s in self.names.code}
        reads += [
            f"{self.names.code[s]} = {self._read(self.system.places[s])}"
            for s in self.scalar_symbols
            if self.names.code[s] in codes
        ]
        reads += [f"{n} = p[{k * LANES} + lane]" for k, n in enumerate(self.names.parameters) if n in codes]
        reads += ["t_ = t[lane]"] if "t" in codes else []
        reads += [f"{s.name} = {self.slot(s)}" for s in sorted(needed, key=str) if s in self.system.sums]
        views, reads = self.sliced(list(dict.fromkeys(reads)))
        return [*wraps, *views], reads

    def code(self, expressions: Iterable[Expr]) -> dict[Symbol, str]:
        """Name of every symbol in some expressions."""
        return {s: "t_" if s.name == "t" else name for s, name in super().code(expressions).items()}

    def sums(self, expressions: Iterable[Expr], local: bool) -> list[str]:
        """Lines that compute the sums which occur, in every lane."""
        found = [s for s in sorted(used(list(expressions)), key=str) if s in self.system.sums]
        wanted = [self.system.sums[s] for s in found if self.system.sums[s].local == local]
        if not wanted:
            return []
        zero = [f"{self.slot(s.symbol)} = 0.0" for s in wanted]
        targets = {f"_v{k}": s.body for k, s in enumerate(wanted)}
        indices = ("i", "j") if local else ("j",)
        wraps, reads = self.values(indices, targets.values())
        adds = [f"{self.slot(s.symbol)} += _v{k}" for k, s in enumerate(wanted)]
        body = [*reads, *statements(targets, self.code(targets.values()), "_j"), *adds]
        inside = [line for line in wraps if "_j" in line.partition(" = ")[0] or "_j_" in line]
        outside = [line for line in wraps if line not in inside]
        loop = [*inside, LOOP, *indented(body)]
        return [*outside, LOOP, *indented(zero), "for j in range(sites):", *indented(loop)]

    def rows(
        self, out: str, rows: list[Expr], base: str = "", only: Iterable[str] | None = None
    ) -> list[str]:
        """Lines that write each row to `out` in every lane."""
        fields = self.system.definition.fields
        lines = self.sums(rows, local=False)
        for per_site in (False, True):
            chosen = [(f, row) for f, row in zip(fields, rows, strict=True) if f.per_site == per_site]
            site = " + i" if per_site else ""
            if not chosen:
                continue
            starts = [f"({base}{self.offsets[f.name]}{site})*LANES" for f, _ in chosen]
            targets = {f"_out{k}[lane]": row for k, (_, row) in enumerate(chosen)}
            wraps, reads = self.values(("i",) if per_site else ("",), targets.values())
            wraps += [f"_out{k} = {out}[{start}:{start} + LANES]" for k, start in enumerate(starts)]
            body = [*reads, *statements(targets, self.code(targets.values()), "_")]
            block = [*wraps, *self.sums(targets.values(), local=True), LOOP, *indented(body)]
            lines += ["for i in range(sites):", *indented(block)] if per_site else block
        return lines

    def whole(self, lines: list[str]) -> list[str]:
        """Lines with what comes before them: the number of sites and room for the sums."""
        count = list(self.system.definition.parameters).index("n")
        room = [f"w = np.empty({max(1, len(self.slots)) * LANES})"] if self.slots else []
        return [f"sites = int(p[{count * LANES}])", *room, *lines]


def rhs_lanes(system: System) -> str:
    """Source of the right-hand side in every lane."""
    writer = LaneWriter(system)
    lines = writer.whole(writer.rows("du", system.rows))
    return function("rhs_lanes", "t, u, p, du", "du = f(t, u) in every lane.", lines, OPTIONS)


def variational_lanes(system: System) -> str:
    """Source of the variational equations in every lane."""
    tangents = tangent_rows(system)
    writer = LaneWriter(system)
    lines = writer.rows("du", system.rows)
    loop = writer.rows("du", tangents, "k + ")
    lines += [f"d = {writer.size}", "for k in range(d, u.size//LANES, d):", *indented(loop)]
    about = "State, then tangent vectors v, in every lane: du = f(t, u), J v, ..."
    return function("variational_lanes", "t, u, p, du", about, writer.whole(lines), OPTIONS)
