"""A forecast with what came beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ergodica.data.declarations import FORECAST, OWN_TRUTH
from ergodica.numerics.errors import ParameterError

if TYPE_CHECKING:
    import xarray as xr


def beside(forecast: xr.Dataset, run: xr.Dataset) -> xr.Dataset:
    """A forecast with what came, `NAME_truth` for each variable `NAME`, as pictures and scores take it.

    Args:
        forecast: what `Forecaster.forecast` gave.
        run: a run that holds the times of the forecast, and its components and places in any order.

    Returns:
        The forecast, its variables of the kind `forecast`, and the truth at the same times.

    Raises:
        ParameterError: the run has other times, places or components, or lacks a variable.

    ```python
    known, to_come = ds.isel(t=slice(None, -200)), ds.isel(t=slice(-200, None))
    made = models.forecast.NVAR().fit(known).forecast(horizon=200, members=50)
    models.forecast.beside(made, to_come).ergodica.plot("forecast.png")
    ```
    """
    from ergodica.data.complex_pairs import PART, SUFFIXES, WHOLE
    from ergodica.data.schema import KIND
    from ergodica.estimators.forecasts.pairs import aligned

    made = forecast.copy()
    for key in forecast.data_vars:
        name, attrs = str(key), forecast[key].attrs
        try:
            found = run.ergodica[name]
        except KeyError as error:
            raise ParameterError(f"run: {error.args[0]}") from None
        if "t" not in found.dims:
            raise ParameterError(
                f"run: must have snapshots over t, got {name} over {', '.join(map(str, found.dims)) or 'nothing'}; "
                "give the run that goes on after what was known"
            )
        came = aligned(forecast[key], found, "run")[1]
        came = came.drop_vars([one for one in came.coords if one not in forecast.coords])
        part = attrs.get(PART)
        own = dict(found.attrs)
        if part is None:
            there = f"{name}{OWN_TRUTH}"
        else:
            own[WHOLE] = f"{attrs[WHOLE]}{OWN_TRUTH}"
            there = f"{own[WHOLE]}{SUFFIXES[part]}"
        made[there] = came.astype(np.float64).assign_attrs(own)
        made[key].attrs[KIND] = FORECAST
    return made


def split(made: xr.Dataset) -> tuple[xr.Dataset, xr.Dataset]:
    """What `beside` put together: the forecast, and what came under the same names."""
    from ergodica.data.complex_pairs import PART, SUFFIXES, WHOLE

    names = {}
    for key, one in made.data_vars.items():
        whole = str(one.attrs.get(WHOLE, key))
        if whole.endswith(OWN_TRUTH):
            end = SUFFIXES[one.attrs[PART]] if PART in one.attrs else ""
            names[str(key)] = whole.removesuffix(OWN_TRUTH) + end
    return made.drop_vars(list(names)), made[list(names)].rename(names)
