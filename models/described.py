"""Objects that are rebuilt from plain values: models, and the pieces that they are made of."""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
from typing import Any, ClassVar, TypeVar

from ergodica.numerics.errors import ParameterError, nearest

KNOWN: dict[str, type[Described]] = {}
Kind = TypeVar("Kind", bound="type[Described]")
NAME = "is"


def named(cls: Kind) -> Kind:
    """Makes a class known by its `name`, so that what was written with it can be read.

    Raises:
        ParameterError: another class has that name.
    """
    kept: Kind = claimed(KNOWN, cls)
    return kept


def claimed(registry: dict[str, Any], cls: Any) -> Any:
    """`cls`, kept in `registry` under its name.

    Raises:
        ParameterError: another class has that name.
    """
    known = registry.get(cls.name)
    if known is not None and (known.__module__, known.__qualname__) != (cls.__module__, cls.__qualname__):
        raise ParameterError(
            f"name: {cls.name!r} belongs to {known.__module__}.{known.__qualname__} already; choose another name"
        )
    registry[cls.name] = cls
    return cls


def known() -> dict[str, type[Described]]:
    """Every class by its name: those of ergodica, and those that were named since."""
    for module in _modules():
        importlib.import_module(module)
    return KNOWN


def class_named(name: str) -> type[Described] | None:
    """The class of that name, None where there is none; modules of other names are imported only to look for it."""
    for module in _modules() if name not in KNOWN else ():
        if module.rpartition(".")[2] == name.replace("-", "_"):
            importlib.import_module(module)
    return KNOWN.get(name) or known().get(name)


def _modules() -> list[str]:
    import ergodica.models

    return [
        found.name
        for package in ("koopman", "forecast")
        for found in pkgutil.walk_packages(
            [f"{ergodica.models.__path__[0]}/{package}"], f"ergodica.models.{package}."
        )
    ]


class Described:
    """A dataclass of numbers, text, lists, and others like it; `config` holds it as JSON."""

    name: ClassVar[str]
    sort: ClassVar[str] = "piece of a model"

    @property
    def config(self) -> dict[str, Any]:
        """Every argument of the constructor, as JSON."""
        return {one.name: _plain(vars(self)[one.name]) for one in dataclasses.fields(self)}  # type: ignore[arg-type]


def rebuilt(name: str, config: dict[str, Any]) -> Described:
    """The object of that name and configuration.

    Raises:
        ParameterError: none has that name, or it takes other arguments.
    """
    cls = class_named(name)
    if cls is None:
        raise ParameterError(
            f"model: {name!r} is not known; import the module that names it, or {nearest(name, KNOWN)}"
        )
    try:
        return cls(**{key: _object(value) for key, value in config.items()})
    except TypeError as error:
        raise ParameterError(
            f"config: does not fit the model {name!r} ({error}); use the version of ergodica that wrote it"
        ) from error


def _plain(value: Any) -> Any:
    if isinstance(value, Described):
        return {NAME: value.name, **value.config}
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    return value


def _object(value: Any) -> Any:
    if isinstance(value, dict) and NAME in value:
        return rebuilt(value[NAME], {key: one for key, one in value.items() if key != NAME})
    if isinstance(value, list):
        return tuple(_object(one) for one in value)
    return value
