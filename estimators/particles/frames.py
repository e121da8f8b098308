"""Measures of particles, frame by frame: from positions over `particle` and `space` to values over other dimensions."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ergodica.estimators.arrays import Array
from ergodica.estimators.schools.data import PARTICLE, SPACE, lengths, variable
from ergodica.numerics.errors import ParameterError
from ergodica.numerics.geometry import Box

if TYPE_CHECKING:
    import xarray as xr

POSITION, UNWRAPPED = "position", "unwrapped"
ORIENTATIONS = ("heading", "propulsion", "velocity")

Frame = Callable[..., Sequence[Any]]
"""From arrays `(particle, space)`, one a variable, and the lengths `(space,)`, to one array an output."""


@dataclass(frozen=True, kw_only=True)
class Output:
    """One variable of a result.

    Args:
        units, long_name: its attributes.
        dims: of the result of one frame, beyond `member` and `t`.
        kind: `ergodica_kind` where there are such dims; without any it is `series`.
    """

    units: str
    long_name: str
    dims: tuple[str, ...] = ()
    kind: str = "agent_values"


def frame_by_frame(
    function: Frame,
    dataset: "xr.Dataset",
    names: tuple[str, ...],
    outputs: Mapping[str, Output],
    method: str,
    sizes: Mapping[str, int] | None = None,
) -> "xr.Dataset":
    """`function` of every frame of every member, lazy where the variables are chunked along `t` or `member`.

    Args:
        function: of one frame; depends on nothing else, so that chunks do not matter.
        dataset: with the variables `names` over `particle` and `space`.
        outputs: what it gives, in this order.
        method: put into the attributes.
        sizes: lengths of the new dimensions of the outputs.

    Returns:
        A variable an output, over the dims of the variables but `particle` and `space`, then its own. NaN where a
        value of the frame is not finite.
    """
    import xarray as xr

    inputs = [variable(dataset, name) for name in names]
    particles, space = inputs[0].sizes[PARTICLE], inputs[0].sizes[SPACE]
    for other in inputs[1:]:
        if (other.sizes[PARTICLE], other.sizes[SPACE]) != (particles, space):
            raise ParameterError(
                f"{other.name}: must be for the particles and axes of {inputs[0].name}, got "
                f"{other.sizes[PARTICLE]} and {other.sizes[SPACE]} for {particles} and {space}; select the same"
            )
    box = lengths(dataset, space)
    known = {PARTICLE: particles, SPACE: space, **(sizes or {})}
    shapes = [tuple(known[dim] for dim in output.dims) for output in outputs.values()]

    def rows(*arrays: Any) -> tuple[Array, ...]:
        leading = np.broadcast_shapes(*(a.shape[:-2] for a in arrays[:-1]), arrays[-1].shape[:-1])
        core = [a.shape[-2:] for a in arrays[:-1]] + [arrays[-1].shape[-1:]]
        flat = [
            np.broadcast_to(a, (*leading, *shape)).reshape((-1, *shape))
            for a, shape in zip(arrays, core, strict=True)
        ]
        results = [np.full((len(flat[0]), *shape), np.nan) for shape in shapes]
        for row in range(len(flat[0])):
            frame = [np.ascontiguousarray(a[row], dtype=np.float64) for a in flat]
            if all(np.isfinite(a).all() for a in frame[:-1]):
                for result, values in zip(results, function(*frame), strict=True):
                    result[row] = values
        return tuple(
            result.reshape((*leading, *shape)) for result, shape in zip(results, shapes, strict=True)
        )

    found = xr.apply_ufunc(
        rows if len(outputs) > 1 else lambda *arrays: rows(*arrays)[0],
        *inputs,
        box,
        input_core_dims=[[PARTICLE, SPACE]] * len(inputs) + [[SPACE]],
        output_core_dims=[list(output.dims) for output in outputs.values()],
        join="exact",
        dask="parallelized",
        output_dtypes=[np.float64] * len(outputs),
        dask_gufunc_kwargs={
            "output_sizes": {dim: known[dim] for output in outputs.values() for dim in output.dims}
        },
        keep_attrs=False,
    )
    found = found if len(outputs) > 1 else (found,)
    result = xr.Dataset()
    for values, (name, output) in zip(found, outputs.items(), strict=True):
        result[name] = described(values, output, method)
    for label, coordinate in inputs[0].coords.items():
        if label in result.coords:
            result.coords[label].attrs = dict(coordinate.attrs)
    return result


def described(values: "xr.DataArray", output: Output, method: str) -> "xr.DataArray":
    """The values with their attributes, and only these."""
    kind = "series" if set(values.dims) <= {"member", "t"} else output.kind
    values.attrs = {
        "units": output.units,
        "long_name": output.long_name,
        "method": method,
        "ergodica_kind": kind,
    }
    return values


def coordinate(
    dim: str, values: NDArray, units: str, long_name: str
) -> "tuple[str, NDArray, dict[str, str]]":
    """A coordinate along `dim` as xarray takes it."""
    return dim, np.asarray(values), {"units": units, "long_name": long_name}


def units_of(dataset: "xr.Dataset", name: str = POSITION) -> str:
    """Units of a variable; "1" where none are told."""
    return str(dataset[name].attrs.get("units", "1")) or "1"


def power(units: str, exponent: int) -> str:
    """Units to a power, as UDUNITS writes it."""
    return "1" if units == "1" else f"({units}){exponent}" if " " in units else f"{units}{exponent}"


def one_box(dataset: "xr.Dataset", needs: str) -> Box:
    """The box of all frames and members, of the dataset's own dimensions.

    Args:
        dataset: with positions.
        needs: what is measured, for the error.

    Raises:
        ParameterError: it differs between members or times.
    """
    components = variable(dataset, POSITION).sizes[SPACE]
    values = np.asarray(lengths(dataset, components).transpose(..., SPACE).values)
    rows = values.reshape(-1, components)
    if len(rows) == 0 or not (rows == rows[0]).all():
        raise ParameterError(
            f"box: must be one for all members and times to have {needs} on common places, got several; "
            "select those of one box with .isel(member=...)"
        )
    return Box(tuple(rows[0]))


def periodic_box(dataset: "xr.Dataset", needs: str) -> Box:
    """`one_box`, periodic along every axis.

    Raises:
        ParameterError: an axis is open.
    """
    box = one_box(dataset, needs)
    if not all(box.periodic):
        raise ParameterError(
            f"box: must be periodic along every axis for {needs}, got lengths {list(box.lengths)}; "
            "simulate in a periodic box, or give box(space)"
        )
    return box


def positive(name: str, value: Any, remedy: str) -> float:
    """`value` as a float, if it is a positive finite number.

    Raises:
        ParameterError: it is not.
    """
    good = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    if not good or not 0 < float(value) < np.inf:
        raise ParameterError(f"{name}: must be positive and finite, got {value!r}; {remedy}")
    return float(value)
