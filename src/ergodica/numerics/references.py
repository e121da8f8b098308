"""What a function's code refers to: the globals and closure cells that decide what it compiles to."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from types import CellType, CodeType, FunctionType, ModuleType
from typing import Any

import numpy as np

Function = Callable[..., Any]


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
    for name, module in modules:
        members = vars(module)
        found |= {f"{name}.{member}": members[member] for member in sorted(used) if member in members}
    return found


def underlying(value: Any) -> FunctionType | None:
    """The Python function inside a kernel, a numba dispatcher or a plain function; None for anything else."""
    if isinstance(value, FunctionType):
        return value
    inner = getattr(value, "function", None) or getattr(value, "py_func", None)
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
        digest.update(value.__name__.encode())
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
    else:
        # an object shown by its address gets a new hash in every process: never reused, never stale
        digest.update(f"{type(value).__qualname__} {value!r}".encode())


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
