"""What came of the forecast benchmark, as one dataset."""

from __future__ import annotations

import json
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.data.pictures.score_medians import WORST
from ergodica.numerics.errors import ParameterError
from ergodica.scripts.forecast_benchmark_conditions import CONDITIONS
from ergodica.scripts.forecast_benchmark_jobs import HORIZONS, SCORES

if TYPE_CHECKING:
    import xarray as xr

DIMS = ("system", "model", "condition", "start")
OVER_HORIZON = {
    "smape": ("%", "symmetric mean absolute percentage error"),
    "nrmse": ("1", "normalised root mean square error"),
    "mase": ("1", "mean absolute scaled error"),
}
SINGLE = {
    "valid_time": ("1", "valid prediction time in Lyapunov times"),
    "parameters": ("1", "numbers that were learned"),
    "fit_seconds": ("s", "time of fitting"),
    "forecast_seconds": ("s", "time of forecasting"),
}
KIND = "scores"


def results(folder: Path) -> list[dict[str, Any]]:
    """Every result in a folder, whichever call made it.

    Raises:
        ParameterError: a file is damaged.

    Warns:
        UserWarning: results of one model are of trainings with other options.
    """
    found = []
    for path in sorted(folder.glob("results/*/*/*.json")):
        try:
            said = json.loads(path.read_bytes())
            wanted = {*DIMS, "failure"} if said["failure"] is not None else {*DIMS, *SCORES, *SINGLE}
            if missing := sorted(wanted - said.keys()):
                raise ValueError(f"no {', '.join(missing)}")
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise ParameterError(f"out: {path} is damaged ({error}); remove it and run again") from None
        found.append(said)
    _warn_of_others(found)
    return found


def _warn_of_others(said: Sequence[dict[str, Any]]) -> None:
    options: dict[str, dict[str, None]] = {}
    for one in said:
        words = json.dumps(one.get("settings", {}).get("training", {}), sort_keys=True)
        options.setdefault(one["model"], {})[words] = None
    for model, each in options.items():
        if len(each) > 1:
            warnings.warn(
                f"results: {model} was trained with the options {' and '.join(each)}, and its medians are over both; "
                "do all again with the same, or use another folder",
                stacklevel=3,
            )


def dataset_of(
    said: Sequence[dict[str, Any]], attributes: dict[str, Any], models: Sequence[str] = ()
) -> xr.Dataset:
    """Scores over system, model, condition, start and horizon; NaN where there is no result, or it failed.

    Args:
        said: results as `jobs.perform` writes them.
        attributes: of the configuration, such as seed and ahead.
        models: the first ones in their order, which is that of their colours; others follow by name.
    """
    from ergodica import sims
    from ergodica.data import from_arrays

    names: dict[str, list[Any]] = {dim: sorted({one[dim] for one in said}) for dim in DIMS}
    names["model"] = [
        *dict.fromkeys(one for one in models if one in names["model"]),
        *(one for one in names["model"] if one not in models),
    ]
    names["condition"] = [one for one in CONDITIONS if one in names["condition"]]
    place = {dim: {name: number for number, name in enumerate(values)} for dim, values in names.items()}
    shape = tuple(len(values) for values in names.values())
    arrays: dict[str, Any] = {name: np.full((*shape, len(HORIZONS)), np.nan) for name in OVER_HORIZON}
    arrays |= {name: np.full(shape, np.nan) for name in SINGLE}
    arrays["failed"] = np.zeros(shape, np.int8)
    for one in said:
        index = tuple(place[dim][one[dim]] for dim in DIMS)
        if one["failure"] is not None:
            arrays["failed"][index] = 1
            continue
        for name in (*SCORES, *SINGLE):
            arrays[name][index] = one[name]
    facts = [sims.FLOWS[name].facts for name in names["system"]]
    words = {**OVER_HORIZON, **SINGLE, "failed": ("1", "whether the model failed")}
    ds = from_arrays(
        arrays,
        title="Forecasts of chaotic flows",
        dims={name: (*DIMS, "horizon") if name in OVER_HORIZON else DIMS for name in arrays},
        coordinates={**names, "horizon": list(HORIZONS)},
        units={name: units for name, (units, _) in words.items()},
        long_names={name: long for name, (_, long) in words.items()},
        # an overview shows the published score; the others are drawn when they are asked for
        kinds=dict.fromkeys(arrays, "parameter") | {"smape": KIND},
        config={"benchmark": "forecast", **attributes},
    )
    ds["valid_time"].attrs[WORST] = 0.0
    ds["horizon"].attrs |= {"units": "1", "long_name": "snapshots ahead, 100 a period"}
    ds = ds.assign_coords(
        exponent=(
            "system",
            [one.exponents[0] for one in facts],
            {"units": "1", "long_name": "largest exponent"},
        ),
        period=("system", [one.period for one in facts], {"units": "1", "long_name": "dominant period"}),
    )
    return ds


def labels(ds: xr.Dataset, dim: str) -> list[str]:
    """Names along a dimension."""
    name = f"{dim}_name"
    return [str(one) for one in (ds[name] if name in ds.coords else ds[dim]).values]
