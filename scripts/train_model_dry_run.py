"""`ergodica train forecast|koopman --dry-run`: what would be fitted to what, and how long its steps would take."""

from __future__ import annotations

import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ergodica.scripts import networks
from ergodica.scripts.outputs import duration, human
from ergodica.scripts.train_dry_run import BYTES, COPIES

if TYPE_CHECKING:
    import xarray as xr

    from ergodica.models.model import Model

PROBE_STEPS = 8
FEATURES = 6
"""So many are named."""


def train_model_dry_run(
    kind: str,
    model: Model,
    seen: xr.Dataset,
    variables: list[str] | None,
    *,
    left_out: int,
    target: Path,
    options: dict[str, Any],
) -> str:
    """Model, data, steps, disk and time of a fit, in words; nothing is written.

    Args:
        kind: of the model, as the command names it.
        model: one that is not fitted.
        seen: the run without the snapshots that are left out.
        variables: that are learned; None for the state.
        left_out: number of snapshots.
        target: folder of the model.
        options: of the training, for a model that has one.
    """
    from ergodica.models.from_text import text_of

    series = model.data_of(seen, variables)
    names, members = series.layout.feature_names, series.values.shape[0]
    more = f" and {len(names) - FEATURES} more" if len(names) > FEATURES else ""
    later = f"; {left_out} later ones are left out" if left_out else ""
    rows = {
        "model": text_of(model),
        "features": f"{len(names)}: {', '.join(names[:FEATURES])}{more}",
        "members": "" if series.members is None else str(members),
        "snapshots": f"{len(series.t)}, from t = {series.t[0]:g} to {series.t[-1]:g}{later}",
        **(_training(model, seen, variables, options, target) if model.by_gradients else _at_once(target)),
    }
    table = "\n".join(f"  {name.ljust(10)} {words}" for name, words in rows.items() if words)
    there = any((target / name).exists() for name in networks.MODEL_MARKERS)
    way = f"\n  {target} holds a model: --force would replace it" if there else ""
    return f"{kind}, dry run: nothing is written\n{table}{way}"


def _at_once(target: Path) -> dict[str, str]:
    return {"fit": "to all of them at once, without steps", "folder": str(target)}


def _training(
    model: Model, seen: xr.Dataset, variables: list[str] | None, options: dict[str, Any], target: Path
) -> dict[str, str]:
    """Steps, size and time of a training, from a few of its steps."""
    from ergodica.models.training.of_model import check_options

    check_options(options)
    asked = {**_usual(model), **options}
    steps, patience = asked["steps"], asked.get("patience")

    def seconds(count: int) -> float:
        start = time.perf_counter()
        model.fit(seen, variables, **{**options, "steps": count, "progress": False})  # type: ignore[attr-defined]
        return time.perf_counter() - start

    seconds(1)  # which loads and compiles, and warns
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        first = seconds(1)
        step = max(0.0, seconds(1 + PROBE_STEPS) - first) / PROBE_STEPS
    fewer = "" if patience is None else f", fewer after {patience} checks without a better one"
    size = COPIES * BYTES * model.parameter_count
    return {
        "steps": f"{steps} of up to {asked['batch']} windows{fewer}",
        "numbers": f"{model.parameter_count} that are learned",
        "disk": f"about {human(size)} in {target}",
        "time": f"about {duration(first + (steps - 1) * step)}, from {PROBE_STEPS} steps on this machine",
    }


def _usual(model: Model) -> dict[str, Any]:
    """Usual options of the training of a model, or of the one that it is made of."""
    from ergodica.models.model import Model

    found = getattr(model, "usual", None)
    if found is None:
        found = next(_usual(part) for part in vars(model).values() if isinstance(part, Model))
    return dict(found)
