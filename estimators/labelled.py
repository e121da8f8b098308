"""From labelled arrays to rows and back: the only place where estimators touch xarray."""

import contextlib
import sys
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeGuard

import numpy as np
from numpy.typing import NDArray

from ergodica.estimators.arrays import Array, map_rows
from ergodica.estimators.spaces.space import Axis, Outcomes

if TYPE_CHECKING:
    import xarray as xr

Dim = str | Sequence[str] | int | None
Kernel = Callable[[NDArray], Array]


def is_labelled(x: Any) -> "TypeGuard[xr.DataArray]":
    """Whether `x` is a DataArray; costs nothing when xarray was never imported.

    Raises:
        TypeError: `x` is a whole Dataset.
    """
    xr = sys.modules.get("xarray")
    if xr is None:
        return False
    if isinstance(x, xr.Dataset | xr.DataTree):
        raise TypeError(
            f"x: must be one variable, got a {type(x).__name__}; pass ds['name'], or use measure(ds)"
        )
    return isinstance(x, xr.DataArray)


def unmasked(name: str, x: Any) -> NDArray:
    """Plain data as an array.

    Raises:
        TypeError: a masked array.
    """
    if np.ma.isMaskedArray(x):
        raise TypeError(f"{name}: must not be a masked array, whose mask would be lost; use .filled(np.nan)")
    return np.asarray(x)


def core_axes(x: Any, dim: Dim, *, chunked: bool = False, remedy: str = "") -> tuple[Axis, ...]:
    """The dimensions that make a row, checked.

    Args:
        x: DataArray, or plain array.
        dim: for a DataArray a name, or several; None where it has one dimension only. For a plain array the
            number of an axis; None is the last one.
        chunked: whether a row may lie in several chunks.
        remedy: what else would make that possible.

    Raises:
        TypeError: a name for a plain array, a number for a DataArray, or data that are not numbers.
        ValueError: no such dimension, none given where there are several, of length 0, or chunked.
    """
    if x.dtype.kind not in "biufc":
        raise TypeError(f"x: must hold numbers, got dtype {x.dtype}; convert with .astype(float)")
    axes = _labelled_axes(x, dim, chunked, remedy) if is_labelled(x) else _plain_axes(x, dim)
    for axis in axes:
        if axis.size == 0:
            raise ValueError(
                f"dim: {axis.name} must hold at least one value, got length 0; check the selection"
            )
    return axes


def _plain_axes(x: NDArray, dim: Dim) -> tuple[Axis, ...]:
    number = -1 if dim is None else dim
    if isinstance(number, bool) or not isinstance(number, int | np.integer):
        raise TypeError(
            f"dim: a plain array has no names, got {dim!r}; give an axis number, or use an xarray.DataArray"
        )
    if not -x.ndim <= number < x.ndim:
        raise ValueError(
            f"dim: must be an axis of an array of shape {x.shape}, got {number}; use -1 for the last"
        )
    number = int(number) % x.ndim
    return (Axis(name=f"axis {number}", size=x.shape[number], position=number),)


def _labelled_axes(x: "xr.DataArray", dim: Dim, chunked: bool, remedy: str) -> tuple[Axis, ...]:
    if dim is None:
        if x.ndim != 1:
            raise ValueError(
                f"dim: must be named where there are several of them, got None; choose from {x.dims}"
            )
        names: tuple[Hashable, ...] = x.dims
    elif isinstance(dim, int):
        raise TypeError(f"dim: a DataArray has named dimensions, got {dim!r}; choose from {x.dims}")
    else:
        names = (dim,) if isinstance(dim, str) else tuple(dim)
    if not names or len(set(names)) != len(names) or not set(names) <= set(x.dims):
        raise ValueError(f"dim: must be of {x.dims}, each once, got {dim!r}")
    for name in names:
        if not chunked and x.chunks is not None and len(x.chunksizes[name]) > 1:
            raise ValueError(
                f"dim: {name} must be in one chunk, got {len(x.chunksizes[name])}; "
                f"rechunk with .chunk({{{name!r}: -1}})" + (f", or {remedy}" if remedy else "")
            )
    return tuple(_axis(x, name) for name in names)


def _axis(x: "xr.DataArray", name: Hashable) -> Axis:
    if name not in x.coords:
        return Axis(name=str(name), size=x.sizes[name], position=x.get_axis_num(name))
    coordinate = x.coords[name]
    return Axis(
        name=str(name),
        size=x.sizes[name],
        position=x.get_axis_num(name),
        values=coordinate.values,
        units=str(coordinate.attrs.get("units", "1")) or "1",
        long_name=str(coordinate.attrs.get("long_name", "")),
    )


def map_labelled(
    function: Kernel,
    x: Any,
    axes: tuple[Axis, ...],
    outputs: Mapping[str, int] | None = None,
    together: int | None = None,
    *,
    exact: bool = False,
) -> Any:
    """`function` over the rows of `x`: a DataArray over other dimensions and `outputs`, lazy where `x` is.

    Args:
        function: as in `map_rows`.
        x: DataArray, or plain array.
        axes: what `core_axes` gave.
        outputs: name and length of each dimension of the result of one row; none for a number.
        together, exact: as in `map_rows`.
    """
    outputs = dict(outputs or {})
    lazy = is_labelled(x) and x.chunks is not None

    def mapped(values: NDArray) -> Array:
        # a block of dask is one thread's work: dask runs several of them at once
        with one_thread() if lazy and together else contextlib.nullcontext():
            return map_rows(function, values, len(axes), tuple(outputs.values()), together, exact=exact)

    if not is_labelled(x):
        return mapped(np.moveaxis(x, axes[0].position, -1))
    import xarray as xr

    core = [axis.name for axis in axes]
    # without it dask takes that of the input, and would cast complex to real
    meta = np.empty((0,) * (x.ndim - len(core) + len(outputs)))
    result = xr.apply_ufunc(
        mapped,
        x,
        input_core_dims=[core],
        output_core_dims=[list(outputs)],
        exclude_dims=set(core),
        dask="parallelized",
        dask_gufunc_kwargs={"output_sizes": outputs, "meta": meta},
        keep_attrs=False,
    )
    for (
        name,
        coordinate,
    ) in x.coords.items():  # apply_ufunc may drop the attributes of coordinates with the data's
        if name in result.coords:
            result.coords[name].attrs = dict(coordinate.attrs)
    return result


def one_thread() -> "contextlib.AbstractContextManager[None]":
    """Kernels on one thread within the block."""
    from ergodica.numerics.threads import using_threads

    return using_threads(1)


def label_outcomes(p: "xr.DataArray", outcomes: Outcomes, data_units: str) -> "xr.DataArray":
    """`p` with its `outcome` coordinate, and `outcome_name` where outcomes have names."""
    units = data_units if outcomes.units is None else outcomes.units
    attributes = {"units": units, "long_name": outcomes.long_name}
    p = p.assign_coords(outcome=("outcome", outcomes.values, attributes))
    if outcomes.names is not None:
        p = p.assign_coords(outcome_name=("outcome", outcomes.names, {"long_name": outcomes.long_name}))
    return p


def describe(result: Any, name: str, units: str, long_name: str, method: str) -> Any:
    """Sets name and attributes of a DataArray, replacing all it had; a plain result is left as it is."""
    if not is_labelled(result):
        return result[()]
    result.name = name
    result.attrs = {"units": units, "long_name": long_name, "method": method}
    if set(result.dims) <= {"member", "t"}:
        result.attrs["ergodica_kind"] = "series"
    return result
