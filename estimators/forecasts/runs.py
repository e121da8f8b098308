"""Runs beside each other: the variables that a forecast and what came share, as vectors."""

from typing import TYPE_CHECKING

from ergodica.data.declarations import REALIZATION
from ergodica.estimators.forecasts.pairs import aligned, beside_along
from ergodica.numerics.errors import ParameterError

if TYPE_CHECKING:
    import xarray as xr

LANES = ("member", "t", REALIZATION)
FEATURE = "feature"


def vectors(run: "xr.Dataset", names: "list[str]") -> "xr.DataArray":
    """Variables of a run side by side along `feature`."""
    import xarray as xr

    parts = []
    for name in names:
        one = run[name].reset_coords(drop=True)
        # by name, so that a run with its dimensions in another order is the same vector
        own = sorted(map(str, set(one.dims) - set(LANES)))
        one = one.drop_vars([d for d in own if d in one.coords])
        parts.append(one.stack({FEATURE: own}, create_index=False) if own else one.expand_dims(FEATURE, -1))
    return xr.concat(parts, FEATURE, coords="minimal", compat="override", join="exact", combine_attrs="drop")


def beside(forecast: "xr.Dataset", truth: "xr.Dataset") -> "tuple[xr.DataArray, xr.DataArray, list[str]]":
    """The variables over `t` of a forecast and of what came, both with `feature`, and their names.

    Raises:
        ParameterError: these are no runs, or the truth lacks a variable of the forecast.
        ValueError: the truth does not hold the times of the forecast.
    """
    names = shared(forecast, truth)
    return *aligned(vectors(forecast, names), vectors(on_points(truth, forecast, names), names)), names


def shared(forecast: "xr.Dataset", other: "xr.Dataset", word: str = "truth") -> list[str]:
    """Names of the variables over `t` of a forecast, all of which `other` has too.

    Raises:
        ParameterError: there is none, or one that `other` lacks.
    """
    import xarray as xr

    for name, one in (("forecast", forecast), (word, other)):
        if not isinstance(one, xr.Dataset) or "t" not in one.dims:
            raise ParameterError(
                f"{name}: must be a run with snapshots over t, got {type(one).__name__}; give a Dataset"
            )
    names = [str(name) for name, one in forecast.data_vars.items() if "t" in one.dims]
    missing = [name for name in names if name not in other.data_vars]
    if missing or not names:
        raise ParameterError(
            f"{word}: must have the variables of the forecast, {', '.join(names) or 'which has none over t'}, got "
            f"{', '.join(map(str, other.data_vars))}; give a run of the same system"
        )
    return names


def on_points(
    run: "xr.Dataset", forecast: "xr.Dataset", names: list[str], word: str = "truth"
) -> "xr.Dataset":
    """A run at the components and the points in space of a forecast.

    Raises:
        ValueError: it does not hold them.
    """
    for name in sorted({str(d) for one in names for d in forecast[one].dims} - set(LANES)):
        if name in run.dims:
            run = beside_along(name, forecast, run, word)
        if run.sizes.get(name) != forecast.sizes[name]:
            raise ParameterError(
                f"{word}: must have {forecast.sizes[name]} points along {name}, as the forecast, got "
                f"{run.sizes.get(name, 'no such dimension')}; give a run of the same system"
            )
    return run
