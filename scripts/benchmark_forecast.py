"""What `ergodica benchmark forecast` does: checks, jobs, then one file, a picture and a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from ergodica.numerics.errors import ParameterError, whole_number

FILE, PICTURE = "benchmark.nc", "benchmark.png"
FAILURES_SHOWN = 5
LEAST_AHEAD = 2


def benchmark_forecast(
    *,
    out: str,
    systems: str | None,
    models: Sequence[str] | None,
    conditions: str | None,
    starts: int,
    ahead: int,
    seed: int,
    training: Mapping[str, str],
    modules: tuple[str, ...],
    jobs: int | None,
    dry_run: bool,
    progress: bool | None,
) -> None:
    """See the command."""
    from ergodica.scripts import options
    from ergodica.scripts.forecast_benchmark import begin, default_processes, jobs_of, missing, perform_all
    from ergodica.scripts.forecast_benchmark_conditions import PUBLISHED_CONDITION
    from ergodica.scripts.forecast_benchmark_jobs import Plan

    plan = Plan(
        folder=Path(out),
        seed=whole_number("seed", seed, 0),
        ahead=whole_number("ahead", ahead, LEAST_AHEAD),
        training=options.table(dict(training)),
        modules=modules,
    )
    processes = whole_number("jobs", default_processes() if jobs is None else jobs, 1)
    asked = jobs_of(
        _names(systems, "systems"),
        _models(models),
        _names(conditions, "conditions") or [PUBLISHED_CONDITION],
        whole_number("starts", starts, 1),
        modules,
    )
    left = missing(asked, plan)
    if dry_run:
        models_asked = sorted({one.model for one in asked})
        print(f"{len(asked)} jobs of {', '.join(models_asked)}; {len(left)} to do in {plan.folder}")
        return
    begin(plan)
    failures = perform_all(left, plan, processes, progress) if left else []
    print(finish(plan.folder, {"seed": plan.seed, "ahead": plan.ahead}))
    for line in failures[:FAILURES_SHOWN]:
        print(f"failed: {line}")
    if len(failures) > FAILURES_SHOWN:
        print(f"and {len(failures) - FAILURES_SHOWN} more; their files in {plan.folder / 'results'} say why")


def finish(folder: Path, attributes: Mapping[str, int]) -> str:
    """Writes dataset and picture of all results in a folder; the table."""
    from ergodica.data import write_dataset
    from ergodica.data.pictures import plot
    from ergodica.scripts.forecast_benchmark_results import dataset_of, results
    from ergodica.scripts.forecast_benchmark_table import text

    ds = dataset_of(results(folder), dict(attributes))
    write_dataset(ds, folder / FILE, overwrite=True)
    if bool((ds.failed == 0).any()):
        plot(ds, folder / PICTURE)
    return f"{text(ds)}\n{folder / FILE}"


def _names(said: str | None, name: str) -> list[str] | None:
    if said is None:
        return None
    found = [one.strip() for one in said.split(",") if one.strip()]
    if not found:
        raise ParameterError(f"{name}: must name at least one, got {said!r}; leave it out for the default")
    return found


def _models(said: Sequence[str] | None) -> list[str] | None:
    if said is None:
        return None
    found = [name for one in said for name in split(one)]
    if not found:
        raise ParameterError(
            f"models: must name at least one, got {', '.join(map(repr, said))}; leave it out for the default"
        )
    return found


def split(said: str) -> list[str]:
    """Names parted by commas, but for the commas within brackets."""
    found, depth = [""], 0
    for letter in said:
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            found.append("")
        else:
            found[-1] += letter
    return [one.strip() for one in found if one.strip()]
