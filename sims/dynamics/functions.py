"""Flows and maps given by a compiled function instead of expressions: the same kernels, derivatives by differences."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from ergodica.numerics.errors import ParameterError
from ergodica.numerics.kernel import Kernel
from ergodica.numerics.references import fingerprint, underlying
from ergodica.sims.dynamics.definition import Definition, Field, Kind, Parameter, unique
from ergodica.sims.dynamics.function_checks import check_writes
from ergodica.sims.dynamics.numeric import constant

OPTIONS = {"error_model": "numpy", "nogil": True}  # as for generated kernels: no exception in an inner loop


@dataclass(frozen=True, kw_only=True, eq=False)
class FunctionDefinition(Definition):
    """A definition whose right-hand side is `function(t, u, p, du)`; made by `from_function`."""

    function: Callable[..., Any]
    jacobian: Callable[..., Any] | None = None

    def table(self) -> dict[str, Any]:
        """What can be written down of it; the function itself must be given again."""
        inner = underlying(self.function)
        assert inner is not None
        return {
            "title": self.title,
            "about": self.about,
            "reference": self.reference,
            "function": f"{inner.__module__}.{inner.__qualname__}",
            "parameters": {name: [p.value, p.meaning] for name, p in self.parameters.items()},
            "initial": dict(self.initial),
        }

    def description(self) -> dict[str, Any]:
        """What a file keeps of it; `function_given` takes it back together with the function."""
        table = self.table()
        named = {"function": table["function"], "fingerprint": self.digest}
        if self.jacobian is not None:
            inner = underlying(self.jacobian)
            assert inner is not None
            named["jacobian"] = f"{inner.__module__}.{inner.__qualname__}"
        return named | {"initial": table["initial"], "parameters": table["parameters"], "name": self.name}

    @functools.cached_property
    def digest(self) -> str:
        """A hash of the function's code and of all that it refers to."""
        inner = underlying(self.function)
        assert inner is not None
        return fingerprint(inner)

    @property
    def _identity(self) -> tuple[str, str, str]:
        return self.name, self.kind, f"{self.digest} {self.table()}"

    def __reduce__(self) -> tuple[Any, ...]:
        values = {name: (p.value, p.meaning) for name, p in self.parameters.items()}
        made = functools.partial(
            from_function, name=self.name, kind=self.kind, title=self.title, jacobian=self.jacobian
        )
        return made, (self.function, dict(self.initial), values)


def from_function(
    function: Callable[..., Any],
    initial: Mapping[str, Any] | Sequence[float],
    parameters: Mapping[str, Any] | None = None,
    *,
    name: str = "own",
    kind: Kind = "flow",
    title: str = "",
    jacobian: Callable[..., Any] | None = None,
) -> FunctionDefinition:
    """A definition from a function of your own, plain Python or compiled by numba.

    Arguments: `function(t, u, p, du)` writes the time derivatives (for a map, the next state) of u (d,) at the
    parameters p into du (d,), all float64; `initial` a value for each component's name, or d values;
    `parameters` name -> value or (value, meaning), in the order of p; `jacobian(t, u, p, J)` fills J (d, d), else
    it is taken by differences, right to some 1e-9.

    Raises ParameterError for a function of other arguments, for one that at the initial point leaves a number
    unwritten or goes beyond its arrays, and for names and values that cannot be.
    """
    inner = underlying(function)
    if inner is None:
        raise ParameterError(
            f"function: must be a Python or numba function f(t, u, p, du), got {function!r}; define one"
        )
    _check_arguments(inner, "function", "t, u, p, du")
    if jacobian is not None:
        _check_arguments(underlying(jacobian), "jacobian", "t, u, p, J")
    start = initial if isinstance(initial, Mapping) else {f"x{k}": v for k, v in enumerate(initial)}
    given = {
        key: entry if isinstance(entry, list | tuple) and len(entry) == 2 else (entry, "")
        for key, entry in (parameters or {}).items()
    }
    unique([*start, *given], "names")
    if not start:
        raise ParameterError("initial: must have a value for each component, got none; give some")
    made = FunctionDefinition(
        name=name,
        kind=kind,
        title=title or name,
        category="dissipative",
        about="",
        reference="",
        aliases=(),
        fields=tuple(Field(key) for key in start),
        parameters=MappingProxyType(
            {key: Parameter(constant(v, f"parameters.{key}"), str(m)) for key, (v, m) in given.items()}
        ),
        define=MappingProxyType({}),
        equations=MappingProxyType({}),
        hamiltonian=None,
        noise=MappingProxyType({}),
        initial=MappingProxyType({key: constant(v, f"initial.{key}") for key, v in start.items()}),
        sites=None,
        lags=(),
        autonomous=False,
        stiff=False,
        nonsmooth=False,
        unbounded=(),
        function=function,
        jacobian=jacobian,
    )
    point, values = made.initial_point(), made.vector()
    check_writes(inner, "function", point, values, point.shape)
    if (slopes := underlying(jacobian)) is not None:
        check_writes(slopes, "jacobian", point, values, (point.size, point.size))
    return made


def function_given(value: Any, kind: Kind) -> FunctionDefinition:
    """A definition as it is, or from the description in a file with the function put in place of its name.

    Raises ParameterError for a description without the function, for another function and for anything else.
    """
    if isinstance(value, FunctionDefinition) and value.kind == kind:
        return value
    if not isinstance(value, Mapping) or not {"function", "fingerprint", "initial"} <= set(value):
        raise ParameterError(
            f"function: must come from a function of this kind of system, got {str(value)[:60]!r}; use from_function"
        )
    for word in ("function", "jacobian"):
        if isinstance(value.get(word), str):
            raise ParameterError(
                f"function: must be given again, the file names {value[word]} and does not hold it; use "
                + (
                    "sims.from_dataset(ds, function=...)"
                    if word == "function"
                    else "from_function with its jacobian"
                )
            )
    inner = underlying(value["function"])
    if inner is not None and fingerprint(inner) != value["fingerprint"]:
        raise ParameterError(
            "function: must be the one that made the file, got one with other code; use from_function for another"
        )
    return from_function(
        value["function"], value["initial"], value["parameters"], name=value["name"], kind=kind
    )


def _check_arguments(inner: Any, where: str, expected: str) -> None:
    try:
        inspect.signature(inner).bind(*range(4))
    except TypeError:
        raise ParameterError(
            f"{where}: must take ({expected}), got {inspect.signature(inner)}; change its arguments"
        ) from None


class Inlined(Kernel):
    """A kernel that goes into the loop that calls it, however long it is.

    numba keeps a loop's machine code by a pickle of what the loop refers to, here the function's name; the folder
    that it is kept in is named by the code itself.
    """

    def __reduce__(self) -> Any:
        return str, (f"{self.function.__module__}.{self.function.__qualname__}",)


def as_kernel(function: Any, **options: Any) -> Kernel:
    """A user's function with the options of generated kernels."""
    inner = underlying(function)
    assert inner is not None
    return Inlined(inner, {**OPTIONS, **options})
