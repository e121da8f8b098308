"""A definition as sympy expressions: defined names put in, sums over sites named, the energy differentiated.

Import this module only where a system is differentiated or printed: it imports sympy.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import sympy
from sympy import Expr, Integer, Rational, S, Symbol

from ergodica.numerics.errors import ParameterError
from ergodica.sims.dynamics import symbols as own
from ergodica.sims.dynamics.definition import Definition, Field
from ergodica.sims.dynamics.grammar import CONSTANTS, fold, parse
from ergodica.sims.dynamics.numeric import Numbers

# whole powers of numbers up to here stay exact; beyond, their digits would fill the memory
EXACT_EXPONENT = 64
LONGEST_EXPANDED = 200  # operations in a trace; sympy may take minutes over longer ones
LONGEST_SEPARATED = 60  # operations in a summand; expanding longer ones would only add some

_FUNCTIONS: dict[str, Callable[..., Expr]] = {
    "sin": sympy.sin,
    "cos": sympy.cos,
    "tan": lambda a: sympy.sin(a) / sympy.cos(a),
    "sinh": sympy.sinh,
    "cosh": sympy.cosh,
    "tanh": sympy.tanh,
    "arcsin": sympy.asin,
    "arccos": sympy.acos,
    "arctan": sympy.atan,
    "arctan2": sympy.atan2,
    "arcsinh": sympy.asinh,
    "exp": sympy.exp,
    "log": sympy.log,
    "sqrt": sympy.sqrt,
    "abs": own.Absolute,
    "sign": own.Sign,
    "floor": own.Floor,
    "minimum": own.Minimum,
    "maximum": own.Maximum,
    "mod": own.Modulo,
    "where": own.Where,
}


def exact(value: float) -> Rational:
    """The decimal fraction that a float is written as."""
    return Rational(repr(float(value))) if math.isfinite(value) else S.NaN


E = exact(math.e)


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

    def named_sum(self, body: Expr) -> Expr:
        """The sum of `body` over j as the symbol that stands for it, the same for the same body.

        A body that separates into functions of i times functions of j, such as sin(x[j] - x[i]), gives sums over j
        alone: n operations in place of n^2.
        """
        if not self._depends(body, "j"):
            return body * Symbol("n", real=True)
        if self._depends(body, "i") and (parts := self._separated(body)) is not None:
            return sum((of_i * self.named_sum(of_j) for of_i, of_j in parts), S.Zero)
        for known in self.sums.values():
            if known.body == body:
                return known.symbol
        made = Symbol(f"_sum{len(self.sums)}", real=True)
        self.sums[made] = SiteSum(made, body, self._depends(body, "i"))
        return made

    def _depends(self, expression: Expr, index: str) -> bool:
        free = expression.free_symbols
        return Symbol(index, real=True) in free or any(
            self.places[s].index == index for s in free if s in self.places
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
                elif not self._depends(factor, "i"):
                    of_j *= factor
                else:
                    return None
            parts.append((of_i, of_j))
        return parts

    def jacobian(self) -> list[list[Expr]]:
        """d(row)/d(component) then d(row)/d(lagged), for a system without sites."""
        columns = [*self.state, *self.lagged]
        return [[row.diff(c) if c in row.free_symbols else S.Zero for c in columns] for row in self.rows]

    def divergence(self) -> Expr:
        """Trace of the Jacobian for a system without sites; exactly 0 for a Hamiltonian one."""
        if self.definition.hamiltonian is not None:
            return S.Zero
        trace = self.trace()
        if trace.count_ops() > LONGEST_EXPANDED:
            return trace
        expanded = sympy.expand(trace)
        return expanded if expanded.count_ops() < trace.count_ops() else trace

    def trace(self) -> Expr:
        """Trace of the Jacobian as it comes, for a system without sites."""
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
    made = fold(parse(text, where), _Symbols(system))
    bodies = [system.sums[s].body for s in made.free_symbols if s in system.sums]
    for expression in (made, *bodies):
        if expression.has(sympy.zoo, sympy.nan, sympy.oo, -sympy.oo, sympy.I):
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


class _Symbols:
    """The algebra of sympy; whatever holds only numbers is evaluated at once, in floats where not rational."""

    def __init__(self, system: System) -> None:
        self.system = system
        self.index_names: dict[str, str] = {"i": "i"}
        self.defined: dict[tuple[str, bool], Expr] = {}

    def number(self, value: int | float, text: str) -> Expr:
        return Integer(value) if isinstance(value, int) else exact(value)

    def name(self, identifier: str) -> Expr:
        definition = self.system.definition
        if identifier in definition.define:
            inside = len(self.index_names) > 1
            key = identifier, inside
            if key not in self.defined:
                self.defined[key] = fold(parse(definition.define[identifier], identifier), self)
            return self.defined[key]
        if identifier in CONSTANTS:
            return exact(CONSTANTS[identifier])
        if any(f.name == identifier for f in definition.fields):
            return self.system.symbol(identifier, None, 0)
        return Symbol(self.index_names.get(identifier, identifier), real=True)

    def site(self, field: str, index: str, offset: int) -> Expr:
        return self.system.symbol(field, self.index_names[index], offset)

    def binary(self, operator: str, left: Expr, right: Expr) -> Expr:
        match operator:
            case "+":
                return left + right
            case "-":
                return left - right
            case "*":
                return left * right
            case "/":
                return left / right
        if left.is_Number and right.is_Number:
            return self._power_of_numbers(left, right)
        if left == E:
            return sympy.exp(right)
        return own.power(left, right)

    def _power_of_numbers(self, base: Expr, exponent: Expr) -> Expr:
        if exponent.is_Integer and abs(exponent) <= EXACT_EXPONENT and len(str(base)) <= 40:
            return base**exponent
        with np.errstate(all="ignore"):
            return exact(float(np.power(float(base), float(exponent))))

    def negative(self, operand: Expr) -> Expr:
        return -operand

    def compare(self, operator: str, left: Expr, right: Expr) -> Expr:
        if left.is_Number and right.is_Number:
            return Integer(bool(Numbers({}).compare(operator, float(left), float(right))))
        match operator:
            case "<":
                return own.Less(left, right)
            case ">":
                return own.Less(right, left)
            case "<=":
                return own.LessEqual(left, right)
            case ">=":
                return own.LessEqual(right, left)
            case "==":
                return own.Equal(left, right)
        return own.negated(own.Equal(left, right))

    def both(self, conditions: list[Expr]) -> Expr:
        return self._joined(own.Both, conditions, neutral=1)

    def either(self, conditions: list[Expr]) -> Expr:
        return self._joined(own.Either, conditions, neutral=0)

    def _joined(self, kind: Any, conditions: Iterable[Expr], neutral: int) -> Expr:
        total: Expr = Integer(neutral)
        for condition in conditions:
            if condition.is_Number and condition != neutral:
                return Integer(1 - neutral)
            total = (
                condition if total == neutral else total if condition == neutral else kind(total, condition)
            )
        return total

    def call(self, function: str, arguments: list[Expr]) -> Expr:
        if function != "where" and all(a.is_Number for a in arguments):
            with np.errstate(all="ignore"):
                return exact(float(Numbers({}).call(function, [float(a) for a in arguments])))
        made: Expr = _FUNCTIONS[function](*arguments)
        return made

    def sum(self, index: str, body: Callable[[], Expr]) -> Expr:
        self.index_names[index] = "j"
        summed = body()
        del self.index_names[index]
        return self.system.named_sum(summed)

    def lag(self, component: str, delay: str) -> Expr:
        return Symbol(f"{component}@{delay}", real=True)

    def noise(self, argument: Expr) -> Expr:
        raise ParameterError("noise: is for [initial] alone; use [noise] for a driven system")
