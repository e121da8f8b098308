"""Sizes, symbols and derivatives of expressions whose parts come again and again, such as names defined by others.

Written out, such an expression has a number of terms that grows exponentially with the depth of the definitions;
here each part is looked at once. Import this module only where code is generated: it imports sympy.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence

import sympy
from sympy import Expr, S, Symbol

LARGE = 3000
"""Nodes of an expression written out above which it is differentiated part by part."""
NOT_REAL = frozenset({S.ComplexInfinity, S.NaN, S.Infinity, S.NegativeInfinity, S.ImaginaryUnit})


@functools.cache
def size(expression: Expr) -> int:
    """Number of nodes of the expression written out."""
    return 1 + sum(size(a) for a in expression.args)


@functools.cache
def symbols_in(expression: Expr) -> frozenset[Symbol]:
    """Symbols that occur."""
    if not expression.args:
        return frozenset(expression.free_symbols)
    return frozenset().union(*(symbols_in(a) for a in expression.args))


@functools.cache
def undefined(expression: Expr) -> bool:
    """Whether an infinite, undefined or imaginary number occurs."""
    return expression in NOT_REAL or any(map(undefined, expression.args))


def derivatives(rows: Sequence[Expr], columns: Sequence[Symbol]) -> list[list[Expr]]:
    """d(row)/d(column) for each row and column, by the chain rule over the rows' common parts where they are large."""
    if max(map(size, rows), default=0) <= LARGE:
        return [[row.diff(c) if c in symbols_in(row) else S.Zero for c in columns] for row in rows]
    parts, reduced = sympy.cse(rows, symbols=sympy.numbered_symbols("_part", real=True))
    whole: dict[Symbol, Expr] = {}
    slopes: dict[Symbol, list[Expr]] = {}

    def chained(small: Expr) -> list[Expr]:
        inner = sorted(symbols_in(small) & slopes.keys(), key=str)
        partial = {s: small.diff(s).xreplace(whole) for s in inner}
        return [
            small.diff(c).xreplace(whole) + sum((partial[s] * slopes[s][k] for s in inner), S.Zero)
            for k, c in enumerate(columns)
        ]

    for symbol, small in parts:
        slopes[symbol] = chained(small)
        whole[symbol] = small.xreplace(whole)
    return [chained(small) for small in reduced]
