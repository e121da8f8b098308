"""One job of the forecast benchmark: a model is fitted to a series, goes on from its end, and is scored."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import json
import os
import sys
import warnings
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import numpy as np

from ergodica.numerics.errors import ParameterError
from ergodica.scripts.forecast_benchmark_conditions import CONDITIONS
from ergodica.scripts.forecast_benchmark_data import POINTS, TESTED, Shown, orbit, shown

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

HORIZONS = (POINTS // 10, POINTS // 2, POINTS, TESTED * POINTS)
"""Snapshots up to which errors are averaged; the last one is the published."""
SCORES = ("smape", "nrmse", "mase")
SET_HERE = ("progress", "resume", "overwrite")
"""Options of a training that are not asked for: each is done from its start, and nothing of it is kept."""
LONGEST_MESSAGE = 300
LONGEST_NAME = 150


@dataclass(frozen=True, order=True)
class Job:
    """What is fitted where; `model` as `ergodica.models.from_text` reads it."""

    system: str
    model: str
    condition: str
    start: int

    def path(self, folder: Path) -> Path:
        """Its result."""
        name = f"{self.condition}-{self.start}.json"
        model = quote(self.model, safe="()=,. ")
        if len(model) > LONGEST_NAME:
            # file systems end names at 255 letters
            mark = hashlib.sha256(model.encode()).hexdigest()[:16]
            model = f"{model[:LONGEST_NAME]}... {mark}"
        return folder / "results" / self.system / model / name


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What all jobs share.

    Args:
        folder: of the results.
        seed: of noise and trainings; each job has its own from it.
        ahead: periods that are forecast.
        training: options of trainings.
        modules: Python files or modules that name further models.
    """

    folder: Path
    seed: int = 0
    ahead: int = 10
    training: Mapping[str, Any] = field(default_factory=dict)
    modules: tuple[str, ...] = ()

    def settings(self, *, trained: bool = True) -> dict[str, Any]:
        """What decides a result beside the job, as JSON; options of trainings for models that have one."""
        return {"seed": self.seed, "ahead": self.ahead, "training": dict(self.training) if trained else {}}


def done(job: Job, plan: Plan) -> dict[str, Any] | None:
    """The result of a job, None where there is none of these settings or the file is damaged."""
    try:
        said = json.loads(job.path(plan.folder).read_bytes())
    except (OSError, ValueError):
        return None
    if not isinstance(said, dict):
        return None
    return said if said.get("settings") == plan.settings(trained=said.get("trained", True)) else None


def perform(job: Job, plan: Plan) -> str | None:
    """Does a job and writes its result; what went wrong, in a line, where something did."""
    from ergodica.data.atomic import replace_file

    said: dict[str, Any] = {**asdict(job), "settings": plan.settings(), "failure": None}
    failure = None
    try:
        with warnings.catch_warnings():
            # that a forecast left its bounds is in its scores
            warnings.simplefilter("ignore")
            said |= _scored(job, plan)
    except (Exception, SystemExit) as error:  # whatever a model does, the others go on
        text = " ".join(f"{type(error).__name__}: {error}".split())
        said["failure"] = failure = text[:LONGEST_MESSAGE]
    path = job.path(plan.folder)
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, json.dumps(said, indent=1).encode())
    return failure


def _scored(job: Job, plan: Plan) -> dict[str, Any]:
    whole = orbit(job.system, job.start, plan.ahead)
    seen = shown(whole, CONDITIONS[job.condition], _seed(plan.seed, job.system, job.condition, job.start))
    model = model_of(job.model, plan.modules)
    begun = perf_counter()
    model.fit(seen.training, **_options(model, job, plan))
    fitted = perf_counter()
    forecast = model.forecast(horizon=len(seen.truth)).state.values
    ended = perf_counter()
    return {
        **_scores(forecast, seen, float(whole.t[1] - whole.t[0]), _exponent(job.system)),
        "settings": plan.settings(trained=model.by_gradients),
        "trained": model.by_gradients,
        "parameters": model.parameter_count,
        "fit_seconds": fitted - begun,
        "forecast_seconds": ended - fitted,
    }


def _scores(forecast: Array, seen: Shown, dt: float, exponent: float) -> dict[str, Any]:
    """Errors up to each horizon, and the valid prediction time in Lyapunov times."""
    from ergodica import estimators as est

    changes = seen.scale > 0
    f, y, scale = forecast[:, changes], seen.truth[:, changes], seen.scale[changes]
    clean = seen.clean[:, changes]
    axes: dict[str, Any] = {"dim": 0, "feature_dim": 1}
    found: dict[str, list[float]] = {name: [] for name in SCORES}
    for horizon in HORIZONS:
        said, came = f[:horizon], y[:horizon]
        found["smape"].append(float(est.smape(said, came, **axes)))
        found["nrmse"].append(float(est.nrmse(said, came, scale=scale, **axes)))
        found["mase"].append(float(np.nanmean(est.mase(said, came, clean, dim=0))))
    valid = est.valid_prediction_time(f, y, scale=scale, exponent=exponent, dt=dt, **axes)
    return {**found, "valid_time": float(valid)}


def _exponent(system: str) -> float:
    from ergodica import sims

    return float(sims.FLOWS[system].facts.exponents[0])


def _options(model: Any, job: Job, plan: Plan) -> dict[str, Any]:
    """Options of a training, for models that have one."""
    if not model.by_gradients:
        return {}
    seed = _seed(plan.seed, "training", job.system, job.condition, job.start)
    return {"seed": seed, "progress": False, **plan.training}


def _seed(*parts: Any) -> int:
    """The same whole number below 2^31 for the same parts, on any machine."""
    return int.from_bytes(hashlib.sha256(repr(parts).encode()).digest()[:4], "big") >> 1


def model_of(text: str, modules: tuple[str, ...] = ()) -> Any:
    """A forecaster by its name and settings, after the modules that name further ones are there.

    Raises:
        ParameterError: there is no such module, forecaster or setting.
    """
    from ergodica.models.forecast import Forecaster
    from ergodica.models.from_text import model_from_text

    for one in modules:
        _load(one)
    return model_from_text(text, Forecaster)


def known_models(modules: tuple[str, ...] = ()) -> list[str]:
    """Every forecaster that is made without settings and of no other one, by name."""
    from ergodica.models.described import known
    from ergodica.models.forecast import Forecaster
    from ergodica.models.from_text import text_of

    for module in modules:
        _load(module)
    found = []
    for cls in known().values():
        if issubclass(cls, Forecaster):
            try:
                one = cls()
            except (TypeError, ParameterError):
                continue
            # one that is made of another, such as an ensemble, is named with it
            if not any(isinstance(part, Forecaster) for part in vars(one).values()):
                found.append(text_of(one))
    return sorted(found)


def _load(module: str) -> None:
    """Imports a module, or a Python file by its path."""
    try:
        if module.endswith(".py"):
            _load_file(Path(module).resolve())
        else:
            importlib.import_module(module)
    except ParameterError:
        raise
    except Exception as error:  # whatever a file does
        raise ParameterError(
            f"module: {module!r} cannot be imported ({type(error).__name__}: {error}); give a Python file or an "
            "installed module that names a forecaster"
        ) from error


def _load_file(path: Path) -> None:
    # files of one name may lie in several folders
    name = f"_benchmarked_{path.stem}_{hashlib.sha256(os.fsencode(path)).hexdigest()[:8]}"
    if name in sys.modules:
        return
    if not path.is_file():
        raise ParameterError(f"module: {str(path)!r} is no Python file; give one that names a forecaster")
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    sys.modules[name] = loaded = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(loaded)
    except BaseException:
        del sys.modules[name]
        raise
