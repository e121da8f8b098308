"""Medians of the forecast benchmark in a table, beside the published ones."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.data.pictures.score_medians import counted, over_starts
from ergodica.scripts.forecast_benchmark_results import labels

if TYPE_CHECKING:
    import xarray as xr

PUBLISHED = {
    "N-BEATS": 42.2,
    "N-HiTS": 63.6,
    "LSTM": 63.9,
    "neural ODE": 67.7,
    "random forest": 72.8,
    "echo state network": 74.3,
    "transformer": 78.3,
}
"""Median sMAPE (0 to 200) over some 131 systems, 1000 snapshots of training, 200 of test: Gilpin 2023, Phys. Rev. Res.
5, 043252."""


def medians(ds: xr.Dataset, name: str = "smape") -> xr.DataArray:
    """Over systems of those over starts, at the last horizon: (model, condition); a failure is the worst score."""
    scores = ds[name].isel(horizon=-1) if "horizon" in ds[name].dims else ds[name]
    return over_starts(scores, ds.failed).median("system", skipna=True).transpose("model", "condition")


def summary(ds: xr.Dataset) -> dict[str, Any]:
    """The medians of every model and condition, how many systems they are of, and who beats whom, as JSON."""
    models, conditions = labels(ds, "model"), labels(ds, "condition")
    tested = ds.smape.isel(horizon=-1)
    there = ((ds.failed == 1) | tested.notnull()).any("start").sum("system").transpose("model", "condition")
    rows = []
    found = {name: medians(ds, name).values for name in ("smape", "nrmse", "mase", "valid_time")}
    seconds = (
        (ds.fit_seconds + ds.forecast_seconds).median(("system", "start")).transpose("model", "condition")
    )
    failed = ds.failed.sum(("system", "start")).transpose("model", "condition")
    for i, model in enumerate(models):
        for j, condition in enumerate(conditions):
            if there.values[i, j] == 0:
                continue
            rows.append(
                {
                    "model": model,
                    "condition": condition,
                    "systems": int(there.values[i, j]),
                    "failed": int(failed.values[i, j]),
                    **{name: rounded(values[i, j]) for name, values in found.items()},
                    "seconds": rounded(seconds.values[i, j]),
                }
            )
    return {"published": PUBLISHED, "medians": rows, "wins": wins(ds), "by_start": by_start(ds)}


def wins(ds: xr.Dataset, against: str = "nvar") -> list[dict[str, Any]]:
    """How often each model has the lower sMAPE than another, of the systems and starts that both have."""
    models, conditions = labels(ds, "model"), labels(ds, "condition")
    if against not in models:
        return []
    scores = counted(ds.smape.isel(horizon=-1), ds.failed).transpose("model", "condition", ...).values
    base = scores[models.index(against)]
    rows = []
    for i, model in enumerate(models):
        for j, condition in enumerate(conditions):
            own, other = scores[i, j].ravel(), base[j].ravel()
            both = ~np.isnan(own) & ~np.isnan(other)
            if model == against or not both.any():
                continue
            better = own[both] < other[both]
            # the quarter by the error of the other under this condition
            hard = other[both] >= np.quantile(other[both], 0.75)
            rows.append(
                {
                    "model": model,
                    "condition": condition,
                    "compared": int(both.sum()),
                    "better": rounded(better.mean()),
                    "better_in_hard_quarter": rounded(better[hard].mean()),
                }
            )
    return rows


def by_start(ds: xr.Dataset) -> list[dict[str, Any]]:
    """Median sMAPE over systems of each start, where a model has several."""
    scores = counted(ds.smape.isel(horizon=-1), ds.failed).transpose("model", "condition", "start", "system")
    rows = []
    for i, model in enumerate(labels(ds, "model")):
        for j, condition in enumerate(labels(ds, "condition")):
            each = [one[~np.isnan(one)] for one in scores.values[i, j]]
            each = [one for one in each if one.size]
            if len(each) > 1:
                found = [rounded(np.median(one)) for one in each]
                systems = min(one.size for one in each)
                rows.append({"model": model, "condition": condition, "systems": systems, "smape": found})
    return rows


def rounded(value: Any) -> float | None:
    """Four digits; None for what is no finite number."""
    number = float(value)
    return float(f"{number:.4g}") if math.isfinite(number) else None


def text(ds: xr.Dataset) -> str:
    """The table for a shell: median sMAPE by model and condition, the best first, with the published ones."""
    said = summary(ds)
    conditions = labels(ds, "condition")
    cells = {(row["model"], row["condition"]): row for row in said["medians"]}
    ordered = sorted(
        {row["model"] for row in said["medians"]},
        key=lambda model: [_order(cells.get((model, one))) for one in conditions],
    )
    width = max(len("published: echo state network"), *(len(one) for one in ordered)) if ordered else 30
    heads = [f"{one:>14}" for one in conditions]
    lines = [f"{'median sMAPE, 0 to 200':<{width}}  {'  '.join(heads)}  valid time  seconds"]
    for model in ordered:
        rows = [cells.get((model, one)) for one in conditions]
        numbers = [f"{shown(row, 'smape'):>14}" for row in rows]
        first = next(row for row in rows if row is not None)
        lines.append(
            f"{model:<{width}}  {'  '.join(numbers)}  {shown(first, 'valid_time'):>10}  {shown(first, 'seconds'):>7}"
        )
    if "clean" in conditions:
        place = conditions.index("clean")
        for name, value in PUBLISHED.items():
            blank = [" " * 14] * place
            lines.append(f"{'published: ' + name:<{width}}  {'  '.join([*blank, f'{value:>14.1f}'])}")
    counts = sorted({row["systems"] for row in said["medians"]})
    failed = sum(row["failed"] for row in said["medians"])
    many = str(counts[0]) if len(counts) == 1 else f"{counts[0]} to {counts[-1]}" if counts else "no"
    lines.append(
        f"medians over {many} system{'s' * (many != '1')}; {failed} jobs failed, each counted as the worst score"
    )
    lines.append(
        "valid time in Lyapunov times, and seconds a job, of the first column where a model has jobs"
    )
    return "\n".join(lines)


def _order(row: dict[str, Any] | None) -> float:
    return math.inf if row is None or row["smape"] is None else float(row["smape"])


def shown(row: dict[str, Any] | None, name: str) -> str:
    """A number of a row; a dash where the job is not done, `failed` where the median of all failed."""
    if row is None:
        return "-"
    return "failed" if row[name] is None else f"{row[name]:.3g}"
