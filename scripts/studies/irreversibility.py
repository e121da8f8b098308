"""Every route to entropy production on the same paths, beside the exact value.

    python scripts/studies/irreversibility.py            measure, write the results, draw the picture
    python scripts/studies/irreversibility.py picture    draw it from the results

Writes `benchmarks/results/irreversibility.json` and `docs/figures/estimators/irreversibility.png`; the page's table
is made from the results by `scripts/studies/tables.py`.
"""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ergodica import estimators as est
from ergodica import sims
from ergodica.scripts.studies import documents
from ergodica.scripts.studies.documents import markdown

RESULT = documents.ROOT / "benchmarks" / "results" / "irreversibility.json"
SAMPLES = 20_000
MEMBERS = 8
SEED = 1
CELLS = 4
"""Along each component, of equal shares, where states are made of vectors."""
SPACINGS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5)
SLOW_SPACINGS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
STATE_SPACINGS = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0)

OF_VECTORS: dict[str, est.IrreversibilityEstimator] = {
    "linear fit": est.LinearFit(),
    "short-time fit": est.ShortTimeFit(),
    "uncertainty bound": est.UncertaintyBound(),
    "finite-time bound": est.FiniteTimeBound(),
    "nearest neighbours": est.NearestNeighbours(),
}
OF_STATES: dict[str, est.IrreversibilityEstimator] = {
    "sampled transitions": est.Schnakenberg(pseudo_count=0.5),
    "generator fit": est.GeneratorFit(),
    "sampled, corrected": est.Schnakenberg(pseudo_count=0.5, correct=True),
}
ALONG_STATES = ("linear fit", "uncertainty bound", "finite-time bound")
"""Routes of vectors that take indicators of states."""
SHOWN = {"rotation": 0.05, "brownian-gyrator": 0.05, "aoup-in-a-trap": 1.0}
"""Spacings of the page's tables; of other processes .1."""
A_SAMPLE: dict[str, Callable[..., Any]] = {
    "ordinal asymmetry": est.bounded_ordinal_asymmetry,
    "visibility graph": est.visibility_irreversibility,
}
"""Numbers of one component, in nats a sample: no rates."""


@dataclass(frozen=True)
class Case:
    """A process at one spacing of samples."""

    system: str
    process: str
    parameter: str
    value: float
    dt: float

    @property
    def name(self) -> str:
        """In words, without the spacing."""
        return f"{self.process}, {self.parameter} = {self.value:g}"


def cases() -> Iterator[Case]:
    """All of the study."""
    for process, parameter, value, spacings in (
        ("rotation", "w", 2.0, SPACINGS),
        ("brownian-gyrator", "T2", 5.0, SPACINGS),
        ("brownian-gyrator", "T2", 1.0, SPACINGS),
        ("aoup-in-a-trap", "v0", 0.3, SLOW_SPACINGS),
    ):
        yield from (Case("linear-sde", process, parameter, value, dt) for dt in spacings)
    yield from (Case("jump-process", "three-state-ring", "affinity", 6.0, dt) for dt in STATE_SPACINGS)
    yield from (
        Case("jump-process", "flashing-ratchet", "V", value, 0.1) for value in (0.0, 0.5, 1.0, 2.0, 3.0)
    )


def measured(case: Case, samples: int = SAMPLES, members: int = MEMBERS) -> dict[str, Any]:
    """Mean and standard deviation over members of every route."""
    with warnings.catch_warnings():
        # a spacing that is too long for a logarithm is part of the study, and shows as NaN
        warnings.filterwarnings("ignore", "estimator: dt=", RuntimeWarning)
        return _measured(case, samples, members)


def _measured(case: Case, samples: int, members: int) -> dict[str, Any]:
    ds = (
        sims.system(case.system)
        .preset(case.process, parameters={case.parameter: case.value})
        .run(t_end=samples * case.dt, snapshots=samples + 1, members=members, seed=SEED)
    )
    routes: dict[str, Any] = {}
    if case.system == "linear-sde":
        vectors = ds["state"]
        chosen = OF_VECTORS
        symbols = cells(vectors)
        series = vectors.isel(component=0)
    else:
        last = ds.isel(t=-1)
        counted = last["transitions"], last["dwell_time"]
        routes["counted transitions"] = est.schnakenberg(*counted, pseudo_count=0.5)
        routes["counted, corrected"] = est.schnakenberg(*counted, pseudo_count=0.5, correct=True)
        symbols = series = ds["state"]
        indicators = (ds["state"] == ds["from_state"].isel(from_state=slice(None, -1))).astype(float)
        vectors = indicators.rename(from_state="component")
        chosen = {name: OF_VECTORS[name] for name in ALONG_STATES}
    for name, estimator in chosen.items():
        routes[name] = est.entropy_production(vectors, dim="t", feature_dim="component", estimator=estimator)
    for name, estimator in OF_STATES.items():
        routes[name] = est.entropy_production(symbols, dim="t", estimator=estimator)
    for name, function in A_SAMPLE.items():
        routes[name] = function(series, dim="t")
    exact = float(np.ravel(ds["entropy_production_rate"])[0])
    return asdict(case) | {
        "samples": samples,
        "members": members,
        "exact": exact,
        "routes": {
            name: {"mean": float(values.mean()), "spread": float(values.std(ddof=1))}
            for name, values in routes.items()
        },
    }


def cells(vectors: Any) -> Any:
    """Whole numbers of the cells of vectors, `CELLS` of equal shares along each component."""
    edges = vectors.quantile(np.arange(1, CELLS) / CELLS, dim="t")
    ranks = (vectors > edges).sum("quantile")
    return (ranks * CELLS ** ranks["component"]).sum("component")


def rows() -> list[dict[str, Any]]:
    """The results."""
    found: list[dict[str, Any]] = json.loads(RESULT.read_text())["cases"]
    return found


def irreversibility_rates(margin: float) -> str:
    """The page's table of rates: the exact one and every route at one spacing of each process, mean and spread."""
    return _table((*OF_VECTORS, "counted transitions", "sampled transitions", "generator fit"))


def irreversibility_series(margin: float) -> str:
    """The page's table of what one component, or the number of the state, shows in nats a sample."""
    return _table(tuple(A_SAMPLE))


def _table(routes: tuple[str, ...]) -> str:
    found = []
    for row in rows():
        if row["dt"] != SHOWN.get(row["process"], 0.1):
            continue
        name = f"{row['process']}, {row['parameter']} = {row['value']:g}"
        of_states = row["system"] == "jump-process"
        numbers = [
            _shown(row["routes"].get(route) if of_states or route != "generator fit" else None)
            for route in routes
        ]
        found.append((name, f"{row['dt']:g}", f"{row['exact']:.4f}", *numbers))
    return markdown(("process", "dt", "exact", *routes), found)


def _shown(value: dict[str, float] | None) -> str:
    """A mean and its spread between members, to the digits that the spread leaves."""
    if value is None or not np.isfinite(value["mean"]):
        return "-"
    digits = int(np.clip(1 - np.floor(np.log10(max(value["spread"], 1e-9))), 1, 5))
    return f"{value['mean']:.{digits}f} ± {value['spread']:.{digits}f}"


def main(names: list[str]) -> None:
    """Measure and draw, or draw only."""
    if "picture" not in names:
        found = []
        for case in cases():
            found.append(measured(case))
            print(case.name, f"dt={case.dt:g}", flush=True)
        RESULT.write_text(json.dumps({"cells": CELLS, "seed": SEED, "cases": found}, indent=1) + "\n")
    from ergodica.scripts.studies import irreversibility_figures

    irreversibility_figures.main()


TABLES = (irreversibility_rates, irreversibility_series)


if __name__ == "__main__":
    main(sys.argv[1:])
