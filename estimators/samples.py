"""From labelled samples to blocks of lanes and back: what estimators of several arrays, or of vectors, stand on.

A lane is one sample: all along `dim` (and along `feature_dim`, for vectors), at one point of all other dimensions.
Lanes are mapped, and a lane that holds NaN or infinity gives NaN, alone.
"""

import contextlib
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ergodica.estimators.arrays import Array
from ergodica.estimators.labelled import Dim, core_axes, describe, is_labelled, one_thread
from ergodica.estimators.spaces.space import Axis
from ergodica.numerics.threads import one_blas_thread

if TYPE_CHECKING:
    import xarray as xr

LaneFunction = Callable[..., Any]

# Lanes are handed over together, for kernels that run over them on several cores, up to this many numbers an array.
BLOCK_ELEMENTS = 2**22

# Fewer are one thread's work: on a busy machine waking the others takes longer than most estimators do.
SHARED_FROM = 2**12


@dataclass(frozen=True, kw_only=True)
class Label:
    """What a result is called.

    Args:
        name: a Python identifier.
        units: "nat", "bit", "1", ...
        long_name: in words, what an axis of a figure says.
        method: how it was computed, with every parameter: the `repr` of the pieces.
    """

    name: str
    units: str
    long_name: str
    method: str


def estimate(
    function: LaneFunction,
    arrays: Mapping[str, Any],
    *,
    label: Label,
    dim: Dim = None,
    feature_dim: str | Sequence[str] | int | None = None,
    vectors: bool = True,
    ordered: bool = False,
    continuous: bool = True,
    least: int = 1,
    outputs: Mapping[str, Any] | None = None,
    numbered: bool = False,
) -> Any:
    """`function` over the lanes of one or several arrays that share their samples.

    Args:
        function: takes one C-contiguous array a name, `(lanes, n, d)` or without `vectors` `(lanes, n)`: float64 where
            `continuous`, else of the data's own type; with `numbered` also the number of each lane, int64 `(lanes,)`,
            which does not depend on chunks. Every value is finite, every lane on its own: results must be the same
            bit for bit in any block. It returns `(lanes,)`, or `(lanes, *outputs)`.
        arrays: data by the name that errors call them, all labelled or all plain. Dimensions besides `dim` and
            `feature_dim` are broadcast against each other.
        label: name and units of the result.
        dim: the dimension of samples, or several taken together where they are not `ordered`; None where an array has
            one dimension besides `feature_dim`. For plain arrays the number of an axis, by default the last one that is
            not `feature_dim`.
        feature_dim: the components of a vector; an array without it (or without any, for None) has d = 1. For plain
            arrays the number of an axis.
        vectors: whether the function takes vectors; without, `feature_dim` must be None.
        ordered: whether the order of samples matters, so that `dim` must be one dimension.
        continuous: whether values must be real numbers, so that integers are refused.
        least: fewest samples.
        outputs: dimensions of the result of a lane: a length, or the values of the coordinate.
        numbered: whether the function wants the lanes' numbers.

    Returns:
        A DataArray over the other dimensions and `outputs`, lazy where an array is chunked; an array, or a number, for
        plain arrays. NaN in lanes that hold NaN or infinity.

    Raises:
        TypeError: mixed labelled and plain arrays, data that are no numbers, integers where `continuous`.
        ValueError: a dimension that is missing, empty or chunked, samples that do not match, too few of them.
    """
    prepared = {name: _checked(name, x, continuous) for name, x in arrays.items()}
    if len({is_labelled(x) for x in prepared.values()}) > 1:
        raise TypeError(
            f"{', '.join(arrays)}: must be all DataArrays or all plain arrays; give all of them dimensions"
        )
    sizes = {name: length(value) for name, value in (outputs or {}).items()}
    first: Any = next(iter(prepared.values()))
    result: Any
    run = _Lanes(function, vectors, tuple(sizes.values()), numbered)
    if is_labelled(first):
        result = _labelled(run, prepared, dim, feature_dim, vectors, ordered, least, sizes)
        for name, value in (outputs or {}).items():
            if not isinstance(value, int):
                result = result.assign_coords({name: (name, value)})
    else:
        result = _plain(run, prepared, dim, feature_dim, vectors, ordered, least)
    return describe(result, label.name, label.units, label.long_name, label.method)


def length(output: Any) -> int:
    """The length of a dimension that is given as a length or as its coordinate."""
    return output if isinstance(output, int) else len(output)


def sample_spacing(x: Any, dim: Dim, dt: float | None = None) -> float:
    """Time between samples: `dt` where it is given, else the step of the coordinate of `dim`.

    Raises:
        ValueError: neither is there, `dt` is not positive, or the coordinate is uneven.
    """
    if dt is not None:
        if isinstance(dt, bool) or not isinstance(dt, Real) or not 0 < dt < np.inf:
            raise ValueError(
                f"dt: must be a positive time between samples, got {dt!r}; None takes the coordinate's"
            )
        return float(dt)
    (axis,) = core_axes(x, dim)[:1]
    step = axis.spacing()
    if step is None:
        raise ValueError(
            f"dt: must be given where {axis.name} has no coordinate of times, got None; pass dt=<time between samples>"
        )
    return step


def _checked(name: str, x: Any, continuous: bool) -> Any:
    if np.ma.isMaskedArray(x):
        raise TypeError(f"{name}: must not be a masked array, whose mask would be lost; use .filled(np.nan)")
    xr = sys.modules.get("xarray")
    if xr is not None and isinstance(x, xr.Dataset | xr.DataTree):
        raise TypeError(f"{name}: must be one variable, got a {type(x).__name__}; pass ds['name']")
    x = x if is_labelled(x) else np.asarray(x)
    if x.dtype.kind not in "biuf":
        remedy = (
            "take its real part, its size abs(x) or its phase"
            if x.dtype.kind == "c"
            else "convert with .astype(float)"
        )
        raise TypeError(f"{name}: must hold real numbers, got dtype {x.dtype}; {remedy}")
    if continuous and x.dtype.kind in "biu":
        raise TypeError(
            f"{name}: must hold values of a continuum, got dtype {x.dtype}; for symbols or counts use a discrete "
            "estimator (space=Symbols()), for measured whole numbers .astype(float)"
        )
    return x


class _Lanes:
    """Calls a function on blocks of the lanes that hold finite numbers only."""

    def __init__(
        self, function: LaneFunction, vectors: bool, outputs: tuple[int, ...], numbered: bool
    ) -> None:
        self.function, self.vectors, self.outputs, self.numbered = function, vectors, outputs, numbered

    def __call__(self, arrays: Sequence[NDArray], numbers: NDArray | None = None) -> Array:
        """Results `(*leading, *outputs)` of arrays `(*leading, n, d)`, which are broadcast against each other."""
        leading = np.broadcast_shapes(*(x.shape[:-2] for x in arrays))
        flat = [_flat(x, leading) for x in arrays]
        lanes = int(np.prod(leading))
        number = np.arange(lanes) if numbers is None else np.broadcast_to(numbers, leading).ravel()
        result = np.full((lanes, *self.outputs), np.nan)
        step = max(1, BLOCK_ELEMENTS // max(1, *(x.shape[-2] * x.shape[-1] for x in arrays)))
        for begin in range(0, lanes, step):
            block = slice(begin, min(begin + step, lanes))
            parts = [x[block] for x in flat]
            good = np.logical_and.reduce([np.isfinite(part).all(axis=(1, 2)) for part in parts])
            if not good.any():
                continue
            used = [np.ascontiguousarray(part if good.all() else part[good]) for part in parts]
            used = [part.astype(np.float64, copy=False) if part.dtype.kind == "f" else part for part in used]
            if not self.vectors:
                used = [part[..., 0] if part.shape[-1] == 1 else part for part in used]
            more = (number[block][good].astype(np.int64),) if self.numbered else ()
            little = sum(part.size for part in used) < SHARED_FROM
            with np.errstate(all="ignore"), one_thread() if little else contextlib.nullcontext():
                result[np.flatnonzero(good) + begin] = self.function(*used, *more)
        return result.reshape((*leading, *self.outputs))


def _flat(x: NDArray, leading: tuple[int, ...]) -> NDArray:
    """`x` with its leading axes broadcast and made one."""
    return np.broadcast_to(x, (*leading, *x.shape[-2:])).reshape((-1, *x.shape[-2:]))


def _plain(
    run: _Lanes,
    arrays: dict[str, NDArray],
    dim: Dim,
    feature_dim: Any,
    vectors: bool,
    ordered: bool,
    least: int,
) -> Array:
    moved, counts = [], {}
    for name, x in arrays.items():
        if x.ndim == 0:
            raise ValueError(f"{name}: must have an axis of samples, got a single number")
        if feature_dim is None or (len(arrays) > 1 and x.ndim == 1):
            samples, features = dim, None
        else:
            features = core_axes(x, feature_dim)[0].position
            others = [axis for axis in range(x.ndim) if axis != features]
            samples = (others[-1] if others else -1) if dim is None else dim
        axis = core_axes(x, samples)[0].position
        if axis == features:
            raise ValueError(f"dim: must be another axis than feature_dim, got {samples} for both")
        stacked = x[..., np.newaxis] if features is None else np.moveaxis(x, features, -1)
        if features is not None and features < axis:
            axis -= 1
        moved.append(np.moveaxis(stacked, axis, -2))
        counts[name] = moved[-1].shape[-2]
    _refuse_features(vectors, feature_dim)
    _check_counts(counts, least)
    with one_blas_thread():
        return run(moved)


def _labelled(
    run: _Lanes,
    arrays: dict[str, "xr.DataArray"],
    dim: Dim,
    feature_dim: Any,
    vectors: bool,
    ordered: bool,
    least: int,
    outputs: dict[str, int],
) -> "xr.DataArray":
    import xarray as xr

    _refuse_features(vectors, feature_dim)
    core: list[list[str]] = []
    stacked: list[xr.DataArray] = []
    counts: dict[str, int] = {}
    used: set[str] = set()
    for name, x in arrays.items():
        features = _feature_names(name, x, feature_dim, alone=len(arrays) == 1)
        samples = _sample_names(x, dim, features)
        if ordered and len(samples) > 1:
            raise ValueError(
                f"dim: must be one dimension, in whose order the samples are, got {tuple(samples)}; name one"
            )
        core_axes(x, [*samples, *features])
        counts[name] = int(np.prod([x.sizes[one] for one in samples]))
        core.append([*samples, *features])
        used |= {*samples, *features}
        stacked.append(x)
    _check_counts(counts, least)
    try:
        xr.align(*stacked, join="exact", copy=False)
    except ValueError as error:
        raise ValueError(
            f"{', '.join(arrays)}: must have the same coordinates, got different ones ({str(error).splitlines()[0]}); "
            "align them with xr.align(x, y, join='inner')"
        ) from None
    lazy = any(x.chunks is not None for x in stacked)
    split = [len(names) - len(_feature_names(name, x, feature_dim, alone=len(arrays) == 1))
             for (name, x), names in zip(arrays.items(), core, strict=True)]  # fmt: skip
    if run.numbered:
        stacked.append(_numbers(stacked, used))
        core.append([])

    def mapped(*values: NDArray) -> Array:
        data = [_as_lanes(value, len(names), samples)
                for value, names, samples in zip(values, core, split, strict=False)]  # fmt: skip
        leading = max(value.ndim - len(names) for value, names in zip(values, core, strict=True))
        data = [part.reshape((1,) * (leading + 2 - part.ndim) + part.shape) for part in data]
        # a block of dask is one thread's work: dask runs several of them at once
        with one_thread() if lazy else one_blas_thread():
            return run(data, values[-1] if run.numbered else None)

    result = xr.apply_ufunc(
        mapped,
        *stacked,
        input_core_dims=core,
        output_core_dims=[list(outputs)],
        exclude_dims=used,
        dask="parallelized",
        output_dtypes=[np.float64],
        dask_gufunc_kwargs={"output_sizes": outputs},
        keep_attrs=False,
    )
    for x in reversed(stacked):  # apply_ufunc may drop the attributes of coordinates with the data's
        for coord, coordinate in x.coords.items():
            if coord in result.coords:
                result.coords[coord].attrs = dict(coordinate.attrs)
    return result


def _as_lanes(value: NDArray, core: int, samples: int) -> NDArray:
    """`(*leading, n, d)` of a value whose last `core` axes are those of samples and then those of components."""
    leading, own = value.shape[: value.ndim - core], value.shape[value.ndim - core :]
    return value.reshape((*leading, int(np.prod(own[:samples])), int(np.prod(own[samples:]))))


def _numbers(arrays: "Sequence[xr.DataArray]", used: set[str]) -> "xr.DataArray":
    """A number for each lane, in the order of the broadcast dimensions, chunked as they are."""
    import xarray as xr

    sizes: dict[Any, int] = {}
    chunks: dict[str, Any] = {}
    for x in arrays:
        sizes |= {str(name): size for name, size in x.sizes.items() if name not in {*used, *sizes}}
        if x.chunks is not None:
            chunks |= {str(name): size for name, size in x.chunksizes.items() if name not in used}
    numbers = xr.DataArray(
        np.arange(int(np.prod(list(sizes.values())))).reshape(tuple(sizes.values())), dims=list(sizes)
    )
    return numbers.chunk(chunks) if chunks else numbers


def _feature_names(name: str, x: "xr.DataArray", feature_dim: Any, *, alone: bool) -> list[str]:
    if feature_dim is None:
        return []
    if isinstance(feature_dim, int):
        raise TypeError(
            f"feature_dim: a DataArray has named dimensions, got {feature_dim!r}; choose from {x.dims}"
        )
    names = [feature_dim] if isinstance(feature_dim, str) else list(feature_dim)
    missing = [one for one in names if one not in x.dims]
    if missing and alone:
        raise ValueError(f"feature_dim: must be of {x.dims}, got {feature_dim!r}; None is for scalars")
    return [one for one in names if one in x.dims]


def sample_dim(x: "xr.DataArray", dim: Dim, features: Sequence[str]) -> Dim:
    """`dim`, or where it is None the one dimension besides those of components; None where that is not one."""
    if dim is not None:
        return dim
    left = [str(one) for one in x.dims if one not in features]
    return left[0] if len(left) == 1 else None


def _sample_names(x: "xr.DataArray", dim: Dim, features: list[str]) -> list[str]:
    if dim is None:
        left = [str(one) for one in x.dims if one not in features]
        if len(left) != 1:
            raise ValueError(
                f"dim: must be named where there are several of them, got None; choose from {tuple(left)}"
            )
        return left
    names = [axis.name for axis in core_axes(x, dim)]
    if set(names) & set(features):
        raise ValueError(f"dim: must not hold feature_dim, got {dim!r}; name the dimension of samples")
    return list(names)


def _check_counts(counts: dict[str, int], least: int) -> None:
    if len(set(counts.values())) > 1:
        found = ", ".join(f"{size} of {name}" for name, size in counts.items())
        raise ValueError(
            f"dim: must hold as many samples of each array, got {found}; cut them to the same length"
        )
    count = next(iter(counts.values()))
    if count < least:
        raise ValueError(f"dim: must hold at least {least} samples here, got {count}; give more data")


def _refuse_features(vectors: bool, feature_dim: Any) -> None:
    if not vectors and feature_dim is not None:
        raise TypeError(
            f"feature_dim: this estimator takes scalars, got {feature_dim!r}; leave it out to map over it"
        )


__all__ = ["Axis", "Label", "estimate", "length", "sample_spacing"]
