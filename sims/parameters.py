"""Validated parameter sets: unknown keys refused, one-line errors, values that may differ from member to member."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeAlias, get_args

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import core_schema

from ergodica.numerics.errors import ParameterError, nearest


class Each(tuple[float, ...]):
    """One value for each member. Compared with a number, it is the statement for every member.

    So the range of a field, `Field(gt=0)`, holds for a number and for one number a member alike.
    """

    __slots__ = ()

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_before_validator_function(
            _as_list,
            core_schema.no_info_after_validator_function(
                cls, core_schema.list_schema(core_schema.float_schema(allow_inf_nan=False), min_length=1)
            ),
            serialization=core_schema.plain_serializer_function_ser_schema(list),
        )

    def __gt__(self, bound: Any) -> bool:
        return all(value > bound for value in self)

    def __ge__(self, bound: Any) -> bool:
        return all(value >= bound for value in self)

    def __lt__(self, bound: Any) -> bool:
        return all(value < bound for value in self)

    def __le__(self, bound: Any) -> bool:
        return all(value <= bound for value in self)


def _same(one: Any, other: Any) -> bool:
    return one is other or (isinstance(one, str) and isinstance(other, str) and one == other)


def _as_list(value: Any) -> Any:
    return value.tolist() if hasattr(value, "tolist") else list(value) if isinstance(value, tuple) else value


if TYPE_CHECKING:
    # formulas are written for one member; `for_member` sees to it
    PerMember: TypeAlias = float
else:
    PerMember = float | Each
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

    owned: ClassVar[Mapping[str, str]] = {}
    """Fields that are dictionaries of parameters, each with the field that names what they belong to."""

    @classmethod
    def merged(cls, base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
        """`base` with `changes`: dictionaries of parameters merge as long as they belong to the same thing."""
        values = {**base, **changes}
        for name, owner in cls.owned.items():
            if owner in changes and not _same(changes[owner], base.get(owner)):
                values[name] = changes.get(name, {})
            elif isinstance(changes.get(name), Mapping):
                values[name] = {**base.get(name, {}), **changes[name]}
        return values

    def changed(self, **changes: Any) -> Self:
        """The same set with some values changed, validated anew."""
        return type(self)(**self.merged(self.given(), changes))

    def given(self) -> dict[str, Any]:
        """Every value, as validated, by name."""
        return {name: getattr(self, name) for name in type(self).model_fields}

    def per_member(self) -> Iterator[tuple[str, Each]]:
        """Names and values of the parameters that differ from member to member."""
        for name in type(self).model_fields:
            value = getattr(self, name)
            if isinstance(value, Each):
                yield name, value

    def for_member(self, index: int) -> Self:
        """The set that one member of an ensemble has."""
        chosen = {name: values[index] for name, values in self.per_member()}
        return self.changed(**chosen) if chosen else self


class OneMember:
    """The numbers of one member of an ensemble as attributes, read from its set without validating a set anew."""

    def __init__(self, simulation: Any, member: int) -> None:
        self.simulation, self.member = simulation, member

    def __getattr__(self, name: str) -> float:
        value = getattr(self.simulation, name)
        return float(value[self.member] if isinstance(value, tuple) else value)


def is_per_member(field: FieldInfo) -> bool:
    """Whether a field takes one number for each member."""
    return Each in get_args(field.annotation)


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
    name = where or (str(problem["loc"][0]) if problem["loc"] else model.__name__)
    remedy = _remedy(model.model_fields.get(name))
    return f"{name}: {rule}, got {shown}{remedy}"


def _remedy(field: FieldInfo | None) -> str:
    """What to give instead, read from the field."""
    if field is None:
        return ""
    if field.is_required():
        return f"; it is the {field.description}" if field.description else ""
    return f"; the default is {field.get_default(call_default_factory=True)!r}"
