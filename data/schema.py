"""The dataset contract: what a system declares, and the datasets made from the declarations.

`header` makes the dataset that is written before the first step, with zero frames, so that a bad name or
attribute cannot lose a long run. `frames` makes the blocks that follow. Dimensions are ordered
`(member, t, ..., space or component)`; a complex variable is stored as a pair of real ones.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.data.attributes import check_attributes
from ergodica.data.complex_pairs import SUFFIXES, complex_names, part_attributes, split_complex
from ergodica.data.declarations import COMPLEX_TYPES, MEMBER, TIME, Coordinate, Variable

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["ERGODICA_SCHEMA", "KIND", "MEMBER", "TIME", "Coordinate", "Variable", "frames", "header"]

ERGODICA_SCHEMA = 1
KIND = "ergodica_kind"
DEFAULT_TIME_NAME = "time in the units of the model"
# xarray would add a fill value to every float; here NaN means NaN and an index is never missing
NO_FILL = {"_FillValue": None}


def header(
    variables: Iterable[Variable],
    coordinates: Iterable[Coordinate],
    attrs: Mapping[str, Any],
    *,
    members: int | None = None,
    static: Mapping[str, tuple[Variable, Any]] | None = None,
    member_coordinates: Iterable[Coordinate] = (),
) -> "xr.Dataset":
    """The dataset of a run before its first frame: all names, coordinates and attributes, `t` of size zero.

    Args:
        variables: what is sampled; those with `t` get zero frames, the others belong into `static`.
        coordinates: all but `t` and `member`; one named `t` replaces `units` and `long_name` of the time.
        attrs: global attributes, see `ergodica.data.provenance.make_attrs`.
        members: size of the leading dimension `member`; None leaves it out.
        static: variables without `t`, with their values, such as a potential or the box. One that differs
            between members names `member` first in its dims.
        member_coordinates: parameters and initial values per member, with `member` first in their dims.

    Returns:
        A dataset with every attribute set and no fill values.

    Raises:
        ValueError: a rule of the contract is broken; the message names the variable or attribute.
    """
    import xarray as xr

    if members is not None and (isinstance(members, bool) or int(members) != members or members < 1):
        raise ValueError(
            f"members: must be a whole number of at least 1 or None, got {members!r}; use members=None"
        )
    check_attributes(attrs, "global attributes")
    given = [*coordinates, *member_coordinates]
    time = next((label for label in given if label.name == TIME), _default_time())
    labels = [time_axis(time, np.empty(0)), *(label for label in given if label.name != TIME)]
    if members is not None:
        labels.append(_member_axis(int(members)))
    kept = list((static or {}).values())
    sampled = list(variables)
    _check_static(static or {}, sampled)
    everything = [*sampled, *(variable for variable, _ in kept)]
    _check_unique(
        [*(name for one in everything for name in stored_names(one)), *(label.name for label in labels)]
    )
    sizes = _sizes(labels, kept)
    _check_no_dimension_name([name for one in everything for name in stored_names(one)], labels, sizes)

    contents: dict[str, xr.Variable] = {}
    for variable in sampled:
        dims = (
            variable.dims if members is None else (MEMBER, *(dim for dim in variable.dims if dim != MEMBER))
        )
        shape = tuple(_size(variable.name, dim, sizes) for dim in dims)
        contents |= store(variable, dims, np.empty(shape, variable.dtype))
    for variable, values in kept:
        array = cast(variable, np.asarray(values))
        shape = tuple(_size(variable.name, dim, sizes) for dim in variable.dims)
        if array.shape != shape:
            raise ValueError(
                f"{variable.name}: values must have shape {shape} for dimensions {variable.dims}, "
                f"got {array.shape}; reshape them"
            )
        contents |= store(variable, variable.dims, array)
    return xr.Dataset(contents, {label.name: coordinate_variable(label) for label in labels}, dict(attrs))


def frames(header_ds: "xr.Dataset", t: Any, values: Mapping[str, Any]) -> "xr.Dataset":
    """A block of frames in the shape that `header_ds` promises.

    Args:
        header_ds: what `header` made (or the same, read back from a file).
        t: times, shape `(frames,)`.
        values: for each sampled variable, an array of shape `(frames, member, ...)`; the member axis is
            always there, of size 1 when the header has no `member`. Complex variables under their whole name.

    Returns:
        The sampled variables over `t` with the header's coordinates, without static variables and global
        attributes. Real arrays may share memory with `values`: give fresh ones for each block.

    Raises:
        ValueError: a variable is missing or unknown, or has another shape or type than declared.
    """
    import xarray as xr

    sampled = {str(name): one.variable for name, one in header_ds.data_vars.items() if TIME in one.dims}
    parts = _split(sampled, values)
    if set(parts) != set(sampled):
        missing, unknown = sorted(set(sampled) - set(parts)), sorted(set(parts) - set(sampled))
        raise ValueError(f"frames: must hold the header's variables, missing {missing}, unknown {unknown}")
    times = np.asarray(t, dtype=np.float64)
    if times.ndim != 1:
        raise ValueError(f"t: must have one axis, got shape {times.shape}; give one time a frame")
    contents = {}
    for name, promised in sampled.items():
        array = np.asarray(parts[name])
        rest = tuple(promised.sizes[dim] for dim in promised.dims if dim not in (TIME, MEMBER))
        shape = (len(times), promised.sizes.get(MEMBER, 1), *rest)
        if array.shape != shape:
            raise ValueError(
                f"{name}: frames must have shape {shape} (frame, member, ...), got {array.shape}"
            )
        array = converted(name, array, promised.dtype)
        array = np.moveaxis(array, 1, 0) if MEMBER in promised.dims else array[:, 0]
        contents[name] = xr.Variable(
            promised.dims, np.ascontiguousarray(array), dict(promised.attrs), dict(NO_FILL)
        )
    labels = {name: one.variable for name, one in header_ds.coords.items() if TIME not in one.dims}
    time = xr.Variable((TIME,), times, dict(header_ds[TIME].attrs), dict(NO_FILL))
    return xr.Dataset(contents, {TIME: time, **labels})


def stored_names(variable: Variable) -> tuple[str, ...]:
    """The names under which a variable is stored: two for a complex one."""
    if variable.dtype in COMPLEX_TYPES:
        return tuple(variable.name + suffix for suffix in SUFFIXES.values())
    return (variable.name,)


def store(variable: Variable, dims: Sequence[str], array: np.ndarray) -> "dict[str, xr.Variable]":
    """The stored xarray variables of a declared one, with attributes and encoding."""
    import xarray as xr

    attributes = {"units": variable.units, "long_name": variable.long_name, KIND: variable.kind}
    if variable.dtype not in COMPLEX_TYPES:
        return {variable.name: xr.Variable(dims, array, attributes, dict(NO_FILL))}
    halves = split_complex(variable.name, array)
    return {
        name: xr.Variable(
            dims,
            values,
            attributes
            | {"long_name": f"{variable.long_name}, {part} part"}
            | part_attributes(variable.name, part),
            dict(NO_FILL),
        )
        for (name, values), part in zip(halves.items(), SUFFIXES, strict=True)
    }


def cast(variable: Variable, array: np.ndarray) -> np.ndarray:
    """The array in the declared type."""
    return converted(variable.name, array, np.dtype(variable.dtype))


def converted(name: str, array: np.ndarray, dtype: np.dtype[Any]) -> np.ndarray:
    """The array in another type, when that keeps its values up to the rounding of a shorter float.

    Raises ValueError for a loss of kind (complex to real, real to integer), for whole numbers that do not fit and
    for numbers that would become infinite.
    """
    if array.dtype == dtype:
        return array
    if not np.can_cast(array.dtype, dtype, "same_kind"):
        raise ValueError(f"{name}: values must be of type {dtype}, got {array.dtype}; convert them")
    with np.errstate(over="ignore"):
        cast_array = array.astype(dtype)
    kept = cast_array == array if dtype.kind in "iu" else np.isfinite(cast_array) | ~np.isfinite(array)
    if not kept.all():
        raise ValueError(
            f"{name}: values must fit into {dtype}, got {array[~kept].ravel()[0]}; declare a wider type"
        )
    return cast_array


def coordinate_variable(label: Coordinate) -> "xr.Variable":
    """The xarray variable of a coordinate; text has no units."""
    import xarray as xr

    units = {} if label.values.dtype.kind == "U" else {"units": label.units}
    return xr.Variable(
        label.dims, label.values, {**units, "long_name": label.long_name, **label.attrs}, dict(NO_FILL)
    )


def time_axis(like: Coordinate, t: np.ndarray) -> Coordinate:
    """The coordinate `t` with the words of `like`; its values in double precision."""
    if like.dims != (TIME,):
        raise ValueError(
            f"t: dims must be ('t',), got {like.dims}; it is the coordinate of its own dimension"
        )
    return Coordinate(
        name=TIME,
        dims=(TIME,),
        values=np.asarray(t, np.float64),
        units=like.units,
        long_name=like.long_name,
        attrs=like.attrs,
    )


def _default_time() -> Coordinate:
    return Coordinate(name=TIME, dims=(TIME,), values=np.empty(0), units="1", long_name=DEFAULT_TIME_NAME)


def _member_axis(members: int) -> Coordinate:
    return Coordinate(
        name=MEMBER,
        dims=(MEMBER,),
        values=np.arange(members, dtype=np.int64),
        units="1",
        long_name="ensemble member",
    )


def _split(sampled: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    pairs = complex_names(sampled)
    parts: dict[str, Any] = {}
    for name, array in values.items():
        parts |= split_complex(name, np.asarray(array)) if name in pairs else {name: array}
    return parts


def _check_unique(names: Sequence[str]) -> None:
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise ValueError(
            f"{', '.join(repeated)}: names must be unique among variables and coordinates; rename one"
        )


def _check_static(static: Mapping[str, tuple[Variable, Any]], sampled: Sequence[Variable]) -> None:
    for name, (variable, _) in static.items():
        if name != variable.name:
            raise ValueError(
                f"static: the key must be the variable's name, got {name!r} for {variable.name!r}"
            )
        if TIME in variable.dims:
            raise ValueError(
                f"{name}: a static variable must not have 't', got {variable.dims}; sample it instead"
            )
    for variable in sampled:
        if TIME not in variable.dims:
            raise ValueError(
                f"{variable.name}: dims must have 't' first, got {variable.dims}; pass it in static="
            )


def _sizes(labels: Sequence[Coordinate], kept: Sequence[tuple[Variable, Any]]) -> dict[str, int]:
    own = {label.name: len(label.values) for label in labels if label.dims == (label.name,)}
    sizes = dict(own)
    for label in labels:
        for dim, size in zip(label.dims, label.values.shape, strict=True):
            if dim not in sizes and dim in (TIME, MEMBER):
                raise ValueError(
                    f"{label.name}: must not have '{dim}' without members; give members= or drop it"
                )
            if sizes.setdefault(dim, size) != size:
                raise ValueError(
                    f"{label.name}: must have size {sizes[dim]} along '{dim}', got {size}; cut or extend"
                )
    for variable, values in kept:
        for dim, size in zip(variable.dims, np.shape(values), strict=False):
            if dim != MEMBER:
                sizes.setdefault(dim, size)
    return sizes


def _size(name: str, dim: str, sizes: Mapping[str, int]) -> int:
    if dim not in sizes:
        raise ValueError(
            f"{name}: dimension '{dim}' must have a coordinate, known are {sorted(sizes)}; declare one"
        )
    return sizes[dim]


def _check_no_dimension_name(
    names: Iterable[str], labels: Sequence[Coordinate], sizes: Mapping[str, int]
) -> None:
    beside = {label.name for label in labels if label.name not in label.dims}
    for name in [*names, *beside]:
        if name in sizes:
            raise ValueError(f"{name}: must not be named like a dimension of another variable; rename it")
