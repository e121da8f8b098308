"""Validated parameter sets: unknown keys refused, one-line errors, values that may differ from member to member."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any, Self, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from ergodica.numerics.errors import ParameterError, nearest


def _as_tuple(value: Any) -> Any:
    """Arrays and lists of numbers become tuples, so that a parameter set stays immutable."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    return tuple(value) if isinstance(value, list) else value


if TYPE_CHECKING:
    # formulas are written for one member; `for_member` sees to it
    PerMember: TypeAlias = float
else:
    PerMember = Annotated[float | tuple[float, ...], BeforeValidator(_as_tuple)]
    """A number for all members of an ensemble, or one number for each."""


class Parameters(BaseModel):
    """A frozen set of parameters whose errors are single lines (ParameterError)."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, arbitrary_types_allowed=True, validate_default=True
    )

    def __init__(self, **values: Any) -> None:
        try:
            super().__init__(**values)
        except ValidationError as error:
            raise ParameterError(one_line(error, type(self))) from None

    def changed(self, **changes: Any) -> Self:
        """The same set with some values changed, validated anew."""
        return type(self)(**{**self.given(), **changes})

    def given(self) -> dict[str, Any]:
        """Every value, as validated, by name."""
        return {name: getattr(self, name) for name in type(self).model_fields}

    def per_member(self) -> Iterator[tuple[str, tuple[float, ...]]]:
        """Names and values of the parameters that differ from member to member."""
        for name, field in type(self).model_fields.items():
            value = getattr(self, name)
            if field.annotation is not None and is_per_member(field) and isinstance(value, tuple):
                yield name, value

    def for_member(self, index: int) -> Self:
        """The set that one member of an ensemble has."""
        chosen = {name: values[index] for name, values in self.per_member()}
        return self.changed(**chosen) if chosen else self


def is_per_member(field: Any) -> bool:
    """Whether a pydantic field was annotated `PerMember`."""
    return any(isinstance(m, BeforeValidator) and m.func is _as_tuple for m in field.metadata)


def one_line(error: ValidationError, model: type[BaseModel]) -> str:
    """The first problem of a pydantic error as `parameter: rule, value got, remedy`."""
    problem = error.errors(include_url=False)[0]
    where = ".".join(
        str(part) for part in problem["loc"] if isinstance(part, str) and part in model.model_fields
    )
    got = problem.get("input")
    kind = problem["type"]
    if kind == "extra_forbidden":
        unknown = str(problem["loc"][-1])
        return f"{unknown}: {model.__name__} has no such parameter; {nearest(unknown, model.model_fields)}"
    if kind == "missing":
        return f"{problem['loc'][-1]}: must be given; {model.__name__} has no default for it"
    if kind == "value_error":
        message = str(problem["ctx"]["error"])
        return message if not where or message.startswith(where) else f"{where}: {message}"
    shown = repr(got)
    shown = shown if len(shown) <= 60 else shown[:57] + "..."
    rule = problem["msg"][0].lower() + problem["msg"][1:]
    rule = rule.replace("input should be", "must be").replace("input should", "must")
    return f"{where or problem['loc'][0] if problem['loc'] else model.__name__}: {rule}, got {shown}"
