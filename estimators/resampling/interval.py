"""The error of any estimate, by one function."""

# ruff: noqa: B008 - frozen dataclasses are safe as defaults

import inspect
from collections.abc import Callable
from numbers import Real
from typing import TYPE_CHECKING, Any

from ergodica.estimators.evaluated import one_array
from ergodica.estimators.labelled import unmasked
from ergodica.estimators.registry import register_around
from ergodica.estimators.resampling.method import Resampling, Spread
from ergodica.estimators.resampling.subsampling import Subsampling

if TYPE_CHECKING:
    import xarray as xr

WORDS = {
    "estimate": "{what}",
    "standard_error": "standard error of the {what}",
    "bias": "bias of the {what}, taken off",
    "lower": "lower end of the interval of the {what}",
    "upper": "upper end of the interval of the {what}",
}


@register_around
def confidence(
    function: Callable[..., Any] | str,
    *arrays: Any,
    dim: str = "t",
    method: Resampling = Subsampling(),
    level: float = 0.95,
    seed: int = 0,
    **options: Any,
) -> "xr.Dataset":
    """An estimate with its standard error, bias and confidence interval, for any estimator.

    Args:
        function: an estimator of this package, or its name; or any function of arrays that maps over dimensions which
            it does not know.
        arrays: its data: DataArrays with `dim`, or plain arrays of one axis. Datasets are measured replicate by
            replicate.
        dim: the dimension of samples, along which data are resampled.
        method: Subsampling(), which suits every estimator; BlockJackknife() or BlockBootstrap(), which also take
            off a bias; or MemberBootstrap() for an ensemble.
        level: of the interval, between 0 and 1.
        seed: of what is drawn at random.
        options: what the function takes by keyword.

    Returns:
        Dataset over the dimensions of the estimate: `estimate` (less the bias that the method finds), `standard_error`,
        `bias`, `lower` and `upper`, in memory. Where the function gives a Dataset, its variables lie along `quantity`,
        with their units in the coordinate `quantity_units` where they differ. A lane that is NaN is NaN in all parts.

    Raises:
        TypeError: a method that is none, plain arrays of several axes.
        ValueError: dimensions, a level outside 0 to 1; and what the function raises of resampled data.

    Warns:
        ResamplingWarning: blocks that are short beside what the samples remember, or a bias larger than the error.

    Good values: MemberBootstrap() where there are ten members or more, else Subsampling().

    Source: that of the method.
    """
    from ergodica.estimators.registry import find

    run = find(function).function if isinstance(function, str) else function
    if not callable(run):
        raise TypeError(
            f"function: must be an estimator or its name, got {function!r}; try est.permutation_entropy"
        )
    accepted = inspect.signature(run).parameters
    if "dim" not in accepted and not any(one.kind is one.VAR_KEYWORD for one in accepted.values()):
        raise TypeError(
            f"function: must take the dimension of samples as dim, got {getattr(run, '__name__', run)!r}; "
            "give one that reduces it, such as est.entropy"
        )
    if not isinstance(method, Resampling):
        raise TypeError(f"method: must be one such as BlockJackknife() or BlockBootstrap(), got {method!r}")
    if isinstance(level, bool) or not isinstance(level, Real) or not 0 < float(level) < 1:
        raise ValueError(f"level: must be between 0 and 1, got {level!r}; use 0.95")
    data = [_labelled(x, dim) for x in arrays]
    if not data:
        raise TypeError("arrays: must hold the data, got none; confidence(function, x, dim='t')")
    sizes = {x.sizes[dim] for x in data}
    if len(sizes) > 1:
        raise ValueError(
            f"dim: must hold as many samples of each array, got {sorted(sizes)}; cut them to one length"
        )
    meaning: dict[str, Any] = {}

    def evaluate(*parts: Any) -> "xr.DataArray":
        result = one_array(run(*parts, dim=dim, **options))
        if not meaning:
            meaning.update(name=result.name, **result.attrs)
        return result.drop_attrs()

    spread = method.spread(evaluate, data, dim, float(level), seed)
    return _dataset(spread, method, float(level), meaning)


def _labelled(x: Any, dim: str) -> Any:
    import xarray as xr

    if not isinstance(x, xr.DataArray | xr.Dataset):
        x = unmasked("arrays", x)
        if x.ndim != 1:
            raise TypeError(
                f"arrays: plain ones must have one axis, got {x.ndim}; name the axes with xarray.DataArray(x, dims=...)"
            )
        x = xr.DataArray(x, dims=dim)
    if dim not in x.dims:
        raise ValueError(f"dim: must be of {tuple(x.dims)}, got {dim!r}; name the dimension of samples")
    return x


def _dataset(spread: Spread, method: Resampling, level: float, meaning: dict[str, Any]) -> "xr.Dataset":
    import xarray as xr

    what = str(meaning.get("long_name") or meaning.get("name") or "estimate")
    found = xr.Dataset({name: value for name, value in spread._asdict().items()})
    for name, words in WORDS.items():
        attributes = {key: meaning[key] for key in ("units", "method") if key in meaning}
        unit = {} if "quantity_units" in found.coords else {"units": "1"}
        found[name].attrs = {**unit, **attributes, "long_name": words.format(what=what)}
    found.attrs = {
        "estimator": str(meaning.get("name") or "estimate"),
        "resampling": repr(method),
        "level": level,
    }
    return found
