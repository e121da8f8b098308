"""The register of systems: tests, command line, documentation and benchmarks iterate over it.

A module in this folder that defines a system with `@register` is found by itself; nothing else is edited.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
from typing import TYPE_CHECKING, TypeVar

from ergodica.numerics.errors import ParameterError, nearest

if TYPE_CHECKING:
    from ergodica.sims.simulation import Simulation

S = TypeVar("S", bound="type[Simulation]")

_SYSTEMS: dict[str, type[Simulation]] = {}


def register(system: S) -> S:
    """Make a system known under its `name`; two systems of one name are refused."""
    known = _SYSTEMS.get(system.name)
    if known is not None and (known.__module__, known.__qualname__) != (
        system.__module__,
        system.__qualname__,
    ):
        raise TypeError(
            f"name: {system.name!r} is taken by {known.__module__}.{known.__qualname__}; choose another"
        )
    _SYSTEMS[system.name] = system
    return system


@functools.cache
def _discover() -> None:
    import ergodica.sims as package

    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"ergodica.sims.{module.name}")


def systems() -> dict[str, type[Simulation]]:
    """Every known system, by name."""
    _discover()
    return dict(sorted(_SYSTEMS.items()))


def system(name: str) -> type[Simulation]:
    """The system of this name.

    Raises ParameterError with the nearest names when there is none.
    """
    known = systems()
    if not isinstance(name, str) or name not in known:
        raise ParameterError(f"system: {name!r} is not known; {nearest(name, known)}")
    return known[name]
