"""Expressions: whatever is typed gives numpy's value in compiled code, or one of our errors."""

from __future__ import annotations

import ast
import math

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from ergodica.numerics.errors import ParameterError
from ergodica.sims.dynamics.grammar import ARITY, fold, parse
from ergodica.sims.dynamics.kernels import Kernels
from ergodica.sims.dynamics.latex import expression
from ergodica.sims.dynamics.modules import in_memory
from ergodica.sims.dynamics.numeric import Numbers, fixed_noise
from ergodica.sims.dynamics.tables import from_equations

NAMES = {"x": 0.7, "y": -1.3, "a": 2.5, "b": 0.4}
POINTS = [NAMES, {**NAMES, "x": 1.9, "y": 0.3}, {**NAMES, "x": -0.8, "y": 3.1}]


def leaves():
    numbers = st.one_of(
        st.integers(0, 12).map(str), st.floats(0, 1e3, allow_nan=False).map(lambda v: repr(round(v, 3)))
    )
    return st.one_of(numbers, st.sampled_from([*NAMES, "pi", "e"]))


def compound(inner):
    one = st.sampled_from(sorted(f for f, n in ARITY.items() if n == 1))
    two = st.sampled_from(sorted(f for f, n in ARITY.items() if n == 2))
    return st.one_of(
        st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda p: f"({p[0]} {p[1]} {p[2]})"),
        st.tuples(inner, st.integers(-3, 6)).map(lambda p: f"({p[0]})**{p[1]}"),
        st.tuples(inner, st.sampled_from(["0.5", "1.5", "a", "x"])).map(lambda p: f"({p[0]})**{p[1]}"),
        inner.map(lambda p: f"-{p}"),
        st.tuples(one, inner).map(lambda p: f"{p[0]}({p[1]})"),
        st.tuples(two, inner, inner).map(lambda p: f"{p[0]}({p[1]}, {p[2]})"),
        st.tuples(inner, st.sampled_from(["<", "<=", ">", ">="]), inner, inner, inner).map(
            lambda p: f"where({p[0]} {p[1]} {p[2]}, {p[3]}, {p[4]})"
        ),
    )


EXPRESSIONS = st.recursive(leaves(), compound, max_leaves=8)


def by_numpy(text: str, values=NAMES) -> float:
    with np.errstate(all="ignore"):
        return float(fold(parse(text, "test"), Numbers(values)))


def unless_refused(call):
    """What a call returns; None where it is refused by an error of ours, in one line."""
    try:
        return call()
    except ParameterError as error:
        if "\n" in str(error):
            raise AssertionError(f"more than one line: {error}") from error
        return None


def compiled_in_python(text: str):
    """The generated code as plain Python, so that a thousand examples need no compiler, and its parameters."""
    definition = definition_with(text)
    source = Kernels(definition, portable=True).source("rhs")
    return in_memory("typed", source).rhs.in_python, definition.vector()


def definition_with(text: str):
    return from_equations({"x": text, "y": "a + b"}, {"a": 2.5, "b": 0.4}, name="typed")


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(EXPRESSIONS)
def test_generated_code_has_numpy_s_value(text):
    made = unless_refused(lambda: compiled_in_python(text))
    assume(made is not None)
    function, p = made
    outcomes = [agrees(text, function, p, point) for point in POINTS]
    assume(any(outcome is not None for outcome in outcomes))
    known = [outcome for outcome in outcomes if outcome is not None]
    # floor, sign and where may step over an edge by round-off, but not at every point
    assert any(known) if steps(text) else all(known)


def agrees(text: str, function, p: np.ndarray, point: dict[str, float]) -> bool | None:
    """Whether code and numpy agree to round-off; None where the value is undefined or badly conditioned."""
    expected = by_numpy(text, point)
    slack = 1e-6 * abs(by_numpy(text, {k: v * (1 + 1e-9) for k, v in point.items()}) - expected)
    if not (
        math.isfinite(expected + slack) and abs(expected) < 1e12 and slack < 1e-7 * max(1.0, abs(expected))
    ):
        return None
    du = np.empty(2)
    try:
        with np.errstate(all="ignore"):
            function(0.0, np.array([point["x"], point["y"]]), p, du)
    except (OverflowError, ZeroDivisionError, ValueError):
        return None  # plain Python raises where compiled code gives infinity or NaN
    parts = parts_of(text, point)
    if (np.signbit(parts) & (parts == 0)).any() and "arctan2" in text:
        return None  # numbers are exact while code is generated, and exact numbers have one zero
    # terms that cancel leave round-off of their size
    scale = max(1.0, abs(expected), *np.abs(parts[np.isfinite(parts)]))
    return bool(abs(du[0] - expected) <= 1e-12 * scale + 10 * slack)


def parts_of(text: str, point: dict[str, float]) -> np.ndarray:
    """Values of every part of an expression."""
    nodes = [n for n in ast.walk(parse(text, "test")) if isinstance(n, ast.BinOp | ast.UnaryOp | ast.Call)]
    return np.array([by_numpy(ast.unparse(node), point) for node in nodes])


def steps(text: str) -> bool:
    return any(word in text for word in ("floor", "sign", "mod", "where", "minimum", "maximum", "arctan2"))


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=40))
def test_any_text_is_parsed_or_refused_in_one_line(text):
    unless_refused(lambda: from_equations({"x": text}, {}, name="typed"))


@settings(max_examples=100, deadline=None)
@given(EXPRESSIONS)
def test_any_expression_has_latex_that_matplotlib_understands(text):
    from matplotlib.mathtext import MathTextParser

    MathTextParser("path").parse(f"${expression(text)}$")


HOSTILE = [
    "9**9**9**9",
    "(((x**99)**99)**99)**99",
    "1e308*1e308*x",
    "10**400*x",
    "exp(exp(exp(exp(exp(10)))))*x",
    "1.0000001**100000000",
    "0**-1",
    "log(0)",
    "arctan2(0, 1/0)",
    "where(1/0 < 1, 1, 2)",
    "sqrt(-1)*x",
    "arcsin(2)",
    "x/(y - y)",
    "(x - x)/(y - y)",
    "floor(1e300)*x",
    "x**(1/3)**(1/3)",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_numbers_end_at_once_in_a_value_or_an_error(text):
    unless_refused(lambda: Kernels(definition_with(text)).source("rhs"))


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("where(x > y, x, y)", [(1, 2), (2, 1), (1, 1)]),
        ("where(0 < x < 1, 1, 0)", [(0.5, 0), (1.5, 0), (-1, 0)]),
        ("where(x > 0 and y > 0, 1, 2)", [(1, 1), (1, -1)]),
        ("where(x > 0 or y > 0, 1, 2)", [(1, -1), (-1, -1)]),
        ("where(x != y, 1, 2)", [(1, 1), (1, 2)]),
        ("mod(x, y)", [(5.5, 2), (-5.5, 2), (5.5, -2)]),
        ("sign(x)*floor(y)", [(-2, 3.7), (0, 1), (2, -0.5)]),
        ("abs(x)**a", [(-2, 0), (3, 0)]),
        ("x**3 - x**-2 + x**0.5 + y**7", [(2, 3), (0.25, -1)]),
        ("minimum(x, y) + 2*maximum(x, y)", [(1, 2), (2, 1)]),
        ("e**x + 2**y", [(0.3, 0.4)]),
        ("tan(x) + sinh(y) + arcsinh(x) + arctan2(x, y)", [(0.3, 0.4), (-2, 1)]),
    ],
)
def test_compiled_values_at_chosen_points(text, values):
    compiled = Kernels(definition_with(text)).rhs
    p, du = np.array([2.5, 0.4]), np.empty(2)
    for x, y in values:
        compiled(0.0, np.array([x, y], float), p, du)
        expected = by_numpy(text, {**NAMES, "x": float(x), "y": float(y)})
        assert du[0] == pytest.approx(expected, rel=1e-14, abs=1e-15)  # a few ulp of its functions


def test_fixed_noise_is_the_same_everywhere():
    assert [float(fixed_noise(k)) for k in range(2)] == [0.7666216164272852, -0.13694400590298006]
    values = fixed_noise(np.arange(20_000))
    assert values.min() >= -1
    assert values.max() < 1
    # uniform on [-1, 1): mean 0 and variance 1/3, each to 4 standard errors
    assert abs(values.mean()) < 4 * np.sqrt(1 / 3 / values.size)
    assert abs(values.var() - 1 / 3) < 4 * np.sqrt(4 / 45 / values.size)
