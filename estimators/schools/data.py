"""A school as datasets hold it: positions and headings over `particle` and `space`, with or without a box."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.estimators.arrays import Array
from ergodica.numerics.errors import ParameterError

if TYPE_CHECKING:
    import xarray as xr

POSITION, HEADING, BOX = "position", "heading", "box"
PARTICLE, SPACE = "particle", "space"
PROPULSION = "propulsion"

Frame = Callable[..., Any]
"""From arrays `(particle, space)`, one a variable, and the lengths `(space,)`, to one number an output."""


def variable(dataset: "xr.Dataset", name: str, components: tuple[int, ...] = (2, 3)) -> "xr.DataArray":
    """A variable of agents, its dims checked.

    Args:
        dataset: that holds it.
        name: its name.
        components: how many `space` may have.

    Raises:
        TypeError: not a dataset.
        ParameterError: no such variable, not over `particle` and `space`, not real numbers, no particle, other
            than 2 or 3 components, or chunked along `particle` or `space`.
    """
    import xarray as xr

    if not isinstance(dataset, xr.Dataset):
        raise TypeError(f"dataset: must be a Dataset, got {type(dataset).__name__}; use ergodica.open(path)")
    if name not in dataset:
        have = ", ".join(map(str, dataset.data_vars)) or "no variable"
        raise ParameterError(f"dataset: must hold {name}(t, particle, space), got {have}; rename or add it")
    found = dataset[name]
    if not {PARTICLE, SPACE} <= set(found.dims):
        raise ParameterError(
            f"{name}: must have dims particle and space, got {found.dims}; rename them with .rename"
        )
    if found.dtype.kind not in "iuf":
        raise ParameterError(f"{name}: must be real numbers, got {found.dtype}; convert with .astype(float)")
    if found.sizes[PARTICLE] == 0:
        raise ParameterError(f"{name}: must have at least one particle, got 0; check the selection")
    if found.sizes[SPACE] not in components:
        raise ParameterError(
            f"{name}: space must have {' or '.join(map(str, components))} components, got {found.sizes[SPACE]}; "
            "select them"
        )
    for dim in (PARTICLE, SPACE):
        if found.chunks is not None and len(found.chunksizes[dim]) > 1:
            raise ParameterError(
                f"{name}: {dim} must be in one chunk, got {len(found.chunksizes[dim])}; "
                f"rechunk with .chunk({{{dim!r}: -1}})"
            )
    return found


def orientation(dataset: "xr.Dataset") -> str:
    """The variable that says where particles head: `heading`, without one `propulsion`."""
    return PROPULSION if HEADING not in dataset and PROPULSION in dataset else HEADING


def lengths(dataset: "xr.Dataset", components: int) -> "xr.DataArray":
    """The lengths of the box over `space`, infinite along open axes, where none or NaN is given.

    Raises:
        ParameterError: a box of other dims or sizes.
    """
    import xarray as xr

    if BOX not in dataset:
        return xr.DataArray(np.full(components, np.inf), dims=SPACE)
    box = dataset[BOX]
    if box.sizes.get(SPACE) != components or PARTICLE in box.dims:
        raise ParameterError(
            f"box: must have one length a component of space, {components}, got {dict(box.sizes)}; "
            "give box(space), NaN along open axes"
        )
    wrong = (box <= 0).any()
    if bool(wrong):
        raise ParameterError("box: lengths must be positive, got one that is not; use NaN for an open axis")
    return box.fillna(np.inf).astype(np.float64)


def each_frame(
    function: Frame,
    dataset: "xr.Dataset",
    names: tuple[str, ...],
    outputs: Mapping[str, tuple[str, str]],
    method: str,
) -> "xr.Dataset":
    """`function` of every frame of every member: a dataset of series, lazy where the variables are.

    Args:
        function: of one frame.
        dataset: with the variables `names` of agents.
        outputs: units and long name of each number that `function` gives.
        method: put into the attributes.

    Returns:
        A variable an output, over the dims of the variables but `particle` and `space`; NaN for a frame with a
        value that is not finite.
    """
    import xarray as xr

    inputs = [variable(dataset, name) for name in names]
    for other in inputs[1:]:
        for dim in (PARTICLE, SPACE):
            if other.sizes[dim] != inputs[0].sizes[dim]:
                raise ParameterError(
                    f"{other.name}: must be for as many of {dim} as {inputs[0].name}, "
                    f"got {other.sizes[dim]} for {inputs[0].sizes[dim]}; select the same ones"
                )
    box = lengths(dataset, inputs[0].sizes[SPACE])

    def rows(*arrays: Any) -> Array:
        leading = np.broadcast_shapes(*(a.shape[:-2] for a in arrays[:-1]), arrays[-1].shape[:-1])
        core = [a.shape[-2:] for a in arrays[:-1]] + [arrays[-1].shape[-1:]]
        flat = [
            np.broadcast_to(a, (*leading, *shape)).reshape((-1, *shape))
            for a, shape in zip(arrays, core, strict=True)
        ]
        result = np.full((len(flat[0]), len(outputs)), np.nan)
        for row in range(len(result)):
            frame = [np.ascontiguousarray(a[row], dtype=np.float64) for a in flat]
            if all(np.isfinite(a).all() for a in frame[:-1]):
                result[row] = function(*frame)
        return result.reshape((*leading, len(outputs)))

    stacked = xr.apply_ufunc(
        rows,
        *inputs,
        box,
        input_core_dims=[[PARTICLE, SPACE]] * len(inputs) + [[SPACE]],
        output_core_dims=[["output"]],
        join="exact",
        dask="parallelized",
        output_dtypes=[np.float64],
        dask_gufunc_kwargs={"output_sizes": {"output": len(outputs)}},
        keep_attrs=False,
    )
    result = xr.Dataset()
    for number, (name, (units, long_name)) in enumerate(outputs.items()):
        result[name] = as_series(stacked.isel(output=number), units, long_name, method)
    for label, coordinate in inputs[0].coords.items():
        if label in result.coords:
            result.coords[label].attrs = dict(coordinate.attrs)
    return result


def as_series(values: "xr.DataArray", units: str, long_name: str, method: str) -> "xr.DataArray":
    """The values with their attributes, and only these."""
    values.attrs = {"units": units, "long_name": long_name, "method": method}
    if set(values.dims) <= {"member", "t"}:
        values.attrs["ergodica_kind"] = "series"
    return values
