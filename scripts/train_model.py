"""What `ergodica train forecast` and `ergodica train koopman` do once their options are read."""

from __future__ import annotations

import shutil
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
    from ergodica.scripts.training_options import Output

LEARNED_UNTIL = "learned_until"
"""Note of a model: the last time that it has seen."""


def train_model(
    file: str,
    kind: str,
    text: str,
    *,
    variables: list[str] | None,
    leave_out: int,
    output: Output,
    given: dict[str, Any],
) -> None:
    """Check where to write, fit, save, and say what came of it; what is None in `given` has the usual value."""
    open_run(file).close()
    check_threads(given["threads"])
    target = output.target(file)
    outputs.folder(str(target), markers=networks.MODEL_MARKERS, what="a model", force=output.replaces)
    model = _model(text, kind)
    names = None if variables is None else listed(variables)
    options = {name: value for name, value in given.items() if value is not None}
    if not model.by_gradients:
        shared = ("threads", "progress")
        asked = {name: value for name, value in options.items() if name not in shared}
        model.refuse_training(asked | ({"resume": True} if output.resume else {}))
        options = {}
    elif not output.dry_run:
        options |= {"out": target, "resume": output.resume, "overwrite": output.force}
    start = time.monotonic()
    with open_run(file) as run:
        seen = _seen(run, leave_out)
        if output.dry_run:
            from ergodica.scripts.train_model_dry_run import train_model_dry_run

            print(
                train_model_dry_run(
                    kind, model, seen, names, left_out=leave_out, target=target, options=options
                )
            )
            return
        from ergodica.models import save

        with hint_of_training(target):
            model.fit(seen, names, **options)
            model.notes |= {"file": str(Path(file).resolve()), LEARNED_UNTIL: float(seen["t"][-1])}
            save(model, target, overwrite=model.by_gradients or output.force)
    if not model.by_gradients:
        _remove_training(target / networks.MODEL_MARKERS[1])
    print(summary(model, target, time.monotonic() - start))


def _remove_training(folder: Path) -> None:
    """Removes the training of a model that was replaced by one without."""
    if any(folder.rglob(networks.CHECKPOINT)):
        shutil.rmtree(folder)


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
    return run.isel(t=slice(None, count - leave_out), missing_dims="ignore")


def summary(model: Model, target: Path, seconds: float) -> str:
    """Where the model is, its size, and how it was found."""
    first = (
        f"{target}: {model.name}, {model.parameter_count} numbers, {outputs.human(outputs.size(target))}, "
        f"{outputs.duration(seconds)}"
    )
    return "\n".join([first, *networks.trained(target)])
