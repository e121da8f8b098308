"""What a system declares about its dataset: its variables and its coordinates."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ergodica.data.attributes import check_attributes, check_name

TIME = "t"
MEMBER = "member"
REALIZATION = "realization"
"""Of the draws of a forecast."""
FORECAST, OWN_TRUTH = "forecast", "_truth"
"""Kind of a variable that is forecast, and what ends the name of the one that came."""
INTEGER_TYPES = tuple(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64))
STORED_TYPES = (*INTEGER_TYPES, "float32", "float64")
COMPLEX_TYPES = {"complex64": "float32", "complex128": "float64"}


@dataclass(frozen=True, kw_only=True)
class Variable:
    """One stored variable, as a system declares it.

    Args:
        name: a letter, then letters, digits or underscores.
        dims: logical dimensions without `member`; `t` first when sampled over time.
        units: UDUNITS text; "1" for a pure number.
        long_name: what it is, in words.
        kind: what it is to pictures and estimators: field, agents, states, series, spectrum, plane,
            parameter and so on.
        dtype: a real or integer numpy type, or complex64 or complex128 (stored as a real pair).

    Raises:
        ValueError: any of these rules is broken.
    """

    name: str
    dims: tuple[str, ...]
    units: str
    long_name: str
    kind: str
    dtype: str = "float64"

    def __post_init__(self) -> None:
        check_name(self.name, "variable")
        object.__setattr__(self, "dims", checked_dims(self.name, self.dims))
        object.__setattr__(self, "dtype", _type_name(self.dtype))
        _check_member_first(self.name, self.dims)
        for attribute in ("units", "long_name"):
            _check_text(self.name, attribute, getattr(self, attribute))
        check_name(self.kind, f"{self.name}: kind")
        if self.dtype not in STORED_TYPES and self.dtype not in COMPLEX_TYPES:
            raise ValueError(
                f"{self.name}: dtype must be an integer, float32, float64, complex64 or complex128, "
                f"got {self.dtype}; convert it, truth values to int8"
            )
        if TIME in self.dims and self.dims.index(TIME) != (1 if MEMBER in self.dims[:1] else 0):
            raise ValueError(f"{self.name}: dims must have 't' first, got {self.dims}; reorder them")
        if self.name in self.dims:
            raise ValueError(
                f"{self.name}: must not be named like one of its dimensions, got {self.dims}; rename the "
                "variable, or xarray makes it a coordinate"
            )


@dataclass(frozen=True, kw_only=True)
class Coordinate:
    """Labels along dimensions: a dimension's own (`x(x)`) or others beside it (`component_name(component)`).

    Args:
        name: a letter, then letters, digits or underscores.
        dims: its dimensions; exactly `(name,)` for a dimension's own coordinate.
        values: real numbers, or text for a coordinate beside the dimension's own.
        units: UDUNITS text; "1" for a pure number; not written for text.
        long_name: what it is, in words.
        attrs: further attributes (text, numbers).

    Raises:
        ValueError: any of these rules is broken, or a dimension's own coordinate is text, not finite or not
            strictly monotonic.
    """

    name: str
    dims: tuple[str, ...]
    values: np.ndarray
    units: str
    long_name: str
    attrs: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_name(self.name, "coordinate")
        object.__setattr__(self, "dims", checked_dims(self.name, self.dims))
        _check_member_first(self.name, self.dims)
        values = _as_text(self.name, np.asarray(self.values))
        object.__setattr__(self, "values", values)
        _check_text(self.name, "long_name", self.long_name)
        if values.dtype.kind != "U":
            _check_text(self.name, "units", self.units)
            if values.dtype.name not in STORED_TYPES:
                raise ValueError(
                    f"{self.name}: values must be real numbers or text, got {values.dtype}; convert them"
                )
        if values.ndim != len(self.dims):
            raise ValueError(
                f"{self.name}: values must have one axis for each of the dimensions {self.dims}, "
                f"got shape {values.shape}; reshape them"
            )
        check_attributes(self.attrs, self.name)
        if "axis" in self.attrs:
            raise ValueError(f"{self.name}: attribute 'axis' is for coordinates of the Earth; leave it out")
        if self.name in self.dims:
            _check_index(self.name, self.dims, values)


def checked_dims(name: str, dims: object) -> tuple[str, ...]:
    """The dimensions of `name` as a tuple of distinct names, or a ValueError."""
    if isinstance(dims, str) or not isinstance(dims, Sequence):
        raise ValueError(f"{name}: dims must be a tuple of names, got {dims!r}; write ({dims!r},)")
    for dim in dims:
        check_name(dim, f"{name}: dimension")
    if len(set(dims)) != len(dims):
        raise ValueError(f"{name}: dims must differ from each other, got {tuple(dims)}; name each once")
    return tuple(dims)


def _type_name(dtype: object) -> str:
    try:
        return str(np.dtype(dtype).name)  # type: ignore[call-overload]
    except TypeError:
        return str(dtype)


def _check_member_first(name: str, dims: tuple[str, ...]) -> None:
    if MEMBER in dims and dims[0] != MEMBER:
        raise ValueError(f"{name}: dims must have 'member' first, got {dims}; reorder them")


def _check_text(name: str, attribute: str, text: object) -> None:
    if not isinstance(text, str) or not text.strip():
        remedy = "write '1' for a pure number" if attribute == "units" else "say in words what it is"
        raise ValueError(f"{name}: {attribute} must be filled text, got {text!r}; {remedy}")


def _as_text(name: str, values: np.ndarray) -> np.ndarray:
    """Any kind of text as numpy's fixed-width one, which is what reading a file gives; numbers as they are."""
    if values.dtype.kind not in "OT":
        return values
    if not all(isinstance(value, str) for value in values.flat):
        raise ValueError(
            f"{name}: values must be real numbers or text, got a mixture {values.tolist()!r}; convert them"
        )
    return np.array(values.tolist(), dtype=np.str_).reshape(values.shape)


def _check_index(name: str, dims: tuple[str, ...], values: np.ndarray) -> None:
    if dims != (name,):
        raise ValueError(
            f"{name}: a coordinate named like a dimension must have only that, got {dims}; rename it"
        )
    if values.dtype.kind == "U":
        raise ValueError(
            f"{name}: must not be text, got {values.tolist()!r}; number it and add {name}_name({name})"
        )
    steps = np.diff(values.astype(np.float64))
    if not np.isfinite(values).all() or not ((steps > 0).all() or (steps < 0).all()):
        raise ValueError(
            f"{name}: values must be finite and strictly monotonic; sort them and drop repetitions"
        )
