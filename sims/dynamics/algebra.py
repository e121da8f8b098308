"""The algebra of sympy: what the parts of an expression are as sympy expressions.

Import this module only where a system is differentiated or printed: it imports sympy.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any, Protocol

import numpy as np
import sympy
from sympy import Expr, Integer, Rational, S, Symbol

from ergodica.numerics.errors import ParameterError
from ergodica.sims.dynamics import symbols as own
from ergodica.sims.dynamics.definition import Definition
from ergodica.sims.dynamics.grammar import CONSTANTS, fold, parse
from ergodica.sims.dynamics.numeric import Numbers

# whole powers of numbers up to here stay exact; beyond, their digits would fill the memory
EXACT_EXPONENT = 64

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
    "arctan2": own.Angle,
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


class Namer(Protocol):
    """What gives components and sums their symbols: a `System`."""

    definition: Definition

    def symbol(self, name: str, index: str | None, offset: int) -> Symbol:
        """The symbol of a component."""

    def named_sum(self, body: Expr, where: str) -> Expr:
        """The sum of `body` over j."""


class Expressions:
    """The algebra of sympy; whatever holds only numbers is evaluated at once, in floats where not rational."""

    def __init__(self, system: Namer, where: str) -> None:
        self.system, self.where = system, where
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
        return self._defined(self._binary(operator, left, right))

    def _defined(self, made: Expr) -> Expr:
        """What was made, unless it is infinite or no number at all: sympy fails in many ways on those."""
        if made in (S.NaN, S.ComplexInfinity, S.Infinity, S.NegativeInfinity):
            raise ParameterError(
                f"{self.where}: must have finite real values, got a division by 0 or an undefined function; "
                "correct it"
            )
        return made

    def _binary(self, operator: str, left: Expr, right: Expr) -> Expr:
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
                value = exact(float(Numbers({}).call(function, [float(a) for a in arguments])))
            return self._defined(value)
        return self._defined(_FUNCTIONS[function](*arguments))

    def sum(self, index: str, body: Callable[[], Expr]) -> Expr:
        self.index_names[index] = "j"
        summed = body()
        del self.index_names[index]
        return self.system.named_sum(summed, self.where)

    def lag(self, component: str, delay: str) -> Expr:
        return Symbol(f"{component}@{delay}", real=True)

    def noise(self, argument: Expr) -> Expr:
        raise ParameterError("noise: is for [initial] alone; use [noise] for a driven system")
