"""What a right-hand side computes from its parameters alone, taken out of it.

`x/tau` becomes `x*q` with `q = 1/tau`: over members and steps, q is computed once. Import this module only where
code is generated: it imports sympy.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence

from sympy import Expr, Symbol


def hoisted(
    rows: Sequence[Expr], parameters: Iterable[Symbol], prefix: str = "_q"
) -> tuple[dict[Symbol, Expr], list[Expr]]:
    """Expressions of parameters alone by the symbol that stands for them, and the rows written with these symbols."""
    known = frozenset(parameters)
    made: dict[Expr, Symbol] = {}

    def named(expression: Expr) -> Expr:
        """A symbol for what is worth keeping: a division, a function, or several operations."""
        cheap = expression.is_number or expression.is_Symbol
        if expression.is_Mul and not cheap:
            coefficient, rest = expression.as_coeff_Mul()
            cheap = bool(rest.is_Symbol and abs(coefficient) == 1)
        if cheap:
            return expression
        negative = expression.could_extract_minus_sign()
        positive = -expression if negative else expression
        if positive not in made:
            made[positive] = Symbol(f"{prefix}{len(made)}", real=True)
        return -made[positive] if negative else made[positive]

    # kept for each expression: defined names come again and again within one another
    @functools.cache
    def fixed(expression: Expr) -> bool:
        if expression.is_Atom:
            return expression.free_symbols <= known
        return all(fixed(a) for a in expression.args)

    @functools.cache
    def rewritten(expression: Expr) -> Expr:
        if expression.is_Atom:
            return expression
        if fixed(expression):
            return named(expression)
        if expression.is_Add or expression.is_Mul:
            alone = [a for a in expression.args if fixed(a)]
            rest = [rewritten(a) for a in expression.args if not fixed(a)]
            return expression.func(named(expression.func(*alone)), *rest) if alone else expression.func(*rest)
        return expression.func(*(rewritten(a) for a in expression.args))

    new = [rewritten(row) for row in rows]
    return {symbol: expression for expression, symbol in made.items()}, new
