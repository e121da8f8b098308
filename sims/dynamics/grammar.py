"""Expressions of definitions: a small part of Python's grammar, checked node by node and never executed.

What an expression means is up to an `Algebra`: numbers (`numeric`), sympy (`symbolic`) or LaTeX (`latex`).
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol, TypeVar

from ergodica.numerics.errors import ParameterError, nearest

_WORDS = "sin cos tan sinh cosh tanh arcsin arccos arctan arcsinh exp log sqrt abs sign floor"
UNARY = tuple(_WORDS.split())
ARITY = {**dict.fromkeys(UNARY, 1), "arctan2": 2, "minimum": 2, "maximum": 2, "mod": 2, "where": 3}
SPECIAL = ("sum", "lag", "noise")
CONSTANTS = {"pi": math.pi, "e": math.e}
MAX_LENGTH = 20_000
MAX_DEPTH = 80

COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
}
OPERATORS: dict[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.Pow: "**",
}

T = TypeVar("T")


class Algebra(Protocol[T]):
    """What the parts of an expression mean."""

    def number(self, value: int | float, text: str) -> T:
        """A literal number, as written in `text`."""

    def name(self, identifier: str) -> T:
        """A component, a parameter, a defined name, `t`, `pi`, `e`, or an index used as a number."""

    def site(self, field: str, index: str, offset: int) -> T:
        """`field[index + offset]`, periodic."""

    def binary(self, operator: str, left: T, right: T) -> T:
        """left operator right; one of + - * / **."""

    def negative(self, operand: T) -> T:
        """-operand."""

    def compare(self, operator: str, left: T, right: T) -> T:
        """A condition; one of < <= > >= == !=."""

    def both(self, conditions: list[T]) -> T:
        """All of the conditions."""

    def either(self, conditions: list[T]) -> T:
        """Any of the conditions."""

    def call(self, function: str, arguments: list[T]) -> T:
        """A function of `ARITY`."""

    def sum(self, index: str, body: Callable[[], T]) -> T:
        """The sum of `body` over all sites."""

    def lag(self, component: str, delay: str) -> T:
        """component(t - delay)."""

    def noise(self, argument: T) -> T:
        """A fixed pseudo-random number in [-1, 1) for each whole argument."""


def _refuse(where: str, node: ast.AST) -> ParameterError:
    text = ast.unparse(node)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitXor):
        power = text.replace("^", "**")
        return ParameterError(f"{where}: powers are written with **, got {text[:60]!r}; write {power[:60]}")
    return ParameterError(
        f"{where}: may hold numbers, names, + - * / ** and functions (comparisons inside where), "
        f"got {text if len(text) <= 60 else text[:57] + '...'!r}; write it with these"
    )


def parse(text: str, where: str) -> ast.expr:
    """The syntax tree of an expression of this grammar; names are not looked at yet.

    Raises ParameterError, which begins with `where`, for anything else.
    """
    if not isinstance(text, str):
        raise ParameterError(f"{where}: must be an expression in quotes, got {text!r}; write it as text")
    if len(text) > MAX_LENGTH:
        raise ParameterError(
            f"{where}: must have at most {MAX_LENGTH} characters, got {len(text)}; use [define]"
        )
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise ParameterError(
            f"{where}: must be an expression such as 'sigma*(y - x)', got {text[:60]!r}; "
            "check its brackets and signs"
        ) from None
    _check(tree, where, depth=0, condition=False)
    return tree


def _check(node: ast.expr, where: str, depth: int, condition: bool) -> None:
    if depth > MAX_DEPTH:
        raise ParameterError(
            f"{where}: must nest at most {MAX_DEPTH} deep, got a deeper one; use [define] for its parts"
        )

    def check(*nodes: ast.expr, condition: bool = False) -> None:
        for inner in nodes:
            _check(inner, where, depth + 1, condition)

    match node:
        case ast.Compare(left=left, ops=ops, comparators=others) if condition:
            if not all(type(op) in COMPARISONS for op in ops):
                raise _refuse(where, node)
            check(left, *others)
        case ast.BoolOp(values=values) if condition:
            check(*values, condition=True)
        case _ if condition:
            raise ParameterError(
                f"{where}: the first argument of where must be a comparison, got {ast.unparse(node)!r}; "
                "write one such as x > 0"
            )
        case ast.Constant(value=value):
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise _refuse(where, node)
            try:
                finite = math.isfinite(float(value))
            except OverflowError:
                finite = False
            if not finite:
                raise ParameterError(
                    f"{where}: numbers must be finite, got {str(value)[:20]}; use a smaller one"
                )
        case ast.Name():
            pass
        case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS:
            check(left, right)
        case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=operand):
            check(operand)
        case ast.Subscript(value=ast.Name()):
            index_of(node, where)
        case ast.Call(func=ast.Name(id=function), args=arguments, keywords=[]):
            _check_call(node, function, arguments, where, depth)
        case _:
            raise _refuse(where, node)


def _check_call(node: ast.Call, function: str, arguments: list[ast.expr], where: str, depth: int) -> None:
    if function == "sum":
        shape_right = len(arguments) == 2 and isinstance(arguments[0], ast.Name)
        example = "sum(j, x[j])"
    elif function == "lag":
        shape_right = len(arguments) == 2 and all(isinstance(a, ast.Name) for a in arguments)
        example = "lag(x, tau), a component and a parameter"
    elif function == "noise":
        shape_right, example = len(arguments) == 1, "noise(i)"
    elif function in ARITY:
        shape_right = len(arguments) == ARITY[function]
        example = f"{ARITY[function]} argument{'s' if ARITY[function] > 1 else ''}"
    else:
        raise ParameterError(
            f"{where}: {function!r} is no function of an expression; {nearest(function, [*ARITY, *SPECIAL])}"
        )
    if not shape_right:
        raise ParameterError(
            f"{where}: {function} takes {example}, got {ast.unparse(node)[:60]!r}; correct it"
        )
    for k, argument in enumerate(arguments):
        if not (function == "sum" and k == 0):
            _check(argument, where, depth + 1, condition=function == "where" and k == 0)


@dataclass(frozen=True)
class Index:
    """`field[index + offset]`."""

    field: str
    index: str
    offset: int


def index_of(node: ast.Subscript, where: str) -> Index:
    """The site that a subscript names. Raises ParameterError unless it is like x[i], x[i+1] or x[j-2]."""
    assert isinstance(node.value, ast.Name)
    match node.slice:
        case ast.Name(id=index):
            return Index(node.value.id, index, 0)
        case ast.BinOp(
            left=ast.Name(id=index), op=ast.Add() | ast.Sub() as op, right=ast.Constant(value=int() as offset)
        ) if not isinstance(offset, bool) and offset < 10_000:
            return Index(node.value.id, index, offset if isinstance(op, ast.Add) else -offset)
    raise ParameterError(
        f"{where}: sites are written x[i], x[i+1] or x[i-2], got {ast.unparse(node)!r}; use one of these"
    )


def fold(node: ast.expr, algebra: Algebra[T]) -> T:
    """The meaning in `algebra` of a tree that `parse` gave."""
    match node:
        case ast.Constant(value=int() | float() as value):
            return algebra.number(value, repr(value))
        case ast.Name(id=identifier):
            return algebra.name(identifier)
        case ast.UnaryOp(op=op, operand=operand):
            inner = fold(operand, algebra)
            return algebra.negative(inner) if isinstance(op, ast.USub) else inner
        case ast.BinOp(left=left, op=operator, right=right):
            return algebra.binary(OPERATORS[type(operator)], fold(left, algebra), fold(right, algebra))
        case ast.Compare(left=left, ops=ops, comparators=others):
            values = [fold(n, algebra) for n in (left, *others)]
            pairs = [
                algebra.compare(COMPARISONS[type(op)], a, b)
                for op, a, b in zip(ops, values, values[1:], strict=False)
            ]
            return pairs[0] if len(pairs) == 1 else algebra.both(pairs)
        case ast.BoolOp(op=boolean, values=conditions):
            parts = [fold(v, algebra) for v in conditions]
            return algebra.both(parts) if isinstance(boolean, ast.And) else algebra.either(parts)
        case ast.Subscript():
            place = index_of(node, "expression")
            return algebra.site(place.field, place.index, place.offset)
        case ast.Call(func=ast.Name(id="sum"), args=[ast.Name(id=index), body]):
            return algebra.sum(index, lambda: fold(body, algebra))
        case ast.Call(func=ast.Name(id="lag"), args=[ast.Name(id=component), ast.Name(id=delay)]):
            return algebra.lag(component, delay)
        case ast.Call(func=ast.Name(id="noise"), args=[argument]):
            return algebra.noise(fold(argument, algebra))
        case ast.Call(func=ast.Name(id=function), args=arguments):
            return algebra.call(function, [fold(a, algebra) for a in arguments])
    raise _refuse("expression", node)


def walk(node: ast.expr) -> Iterator[ast.expr]:
    """Every expression in a tree, function names and subscripts' insides left out."""
    yield node
    match node:
        case ast.Call(args=arguments):
            children = arguments
        case ast.Subscript():
            children = []
        case _:
            children = [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)]
    for child in children:
        yield from walk(child)
