"""What a function's code refers to: the globals and closure cells that decide what it compiles to."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Iterator
from types import CellType, CodeType, FunctionType, ModuleType
from typing import Any

import numpy as np

Function = Callable[..., Any]

# what their names and versions say all about; a package of the user's may change without a new version
_LIBRARIES = frozenset({"numpy", "numba", "scipy", *sys.stdlib_module_names})


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


def referenced(function: Function) -> dict[str, Any]:
    """Name and value of each global and closure cell that `function` uses; a module's are `module.name`."""
    assert isinstance(function, FunctionType)
    used = {name for code in _codes(function.__code__) for name in code.co_names}
    scope = function.__globals__
    found = {name: scope[name] for name in sorted(used) if name in scope}
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            found[name] = cell.cell_contents
        except ValueError:  # not assigned yet
            continue
    modules = [(name, value) for name, value in found.items() if isinstance(value, ModuleType)]
    seen: set[int] = set()
    while modules:
        name, module = modules.pop(0)
        if id(module) in seen:
            continue
        seen.add(id(module))
        inside = {f"{name}.{one}": vars(module)[one] for one in sorted(used) if one in vars(module)}
        found |= inside
        modules += [(word, value) for word, value in inside.items() if isinstance(value, ModuleType)]
    return found


def underlying(value: Any) -> FunctionType | None:
    """The Python function inside a kernel, a numba dispatcher or a plain function; None for anything else."""
    if isinstance(value, FunctionType):
        return value
    inner = getattr(value, "function", None) or getattr(value, "py_func", None)
    if inner is None and type(value).__module__.partition(".")[0] == "numba":  # vectorize, cfunc
        inner = getattr(value, "__wrapped__", None)
    return inner if isinstance(inner, FunctionType) else None


def fingerprint(function: Function) -> str:
    """A hash of a function's code and of all that it refers to, callees included, 16 hex digits.

    Two functions with one fingerprint compile to the same machine code, whatever files they came from.
    """
    digest = hashlib.sha256()
    _feed(digest, function, set())
    return digest.hexdigest()[:16]


def _feed(digest: Any, function: Function, seen: set[int]) -> None:
    assert isinstance(function, FunctionType)
    if id(function) in seen:
        return
    seen.add(id(function))
    for code in _codes(function.__code__):
        constants = [c for c in code.co_consts if not isinstance(c, CodeType)]
        digest.update(repr((code.co_code, code.co_names, code.co_varnames, constants)).encode())
    digest.update(repr((function.__defaults__, function.__kwdefaults__)).encode())
    for name, value in referenced(function).items():
        digest.update(name.encode())
        _feed_value(digest, value, seen)


def _feed_value(digest: Any, value: Any, seen: set[int]) -> None:
    if isinstance(value, ModuleType):
        digest.update(_with_version(value.__name__, "").encode())
    elif (inner := underlying(value)) is not None:
        digest.update(repr(getattr(value, "options", None)).encode())
        # numpy's and numba's own functions are named by their version, which names the folder
        if (inner.__module__ or "").partition(".")[0] in ("numpy", "numba", "math"):
            digest.update(f"{inner.__module__}.{inner.__qualname__}".encode())
        else:
            _feed(digest, inner, seen)
    elif isinstance(value, np.ndarray):
        digest.update(repr((value.dtype, value.shape)).encode() + value.tobytes())
    elif isinstance(value, tuple):
        for element in value:
            _feed_value(digest, element, seen)
    elif isinstance(value, type):
        digest.update(value.__qualname__.encode())
    elif (name := _compiled_name(value)) is not None:
        digest.update(name.encode())
    else:
        # an object shown by its address gets a new hash in every process: never reused, never stale
        digest.update(f"{type(value).__qualname__} {value!r}".encode())


def _compiled_name(value: Any) -> str | None:
    """The name and version of a function without Python code, such as `np.sum` or `math.sin`; else None."""
    if not callable(value):
        return None
    module: Any
    name: Any
    if isinstance(getattr(value, "__self__", None), np.random.RandomState):
        module, name = "numpy.random", value.__name__  # where its methods are public
    else:
        module = "numpy" if isinstance(value, np.ufunc) else getattr(value, "__module__", None)
        name = getattr(value, "__qualname__", None) or getattr(value, "__name__", None)
    if not isinstance(module, str) or not isinstance(name, str):
        return None
    known = module.partition(".")[0] in _LIBRARIES and _found_again(module, name, value)
    return _with_version(module, name) if known else None


def _found_again(module: str, name: str, value: Any) -> bool:
    """Whether a name leads to this very object, so that it says all there is to know with its version."""
    found: Any = sys.modules.get(module)
    for part in name.split("."):
        found = getattr(found, part, None)
    return found is value or (callable(found) and found == value)  # a method is made anew at each look


def _with_version(module: str, name: str) -> str:
    root = sys.modules.get(module.partition(".")[0])
    return f"{module}.{name} {getattr(root, '__version__', '')}"


def rebound(function: Function, replace: Callable[[Any], Any | None]) -> Function:
    """A copy of `function` whose globals and closure cells hold `replace(value)` wherever that is not None.

    The copy's names are filled in after it exists, by calling its `fill` attribute: a callee may be the
    function itself.
    """
    assert isinstance(function, FunctionType)
    scope = dict(function.__globals__)
    cells = tuple(CellType() for _ in function.__closure__ or ())
    copy = FunctionType(function.__code__, scope, function.__name__, function.__defaults__, cells or None)
    copy.__kwdefaults__, copy.__module__ = function.__kwdefaults__, function.__module__
    copy.__qualname__, copy.__doc__ = function.__qualname__, function.__doc__

    def fill() -> None:
        new = dict(zip(function.__code__.co_freevars, cells, strict=True))
        for name, value in referenced(function).items():
            other = replace(value)
            if other is not None and "." in name:
                raise ValueError(
                    f"{function.__qualname__}: a kernel calls other kernels by their own name: got {name}; "
                    f"use `from ... import {name.rpartition('.')[2]}`"
                )
            if name in new:
                new[name].cell_contents = value if other is None else other
            elif other is not None:
                scope[name] = other

    copy.fill = fill  # type: ignore[attr-defined]
    return copy
