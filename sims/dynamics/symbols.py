"""Sympy functions for what expressions may hold, with the derivatives that a solver needs.

sympy's own floor, sign and Piecewise differentiate to distributions or rewrite conditions; here a derivative is the
one of the branch that is taken. Import this module only where a system is differentiated: it imports sympy.
"""

from __future__ import annotations

from typing import Any

import sympy
from sympy import Expr, Function, Integer, S


class RealFunction(Function):
    """A real function of real arguments."""

    is_real = True
    is_extended_real = True


class Where(RealFunction):
    """Where(condition, a, b): a where the condition is not 0, else b."""

    nargs = 3

    @classmethod
    def eval(cls, condition: Expr, a: Expr, b: Expr) -> Expr | None:
        if condition.is_Number:
            return b if condition == 0 else a
        return a if a == b else None

    def _eval_derivative(self, s: Any) -> Expr:
        condition, a, b = self.args
        return Where(condition, a.diff(s), b.diff(s))


class _Flat(RealFunction):
    """A function that is constant between its jumps."""

    def _eval_derivative(self, s: Any) -> Expr:
        return S.Zero


class Less(_Flat):
    """1 where a < b, else 0."""

    nargs = 2


class LessEqual(_Flat):
    """1 where a <= b, else 0."""

    nargs = 2


class Equal(_Flat):
    """1 where a == b, else 0."""

    nargs = 2


class Both(_Flat):
    """1 where both conditions hold."""

    nargs = 2


class Either(_Flat):
    """1 where one of the conditions holds."""

    nargs = 2


class Opposite(_Flat):
    """1 where the condition does not hold."""

    nargs = 1


class Floor(_Flat):
    """The largest whole number not above x."""

    nargs = 1


class Sign(_Flat):
    """-1, 0 or 1."""

    nargs = 1


class Absolute(RealFunction):
    """|x|."""

    nargs = 1

    def _eval_derivative(self, s: Any) -> Expr:
        return Sign(self.args[0]) * self.args[0].diff(s)


class Minimum(RealFunction):
    """The smaller of a and b."""

    nargs = 2

    def _eval_derivative(self, s: Any) -> Expr:
        a, b = self.args
        return Where(Less(a, b), a.diff(s), b.diff(s))


class Maximum(RealFunction):
    """The larger of a and b."""

    nargs = 2

    def _eval_derivative(self, s: Any) -> Expr:
        a, b = self.args
        return Where(Less(b, a), a.diff(s), b.diff(s))


class Modulo(RealFunction):
    """a - b floor(a/b)."""

    nargs = 2

    def _eval_derivative(self, s: Any) -> Expr:
        a, b = self.args
        return a.diff(s) - Floor(a / b) * b.diff(s)


class Angle(RealFunction):
    """Angle(y, x) of the point (x, y), from -pi to pi."""

    nargs = 2

    def _eval_derivative(self, s: Any) -> Expr:
        y, x = self.args
        return (x * y.diff(s) - y * x.diff(s)) / (x**2 + y**2)


class Power(RealFunction):
    """a**b with an exponent that is no number; sympy's derivative b a**b / a is undefined at a = 0."""

    nargs = 2

    def _eval_derivative(self, s: Any) -> Expr:
        a, b = self.args
        by_base, by_exponent = a.diff(s), b.diff(s)
        total = S.Zero if by_base == 0 else b * power(a, b - 1) * by_base
        return total if by_exponent == 0 else total + Power(a, b) * sympy.log(a) * by_exponent


def power(a: Expr, b: Expr) -> Expr:
    """a**b, sympy's own where the exponent is a number."""
    return a**b if b.is_Number else Power(a, b)


def negated(condition: Expr) -> Expr:
    """The opposite of a condition."""
    return Integer(int(condition == 0)) if condition.is_Number else Opposite(condition)
