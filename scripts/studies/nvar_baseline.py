"""Forecasts of every chaotic flow of the catalogue by the polynomial autoregression, the baseline of the benchmark.

    python scripts/studies/nvar_baseline.py                     the table and the medians
    python scripts/studies/nvar_baseline.py lorenz63 rossler    those that are named
    python scripts/studies/nvar_baseline.py --model "linear"    another forecaster

The protocol: 100 points a period, 10 periods to learn from, 2 to forecast, sMAPE of 0 to 200 against what the flow
does without noise. Noise is Gaussian, of that part of each component's standard deviation over the 10 periods. With
one observed component all but the first are hidden. Some six minutes on two cores. A study that was stopped goes on;
delete its file for a new one.
"""

from __future__ import annotations

import argparse
import json
import os
import warnings
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter, process_time
from typing import Any
from zlib import crc32

import numpy as np

from ergodica import sims
from ergodica.models.from_text import model_from_text
from ergodica.models.trajectories import trajectories_of
from ergodica.sims.dynamics.facts import table

ROOT = Path(__file__).parents[2]
OUT = ROOT / "benchmarks" / "results" / "nvar-baseline.json"
POINTS, LEARNED, AHEAD = 100, 10, 2
CASES: dict[str, tuple[float, bool]] = {
    "clean": (0.0, False),
    "1 % noise": (0.01, False),
    "5 % noise": (0.05, False),
    "one component": (0.0, True),
}
"""Noise, and whether one component alone is observed."""


def chaotic_flows() -> list[str]:
    """Flows with a period whose largest exponent is above zero by three standard errors."""
    return [
        name
        for name, row in table("flow").items()
        if row["exponents"] and row["exponents"][0] > 3 * row["standard_errors"][0] and row["period"]
    ]


def smape(made: np.ndarray, truth: np.ndarray) -> float:
    """200 |x - y| / (|x| + |y|), the mean over times and components."""
    return float(200 * np.mean(abs(made - truth) / np.maximum(abs(made) + abs(truth), 1e-300)))


def measure(name: str, model: str) -> dict[str, Any]:
    """One system's row: sMAPE, chosen settings and processor seconds of each case."""
    ds = sims.Flow(system=name).run(periods=LEARNED + AHEAD, points_per_period=POINTS, threads=1)
    clean, count = trajectories_of(ds).values[0], LEARNED * POINTS
    row: dict[str, Any] = {"system": name, "components": clean.shape[1]}
    for case, (noise, alone) in CASES.items():
        seen = ds.isel(t=slice(0, count), component=slice(0, 1) if alone else slice(None))
        spread = noise * seen.state.std("t").values
        # the same noise whatever other systems are run
        rng = np.random.default_rng(crc32(name.encode()))
        seen = seen.assign(
            state=seen.state.copy(data=seen.state.values + spread * rng.normal(size=seen.state.shape))
        )
        began = process_time()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = model_from_text(model).fit(seen)
            made = found.forecast(horizon=AHEAD * POINTS).state.values
        truth = clean[count : count + AHEAD * POINTS, : made.shape[1]]
        row[case] = {
            "smape": smape(made, truth),
            "seconds": round(process_time() - began, 2),
            "chosen": found.notes.get("chosen"),
        }
    return row


def medians(rows: list[dict[str, Any]]) -> str:
    """Median and quartiles of each case, as a Markdown table."""
    lines = [
        "| case | median sMAPE | quartiles | below 30 | processor seconds |",
        "| --- | --- | --- | --- | --- |",
    ]
    for case in CASES:
        values = np.array([row[case]["smape"] for row in rows])
        low, middle, high = np.quantile(values, (0.25, 0.5, 0.75))
        seconds = sum(row[case]["seconds"] for row in rows)
        lines.append(
            f"| {case} | {middle:.3g} | {low:.2g} to {high:.3g} | {(values < 30).mean():.0%} | {seconds:.0f} |"
        )
    return "\n".join(lines)


def main() -> None:
    """Runs the systems in processes of one thread each."""
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
        os.environ[variable] = "1"
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "systems", nargs="*", help="names; all chaotic flows with a period when none is given"
    )
    parser.add_argument("--model", default="nvar", help="as in `ergodica train forecast`")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument(
        "--out", type=Path, help=f"file for the rows; {OUT.relative_to(ROOT)} for all systems and nvar"
    )
    asked = parser.parse_args()
    names, began = asked.systems or chaotic_flows(), perf_counter()
    out = asked.out or (OUT if not asked.systems and asked.model == "nvar" else None)
    rows = known_rows(out, asked.model, names)
    left = [name for name in names if name not in {row["system"] for row in rows}]
    with get_context("spawn").Pool(asked.processes) as pool:
        for row in pool.imap_unordered(partial(measure, model=asked.model), left):
            rows.append(row)
            print(f"{row['system']:28}", *(f"{row[case]['smape']:9.3g}" for case in CASES), flush=True)
            if out is not None:
                rows.sort(key=lambda row: names.index(row["system"]))
                out.write_text(
                    json.dumps({"protocol": __doc__, "model": asked.model, "rows": rows}, indent=1) + "\n"
                )
    print(medians(rows))
    print(
        f"{len(rows)} systems, {len(left)} of them in {perf_counter() - began:.0f} s on {asked.processes} processes"
    )


def known_rows(out: Path | None, model: str, names: list[str]) -> list[dict[str, Any]]:
    """Rows of a study that was stopped."""
    if out is None or not out.exists():
        return []
    said = json.loads(out.read_text())
    return [row for row in said["rows"] if row["system"] in names] if said["model"] == model else []


if __name__ == "__main__":
    main()
