"""The forecast benchmark as a whole: which jobs are missing, many at a time, and what came of all of them."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import threading
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import product
from typing import Any

from ergodica.models.training.wholeness import Whole
from ergodica.numerics.errors import ParameterError, RunError, nearest
from ergodica.scripts.forecast_benchmark_conditions import CONDITIONS
from ergodica.scripts.forecast_benchmark_data import chaotic_flows
from ergodica.scripts.forecast_benchmark_jobs import Job, Plan, done, known_models, model_of, perform

PROTOCOL = "benchmark.json"
SCHEMA = 1
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


def jobs_of(
    systems: Sequence[str] | None,
    models: Sequence[str] | None,
    conditions: Sequence[str] | None,
    starts: int,
    modules: tuple[str, ...],
) -> list[Job]:
    """Every job that is asked for, system by system.

    Raises:
        ParameterError: an unknown system, model or condition.
    """
    flows = chaotic_flows()
    chosen_systems = list(flows) if systems is None else [_system(one, flows) for one in systems]
    chosen_models = known_models(modules) if models is None else [_model(one, modules) for one in models]
    for one in conditions or ():
        if one not in CONDITIONS:
            raise ParameterError(f"conditions: {one!r} is not known; {nearest(one, CONDITIONS)}")
    chosen_conditions = list(conditions or CONDITIONS)
    parts = (chosen_systems, range(starts), chosen_models, chosen_conditions)
    return list(
        dict.fromkeys(
            Job(system, model, condition, start) for system, start, model, condition in product(*parts)
        )
    )


def _system(name: str, flows: Sequence[str]) -> str:
    from ergodica import sims

    if name not in flows:
        found = sims.FLOWS[name].name if name in sims.FLOWS else None
        if found in flows:
            return str(found)
        why = "is not known" if found is None else "is not chaotic, or driven by noise"
        raise ParameterError(f"systems: {name!r} {why}; {nearest(name, flows)}")
    return name


def _model(text: str, modules: tuple[str, ...]) -> str:
    from ergodica.models.from_text import text_of

    return text_of(model_of(text, modules))


def check_folder(plan: Plan) -> None:
    """Checks that a folder is empty, or that what lies there is of the same protocol.

    Raises:
        ParameterError: it holds other things, or results of another protocol, or cannot be written to.
    """
    from ergodica.scripts.outputs import folder

    folder(str(plan.folder), markers=(PROTOCOL,), what="a benchmark", force=True)
    if not (plan.folder / PROTOCOL).is_file():
        return
    said = _said(plan)
    other = [name for name, value in _protocol(plan).items() if said.get(name) != value]
    if other:
        was = ", ".join(f"{name}={said.get(name)}" for name in other)
        raise ParameterError(f"out: {plan.folder} holds results of {was}; use the same or another folder")


def begin(plan: Plan, models: Iterable[str]) -> list[str]:
    """Makes the folder where there is none; its models in the order they came in, these behind those before."""
    from ergodica.data.atomic import replace_file

    path = plan.folder / PROTOCOL
    before = _said(plan).get("models", []) if path.is_file() else []
    found = list(dict.fromkeys([*before, *models]))
    if found != before:
        plan.folder.mkdir(parents=True, exist_ok=True)
        replace_file(path, json.dumps({**_protocol(plan), "models": found}, indent=1).encode())
    return found


def _said(plan: Plan) -> dict[str, Any]:
    path = plan.folder / PROTOCOL
    try:
        said = json.loads(path.read_bytes())
    except ValueError as error:
        raise ParameterError(f"out: {path} is damaged ({error}); use another folder") from None
    return said if isinstance(said, dict) else {}


def _protocol(plan: Plan) -> dict[str, Any]:
    return {"benchmark": "forecast", "schema": SCHEMA, "seed": plan.seed, "ahead": plan.ahead}


def missing(jobs: Sequence[Job], plan: Plan) -> list[Job]:
    """Those without a result; a failure is tried again."""
    results = ((job, done(job, plan)) for job in jobs)
    return [job for job, said in results if said is None or said["failure"] is not None]


def perform_all(jobs: Sequence[Job], plan: Plan, processes: int, progress: bool | None = None) -> list[str]:
    """Does the jobs, many at a time, each in a process of one thread; what failed, a line each.

    Raises:
        RunError: a process was killed from outside.
    """
    from tqdm import tqdm

    failures: list[str] = []
    disable = None if progress is None else not progress
    with _workers(min(processes, max(1, len(jobs)))) as pool, tqdm(
        total=len(jobs), desc="forecasts", unit="job", disable=disable
    ) as bar:  # fmt: skip
        with no_interrupt():
            running = {pool.submit(perform, job, plan): job for job in jobs}
        try:
            for future in as_completed(running):
                job, failure = running[future], future.result()
                if failure is not None:
                    failures.append(f"{job.system}, {job.model}, {job.condition}: {failure}")
                bar.update()
        except BrokenProcessPool:
            raise RunError("jobs: a process was killed, perhaps for its memory; use fewer --jobs") from None
    return failures


@contextmanager
def _workers(processes: int) -> Iterator[ProcessPoolExecutor]:
    """Processes of one thread each, which end at once when the block fails and when this process dies."""
    before = {name: os.environ.get(name) for name in ONE_THREAD}
    others = set(multiprocessing.active_children())
    # read by libraries as they are loaded, so before a process starts
    os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
    pool = ProcessPoolExecutor(processes, multiprocessing.get_context("spawn"), initializer=_alone)
    try:
        yield pool
        pool.shutdown()
    except BaseException:
        for child in set(multiprocessing.active_children()) - others:
            child.terminate()
        pool.shutdown(cancel_futures=True)
        raise
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextmanager
def no_interrupt() -> Iterator[None]:
    """A block that signals wait for: processes begin as they are submitted to, and would show where they were.

    They do not hear Ctrl-C, which a terminal sends to all, and are told all that they need before this one ends.
    """
    whole = Whole()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        with whole.watching(), whole:
            yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _alone() -> None:
    """Leaves Ctrl-C to the parent, and ends with it."""
    from tqdm import tqdm

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # its own lock is a semaphore of the system, which a process that is ended would leave behind
    tqdm.set_lock(threading.RLock())
    parent = multiprocessing.parent_process()

    def wait() -> None:
        if parent is not None:
            parent.join()
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


def default_processes() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
