"""Values of expressions: parameters given as text, initial points, and the check of generated code."""

from __future__ import annotations

import ast
import functools
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ergodica.numerics.errors import ParameterError
from ergodica.sims.dynamics.grammar import CONSTANTS, UNARY, fold, parse

_WORDS = ("arctan2", "minimum", "maximum", "mod", "where", *UNARY)
_FUNCTIONS: dict[str, Callable[..., Any]] = {name: getattr(np, name) for name in _WORDS}
_BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.true_divide,
    "**": np.power,
}
_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
    "==": np.equal,
    "!=": np.not_equal,
}


def fixed_noise(k: Any) -> Any:
    """A pseudo-random number in [-1, 1) for each whole k, the same everywhere: splitmix64 (Steele 2014)."""
    with np.errstate(over="ignore"):
        z = (np.asarray(k, np.float64).astype(np.int64).astype(np.uint64) + np.uint64(1)) * np.uint64(
            0x9E3779B97F4A7C15
        )
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    return (z >> np.uint64(11)).astype(np.float64) * 2.0**-52 - 1.0


class Numbers:
    """Numpy arithmetic; a name's value is a number or an array, a field's an array over its sites."""

    def __init__(
        self, values: Mapping[str, Any], lagged: Mapping[tuple[str, str], Any] | None = None
    ) -> None:
        self.values: dict[str, Any] = {**CONSTANTS, **values}
        self.lagged = lagged or {}
        self.sums: dict[str, int] = {}

    def number(self, value: int | float, text: str) -> Any:
        return np.float64(value)

    def name(self, identifier: str) -> Any:
        value = self.values[identifier]
        return np.float64(value(self)) if callable(value) else value

    def site(self, field: str, index: str, offset: int) -> Any:
        values = self.values[field]
        return values[(int(self.values[index]) + offset) % len(values)]

    def binary(self, operator: str, left: Any, right: Any) -> Any:
        return _BINARY[operator](left, right)

    def negative(self, operand: Any) -> Any:
        return -operand

    def compare(self, operator: str, left: Any, right: Any) -> Any:
        return _COMPARE[operator](left, right)

    def both(self, conditions: list[Any]) -> Any:
        return functools.reduce(np.logical_and, conditions)

    def either(self, conditions: list[Any]) -> Any:
        return functools.reduce(np.logical_or, conditions)

    def call(self, function: str, arguments: list[Any]) -> Any:
        return _FUNCTIONS[function](*arguments)

    def sum(self, index: str, body: Callable[[], Any]) -> Any:
        total = np.float64(0.0)
        before = self.values.get(index)
        for site in range(int(self.values["n"])):
            self.values[index] = np.float64(site)
            total = total + body()
        self.values[index] = before
        return total

    def lag(self, component: str, delay: str) -> Any:
        return self.lagged[component, delay]

    def noise(self, argument: Any) -> Any:
        return fixed_noise(argument)


def value_of(tree: ast.expr, values: Mapping[str, Any]) -> Any:
    """The value of an expression; undefined operations give NaN or infinity without a warning."""
    with np.errstate(all="ignore"):
        return fold(tree, Numbers(values))


def constant(value: Any, where: str, names: Mapping[str, Any] | None = None) -> float:
    """A number, or the value of an expression of numbers and `names`, as a float.

    Raises ParameterError unless it is finite.
    """
    known = {**CONSTANTS, **(names or {})}
    if isinstance(value, str):
        tree = parse(value, where)
        for node in ast.walk(tree):
            if isinstance(node, ast.Subscript) or (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in ("sum", "lag")
            ):
                raise ParameterError(f"{where}: must be a constant, got {value!r}; use numbers and functions")
        calls = {id(n.func) for n in ast.walk(tree) if isinstance(n, ast.Call)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Name) and id(node) not in calls and node.id not in known:
                from ergodica.numerics.errors import nearest

                raise ParameterError(f"{where}: {node.id!r} is not known here; {nearest(node.id, known)}")
        result = float(value_of(tree, known))
    elif isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        raise ParameterError(
            f"{where}: must be a number, got {value!r}; give a number or an expression of numbers"
        )
    else:
        try:
            result = float(value)
        except OverflowError:
            result = float("inf")
    if not np.isfinite(result):
        raise ParameterError(f"{where}: must be a finite number, got {value!r}; correct it")
    return result
