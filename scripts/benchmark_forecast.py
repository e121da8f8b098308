"""What `ergodica benchmark forecast` does: checks, jobs, then one file, a picture and a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ergodica.numerics.errors import ParameterError, whole_number
from ergodica.scripts.ending import add_hints
from ergodica.scripts.inputs import BENCHMARK

if TYPE_CHECKING:
    from ergodica.scripts.forecast_benchmark_jobs import Plan

PICTURE = "benchmark.png"
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
    from ergodica.scripts.forecast_benchmark import (
        begin,
        check_folder,
        default_processes,
        jobs_of,
        missing,
        perform_all,
    )
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
    _check_training(plan, {one.model for one in asked})
    check_folder(plan)
    left = missing(asked, plan)
    if dry_run:
        models_asked = sorted({one.model for one in asked})
        print(f"{len(asked)} jobs of {', '.join(models_asked)}; {len(left)} to do in {plan.folder}")
        return
    models_there = begin(plan, [one.model for one in asked])
    try:
        failures = perform_all(left, plan, processes, progress) if left else []
        table = finish(plan.folder, {"seed": plan.seed, "ahead": plan.ahead}, models_there)
    except BaseException as error:
        count = len(asked) - len(missing(asked, plan))
        add_hints(error, [f"{count} of {len(asked)} jobs are done; the same command goes on"])
        raise
    print(table)
    for line in failures[:FAILURES_SHOWN]:
        print(f"failed: {line}")
    if len(failures) > FAILURES_SHOWN:
        print(f"and {len(failures) - FAILURES_SHOWN} more; their files in {plan.folder / 'results'} say why")


def _check_training(plan: Plan, models: Iterable[str]) -> None:
    """Refuse options that no training has, before the first of them."""
    from ergodica.scripts.forecast_benchmark_jobs import SET_HERE, model_of

    if not plan.training:
        return
    if not any(model_of(one, plan.modules).by_gradients for one in models):
        name, value = next(iter(plan.training.items()))
        raise ParameterError(
            f"training: is for models that are trained by gradients, got {name}={value!r} with {', '.join(models)}; "
            "leave it out"
        )
    from ergodica.models.training.of_model import check_options

    check_options(plan.training, without=SET_HERE)


def finish(folder: Path, attributes: Mapping[str, int], models: Sequence[str]) -> str:
    """Writes dataset and picture of all results in a folder, models in that order; the table."""
    from ergodica.data import write_dataset
    from ergodica.data.pictures import plot
    from ergodica.scripts.forecast_benchmark_results import dataset_of, results
    from ergodica.scripts.forecast_benchmark_table import text

    ds = dataset_of(results(folder), dict(attributes), models)
    write_dataset(ds, folder / BENCHMARK, overwrite=True)
    if bool((ds.failed == 0).any()):
        plot(ds, folder / PICTURE)
    return f"{text(ds)}\n{folder / BENCHMARK}"


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
