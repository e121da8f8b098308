"""What a system and its parameters are, as plain values read from the model: for `list`, help texts and JSON."""

from __future__ import annotations

import inspect
import types
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin

from ergodica.sims.parameters import is_per_member

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic.fields import FieldInfo

    from ergodica.sims.simulation import Simulation


def parts_of(annotation: Any) -> Iterator[Any]:
    """The members of a union, those of nested ones too; else the annotation itself."""
    origin = get_origin(annotation)
    if origin is Union or origin is types.UnionType:
        for part in get_args(annotation):
            yield from parts_of(part)
    elif origin is not None and hasattr(annotation, "__metadata__"):
        yield from parts_of(get_args(annotation)[0])
    else:
        yield annotation


def choices(field: FieldInfo) -> tuple[str, ...]:
    """The words that a field takes, when it takes words only."""
    found: list[str] = []
    for part in parts_of(field.annotation):
        if get_origin(part) is Literal:
            found += [str(value) for value in get_args(part)]
        elif part is not type(None):
            return ()
    return tuple(found)


def kind(field: FieldInfo) -> str:
    """What a field takes, in one word: INT, NUMBER, TEXT, CHOICE, YES/NO, KEY=VALUE or LIST."""
    names = {int: "INT", float: "NUMBER", bool: "YES/NO", str: "TEXT", dict: "KEY=VALUE"}
    for part in parts_of(field.annotation):
        if get_origin(part) is Literal:
            return "CHOICE"
        origin = get_origin(part) or part
        if origin in names or _is_list(origin):
            return names.get(origin, "LIST")
    return "TEXT"


def optional(field: FieldInfo) -> bool:
    """Whether a field may be None."""
    return type(None) in parts_of(field.annotation)


def several(field: FieldInfo) -> bool:
    """Whether a field takes a list of values, such as one for each member."""
    return any(_is_list(get_origin(part) or part) for part in parts_of(field.annotation))


def _is_list(part: Any) -> bool:
    return isinstance(part, type) and issubclass(part, (tuple, list))


def bounds(field: FieldInfo) -> dict[str, float]:
    """The range of a number: `min`, `max`, and `above`, `below` for ends that are left out."""
    named = {"ge": "min", "gt": "above", "le": "max", "lt": "below"}
    found: dict[str, float] = {}
    for part in field.metadata:
        for name, word in named.items():
            value = getattr(part, name, None)
            if value is not None:
                found[word] = value
    return found


def number(value: float) -> str:
    """A number as one would write it; large powers of two as such.

    >>> number(2**27), number(2**31 - 1), number(0.01), number(512)
    ('2^27', '2^31 - 1', '0.01', '512')
    """
    if isinstance(value, int) and value >= 2**16:
        for shift, words in ((0, ""), (1, " - 1")):
            if (value + shift) & (value + shift - 1) == 0:
                return f"2^{(value + shift).bit_length() - 1}{words}"
    return str(value) if isinstance(value, int) else f"{value:.10g}"


def units(field: FieldInfo) -> str | None:
    """The unit of a number; 1 where the model is nondimensional."""
    extra = field.json_schema_extra
    if isinstance(extra, Mapping) and "units" in extra:
        return str(extra["units"])
    return "1" if kind(field) in ("INT", "NUMBER") else None


def default(field: FieldInfo) -> Any:
    """The default of a field as JSON can hold it."""
    value = field.get_default(call_default_factory=True) if not field.is_required() else None
    return list(value) if isinstance(value, tuple) else value


def parameter(name: str, field: FieldInfo) -> dict[str, Any]:
    """Everything there is to know about a parameter."""
    return {
        "name": name,
        "description": field.description or "",
        "type": kind(field).lower(),
        "units": units(field),
        "required": field.is_required(),
        "default": default(field),
        "range": bounds(field),
        "choices": list(choices(field)),
        "per_member": is_per_member(field),
    }


def parameters(model: type[BaseModel]) -> list[dict[str, Any]]:
    """The parameters of a model, in its order."""
    return [parameter(name, field) for name, field in model.model_fields.items()]


def facts(row: Mapping[str, Any], *, choices: bool = True) -> str:
    """Range, unit, choices and default of a parameter, as `parameter` gives it, in words."""
    words = [_range(row["range"])]
    if choices and row["choices"]:
        words.append("one of " + ", ".join(row["choices"]))
    if row["per_member"]:
        words.append("one value, or one a member as 1,2,3")
    if row["units"] not in (None, "1"):
        words.append(f"in {row['units']}")
    if not row["required"]:
        words.append(f"default {shown(row['default'])}")
    return "; ".join(filter(None, words))


def _range(found: Mapping[str, float]) -> str:
    if set(found) == {"min", "max"}:
        return f"{number(found['min'])} to {number(found['max'])}"
    named = {"min": "at least", "above": "above", "max": "at most", "below": "below"}
    return " and ".join(f"{words} {number(found[key])}" for key, words in named.items() if key in found)


def shown(value: Any) -> str:
    """A value as one would type it."""
    if value is None or value == {} or value == []:
        return "none"
    if isinstance(value, float):
        return number(value)
    return ",".join(map(shown, value)) if isinstance(value, list) else str(value)


def first_sentence(text: str | None) -> str:
    """The first line of a docstring, without its full stop."""
    lines = inspect.cleandoc(text or "").splitlines()
    return lines[0].rstrip(".") if lines else ""


def system(cls: type[Simulation]) -> dict[str, Any]:
    """Everything there is to know about a system before it runs."""
    from ergodica.scripts.list_catalogue import catalogue_of

    return {
        "name": cls.name,
        "class": cls.__name__,
        "title": cls.title,
        "equation": cls.equation,
        "description": inspect.cleandoc(cls.__doc__ or ""),
        "references": cls.references,
        "devices": list(cls.devices),
        "orders": dict(cls.orders),
        "symmetries": list(cls.symmetries),
        "default_preset": cls.default_preset,
        "presets": [
            {
                "name": name,
                "summary": preset.summary,
                "parameters": dict(preset.parameters),
                "t_end": preset.t_end,
                "snapshots": preset.snapshots,
                "source": preset.source,
            }
            for name, preset in cls.presets.items()
        ],
        "parameters": parameters(cls),
        "initial_states": [
            {"name": name, "summary": first_sentence(model.__doc__), "parameters": parameters(model)}
            for name, model in cls.initial_states.items()
        ],
        "optional_variables": dict(cls.optional),
        "catalogue": list(catalogue_of(cls) or ()),
    }
