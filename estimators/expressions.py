"""An estimator with its options as one line of text: what `ergodica measure --quantity` takes.

    permutation_entropy
    permutation_entropy(order=6, delay=2)
    entropy(psi, dim="x", space=SpectralPower(), of=Renyi(q=2))
    transfer_entropy(x, y, lag=2, estimator=KSG(k=4))
    confidence(permutation_entropy(x, order=4), method=Subsampling(windows=20), level=0.9)
    multiscale(sample_entropy(x), scales=(1, 2, 4, 8))

Words before the options name variables, or components of the state; options are numbers, texts, pieces of this
package and names of its estimators; `confidence`, `multiscale` and `surrogate_test` take another estimator in place of
variables. Nothing else is evaluated.
"""

import ast
import dataclasses
import difflib
import inspect
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ergodica.estimators.registry import Entry, around, find
from ergodica.numerics.errors import ParameterError

DATA = ("dim", "feature_dim")
"""Options of what stands around an estimator that follow from the data."""

LONGEST_RANGE = 10_000
NUMBERS = {"inf": math.inf, "e": math.e, "pi": math.pi, "nan": math.nan}


@dataclass(frozen=True, kw_only=True)
class Request:
    """An estimator and what it is asked to do.

    Args:
        text: as it was written.
        entry: the estimator.
        variables: names of what it is taken of; none for every variable that it can take.
        options: keyword arguments.
        around: name of what stands around the estimator, as `confidence`.
        around_options: its keyword arguments.
    """

    text: str
    entry: Entry
    variables: tuple[str, ...]
    options: Mapping[str, Any]
    around: str | None = None
    around_options: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def name(self) -> str:
        """What the results are called."""
        return self.entry.name if self.around is None else f"{self.entry.name}_{self.around}"


def parse(text: str) -> Request:
    """The request that a line of text makes.

    Raises:
        ParameterError: what is no call of an estimator, with the place and a remedy; an unknown name, with the nearest.
    """
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, RecursionError, MemoryError) as error:
        reason = error.msg if isinstance(error, SyntaxError) else "too deep"
        raise ParameterError(
            f"quantity: must read like name(variable, option=value), got {text!r} ({reason}); "
            "try permutation_entropy(order=5)"
        ) from None
    return _request(tree, text)


def _request(tree: ast.expr, text: str) -> Request:
    name = ast.unparse(tree.func) if isinstance(tree, ast.Call) else ast.unparse(tree)
    if name in around():
        return _around(tree, name, text)
    if isinstance(tree, ast.Name):
        return Request(text=text, entry=find(tree.id), variables=(), options={})
    if not isinstance(tree, ast.Call) or not isinstance(tree.func, ast.Name):
        raise ParameterError(
            f"quantity: must read like name(variable, option=value), got {text!r}; try permutation_entropy(order=5)"
        )
    variables = tuple(_variable(argument, text) for argument in tree.args)
    return Request(
        text=text, entry=find(tree.func.id), variables=variables, options=_options(tree.keywords, text)
    )


def _around(tree: ast.expr, name: str, text: str) -> Request:
    """What is asked of an estimator within `confidence(...)` or its kin."""
    inner = tree.args if isinstance(tree, ast.Call) else []
    if not isinstance(tree, ast.Call) or len(inner) != 1 or isinstance(inner[0], ast.Constant):
        raise ParameterError(
            f"quantity: {name} takes one estimator, got {text!r}; try {name}(permutation_entropy(order=4))"
        )
    asked = _request(inner[0], text)
    if asked.around is not None:
        raise ParameterError(
            f"quantity: {name} takes an estimator, got {asked.around} in {text!r}; name one of them"
        )
    options = _options(tree.keywords, text)
    known = own_options(name)
    unknown = sorted(set(options) - set(known))
    if unknown:
        raise ParameterError(
            f"quantity: {name} has no option {', '.join(unknown)}; it has {', '.join(known)}, and options of the "
            "estimator stand in its own brackets"
        )
    return dataclasses.replace(asked, around=name, around_options=options)


def own_options(name: str) -> list[str]:
    """What a function around an estimator is told itself."""
    accepted = inspect.signature(around()[name]).parameters.values()
    return [
        one.name for one in accepted if one.kind is inspect.Parameter.KEYWORD_ONLY and one.name not in DATA
    ]


def _variable(node: ast.expr, text: str) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    raise ParameterError(
        f"quantity: values before the options must be names of variables, got {ast.unparse(node)} in {text!r}; "
        "write options as name=value"
    )


def _options(keywords: Sequence[ast.keyword], text: str) -> dict[str, Any]:
    options: dict[str, Any] = {}
    for one in keywords:
        if one.arg is None:
            raise ParameterError(f"quantity: options must be name=value, got ** in {text!r}; write them out")
        if one.arg in options:
            raise ParameterError(f"quantity: options must be given once, got {one.arg} twice in {text!r}")
        options[one.arg] = _value(one.value, text)
    return options


def _value(node: ast.expr, text: str) -> Any:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "range":
        return _range(node, text)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return _piece(node, node.func.id, text)
    if isinstance(node, ast.Name):
        return NUMBERS[node.id] if node.id in NUMBERS else _function(node.id, text)
    if isinstance(node, ast.Tuple | ast.List):
        return tuple(_value(one, text) for one in node.elts)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        value = _value(node.operand, text)
        if isinstance(value, int | float):
            return -value
    if isinstance(node, ast.Constant) and (
        node.value is None or isinstance(node.value, str | int | float | bool)
    ):
        return node.value
    raise ParameterError(
        f"quantity: options must be numbers, texts or pieces such as Renyi(q=2), got {ast.unparse(node)} in {text!r}; "
        "compute it first"
    )


def _range(node: ast.Call, text: str) -> tuple[int, ...]:
    numbers = [_value(one, text) for one in node.args]
    if node.keywords or not 1 <= len(numbers) <= 3 or not all(type(one) is int for one in numbers):
        raise ParameterError(
            f"quantity: range takes 1 to 3 whole numbers, got {ast.unparse(node)} in {text!r}; try range(1, 21)"
        )
    found = range(*numbers) if len(numbers) < 3 or numbers[2] else range(0)
    if len(found) > LONGEST_RANGE:
        raise ParameterError(
            f"quantity: range must hold at most {LONGEST_RANGE} numbers, got {len(found)} in {text!r}; take fewer"
        )
    return tuple(found)


def _function(name: str, text: str) -> Callable[..., Any]:
    if name in pieces():
        raise ParameterError(f"quantity: {name} must have brackets in {text!r}; write {name}()")
    try:
        return find(name).function
    except ParameterError as error:
        raise ParameterError(f"{error}; put quotes around any other word in {text!r}") from None


def _piece(node: ast.Call, name: str, text: str) -> Any:
    known = pieces()
    if name not in known:
        near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
        remedy = f"did you mean {', '.join(near)}?" if near else "ergodica list estimators names them"
        raise ParameterError(f"quantity: must be made of known pieces, got {name} in {text!r}; {remedy}")
    if node.args:
        raise ParameterError(
            f"quantity: options of {name} must be named, got {ast.unparse(node)}; write q=2, not 2"
        )
    try:
        return known[name](**_options(node.keywords, text))
    except TypeError as error:
        fields = ", ".join(field.name for field in dataclasses.fields(known[name])) or "none"
        raise ParameterError(
            f"quantity: {name} cannot take these options ({error}); it has {fields}"
        ) from None


def pieces() -> dict[str, Any]:
    """Measures, spaces, estimators and whatever else is put together, by name."""
    from ergodica import estimators

    names = {name: getattr(estimators, name) for name in estimators.__all__}
    return {
        name: value
        for name, value in names.items()
        if isinstance(value, type)
        and dataclasses.is_dataclass(value)
        and not getattr(value, "__abstractmethods__", None)
    }
