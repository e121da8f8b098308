"""Any estimator of a series on many scales."""

# ruff: noqa: B008 - frozen dataclasses are safe as defaults

import inspect
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ergodica.estimators.arrays import Array
from ergodica.estimators.entropy import entropy
from ergodica.estimators.labelled import Dim, core_axes, is_labelled, unmasked
from ergodica.estimators.registry import find, register_around
from ergodica.estimators.series.pools import Pool, complete, pool_of
from ergodica.estimators.series.sample_entropy import standardized
from ergodica.estimators.series.scales import CoarseGrained, ScaleMethod, checked_scales
from ergodica.estimators.spaces.space import Axis
from ergodica.numerics.errors import ParameterError


@register_around
def multiscale(
    estimator: Callable[..., Any] | str,
    /,
    *data: Any,
    dim: Dim = None,
    scales: Iterable[int] = range(1, 21),
    method: ScaleMethod = CoarseGrained(),
    **options: Any,
) -> Any:
    """An estimator on many scales: of a series, of means of pairs of samples, of triples, and so on.

    S(s) = estimator(series on scale s), as `method` makes it: `CoarseGrained`, `Composite`, `RefinedComposite`,
    `Refined`. White noise has less and less sample entropy, -ln erf(r sqrt(s)/2); 1/f noise as much on all scales.

    Where the estimator has a tolerance in standard deviations and an absolute one, as sample entropy has, the tolerance
    is that of the original on every scale, except with `Refined`. Estimators with `dt` get the longer step.

    Args:
        estimator: a function that takes data and `dim`, or the name of a registered one: `sample_entropy`,
            "permutation_entropy", `entropy` with a `space`, a `mutual_information` with two arrays of data.
        data: what it takes, real numbers in order.
        dim: the dimension of order.
        scales: whole numbers from 1 on.
        method: how the series of a scale are made.
        options: of the estimator, also one that is called `estimator` itself, as in `mutual_information`.

    Returns:
        What the estimator returns with one more dimension, `scale`, the last one.

    Raises:
        ParameterError: scales that are no whole numbers from 1 on, or longer than the series.
        TypeError: an unknown option; masked data; whole numbers where matches are counted; `RefinedComposite` and an
            estimator that has no matches or probabilities to add.
        ValueError: what the estimator raises; a scale that leaves too few samples for it.

    Good values: scales=range(1, 21) for n of 20,000 and more; RefinedComposite() for short series.

    Source: Costa, Goldberger, Peng 2005, Phys. Rev. E 71, 021906; for the methods see there.
    """
    if isinstance(estimator, str):
        estimator = entropy if estimator == "entropy" else find(estimator).function
    if not callable(estimator):
        raise TypeError(f"estimator: must be a function or a name, got {estimator!r}; try sample_entropy")
    if not isinstance(method, ScaleMethod):
        raise TypeError(f"method: must be a scale method such as CoarseGrained(), got {method!r}")
    if not data:
        raise TypeError("data: must be one array at least, got none; multiscale(sample_entropy, x)")
    numbers = checked_scales(scales)
    arrays = [x if is_labelled(x) else unmasked("data", x) for x in data]
    axes = [_axis(x, dim, options.get("feature_dim")) for x in arrays]
    least = min(axis.size for axis in axes)
    if least < max(numbers):
        raise ParameterError(
            f"scales: must be at most the {least} samples, got {max(numbers)}; leave the largest ones out"
        )
    if _has(estimator, "absolute") and any(x.dtype.kind in "biu" for x in arrays):
        # block means hide from the estimator that values are equal by their kind
        raise TypeError(
            f"data: must hold values of a continuum for {estimator.__name__}, got whole numbers; use .astype(float) "
            "for measured ones, permutation_entropy or entropy with a space for symbols"
        )
    tolerant = _has(estimator, "tolerance") and _has(estimator, "absolute")
    if method.fixed_tolerance and tolerant and options.get("absolute") is None:
        arrays = [
            along(x, axis, _standard_rows, slice(0, None), 1) for x, axis in zip(arrays, axes, strict=True)
        ]
        options = {**options, "absolute": complete(estimator, options)["tolerance"]}
    if any(is_labelled(x) and "scale" in x.dims for x in arrays):
        raise ValueError(
            "data: must not have a dimension named 'scale', got one; rename it with .rename(scale=...)"
        )
    pool = _pool(estimator, method, len(arrays))
    found = []
    for scale in numbers:
        parts = [
            [along(x, axis, *_cut(method, scale, start)) for x, axis in zip(arrays, axes, strict=True)]
            for start in method.starts(scale)
        ]
        own = {**options, "dt": options["dt"] * scale} if options.get("dt") is not None else options
        try:
            found.append(_mean(estimator, parts, pool, dim, own))
        except ValueError as error:
            if scale == 1:
                raise
            raise ValueError(f"{error} (on scale {scale}, of {axes[0].size // scale} samples)") from error
    if not hasattr(found[0], "data_vars") and not is_labelled(found[0]):
        return np.stack(found, axis=-1)
    described = found[-1] if pool is None else estimator(*parts[0], dim=dim, **options)
    return _joined(found, numbers, described, method)


def _pool(estimator: Callable[..., Any], method: ScaleMethod, arrays: int) -> Pool | None:
    """How the estimates of a scale are taken together; None where they are averaged."""
    if not method.pooled:
        return None
    pool = pool_of(estimator)
    if pool is None or arrays > 1:
        name = getattr(estimator, "__name__", repr(estimator))
        raise TypeError(
            f"method: RefinedComposite needs matches or probabilities to add up, got {name}; use Composite(), or "
            "sample_entropy, fuzzy_entropy or entropy with a space such as OrdinalPatterns()"
        )
    return pool


def _cut(method: ScaleMethod, scale: int, start: int) -> tuple[Callable[[NDArray], Array], slice, int]:
    """What makes a series of this scale, where its samples begin, and a bound for their number."""
    return (lambda values: method.coarse(values, scale, start)), slice(start, None, scale), scale


def _mean(
    estimator: Callable[..., Any],
    parts: list[list[Any]],
    pool: Pool | None,
    dim: Dim,
    options: dict[str, Any],
) -> Any:
    """The estimate of the series of one scale."""
    if pool is None:
        found = [estimator(*series, dim=dim, **options) for series in parts]
    else:
        options = complete(estimator, options)
        found = [pool.parts(series[0], dim, options) for series in parts]
    if len(found) == 1 and pool is None:
        return found[0]
    total = found[0]
    for one in found[1:]:
        total = total + one
    mean = total / len(found)
    return mean if pool is None else pool.finish(mean, options)


def _joined(found: list[Any], numbers: list[int], described: Any, method: ScaleMethod) -> Any:
    """One labelled result with `scale` as its last dimension."""
    import xarray as xr

    attributes = {"units": "1", "long_name": "scale"}
    index = xr.DataArray(np.array(numbers), dims="scale", name="scale", attrs=attributes)
    result = xr.concat(
        found, dim=index, combine_attrs="drop", join="exact", coords="minimal", compat="override"
    )
    result = result.transpose(..., "scale")
    variables = list(result.data_vars.items()) if hasattr(result, "data_vars") else [(None, result)]
    for name, one in variables:
        own = described if name is None else described[name]
        if name is None:
            one.name = f"multiscale_{described.name}"
        long_name = f"multiscale {own.attrs.get('long_name', '')}".strip()
        how = f"{own.attrs.get('method', '')} on scales of {method!r}"
        one.attrs = {"units": own.attrs.get("units", "1"), "long_name": long_name, "method": how}
    return result


def _has(estimator: Callable[..., Any], option: str) -> bool:
    return option in inspect.signature(estimator).parameters


def _axis(x: Any, dim: Dim, feature_dim: Any) -> Axis:
    """The dimension of order, checked."""
    if not is_labelled(x) and dim is None and feature_dim is not None:
        raise ParameterError("dim: must be given beside feature_dim, got None; name the axis of order")
    axes = core_axes(x, dim)
    if len(axes) > 1:
        raise ValueError(f"dim: must be one dimension, in whose order the samples are, got {dim!r}; name one")
    if x.dtype.kind not in "biuf":
        raise TypeError(f"data: must hold real numbers, got dtype {x.dtype}; take a real part or a modulus")
    return axes[0]


def _standard_rows(values: NDArray) -> Array:
    rows = np.asarray(values, dtype=np.float64).reshape(-1, values.shape[-1])
    return standardized(rows).reshape(values.shape)


def along(x: Any, axis: Axis, function: Callable[[NDArray], Array], kept: slice, step: int) -> Any:
    """`function` of the series along `axis`, which keeps its place and those of its coordinates' values.

    Args:
        x: DataArray, or plain array.
        axis: what `core_axes` gave.
        function: takes `(..., n)`, returns `(..., length)`.
        kept: samples whose coordinates the results take, of which the first ones are used.
        step: samples of a result.
    """
    with np.errstate(all="ignore"):
        if not is_labelled(x):
            return np.moveaxis(function(np.moveaxis(x, axis.position, -1)), -1, axis.position)
        import xarray as xr

        number = (axis.size - (kept.start or 0)) // step
        result = xr.apply_ufunc(
            function,
            x,
            input_core_dims=[[axis.name]],
            output_core_dims=[[axis.name]],
            exclude_dims={axis.name},
            dask="parallelized",
            output_dtypes=[np.float64],
            dask_gufunc_kwargs={"output_sizes": {axis.name: number}},
            keep_attrs=True,
        )
        if axis.name in x.coords:
            coordinate = x.coords[axis.name].isel({axis.name: kept}).isel({axis.name: slice(number)})
            result = result.assign_coords({axis.name: coordinate})
        return result.transpose(*x.dims)
