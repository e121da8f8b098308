"""What is drawn of a dataset: whole complex variables, one member, the frames that are there."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.data.complex_pairs import PART, SUFFIXES, WHOLE, complex_pairs, join_complex
from ergodica.data.pictures.companions import ERROR, OWN_ERROR, with_companions
from ergodica.data.pictures.thin import evenly

if TYPE_CHECKING:
    import xarray as xr

MEDIAN_VALUES = 20_000_000
FEWEST_MEMBERS = 100
WITH_ERRORS = ("agent_values", "exponents", "parameter", "parts", "profile", "power_law", "vector_field")


def variables(dataset: "xr.Dataset") -> "dict[str, xr.DataArray]":
    """The variables to draw by name, complex pairs joined under their whole name.

    A pair is read piece by piece while it is drawn, so that a large file need not fit into memory.
    """
    dataset = _with_pair_attributes(dataset)
    pairs = complex_pairs(dataset.data_vars)
    part_of = {part: whole for whole, parts in pairs.items() for part in parts.values()}
    found: dict[str, xr.DataArray] = {}
    for key in dataset.data_vars:
        name = str(key)
        if name not in part_of:
            found[name] = dataset[name]
        elif part_of[name] not in found:
            found[part_of[name]] = join_complex(dataset, part_of[name], lazy=True)
    return with_companions(_with_errors(found))


def listed(data: "xr.DataArray | xr.Dataset") -> "list[xr.DataArray]":
    """One variable, or all of a dataset, as a list."""
    import xarray as xr

    return [data[name] for name in data.data_vars] if isinstance(data, xr.Dataset) else [data]


def one_member(variable: "xr.DataArray", member: int | None = None) -> "xr.DataArray":
    """One member of an ensemble (the first unless told); what has no members comes back as it is.

    Raises:
        ValueError: there is no such member.
    """
    if "member" not in variable.dims:
        return variable
    if member is None:
        return variable.isel(member=0)
    numbers = member_numbers(variable).values
    found = np.flatnonzero(numbers == member) if isinstance(member, (int, np.integer)) else np.empty(0)
    if not found.size or isinstance(member, bool):
        first, last = numbers.min(), numbers.max()
        some = ", ".join(map(str, numbers[:8])) + ", ..." * (len(numbers) > 8)
        allowed = f"between {first} and {last}" if last - first < len(numbers) else f"one of {some}"
        raise ValueError(f"member: must be {allowed}, got {member!r}; choose one that was run")
    return variable.isel(member=int(found[0]))


def member_numbers(data: "xr.DataArray | xr.Dataset") -> "xr.DataArray":
    """The numbers of the members: the coordinate, or 0, 1, 2, ... where it holds something else."""
    import xarray as xr

    numbers = np.asarray(data["member"].values) if "member" in data.coords else np.empty(0)
    if numbers.dtype.kind not in "iu":
        numbers = np.arange(data.sizes["member"])
    return xr.DataArray(numbers, dims="member", coords={"member": numbers})


def member_words(variable: "xr.DataArray", member: int | None = None) -> str:
    """`member 3 (0 to 63)`, or nothing where there are no members."""
    if "member" not in variable.dims:
        return ""
    numbers = member_numbers(variable).values
    among = f" ({numbers.min()} to {numbers.max()})" if len(numbers) > 1 else ""
    return f"member {numbers[0] if member is None else member}{among}"


def some_members(variable: "xr.DataArray", values: int = MEDIAN_VALUES) -> "xr.DataArray":
    """All members, or evenly chosen ones where reading all would take long; at least a hundred."""
    count = variable.sizes.get("member", 1)
    most = max(FEWEST_MEMBERS, values * count // max(variable.size, 1))
    return variable if count <= most else variable.isel(member=evenly(count, most))


def require_frames(variable: "xr.DataArray", least: int = 1) -> None:
    """Refuse a variable with too few frames.

    Raises:
        ValueError: fewer than `least` frames, or another dimension is empty.
    """
    name = variable.name
    if "t" in variable.dims and variable.sizes["t"] < least:
        got = variable.sizes["t"]
        remedy = "run it first" if got == 0 else "record more snapshots or use plot for a still"
        raise ValueError(
            f"{name}: must have at least {least} frame{'s' * (least > 1)} over t, got {got}; {remedy}"
        )
    empty = [str(dim) for dim, size in variable.sizes.items() if size == 0]
    if empty:
        raise ValueError(
            f"{name}: must not be empty, got size 0 along {empty[0]}; select something that is there"
        )


def conserved(dataset: "xr.Dataset") -> tuple[str, ...]:
    """Names of the variables that should stay constant: by their attribute, or named in the config."""
    import json

    try:
        config = json.loads(str(dataset.attrs.get("ergodica_config", "{}")))
    except ValueError:
        config = {}
    named = config.get("conserved", ()) if isinstance(config, Mapping) else ()
    named = {str(one) for one in named} if isinstance(named, (list, tuple)) else set()
    return tuple(
        str(name)
        for name, variable in dataset.data_vars.items()
        if "t" in variable.dims and (variable.attrs.get("ergodica_conserved") == "true" or name in named)
    )


def rows(variable: "xr.DataArray", along: str) -> "tuple[np.ndarray, list[dict[str, Any]]]":
    """All lines of a variable along one dimension.

    Returns:
        Values, shape `(lines, n)`, and for each line its place along the other dimensions.
    """
    others = [str(dim) for dim in variable.dims if dim != along]
    values = np.asarray(variable.transpose(*others, along).values)
    shape = values.shape[:-1]
    places = [dict(zip(others, map(int, place), strict=True)) for place in np.ndindex(*shape)]
    return values.reshape(len(places), values.shape[-1]), places


def _with_errors(found: "dict[str, xr.DataArray]") -> "dict[str, xr.DataArray]":
    # what is drawn with error bars carries them as a coordinate, as it knows nothing of its dataset
    return {name: _with_error(name, one, found) for name, one in found.items()}


def _with_error(name: str, one: "xr.DataArray", found: "dict[str, xr.DataArray]") -> "xr.DataArray":
    """Its own errors, or those that the dataset has for all of its dims."""
    error = found.get(f"{name}{OWN_ERROR}", found.get(ERROR))
    if error is None or name == ERROR or one.attrs.get("ergodica_kind") not in WITH_ERRORS:
        return one
    return one.assign_coords({ERROR: error.variable}) if one.dims == error.dims and one.ndim else one


def _with_pair_attributes(dataset: "xr.Dataset") -> "xr.Dataset":
    # data of others name the pair by its suffixes alone
    for key in list(dataset.data_vars):
        whole = str(key).removesuffix(SUFFIXES["real"])
        other = whole + SUFFIXES["imaginary"]
        if whole == key or other not in dataset.data_vars or WHOLE in dataset[key].attrs:
            continue
        dataset = dataset.assign(
            {
                str(name): dataset[name].assign_attrs({WHOLE: whole, PART: part})
                for name, part in ((key, "real"), (other, "imaginary"))
            }
        )
    return dataset
