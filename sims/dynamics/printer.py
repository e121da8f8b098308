"""Sympy expressions as straight-line Python that numba and LLVM turn into few instructions.

Common subexpressions are named once, whole powers become products, sine and cosine of one angle become one call, and
a product that is added becomes a fused multiply-add: the same bits in every form that the code is compiled to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import sympy
from sympy import Expr, Integer, Pow, Rational, S, Symbol

from ergodica.numerics.errors import ParameterError
from ergodica.sims.dynamics import symbols as own

LARGEST_PRODUCT = 32  # whole powers up to here are products

_CALLS: dict[type, str] = {
    sympy.exp: "exp",
    sympy.log: "log",
    sympy.sinh: "sinh",
    sympy.cosh: "cosh",
    sympy.tanh: "tanh",
    sympy.asin: "arcsin",
    sympy.acos: "arccos",
    sympy.atan: "arctan",
    own.Angle: "arctan2",
    sympy.asinh: "arcsinh",
    own.Floor: "floor",
    own.Sign: "sign",
    own.Minimum: "minimum",
    own.Maximum: "maximum",
    own.Modulo: "mod",
    own.Power: "power",
    sympy.Abs: "abs",
    own.Absolute: "abs",
    sympy.sign: "sign",
}
ELEMENTARY = sorted({*_CALLS.values(), "sqrt", "sincos", "fma"} - {"abs"})
"""What printed code may call."""

_INFIX: dict[type, str] = {
    own.Less: "<",
    own.LessEqual: "<=",
    own.Equal: "==",
    own.Both: "&",
    own.Either: "|",
}


class Printer:
    """Collects statements; `text` gives an expression that uses them, at most one operation deep in brackets."""

    def __init__(self, names: Mapping[Symbol, str], prefix: str = "_") -> None:
        self.names = dict(names)
        self.prefix = prefix
        self.lines: list[str] = []
        self._held: dict[Expr, str] = {}
        self._count = 0

    def new(self, value: str) -> str:
        """Name a value."""
        name = f"{self.prefix}{self._count}"
        self._count += 1
        self.lines.append(f"{name} = {value}")
        return name

    def _hold(self, expression: Expr, make: Callable[[], str]) -> str:
        if expression not in self._held:
            self._held[expression] = make()
        return self._held[expression]

    def atom(self, expression: Expr) -> str:
        """Text that binds tighter than any operator."""
        if expression.is_Symbol or (expression.is_Number and expression >= 0):
            return self.text(expression)
        if (text := self.text(expression)).isidentifier():
            return text
        return self._hold(expression, lambda: self.new(text))

    def text(self, expression: Expr) -> str:
        """Python for the value of an expression."""
        if expression in self._held:
            return self._held[expression]
        if expression.is_Symbol:
            return self.names[expression]
        if expression.is_number:
            return number(expression)
        if expression.is_Add:
            return self._sum(expression)
        if expression.is_Mul:
            return self._product(expression)
        if isinstance(expression, Pow) and not isinstance(expression, sympy.exp):
            return self._power(expression.base, expression.exp)
        return self._function(expression)

    def _sum(self, expression: Expr) -> str:
        plain: list[tuple[int, list[Expr], Expr]] = []
        products: list[tuple[int, list[Expr], Expr]] = []
        for term in expression.args:
            sign, factors, divisors = split(term)
            (products if len(factors) > 1 and not divisors else plain).append((sign, factors, term))
        if plain:
            total = ""
            for sign, _, term in sorted(plain, key=lambda entry: entry[0] < 0):
                value = self.text(term if sign > 0 else -term)
                total = (
                    f"{total} {'+' if sign > 0 else '-'} {value}"
                    if total
                    else (value if sign > 0 else f"-{value}")
                )
        else:
            first = next((k for k, entry in enumerate(products) if entry[0] > 0), 0)
            sign, factors, _ = products.pop(first)
            total = self._times(factors, sign)
        for sign, factors, _ in products:
            head = self.atom_of([self.atom(f) for f in factors[:-1]])
            total = f"fma({'' if sign > 0 else '-'}{head}, {self.atom(factors[-1])}, {total})"
        return total

    def atom_of(self, factors: list[str]) -> str:
        """A product as a name."""
        return factors[0] if len(factors) == 1 else self.new("*".join(factors))

    def _times(self, factors: Sequence[Expr], sign: int) -> str:
        text = "*".join(self.atom(f) for f in factors)
        return text if sign > 0 else f"-{text}"

    def _product(self, expression: Expr) -> str:
        sign, factors, divisors = split(expression)
        above = self._times(factors, sign) if factors else ("1.0" if sign > 0 else "-1.0")
        if not divisors:
            return above
        below = [self.atom(d) for d in divisors]
        return f"{above}/{below[0]}" if len(below) == 1 else f"{above}/({'*'.join(below)})"

    def _power(self, base: Expr, exponent: Expr) -> str:
        if exponent.is_number and exponent.is_negative:
            return f"1.0/{self.atom(Pow(base, -exponent))}"
        whole = int(exponent) if exponent.is_Rational else None
        if whole is not None and 0 <= whole <= LARGEST_PRODUCT:
            rest = exponent - whole
            if rest == 0:
                return self._whole_power(base, whole)
            root = {
                Rational(1, 2): "sqrt({0})",
                Rational(1, 4): "sqrt(sqrt({0}))",
            }.get(rest)
            if root is not None:
                rooted = root.format(self.atom(base))
                if whole == 0:
                    return rooted
                return f"{self.atom(Pow(base, Integer(whole)))}*{rooted}"
        return f"power({self.atom(base)}, {number(exponent)})"

    def _whole_power(self, base: Expr, exponent: int) -> str:
        if exponent <= 3:
            return "*".join([self.atom(base)] * exponent)
        half = self.atom(Pow(base, Integer(exponent // 2)))
        return f"{half}*{half}" if exponent % 2 == 0 else f"{half}*{half}*{self.atom(base)}"

    def _function(self, expression: Expr) -> str:
        kind = type(expression)
        if kind in (sympy.sin, sympy.cos):
            (angle,) = expression.args
            key = sympy.Tuple(S.Zero, angle)

            def make() -> str:
                value = self.text(angle)
                sine = f"{self.prefix}{self._count}"
                self._count += 1
                self.lines.append(f"{sine}s, {sine}c = sincos({value})")
                return sine

            return self._hold(key, make) + ("s" if kind is sympy.sin else "c")
        if kind is own.Where:
            condition, a, b = expression.args
            test = self.text(condition)
            return f"({self.atom(a)} if {test} else {self.atom(b)})"
        if kind in _INFIX:
            a, b = (self.atom(x) for x in expression.args)
            return f"({a} {_INFIX[kind]} {b})"
        if kind is own.Opposite:
            return f"(not {self.atom(expression.args[0])})"
        if kind in _CALLS:
            return f"{_CALLS[kind]}({', '.join(self.text(a) for a in expression.args)})"
        raise ParameterError(
            f"expression: no code is known for {expression}; use the functions of the catalogue's format"
        )


def split(term: Expr) -> tuple[int, list[Expr], list[Expr]]:
    """Sign, factors and divisors of a term, all without sign; the number, unless 1, is the first factor."""
    coefficient, rest = term.as_coeff_Mul()
    sign = -1 if coefficient < 0 else 1
    factors: list[Expr] = [] if abs(coefficient) == 1 else [abs(coefficient)]
    divisors: list[Expr] = []
    for factor in () if rest == 1 else sympy.Mul.make_args(rest):
        inverse = isinstance(factor, Pow) and factor.exp.is_number and factor.exp.is_negative
        (divisors if inverse else factors).append(1 / factor if inverse else factor)
    return sign, factors, divisors


def number(value: Expr) -> str:
    """A constant as a float literal. Raises ParameterError unless it is finite and real."""
    try:
        result = float(value)
    except (TypeError, OverflowError):
        result = float("nan")
    if result != result or result in (float("inf"), float("-inf")):
        raise ParameterError(
            f"expression: numbers must be finite and real, got {str(value)[:40]}; correct it"
        )
    return repr(result)


def statements(
    expressions: Mapping[str, Expr], names: Mapping[Symbol, str], prefix: str = "_"
) -> Iterator[str]:
    """Lines that compute each expression and assign it to its target."""
    printer = Printer(names, prefix)
    targets = list(expressions)
    shared, reduced = sympy.cse(
        [expressions[t] for t in targets], symbols=sympy.numbered_symbols(f"{prefix}x"), order="none"
    )
    opposites: dict[Symbol, Expr] = {}  # cse names -y, which costs nothing where it is used
    for symbol, value in shared:
        value = value.xreplace(opposites)
        if value.is_Symbol or (-value).is_Symbol:
            opposites[symbol] = value
            continue
        printer.names[symbol] = symbol.name
        text = printer.text(value)
        printer.lines.append(f"{symbol.name} = {text}")
    values = [printer.text(value.xreplace(opposites)) for value in reduced]
    yield from printer.lines
    for target, value in zip(targets, values, strict=True):
        yield f"{target} = {value}"
