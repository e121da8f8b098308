"""Networks on the disk, as the command line sees them: without torch."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from ergodica.models.training.metrics import LINES, lines_until
from ergodica.numerics.errors import ParameterError

ARCHITECTURE, WEIGHTS, CHECKPOINT = "network.json", "network.safetensors", "state.safetensors"
MARKERS = (ARCHITECTURE, "state.json", "0")
"""What a folder has that holds a network, or a training that has begun; 0 is the first of an ensemble."""
MODEL_MARKERS = (ARCHITECTURE, "training")
"""What a folder has that holds a model, or the training of one."""


def is_network(path: Path) -> bool:
    """Whether a folder holds a network, or the training of a model that has not ended."""
    return (path / ARCHITECTURE).is_file() or (path / MODEL_MARKERS[1] / "state.json").is_file()


def described(path: Path) -> dict[str, Any]:
    """What the JSON of a network says."""
    try:
        said = json.loads((path / ARCHITECTURE).read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        if (path / MODEL_MARKERS[1]).is_dir():
            what = "its training has not ended; give its command again with --resume"
        elif any((path / name).exists() for name in MARKERS):
            what = "its training has not come to a check yet"
        else:
            what = "give the folder that ergodica train wrote"
        raise ParameterError(f"network: {path} holds no {ARCHITECTURE}; {what}") from None
    except ValueError as error:
        raise ParameterError(
            f"network: {path / ARCHITECTURE} is damaged ({error}); train it again"
        ) from error
    if not isinstance(said, dict) or "network" not in said:
        raise ParameterError(f"network: {path / ARCHITECTURE} describes no network; give another folder")
    return said


def is_model(said: dict[str, Any]) -> bool:
    """Whether the JSON of a network is that of a forecaster or Koopman model, which knows the layout of its data."""
    return "layout" in said


def kept(path: Path) -> bool:
    """Whether a training was given up for the network it started from."""
    try:
        return "kept" in described(path).get("notes", {})
    except ParameterError:
        return False


def trained(path: Path) -> list[str]:
    """How far each training in a folder came, and when its network was best, a line each."""
    found = []
    for folder in sorted(
        (one for one in path.iterdir() if one.name.isdigit()), key=lambda one: int(one.name)
    ):
        found += [f"{folder.name}: {line}" for line in trained(folder)]
    own = path / MODEL_MARKERS[1]
    lines = lines_until((own if own.is_dir() else path) / LINES, sys.maxsize)
    if not lines:
        return found
    checked = [line for line in lines if line.get("held_out_loss") is not None]
    words = f"{lines[-1]['step']} steps"
    if checked:
        best = min(checked, key=lambda line: line["held_out_loss"])
        words += f", best at {best['step']} with a loss of {best['held_out_loss']:.5g} on data held out"
        if own.is_dir() and best["step"] == 0:
            words += "; its start, by least squares or as the last snapshot, is kept: give more data or steps"
        elif best["step"] == 0 or kept(path):
            words += "; no better than at its start beyond chance, so kept as it was: exact for Gaussian states, else "
            words += "give more data or steps"
    return [*found, words]
