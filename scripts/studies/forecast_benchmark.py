"""The forecast benchmark in the documents: a summary of its results, and the tables made from it.

    ergodica benchmark forecast -o bench --conditions clean,noise-1,noise-5,one-component,one-period,sixty-periods
    python scripts/studies/forecast_benchmark.py bench      writes its result and the figure
    python scripts/studies/tables.py forecast-benchmark.md  fills the tables

The summary holds the medians over systems, never a score of one system; all scores lie in `bench/benchmark.nc`.
"""

from __future__ import annotations

import datetime
import json
import os
import sys
from pathlib import Path
from typing import Any

from ergodica.scripts.forecast_benchmark_conditions import CONDITIONS, PUBLISHED_CONDITION
from ergodica.scripts.studies import documents
from ergodica.scripts.studies.documents import markdown

RESULT = documents.ROOT / "benchmarks" / "results" / "forecast-benchmark.json"
FIGURE = documents.ROOT / "docs" / "figures" / "models" / "forecast-benchmark.png"
AGAINST = "nvar"


def results() -> dict[str, Any]:
    """The summary."""
    found: dict[str, Any] = json.loads(RESULT.read_text()) if RESULT.exists() else {}
    return found


def write(folder: Path) -> None:
    """The summary of the results in a folder of `ergodica benchmark forecast`, and their picture."""
    import xarray as xr
    from PIL import Image

    from ergodica.scripts.benchmark_forecast import PICTURE
    from ergodica.scripts.forecast_benchmark_results import labels
    from ergodica.scripts.forecast_benchmark_table import summary
    from ergodica.scripts.inputs import BENCHMARK
    from ergodica.scripts.studies import figures

    with xr.open_dataset(folder / BENCHMARK) as ds:
        said = {
            "study": "forecast-benchmark",
            "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
            "source": ds.attrs.get("source", ""),
            "systems": len(labels(ds, "system")),
            "starts": ds.sizes["start"],
            **summary(ds.load()),
        }
    part = RESULT.with_suffix(".part")
    part.write_text(json.dumps(said, indent=1) + "\n")
    os.replace(part, RESULT)
    figures.write(Image.open(folder / PICTURE), FIGURE)


def forecast_medians(margin: float) -> str:
    """Median sMAPE by model and condition, the best on clean data first, and the published medians."""
    cells = {(row["model"], row["condition"]): row for row in results().get("medians", [])}
    conditions = [one for one in CONDITIONS if any(condition == one for _, condition in cells)]
    models = sorted({model for model, _ in cells}, key=lambda model: _place(cells, model))
    lines = [(model, *(_number(cells.get((model, one)), "smape") for one in conditions)) for model in models]
    for name, value in results().get("published", {}).items():
        lines.append(
            (
                f"*{name}, published*",
                *(f"{value:g}" if one == PUBLISHED_CONDITION else "" for one in conditions),
            )
        )
    return markdown(("median sMAPE", *conditions), lines)


def forecast_clean(margin: float) -> str:
    """All medians without noise."""
    cells = {
        row["model"]: row for row in results().get("medians", []) if row["condition"] == PUBLISHED_CONDITION
    }
    models = sorted(cells, key=lambda model: _place({(model, PUBLISHED_CONDITION): cells[model]}, model))
    head = ("model", "systems", "failed", "sMAPE", "MASE", "nRMSE", "valid for, Lyapunov times", "seconds")
    columns = ("smape", "mase", "nrmse", "valid_time", "seconds")
    return markdown(
        head,
        [
            (model, str(row["systems"]), str(row["failed"]), *(_number(row, name) for name in columns))
            for model, row in ((model, cells[model]) for model in models)
        ],
    )


def forecast_wins(margin: float) -> str:
    """On how many systems a model has the lower sMAPE than the NVAR, of all and of the hardest quarter."""
    rows = {(row["model"], row["condition"]): row for row in results().get("wins", [])}
    conditions = [one for one in CONDITIONS if any(condition == one for _, condition in rows)]
    lines = []
    for model in sorted({model for model, _ in rows}):
        found = [rows.get((model, one)) for one in conditions]
        lines.append((model, *(_share(row) for row in found)))
    return markdown((f"better than {AGAINST}, %", *conditions), lines)


def forecast_starts(margin: float) -> str:
    """Median sMAPE of each start, where there are several."""
    rows = results().get("by_start", [])
    most = max((len(row["smape"]) for row in rows), default=0)
    lines = []
    for row in sorted(rows, key=lambda row: (list(CONDITIONS).index(row["condition"]), row["model"])):
        cells = ["failed" if one is None else f"{one:.3g}" for one in row["smape"]]
        lines.append((row["condition"], row["model"], *cells, *[""] * (most - len(cells))))
    return markdown(("condition", "model", *(f"start {one}" for one in range(most))), lines)


def _share(row: dict[str, Any] | None) -> str:
    return "" if row is None else f"{100 * row['better']:.0f} ({100 * row['better_in_hard_quarter']:.0f})"


def _number(row: dict[str, Any] | None, name: str) -> str:
    if row is None:
        return ""
    return "failed" if row[name] is None else f"{row[name]:.3g}"


def _place(cells: dict[tuple[str, str], dict[str, Any]], model: str) -> tuple[float, str]:
    value = cells.get((model, PUBLISHED_CONDITION), {}).get("smape")
    return (float("inf") if value is None else float(value), model)


TABLES = (forecast_medians, forecast_clean, forecast_wins, forecast_starts)

if __name__ == "__main__":
    write(Path(sys.argv[1]))
