"""How often intervals hold the truth: every method of resampling on sources whose value is known.

    python scripts/studies/interval_coverage.py              all cases
    python scripts/studies/interval_coverage.py "KSG, n="    those with these words, put among the results

Writes `benchmarks/results/interval_coverage.json`, from which the tables of the documentation are made.
"""

from __future__ import annotations

import datetime
import json
import sys
import warnings
from typing import Any

import numpy as np
import xarray as xr

from ergodica import estimators as est
from ergodica.estimators.resampling import Resampling
from ergodica.scripts.studies import documents
from ergodica.scripts.studies.documents import markdown
from ergodica.scripts.studies.interval_sources import CASES, Case

RESULT = documents.ROOT / "benchmarks" / "results" / "interval_coverage.json"
TRIALS = 2000
BATCH = 250
MEMBERS = 16
LEVEL = 0.95
METHODS = ("subsampling", "jackknife", "bootstrap of blocks", "bootstrap of members")


def methods(case: Case) -> dict[str, Resampling]:
    """The ways to an error that suit a case."""
    found: dict[str, Resampling] = {"subsampling": est.Subsampling()}
    if not case.neighbours:
        found["jackknife"] = est.BlockJackknife()
        found["bootstrap of blocks"] = est.BlockBootstrap(length=None if case.ordered else 1)
    if not case.alone:
        found["bootstrap of members"] = est.MemberBootstrap()
    return found


def labelled(values: np.ndarray, case: Case) -> xr.DataArray:
    """Samples `(trial, [member,] t[, component])` at times."""
    leading = ("trial", "member")[: values.shape.index(case.n)]
    dims = (*leading, "t", "component")[: values.ndim]
    return xr.DataArray(values, dims=dims, coords={"t": case.dt * np.arange(case.n)})


def covered(case: Case, method: Resampling, trials: int, seed: int = 0) -> dict[str, float]:
    """Share of the intervals that hold the truth, and how estimates and errors came out."""
    ensemble = isinstance(method, est.MemberBootstrap)
    inside, estimates, errors = [], [], []
    for first in range(0, trials, BATCH):
        count = min(BATCH, trials - first)
        rng = np.random.default_rng([seed, first])
        if ensemble:
            parts = case.sample(rng, count * MEMBERS, case.n)
            arrays = [labelled(a.reshape(count, MEMBERS, *a.shape[1:]), case) for a in parts]
        else:
            arrays = [labelled(a, case) for a in case.sample(rng, count, case.n)]
        found = est.confidence(case.estimate, *arrays, method=method, level=LEVEL, seed=first)
        inside.append((found.lower <= case.truth) & (case.truth <= found.upper))
        estimates.append(found.estimate)
        errors.append(found.standard_error)
    estimate, error = (np.concatenate([one.values for one in part]) for part in (estimates, errors))
    return {
        "coverage": float(np.concatenate([one.values for one in inside]).mean()),
        "bias": float(estimate.mean() - case.truth),
        "spread": float(estimate.std(ddof=1)),
        "mean error": float(np.sqrt((error**2).mean())),
    }


def autoregression(rng: np.random.Generator, lanes: int, n: int, phi: float) -> xr.DataArray:
    """x_t = phi x_(t-1) + e, stationary."""
    e = rng.normal(size=(n, lanes))
    e[0] /= np.sqrt(1 - phi * phi)
    for i in range(1, n):
        e[i] += phi * e[i - 1]
    return xr.DataArray(e.T, dims=("trial", "t"))


def mean(x: xr.DataArray, *, dim: str) -> xr.DataArray:
    """What is measured of autoregressions: 0."""
    return x.mean(dim)


def blocks(trials: int) -> list[dict[str, Any]]:
    """Coverage of intervals of the mean of autoregressions, by how long blocks are."""
    table = []
    for n in (400, 2000):
        for phi in (0.0, 0.5, 0.8, 0.9, 0.95):
            x = autoregression(np.random.default_rng(n), trials, n, phi)
            ways = {
                "bootstrap, n/25": est.BlockBootstrap(length=n // 25),
                "bootstrap, automatic": est.BlockBootstrap(),
                "subsampling, n/10": est.Subsampling(),
                "jackknife, n/20": est.BlockJackknife(),
            }
            row: dict[str, Any] = {"n": n, "phi": phi}
            for name, method in ways.items():
                found = est.confidence(mean, x, method=method, level=LEVEL)
                row[name] = float(((found.lower <= 0) & (found.upper >= 0)).mean())
            print(row, flush=True)
            table.append(row)
    return table


def study(words: str = "", trials: int = TRIALS) -> dict[str, Any]:
    """Cases with these words by every method, and the mean of autoregressions by length of blocks."""
    # blocks too short are part of the study
    warnings.simplefilter("ignore", est.ResamplingWarning)
    known = json.loads(RESULT.read_text()) if words else {"cases": []}
    table = []
    for case in CASES:
        if words not in case.name:
            table += [row for row in known["cases"] if row["case"] == case.name]
            continue
        for name, method in methods(case).items():
            row: dict[str, Any] = {"case": case.name, "method": name, **covered(case, method, trials)}
            print(
                "{case}: {method}: {coverage:.3f}, bias {bias:.2g}, spread {spread:.3g}".format(**row),
                flush=True,
            )
            table.append(row)
    return {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "trials": trials,
        "members": MEMBERS,
        "level": LEVEL,
        "cases": table,
        "blocks": known.get("blocks") or blocks(trials),
    }


def coverage_of_intervals(margin: float) -> str:
    """The page's table: coverage, and the bias in errors, of each case by each method."""
    found: dict[str, dict[str, str]] = {}
    for row in json.loads(RESULT.read_text())["cases"]:
        bias = row["bias"] / row["mean error"]
        found.setdefault(row["case"], {})[row["method"]] = f"{row['coverage']:.3f} ({bias:+.2f})"
    lines = [(case, *(cells.get(one, "-") for one in METHODS)) for case, cells in found.items()]
    return markdown(("case", *METHODS), lines)


def coverage_by_blocks(margin: float) -> str:
    """The page's table: coverage of the mean of autoregressions by length of blocks."""
    rows = json.loads(RESULT.read_text())["blocks"]
    ways = [name for name in rows[0] if name not in ("n", "phi")]
    lines = [(f"{row['n']}", f"{row['phi']:g}", *(f"{row[one]:.3f}" for one in ways)) for row in rows]
    return markdown(("n", "phi", *ways), lines)


TABLES = (coverage_of_intervals, coverage_by_blocks)


if __name__ == "__main__":
    found = study(sys.argv[1] if len(sys.argv) > 1 else "")
    RESULT.write_text(json.dumps(found, indent=1) + "\n")
