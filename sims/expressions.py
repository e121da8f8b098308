"""Functions of the coordinates written as text, such as `0.5*x**2`, for command lines, TOML and files."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ergodica.numerics.errors import ParameterError, nearest

_NUMPY = {
    1: "sin cos tan sinh cosh tanh arcsin arccos arctan arcsinh arccosh arctanh "
    "exp log sqrt abs sign floor ceil real imag conj angle",
    2: "minimum maximum",
    3: "where",
}
# with the number of arguments: one more would be where numpy writes its result
FUNCTIONS: dict[str, tuple[int, Callable[..., Any]]] = {
    name: (count, getattr(np, name)) for count, names in _NUMPY.items() for name in names.split()
}
FUNCTIONS["sech"] = (1, lambda x: 1 / np.cosh(x))
CONSTANTS: dict[str, complex] = {"pi": np.pi, "e": np.e}
MAX_LENGTH = 2000

_BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: np.true_divide,
    ast.Pow: lambda a, b: np.power(np.asarray(a, np.result_type(a, float)), b),
}
_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Lt: np.less,
    ast.LtE: np.less_equal,
    ast.Gt: np.greater,
    ast.GtE: np.greater_equal,
}


def evaluate(expression: str, variables: Mapping[str, Any], *, name: str = "expression") -> Any:
    """The value of an arithmetic expression of numpy functions; nothing else can be reached from it.

    Arguments: `expression` text with + - * / **, comparisons, numbers (also 1j), `pi`, `e`, the names in
    `variables` and the functions in `FUNCTIONS`; `name` of the parameter for error messages.

    Raises ParameterError for anything else.

    >>> float(evaluate("2*sech(x)", {"x": np.array(0.0)}))
    2.0
    """
    if len(expression) > MAX_LENGTH:
        raise ParameterError(f"{name}: must have at most {MAX_LENGTH} characters, got {len(expression)}")
    try:
        tree = ast.parse(expression, mode="eval").body
        with np.errstate(all="ignore"):
            return _value(tree, {**CONSTANTS, **variables}, name)
    except (SyntaxError, RecursionError, MemoryError):
        raise ParameterError(
            f"{name}: must be an expression such as '0.5*x**2', got {expression!r}; check its brackets and signs"
        ) from None
    except (TypeError, ValueError, ArithmeticError) as error:
        if isinstance(error, ParameterError):
            raise
        raise ParameterError(f"{name}: cannot be evaluated, got {expression!r}; {error}") from None


def _value(node: ast.expr, names: Mapping[str, Any], name: str) -> Any:
    match node:
        case ast.Constant(value=int() | float() | complex() as number) if not isinstance(number, bool):
            return complex(number) if isinstance(number, complex) else float(number)
        case ast.Name(id=identifier):
            if identifier in names:
                return names[identifier]
            raise ParameterError(
                f"{name}: {identifier!r} is not known in an expression; {nearest(identifier, names)}"
            )
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
            return _BINARY[type(op)](_value(left, names, name), _value(right, names, name))
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand, names, name)
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return _value(operand, names, name)
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _COMPARE:
            return _COMPARE[type(op)](_value(left, names, name), _value(right, names, name))
        case ast.Call(func=ast.Name(id=identifier), args=args, keywords=[]):
            if identifier in FUNCTIONS:
                count, function = FUNCTIONS[identifier]
                if len(args) != count:
                    raise ParameterError(
                        f"{name}: {identifier!r} takes {count} argument{'s' * (count > 1)}, got {len(args)}"
                    )
                return function(*(_value(a, names, name) for a in args))
            raise ParameterError(
                f"{name}: {identifier!r} is no function of an expression; {nearest(identifier, FUNCTIONS)}"
            )
    raise ParameterError(
        f"{name}: may hold only numbers, + - * / **, comparisons and functions, got {ast.unparse(node)!r}"
    )
