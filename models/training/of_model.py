"""The training of a model: what may be asked of it, and where it lies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from inspect import Parameter, signature
from pathlib import Path
from typing import Any

from ergodica.data.file_errors import OutputExists
from ergodica.models.checkpoint import ARCHITECTURE
from ergodica.models.device import torch_device
from ergodica.models.training.fit import check_threads, fit
from ergodica.models.training.precision import precision_of
from ergodica.models.training.settings import Settings
from ergodica.numerics.errors import ParameterError, nearest

TRAINING = "training"


def check_options(training: Mapping[str, Any], *, without: tuple[str, ...] = ()) -> None:
    """Checks that all are options of `models.fit` with values that can be, before the data are read.

    Args:
        training: options by name.
        without: options that may not be given here.

    Raises:
        ParameterError: one is not, or cannot be.
    """
    parameters = signature(fit).parameters
    known = {*parameters} - {"network", "data", "loss", "held_out", "out", *without}
    for name in training:
        if name not in known:
            raise ParameterError(f"{name}: is no option of a training; {nearest(name, known)}")
    usual = {name: one.default for name, one in parameters.items() if one.default is not Parameter.empty}
    asked = {"steps": 1, "batch": 1, **usual, **training}
    Settings(**{one.name: asked[one.name] for one in fields(Settings)})
    precision_of(asked["precision"], torch_device(asked["device"]))
    check_threads(asked["threads"])


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
