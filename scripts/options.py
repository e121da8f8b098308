"""Options of the command line read from a model: one for each field, with its help, range and default."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Group, Parameter

from ergodica.scripts import describe
from ergodica.scripts.inputs import listed
from ergodica.sims.parameters import is_per_member

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

NONE = "none"


def option(name: str, field: FieldInfo, group: Group, default: str = "") -> inspect.Parameter:
    """The option of a field; without it on the command line its value is None.

    Arguments: `default` words for the default where it is not that of the field.

    Values stay text (see `value`), so that the model alone says what is valid, in its own words.
    """
    words = describe.kind(field)
    settings: dict[str, Any] = {
        "group": group,
        "help": _help(name, field, default),
        "metavar": words,
        "allow_leading_hyphen": True,
        "show_default": False,
        "negative": "",
    }
    annotation: Any = str
    if words == "YES/NO":
        annotation = bool
        settings |= {"negative": None, "metavar": None, "allow_leading_hyphen": False}
    elif words == "KEY=VALUE":
        annotation = dict[str, str]
        settings["metavar"] = ""
    elif words == "CHOICE":
        settings |= {"choices": describe.choices(field), "allow_leading_hyphen": False}
    elif words == "LIST":
        annotation = list[str]
    return inspect.Parameter(
        name,
        inspect.Parameter.KEYWORD_ONLY,
        default=None,
        annotation=Annotated[annotation | None, Parameter(**settings)],
    )


def _help(name: str, field: FieldInfo, default: str) -> str:
    row = describe.parameter(name, field)
    words = [f"{field.description or ''}"]
    if row["type"] == "key=value":
        words.append(f"each as --{name.replace('_', '-')}.NAME VALUE")
    if row["type"] == "list":
        words.append("several as a,b or by repeating the option")
    facts = describe.facts(row | ({"required": True} if default else {}), choices=False)
    facts = "; ".join(filter(None, (facts, default)))
    return "; ".join(filter(None, words)) + (f" [{facts}]" if facts else "")


def command(function: Callable[..., Any], parameters: Iterable[inspect.Parameter]) -> Callable[..., Any]:
    """A function that cyclopts sees with these options and calls with those that were given."""

    def called(**given: Any) -> Any:
        return function(given)

    listed = list(parameters)
    called.__signature__ = inspect.Signature(listed)  # type: ignore[attr-defined]
    called.__annotations__ = {one.name: one.annotation for one in listed}
    return called


def values(fields: Mapping[str, FieldInfo], given: Mapping[str, Any]) -> dict[str, Any]:
    """The values of fields among the options that were given, ready to be validated."""
    return {name: value(field, given[name]) for name, field in fields.items() if given.get(name) is not None}


def value(field: FieldInfo, text: Any) -> Any:
    """What an option's text says: lists at commas, `none` where a field may be None; numbers are left to the model."""
    if isinstance(text, dict):
        return table(text)
    if isinstance(text, list):
        return listed(text)
    if isinstance(text, bool):
        return text
    if describe.optional(field) and text.strip().lower() == NONE:
        return None
    if is_per_member(field) and "," in text:
        return [part.strip() for part in text.split(",")]
    return text


def table(given: Mapping[str, str]) -> dict[str, Any]:
    """What `--parameters.NAME VALUE` and its like say: numbers, or lists of them at commas."""
    return {name.replace("-", "_"): _scalar_or_list(one) for name, one in given.items()}


def _scalar_or_list(text: str) -> Any:
    parts = [_scalar(part) for part in text.split(",")]
    return parts if len(parts) > 1 else parts[0]


def _scalar(text: str) -> Any:
    for number in (int, float):
        try:
            return number(text)
        except ValueError:
            continue
    return text.strip()
