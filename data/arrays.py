"""Measured data, or data from elsewhere, as a dataset that keeps the contract."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.data.declarations import MEMBER, TIME, Variable, checked_dims
from ergodica.data.labels import find_labels
from ergodica.data.provenance import make_attrs
from ergodica.data.schema import KIND, cast, coordinate_variable, header, store

if TYPE_CHECKING:
    import xarray as xr

FIRST = (MEMBER, TIME)
LAST = ("space", "component")
KIND_OF_DIM = {"particle": "agents", "component": "states", "x": "field", "y": "field", "z": "field"}
WIDER = {"bool": "int8", "float16": "float32"}


def from_arrays(
    arrays: Mapping[str, Any],
    *,
    title: str,
    t: Any = None,
    dims: Mapping[str, Sequence[str]] | None = None,
    units: Mapping[str, str] | None = None,
    long_names: Mapping[str, str] | None = None,
    kinds: Mapping[str, str] | None = None,
    coordinates: Mapping[str, Any] | None = None,
    source: str = "",
    references: str = "",
    config: Mapping[str, Any] | None = None,
) -> "xr.Dataset":
    """A dataset like a simulation's from arrays, so that estimators, pictures and networks take it.

    ```python
    ds = from_arrays(
        {"speed": speed}, title="swimming speed of one fish", t=seconds, units={"speed": "cm s-1", "t": "s"}
    )
    ```

    Args:
        arrays: values by name: anything numpy takes, or DataArrays, whose dims, coordinates, `units`,
            `long_name` and `ergodica_kind` hold unless given here. Complex ones become a pair; lazy ones
            stay lazy.
        title: what the dataset is, in one line.
        t: times, increasing; not needed when a DataArray has a coordinate `t`.
        dims: names of each array's axes; not needed for one axis as long as `t`.
        units: for each variable (required), `t` and each coordinate (else "1"); "1" for a pure number.
        long_names: what each is, in words; else its name.
        kinds: the kind of each variable; else "agents" along `particle` and `space`, "agent_values" along
            `particle` alone, "states" along `component`, "field" along `x`, `y` or `z`, "series" along `t` alone.
        coordinates: values of the other dimensions by name: arrays, DataArrays or Coordinates. `particle`,
            `component`, `space` and `mode` are numbered if not given. Text along a dimension becomes
            `<dimension>_name`.
        source: how the data were obtained.
        references: papers that describe them.
        config: whatever else should be kept, see `ergodica.data.configuration`.

    Returns:
        A dataset ordered `(member, t, ..., space or component)` that passes `data.check`.

    Raises:
        ValueError: something is missing or contradicts; the message says how to give it.
    """
    import xarray as xr

    if not arrays:
        raise ValueError("arrays: must hold at least one array, got none; give {name: values}")
    length = None if t is None else np.size(t)
    labelled = {
        name: _labelled(name, values, (dims or {}).get(name), length) for name, values in arrays.items()
    }
    _check_known(
        {*arrays},
        {"dims": dims or {}, "kinds": kinds or {}},
    )
    labels = find_labels(labelled, t, coordinates or {}, units or {}, long_names or {})
    _check_known({*arrays, *labels}, {"units": units or {}, "long_names": long_names or {}})
    if TIME in labels and not (np.diff(labels[TIME].values) > 0).all():
        raise ValueError("t: must increase strictly, got repeated or falling times; sort the frames by time")
    variables = {
        name: _declared(
            name, one, (units or {}).get(name), (long_names or {}).get(name), (kinds or {}).get(name)
        )
        for name, one in labelled.items()
    }
    attrs = make_attrs(
        title=title, references=references, config={"made_by": "from_arrays", **(config or {})}
    )
    attrs["source"] = "; ".join(filter(None, (source, attrs["source"])))

    promise = header(
        [one for one in variables.values() if TIME in one.dims],
        [one for name, one in labels.items() if name != MEMBER and (name == TIME or TIME not in one.dims)],
        attrs,
        members=len(labels[MEMBER].values) if MEMBER in labels else None,
        # only names and sizes are checked here, so nothing is read
        static={
            name: (one, np.broadcast_to(np.zeros((), one.dtype), labelled[name].shape))
            for name, one in variables.items()
            if TIME not in one.dims
        },
    )
    contents: dict[str, xr.Variable] = {}
    for name, variable in variables.items():
        contents |= store(variable, variable.dims, cast(variable, labelled[name].data))
    known = {name: one.variable for name, one in promise.coords.items() if name not in FIRST}
    own = {
        name: coordinate_variable(one) for name, one in labels.items() if name == MEMBER or TIME in one.dims
    }
    return xr.Dataset(contents, {**own, **known}, promise.attrs)


def _labelled(name: str, values: Any, dims: Sequence[str] | None, length: int | None) -> "xr.DataArray":
    """The values with named axes in the contract's order and a type that can be stored."""
    import xarray as xr

    array = values if isinstance(values, xr.DataArray) else None
    dims = None if dims is None else checked_dims(name, dims)
    if array is None:
        plain = _as_array(name, values)
        if dims is None and plain.ndim == 1 and len(plain) == length:
            dims = (TIME,)
        if dims is None or len(dims) != plain.ndim:
            raise ValueError(
                f"{name}: dims must name each of its {plain.ndim} axes, got {dims!r}; "
                f"give dims={{{name!r}: ('t', ...)}}"
            )
        array = xr.DataArray(plain, dims=dims)
    elif dims is not None:
        if len(dims) != array.ndim:
            raise ValueError(
                f"{name}: dims must name each of its {array.ndim} axes, got {dims!r}; name them all"
            )
        array = array.rename(dict(zip(array.dims, dims, strict=True)))
    if "time" in array.dims:
        raise ValueError(f"{name}: the sampled dimension must be named 't', got 'time'; rename it to 't'")
    array = array.drop_vars([key for key, one in array.coords.items() if one.ndim == 0])
    if array.dtype.name in WIDER:
        array = array.astype(WIDER[array.dtype.name])
    last = [dim for dim in LAST if dim in array.dims]
    return array.transpose(*(dim for dim in FIRST if dim in array.dims), ..., *last)


def _as_array(name: str, values: Any) -> Any:
    if hasattr(values, "dtype"):
        return values
    try:
        return np.asarray(values)
    except ValueError:
        raise ValueError(
            f"{name}: must be an array of numbers, got rows of unequal length; fill them up"
        ) from None


def _declared(
    name: str, array: "xr.DataArray", units: str | None, long_name: str | None, kind: str | None
) -> Variable:
    units = units or array.attrs.get("units")
    if units is None:
        raise ValueError(
            f"{name}: units must be given, got none; give units={{{name!r}: ...}}, '1' for a pure number"
        )
    kind = kind or array.attrs.get(KIND) or _kind(array)
    if kind is None:
        raise ValueError(
            f"{name}: kind must be given for dimensions {array.dims}, got none; give kinds={{{name!r}: ...}}"
        )
    if array.dtype.kind not in "iufc":
        raise ValueError(f"{name}: must be numbers, got {array.dtype}; give text as a coordinate")
    return Variable(
        name=name,
        dims=tuple(str(dim) for dim in array.dims),
        units=units,
        long_name=long_name or array.attrs.get("long_name") or name.replace("_", " "),
        kind=kind,
        dtype=array.dtype.name,
    )


def _kind(array: "xr.DataArray") -> str | None:
    if set(array.dims) <= {*FIRST}:
        return "series" if TIME in array.dims else "parameter"
    if "particle" in array.dims and "space" not in array.dims:
        return "agent_values"
    return next((kind for dim, kind in KIND_OF_DIM.items() if dim in array.dims), None)


def _check_known(known: set[str], given: Mapping[str, Mapping[str, Any]]) -> None:
    for argument, by_name in given.items():
        unknown = sorted(set(by_name) - known)
        if unknown:
            raise ValueError(f"{argument}: must name what is there, got {unknown}; known are {sorted(known)}")
