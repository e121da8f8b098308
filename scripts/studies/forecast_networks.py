"""Networks beside the nonlinear vector autoregression on chaotic flows, by the protocol of the forecast benchmark.

    python scripts/studies/forecast_networks.py              everything, about an hour of one core
    python scripts/studies/forecast_networks.py nvar nbeats  those that are named: models, coverage, patches
    python scripts/studies/forecast_networks.py page         tables and picture from the results

Writes `benchmarks/results/forecast-networks.json`, `docs/figures/models/entropy-patches.png` and fills
`docs/models/forecast-networks.md`. Data, noise, seeds and
errors are those of `ergodica benchmark forecast`; rows hold the sMAPE over 2 periods of each stretch of each flow.
"""

from __future__ import annotations

import functools
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from ergodica.numerics.errors import RunError
from ergodica.scripts.studies import documents, entropy_patches, forecast_networks_tables, measured
from ergodica.scripts.studies.forecast_networks_tables import FEW, RESULT, SYSTEMS, Row

PAGE = documents.ROOT / "docs" / "models" / "forecast-networks.md"
NOISE, PART = "noise-5", "one-component"
DRAWS, SHORT = 50, 50
Case = tuple[str, str, int]
"""Condition, flow and stretch."""


def noise(systems: Iterable[str]) -> list[Case]:
    """The first stretch of flows with noise of 5 %."""
    return [(NOISE, system, 0) for system in systems]


def part(systems: Iterable[str], stretches: int = 2) -> list[Case]:
    """Stretches of flows of which one component is seen."""
    return [(PART, system, start) for system in systems for start in range(stretches)]


def others() -> list[str]:
    """The chaotic flows of the catalogue that are not among the 24."""
    from ergodica.scripts.forecast_benchmark_data import chaotic_flows

    return [name for name in chaotic_flows() if name not in SYSTEMS]


def cases(model: str) -> list[Case]:
    """Where a model is measured."""
    if model == "neural_kalman":
        return noise(SYSTEMS)
    if model == "random_features":
        return part(SYSTEMS) + part(others(), 1)
    if model.startswith("random_features("):
        return part(SYSTEMS)
    if model in ("lstm", "neural_ode", "patch_transformer"):
        return noise(FEW)
    if model == "nbeats":
        return noise(FEW) + part(SYSTEMS)
    rest = part(others(), 1) if model == "nvar" else []
    return noise(SYSTEMS) + part(SYSTEMS) + rest


def scores(model: str) -> Iterator[Row]:
    """sMAPE over 2 periods and the seconds of a fit."""
    from ergodica.scripts.forecast_benchmark_jobs import Job, Plan, done, perform

    with tempfile.TemporaryDirectory() as folder:
        plan = Plan(folder=Path(folder))
        for condition, system, start in cases(model):
            job = Job(system, model, condition, start)
            failure = perform(job, plan)
            said = done(job, plan)
            if failure is not None or said is None:
                raise RunError(f"{model} on {system}, {condition}: {failure}; mend the model")
            yield {
                "condition": condition,
                "system": system,
                "start": start,
                "smape": round(said["smape"][-1], 4),
                "seconds": round(said["fit_seconds"], 2),
            }


def coverage() -> Iterator[Row]:
    """Shares of the clean truth within 90 % of the draws, over the first snapshots and over all."""
    from ergodica import estimators as est
    from ergodica.models.from_text import model_from_text
    from ergodica.scripts.forecast_benchmark_conditions import CONDITIONS
    from ergodica.scripts.forecast_benchmark_data import POINTS, TESTED, orbit, shown

    horizon = POINTS * TESTED
    for name in ("neural_kalman", "nbeats"):
        for system in forecast_networks_tables.COVERED:
            seen = shown(orbit(system, 0, 10), CONDITIONS[NOISE], 0)
            model = model_from_text(name).fit(seen.training, seed=0, progress=False)
            draws = model.forecast(horizon=horizon, members=DRAWS, seed=1).state
            draws = draws.transpose("t", "component", "realization").values
            within = [
                est.interval_coverage(draws[:steps].reshape(-1, DRAWS), seen.truth[:steps].ravel(), dim=0)
                for steps in (SHORT, horizon)
            ]
            yield {"model": name, "system": system, "first": float(within[0]), "all": float(within[1])}


MODELS = (
    *("neural_kalman", "random_features", "random_features(size=1)", "nbeats"),
    *("lstm", "patch_transformer", "neural_ode", "persistence", "linear", "nvar"),
)
STUDIES: dict[str, Callable[[], Iterable[Row]]] = {
    **{model: functools.partial(scores, model) for model in MODELS},
    "coverage": coverage,
    "patches": entropy_patches.patches,
}


def _numbers(row: Row) -> Row:
    return {key: value for key, value in row.items() if not isinstance(value, list)}


def main(names: list[str]) -> None:
    """Measure what is named, or all, and fill the page."""
    measured.measure(names, STUDIES, RESULT, shown=_numbers, indent=None)
    measured.fill(PAGE, forecast_networks_tables.TABLES)
    entropy_patches.draw()


if __name__ == "__main__":
    main(sys.argv[1:])
