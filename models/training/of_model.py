"""The training of a model: what may be asked of it, and where it lies."""

from __future__ import annotations

from inspect import signature
from pathlib import Path
from typing import Any

from ergodica.data.file_errors import OutputExists
from ergodica.models.checkpoint import ARCHITECTURE
from ergodica.models.training.fit import fit
from ergodica.numerics.errors import ParameterError, nearest

TRAINING = "training"


def check_options(training: dict[str, Any]) -> None:
    """Checks that all are options of `models.fit`.

    Raises:
        ParameterError: one is not.
    """
    known = {*signature(fit).parameters} - {"network", "data", "loss", "held_out", "out"}
    for name in training:
        if name not in known:
            raise ParameterError(f"{name}: is no option of a training; {nearest(name, known)}")


def training_folder(out: Path, training: dict[str, Any]) -> Path:
    """Where the training lies of a model that shall be written to `out`.

    Raises:
        OutputExists: there is a model that may neither be gone on with nor replaced.
    """
    folder = out / TRAINING
    going_on = training.get("overwrite") or (training.get("resume") and folder.is_dir())
    if (out / ARCHITECTURE).exists() and not going_on:
        raise OutputExists(
            f"out: {out} holds a model; use resume=True to go on with its training, overwrite=True to replace it, or "
            "another folder"
        )
    return folder
