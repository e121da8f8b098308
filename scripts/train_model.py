"""What `ergodica train forecast` and `ergodica train koopman` do once their options are read."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ergodica.numerics.errors import ParameterError
from ergodica.numerics.threads import check_threads
from ergodica.scripts import networks, outputs
from ergodica.scripts.inputs import listed, open_run
from ergodica.scripts.resume_hint import hint_of_training

if TYPE_CHECKING:
    import xarray as xr

    from ergodica.models.model import Model

LEARNED_UNTIL = "learned_until"
"""Note of a model: the last time that it has seen."""


def train_model(
    file: str,
    kind: str,
    text: str,
    *,
    variables: list[str] | None,
    leave_out: int,
    out: str | None,
    force: bool,
    resume: bool,
    given: dict[str, Any],
) -> None:
    """Check where to write, fit, save, and say what came of it; what is None in `given` has the usual value."""
    open_run(file).close()
    if force and resume:
        raise ParameterError("force: must not be given with --resume; --force starts anew, --resume goes on")
    check_threads(given["threads"])
    target = Path(out) if out is not None else Path("nets") / Path(file).stem
    outputs.folder(str(target), markers=networks.MODEL_MARKERS, what="a model", force=force or resume)
    model = _model(text, kind)
    options = {name: value for name, value in given.items() if value is not None}
    if model.by_gradients:
        options |= {"out": target, "resume": resume, "overwrite": force}
    else:
        shared = ("threads", "progress")
        asked = {name: value for name, value in options.items() if name not in shared}
        model.refuse_training(asked | ({"resume": True} if resume else {}))
        options = {}
    start = time.monotonic()
    with open_run(file) as run:
        seen = _seen(run, leave_out)
        with hint_of_training(target):
            model.fit(seen, None if variables is None else listed(variables), **options)
        model.notes |= {"file": str(Path(file).resolve()), LEARNED_UNTIL: float(seen["t"][-1])}
    from ergodica.models import save

    save(model, target, overwrite=model.by_gradients or force)
    print(summary(model, target, time.monotonic() - start))


def _model(text: str, kind: str) -> Any:
    from ergodica.models.forecast import Forecaster
    from ergodica.models.from_text import model_from_text
    from ergodica.models.koopman import KoopmanModel

    return model_from_text(text, Forecaster if kind == "forecast" else KoopmanModel)


def _seen(run: xr.Dataset, leave_out: int) -> xr.Dataset:
    count = run.sizes.get("t", 0)
    if not 0 <= leave_out < max(count, 1):
        raise ParameterError(
            f"leave_out: must be at least 0 and leave some of the {count} snapshots, got {leave_out}; use a smaller one"
        )
    return run.isel(t=slice(None, count - leave_out))


def summary(model: Model, target: Path, seconds: float) -> str:
    """Where the model is, its size, and how it was found."""
    first = (
        f"{target}: {model.name}, {model.parameter_count} numbers, {outputs.human(outputs.size(target))}, "
        f"{outputs.duration(seconds)}"
    )
    return "\n".join([first, *networks.trained(target)])
