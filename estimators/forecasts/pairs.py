"""A forecast beside what came: aligned, normalised, and handed over in lanes."""

from collections.abc import Callable, Hashable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ergodica.data.declarations import REALIZATION
from ergodica.data.matching import at_labels, labels_along
from ergodica.estimators.arrays import Array
from ergodica.estimators.labelled import Dim, is_labelled
from ergodica.estimators.samples import Label, estimate
from ergodica.numerics.errors import ParameterError

LEAST = 2


def scored(
    function: Callable[..., Array],
    forecast: Any,
    truth: Any,
    *,
    label: Label,
    dim: Dim,
    feature_dim: str | Sequence[str] | int | None = None,
    scale: Any = None,
    ordered: bool = False,
    least: int = LEAST,
) -> Any:
    """`function` of the lanes `(lanes, n, d)` of a forecast and of what came, both float64.

    Args:
        function: gives `(lanes,)`.
        forecast, truth: DataArrays or plain arrays of the same shape, or that are broadcast.
        label: of the result.
        dim: the dimension of time; see `estimate`.
        feature_dim: the components; None for scalars.
        scale: what both are divided by first: a number, or an array over the components; None for nothing.
        ordered: whether the order along `dim` matters.
        least: fewest samples.
    """
    forecast, truth = aligned(forecast, truth)
    if scale is not None:
        scale = _checked_scale(scale, labelled=is_labelled(truth))
        forecast, truth = (one / _over_features(scale, one, feature_dim) for one in (forecast, truth))

    def lanes(f: NDArray[Any], y: NDArray[Any]) -> Array:
        return function(f.astype(np.float64), y.astype(np.float64))

    return estimate(
        lanes,
        {"forecast": forecast, "truth": truth},
        label=label,
        dim=dim,
        feature_dim=feature_dim,
        ordered=ordered,
        continuous=False,
        least=least,
    )


def aligned(forecast: Any, truth: Any, word: str = "truth") -> tuple[Any, Any]:
    """Both with the labels of the forecast, see `data.matching.at_labels`.

    Raises:
        ParameterError: what came does not hold a label of the forecast.
    """
    if not (is_labelled(forecast) and is_labelled(truth)):
        return _plain(forecast), _plain(truth)
    for name in forecast.dims:
        if name in truth.dims:
            truth = beside_along(name, forecast, truth, word)
    return forecast, truth


def _plain(x: Any) -> Any:
    return x if is_labelled(x) or np.ma.isMaskedArray(x) else np.asarray(x)


def beside_along(name: Hashable, forecast: Any, truth: Any, word: str = "truth") -> Any:
    """What came at the labels of a forecast along the dimension `name`, both DataArrays or Datasets.

    Raises:
        ParameterError: what came, called `word`, does not hold them.
    """
    found = at_labels(truth, forecast, name)
    if found is None:
        raise ParameterError(
            f"{word}: must hold the {name} of the forecast, {labels_along(forecast, name)}, got "
            f"{labels_along(truth, name)}; choose both of the same {name}"
        )
    return found


def _checked_scale(scale: Any, *, labelled: bool) -> Any:
    values = np.asarray(scale)
    if values.dtype.kind not in "iuf" or not (values > 0).all() or not np.isfinite(values).all():
        raise ParameterError(
            f"scale: must be positive numbers, got {scale if values.ndim == 0 else values.min()!r}; use the standard "
            "deviation of a long run, and leave constant components out"
        )
    return scale if labelled and is_labelled(scale) else values


def _over_features(scale: Any, x: Any, feature_dim: str | Sequence[str] | int | None) -> Any:
    """A scale of each component along the axis of the components, wherever that is."""
    if is_labelled(scale) or scale.ndim != 1:
        return scale
    axis = feature_dim
    if isinstance(axis, str) and is_labelled(x) and axis in x.dims:
        axis = x.dims.index(axis)
    if not isinstance(axis, int) or not -x.ndim <= axis < x.ndim:
        return scale
    return np.moveaxis(scale.reshape(-1, *[1] * (x.ndim - 1)), 0, axis)


def draws(
    function: Callable[[Array, Array], Array],
    forecast: Any,
    truth: Any,
    *,
    label: Label,
    dim: Dim,
    realization: str | int,
    least_draws: int,
) -> Any:
    """`function` of draws `(lanes, n, m)` and of what came `(lanes, n)`.

    Raises:
        ValueError: the forecast has no dimension of draws, or too few of them.
    """
    forecast, truth = aligned(forecast, truth)
    if is_labelled(forecast):
        if realization not in forecast.dims:
            raise ValueError(
                f"realization: must be a dimension of the forecast, got {realization!r} and {forecast.dims}; "
                "forecast with members="
            )
        count = forecast.sizes[realization]
    else:
        realization = -1 if realization == REALIZATION else realization
        forecast = np.moveaxis(np.asarray(forecast), int(realization), -1)
        truth, count, realization = np.asarray(truth)[..., np.newaxis], forecast.shape[-1], -1
        # an axis of the truth, which has one less
        dim = -2 if dim is None else dim - 1 if isinstance(dim, int) and dim < 0 else dim
    if count < least_draws:
        raise ParameterError(
            f"realization: must hold at least {least_draws} draws here, got {count}; forecast with "
            f"members={least_draws}"
        )

    def lanes(f: NDArray[Any], y: NDArray[Any]) -> Array:
        return function(f.astype(np.float64), y[..., 0].astype(np.float64))

    return estimate(
        lanes,
        {"forecast": forecast, "truth": truth},
        label=label,
        dim=dim,
        feature_dim=realization,
        continuous=False,
        least=1,
    )
