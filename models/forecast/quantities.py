"""Quantities of a state, written as text: `x**2 + v**2`, `sum(psi_real**2 + psi_imag**2)`."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping
from typing import Any

from ergodica.models.trajectories import Layout
from ergodica.numerics.errors import ParameterError, nearest

OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}
FUNCTIONS = ("sin", "cos", "tan", "exp", "log", "sqrt", "sinh", "cosh", "tanh", "sum")


def read(text: str) -> ast.expr:
    """The expression that a text says.

    Raises:
        ParameterError: it is no expression of numbers, names, + - * / ** and the functions.
    """
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, AttributeError) as error:
        raise ParameterError(
            f"quantities: {text!r} cannot be read ({error}); write an expression such as 'x**2 + v**2'"
        ) from None
    _refuse_other(tree, text)
    return tree


def names_in(tree: ast.expr) -> set[str]:
    """Names of variables in an expression."""
    called = {id(one.func) for one in ast.walk(tree) if isinstance(one, ast.Call)}
    return {one.id for one in ast.walk(tree) if isinstance(one, ast.Name) and id(one) not in called}


def slots(layout: Layout) -> dict[str, tuple[slice, tuple[int, ...]]]:
    """Where the features of each name lie, and their shape: of components, and of whole variables."""
    found: dict[str, tuple[slice, tuple[int, ...]]] = {}
    first, names = 0, layout.feature_names
    for name, one in layout.template.data_vars.items():
        found[str(name)] = (slice(first, first + one.size), one.shape)
        if one.dims == ("component",):
            for at in range(first, first + one.size):
                found[names[at]] = (slice(at, at + 1), ())
        first += one.size
    return found


def check_names(tree: ast.expr, layout: Layout) -> None:
    """Raises ParameterError for a name that the layout has not."""
    known = slots(layout)
    for name in sorted(names_in(tree) - known.keys()):
        raise ParameterError(f"quantities: {name!r} is not known; {nearest(name, known)}")


def evaluated(
    tree: ast.expr, values: Any, places: Mapping[str, tuple[slice, tuple[int, ...]]], functions: Any
) -> Any:
    """The expression at states (rows, features): (rows,), or (rows, ...) where nothing sums it.

    Args:
        functions: numpy or torch.
    """

    def of(node: ast.expr) -> Any:
        if isinstance(node, ast.Constant):
            assert isinstance(node.value, int | float)
            return float(node.value)
        if isinstance(node, ast.Name):
            own, shape = places[node.id]
            return values[:, own].reshape((len(values), *shape))
        if isinstance(node, ast.UnaryOp):
            inner = of(node.operand)
            return -inner if isinstance(node.op, ast.USub) else inner
        if isinstance(node, ast.BinOp):
            return OPERATORS[type(node.op)](of(node.left), of(node.right))
        assert isinstance(node, ast.Call)
        assert isinstance(node.func, ast.Name)
        inner = of(node.args[0])
        if isinstance(inner, float):
            return inner if node.func.id == "sum" else getattr(math, node.func.id)(inner)
        if node.func.id == "sum":
            return inner.reshape((len(values), -1)).sum(1)
        return getattr(functions, node.func.id)(inner)

    return of(tree)


def _refuse_other(tree: ast.expr, text: str) -> None:
    for node in ast.walk(tree):
        good = (
            isinstance(node, ast.Name | ast.operator | ast.unaryop | ast.expr_context)
            or (isinstance(node, ast.BinOp) and type(node.op) in OPERATORS)
            or (isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd))
            or (isinstance(node, ast.Constant) and type(node.value) in (int, float))
            or (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in FUNCTIONS
                and len(node.args) == 1
                and not node.keywords
            )
        )
        if not good:
            raise ParameterError(
                f"quantities: {ast.unparse(node)!r} in {text!r} is not allowed; use numbers, names, + - * / ** and "
                f"{', '.join(FUNCTIONS)}"
            )
