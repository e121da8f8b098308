"""Coordinates found or made for arrays that come without declarations."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.data.declarations import MEMBER, TIME, Coordinate

if TYPE_CHECKING:
    import xarray as xr

# dimensions that only count, so that 0, 1, 2 ... is a true coordinate
COUNTING = {
    MEMBER: "ensemble member",
    "particle": "particle number",
    "component": "component number",
    "space": "number of the direction in space",
    "mode": "mode number",
}
OWN_WORDS = ("units", "long_name", "axis")


def find_labels(
    arrays: "Mapping[str, xr.DataArray]",
    t: Any,
    coordinates: Mapping[str, Any],
    units: Mapping[str, str],
    long_names: Mapping[str, str],
) -> dict[str, Coordinate]:
    """Every coordinate of the arrays by name: those given first, then the arrays' own, then numbers.

    Raises:
        ValueError: a dimension has no coordinate, two arrays contradict, or a size does not fit.
    """
    offers = dict(coordinates) if t is None else {**coordinates, TIME: t}
    labels = {
        one.name: one for name, values in offers.items() for one in _made(name, values, units, long_names)
    }
    for owner, array in arrays.items():
        for name, values in array.coords.items():
            for one in _made(str(name), values, units, long_names):
                if str(name) not in offers and one.name not in offers:
                    _add(labels, one, owner)
        for dim, size in array.sizes.items():
            if dim not in labels and dim in COUNTING:
                labels[str(dim)] = numbered(str(dim), size, long_names)
            _check_size(owner, str(dim), size, labels)
    both = sorted(set(labels) & set(arrays))
    if both:
        raise ValueError(f"{both[0]}: must be a variable or a coordinate, got both; rename one of them")
    _check_members(labels)
    return labels


def numbered(dim: str, size: int, long_names: Mapping[str, str]) -> Coordinate:
    """The coordinate 0, 1, 2 ... of a dimension that counts."""
    words = long_names.get(dim, COUNTING.get(dim, f"{dim} number"))
    return Coordinate(name=dim, dims=(dim,), values=np.arange(size), units="1", long_name=words)


def _made(
    name: str, values: Any, units: Mapping[str, str], long_names: Mapping[str, str]
) -> Iterator[Coordinate]:
    """One coordinate, or numbers and names for text along a dimension."""
    if isinstance(values, Coordinate):
        yield values
        return
    attrs = dict(getattr(values, "attrs", {}))
    array = np.asarray(values)
    if array.ndim != 1 and name == TIME:
        raise ValueError(f"t: must have one axis, got shape {array.shape}; give one time for each frame")
    dims = tuple(str(dim) for dim in getattr(values, "dims", (name,)))
    if array.dtype.kind in "mM":
        raise ValueError(
            f"{name}: must be numbers, got {array.dtype}; "
            "subtract the first and divide by np.timedelta64(1, 's')"
        )
    words = long_names.get(name) or attrs.get("long_name") or name.replace("_", " ")
    if array.dtype.kind in "OUT" and dims == (name,):
        yield numbered(name, len(array), long_names)
        yield Coordinate(
            name=f"{name}_name", dims=dims, values=array, units="1", long_name=f"name of the {words}"
        )
        return
    yield Coordinate(
        name=name,
        dims=dims,
        values=array.astype(np.float64) if name == TIME and array.dtype.kind in "iuf" else array,
        units=units.get(name) or attrs.get("units") or "1",
        long_name=words,
        attrs={key: value for key, value in attrs.items() if key not in OWN_WORDS},
    )


def _add(labels: dict[str, Coordinate], one: Coordinate, owner: str) -> None:
    there = labels.setdefault(one.name, one)
    if there.dims != one.dims or not np.array_equal(there.values, one.values):
        raise ValueError(
            f"{owner}: its coordinate '{one.name}' must equal that of the others, got different values; "
            f"align them or give coordinates={{{one.name!r}: ...}}"
        )


def _check_members(labels: Mapping[str, Coordinate]) -> None:
    if MEMBER in labels and labels[MEMBER].values.dtype.kind not in "iu":
        raise ValueError(
            f"member: must be whole numbers, got {labels[MEMBER].values.dtype}; "
            "number the members and give the values under another name"
        )


def _check_size(owner: str, dim: str, size: int, labels: Mapping[str, Coordinate]) -> None:
    if dim not in labels:
        remedy = "give t=" if dim == TIME else f"give coordinates={{{dim!r}: ...}}"
        raise ValueError(f"{owner}: its dimension '{dim}' must have a coordinate, got none; {remedy}")
    if len(labels[dim].values) != size:
        raise ValueError(
            f"{owner}: must have size {len(labels[dim].values)} along '{dim}', got {size}; "
            "cut the array or the coordinate"
        )
