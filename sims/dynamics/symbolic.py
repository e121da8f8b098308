"""A definition as sympy expressions: defined names put in, sums over sites named, the energy differentiated.

Import this module only where a system is differentiated or printed: it imports sympy.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, field

import sympy
from sympy import Expr, Integer, S, Symbol

from ergodica.numerics.errors import ParameterError
from ergodica.sims.dynamics import symbols as own
from ergodica.sims.dynamics.algebra import Expressions
from ergodica.sims.dynamics.definition import Definition, Field
from ergodica.sims.dynamics.derivatives import LARGE, derivatives, size, symbols_in, undefined
from ergodica.sims.dynamics.grammar import fold, parse

LONGEST_EXPANDED = 200  # operations in a trace; sympy may take minutes over longer ones
LONGEST_SEPARATED = 60  # operations in a summand; expanding longer ones would only add some


@dataclass(frozen=True)
class Place:
    """Where the value of a symbol is found: a field, at site `index + offset` unless index is None."""

    field: str
    index: str | None = None
    offset: int = 0


@dataclass(frozen=True)
class SiteSum:
    """`symbol` stands for the sum of `body` over all sites j; `local` when it depends on the site i as well."""

    symbol: Symbol
    body: Expr
    local: bool


@dataclass
class System:
    """Right-hand sides: one expression for each field (for a field of sites, that of site i).

    `places` tells what a symbol stands for; parameters and `t` are symbols of their own name.
    """

    definition: Definition
    places: dict[Symbol, Place] = field(default_factory=dict)
    sums: dict[Symbol, SiteSum] = field(default_factory=dict)
    rows: list[Expr] = field(default_factory=list)
    noise: list[Expr] = field(default_factory=list)
    energy: Expr = S.Zero

    @functools.cached_property
    def state(self) -> list[Symbol]:
        """Symbols of the components, those of site i for fields of sites."""
        return [self.symbol(f.name, "i" if f.per_site else None, 0) for f in self.definition.fields]

    @property
    def lagged(self) -> list[Symbol]:
        """Symbols of the lagged components, in the order of `definition.lags`."""
        return [Symbol(f"{lag.component}@{lag.delay}", real=True) for lag in self.definition.lags]

    def symbol(self, name: str, index: str | None, offset: int) -> Symbol:
        """The symbol of a component."""
        text = name if index is None else f"{name}[{index}{offset:+d}]"
        made = Symbol(text, real=True)
        self.places[made] = Place(name, index, offset)
        return made

    def named_sum(self, body: Expr, where: str = "sum") -> Expr:
        """The sum of `body` over j in symbols that stand for sums, the same for the same body.

        What does not depend on j goes before the sum. A body that separates into functions of i times functions of
        j, such as sin(x[j] - x[i]), gives sums over j alone: n operations in place of n^2.

        Raises ParameterError for a sum that does not get out of another one.
        """
        if not self._depends(body, "j"):
            return body * Symbol("n", real=True)
        outside, inside = body.as_independent(*self._symbols_of(body, "j"), as_Add=False)
        if outside != 1:
            return outside * self.named_sum(inside, where)
        nested = bool(inside.free_symbols & self.sums.keys())
        if (nested or self._depends(body, "i")) and (parts := self._separated(body)) is not None:
            return sum((of_i * self.named_sum(of_j, where) for of_i, of_j in parts), S.Zero)
        if nested:
            raise ParameterError(
                f"{self.definition.name}: {where}: a sum must not hold another one in a function, got such a sum; "
                "make it a component or write the expression as products"
            )
        for known in self.sums.values():
            if known.body == body:
                return known.symbol
        made = Symbol(f"_sum{len(self.sums)}", real=True)
        self.sums[made] = SiteSum(made, body, self._depends(body, "i"))
        return made

    def _symbols_of(self, expression: Expr, index: str) -> list[Symbol]:
        own_index = Symbol(index, real=True)
        return [
            s
            for s in expression.free_symbols
            if s == own_index or (s in self.places and self.places[s].index == index)
        ]

    def _depends(self, expression: Expr, index: str) -> bool:
        return bool(self._symbols_of(expression, index)) or any(
            self.sums[s].local and index == "i" for s in expression.free_symbols if s in self.sums
        )

    def _separated(self, body: Expr) -> list[tuple[Expr, Expr]] | None:
        """Pairs of a function of i and a function of j whose products add up to `body`, if there are such."""
        if body.count_ops() > LONGEST_SEPARATED:
            return None
        parts = []
        for term in sympy.Add.make_args(sympy.expand(sympy.expand_trig(body))):
            of_i, of_j = Integer(1), Integer(1)
            for factor in sympy.Mul.make_args(term):
                if not self._depends(factor, "j"):
                    of_i *= factor
                elif not self._depends(factor, "i") and not factor.free_symbols & self.sums.keys():
                    of_j *= factor
                else:
                    return None
            parts.append((of_i, of_j))
        return parts

    def jacobian(self) -> list[list[Expr]]:
        """d(row)/d(component) then d(row)/d(lagged), for a system without sites."""
        return derivatives(self.rows, [*self.state, *self.lagged])

    def divergence(self) -> Expr:
        """Trace of the Jacobian for a system without sites; exactly 0 for a Hamiltonian one."""
        if self.definition.hamiltonian is not None:
            return S.Zero
        trace = self.trace()
        if size(trace) > LARGE or trace.count_ops() > LONGEST_EXPANDED:
            return trace
        expanded = sympy.expand(trace)
        return expanded if expanded.count_ops() < trace.count_ops() else trace

    def trace(self) -> Expr:
        """Trace of the Jacobian as it comes, for a system without sites."""
        if max(map(size, self.rows)) > LARGE:
            matrix = derivatives(self.rows, self.state)
            return sum((matrix[k][k] for k in range(len(matrix))), S.Zero)
        return sum((row.diff(c) for row, c in zip(self.rows, self.state, strict=True)), S.Zero)


def system_of(definition: Definition) -> System:
    """The expressions of a definition. Raises ParameterError where one has no finite real value."""
    system = System(definition)
    if definition.hamiltonian is not None:
        system.energy = _expression(system, definition.hamiltonian.energy, "hamiltonian")
        system.rows = _canonical(system)
    else:
        system.rows = [_expression(system, definition.equations[f.key], f.key) for f in definition.fields]
    system.noise = [
        _expression(system, definition.noise.get(f.key, "0"), f"noise.{f.key}") for f in definition.fields
    ]
    return system


def _expression(system: System, text: str, where: str) -> Expr:
    made = fold(parse(text, where), Expressions(system, where))
    bodies = [system.sums[s].body for s in symbols_in(made) if s in system.sums]
    for expression in (made, *bodies):
        if undefined(expression):
            raise ParameterError(
                f"{system.definition.name}: {where}: must have finite real values, got {text[:60]!r}; correct it"
            )
    return made


def _canonical(system: System) -> list[Expr]:
    """dq/dt = dH/dp, dp/dt = -dH/dq."""
    definition = system.definition
    assert definition.hamiltonian is not None
    pairs = len(definition.hamiltonian.positions)
    fields = definition.fields
    return [
        *(_gradient(system, fields[pairs + k]) for k in range(pairs)),
        *(-_gradient(system, fields[k]) for k in range(pairs)),
    ]


def _gradient(system: System, field: Field) -> Expr:
    """Derivative of the energy by a component; for a field of sites, by that of site i."""
    energy = system.energy
    if not field.per_site:
        by_itself = energy.diff(system.symbol(field.name, None, 0))
        for name, site_sum in list(system.sums.items()):
            if (weight := energy.diff(name)) != 0:
                body = site_sum.body.diff(system.symbol(field.name, None, 0))
                by_itself += weight * system.named_sum(body)
        return by_itself
    total = S.Zero
    for name, site_sum in list(system.sums.items()):
        weight = energy.diff(name)
        for symbol in site_sum.body.free_symbols:
            place = system.places.get(symbol)
            if weight != 0 and place is not None and place.field == field.name and place.index == "j":
                total += weight * moved(system, site_sum.body.diff(symbol), -place.offset)
    return total


def moved(system: System, body: Expr, shift: int) -> Expr:
    """An expression of site j as one of site i + shift."""
    site, other = Symbol("i", real=True), Symbol("j", real=True)
    count = Symbol("n", real=True)
    replaced: dict[Symbol, Expr] = {other: site if shift == 0 else own.Modulo(site + shift, count)}
    for symbol in body.free_symbols:
        place = system.places.get(symbol)
        if place is not None and place.index == "j":
            replaced[symbol] = system.symbol(place.field, "i", place.offset + shift)
    return body.xreplace(replaced)
