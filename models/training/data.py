"""What is trained on and what is held out."""

from __future__ import annotations

import hashlib
import warnings
from typing import Any

import numpy as np

from ergodica.models.torch_needed import torch
from ergodica.numerics.errors import ParameterError

SHARE = 0.1
DIGESTED = 16


def check_what_is_trained(data: Any, loss: Any) -> None:
    """Raises unless `data` gives batches and `loss` may be called.

    Raises:
        ParameterError: as said.
    """
    if isinstance(data, type) or not all(hasattr(data, name) for name in ("__len__", "batches", "sample")):
        raise ParameterError(
            f"data: must be data.Windows, or have its len, batches and sample, got {type(data).__name__}; use "
            "data.Windows(ds, names)"
        )
    if isinstance(loss, type) or not callable(loss):
        what = f"the class {loss.__name__}" if isinstance(loss, type) else repr(loss)
        raise ParameterError(
            f"loss: must be called as loss(network, batch, draws), got {what}; give a function"
        )


def check_batch(batch: int, samples: int) -> None:
    """Raises where a batch would hold some samples twice.

    Raises:
        ParameterError: it is larger than the data.
    """
    if batch > samples:
        raise ParameterError(
            f"batch: must be at most the {samples} samples that are trained on, got {batch}; use {samples} or fewer, "
            "or record more"
        )


def parts_of(data: Any, held_out: Any, patience: int | None) -> tuple[Any, Any]:
    """Data to train on, and data to check on or None.

    Raises:
        ParameterError: `held_out` is neither data nor a share, or there is a patience and nothing to check.
    """
    if held_out is None:
        held_out = SHARE if hasattr(data, "split") else 0
    if isinstance(held_out, int | float) and not isinstance(held_out, bool):
        if not 0 <= held_out < 1:
            raise ParameterError(
                f"held_out: must be data, or a share from 0 to below 1, got {held_out!r}; use 0.1"
            )
        if held_out:
            return data.split(held_out)
        if patience is not None:
            raise ParameterError(
                f"patience: needs held-out data, got patience={patience} without any; use held_out=0.1 or patience=None"
            )
        return data, None
    if not hasattr(held_out, "sample"):
        raise ParameterError(
            f"held_out: must be data with sample(count), or a share from 0 to below 1, got {held_out!r}; use 0.1"
        )
    return data, held_out


def asked_data(data: Any, held_out: Any, loss: Any) -> dict[str, Any]:
    """What a training to be resumed is recognised by: its loss, and its data by their number and a few of them."""
    return {
        "loss": _said(loss),
        "samples": len(data),
        "held_out_samples": 0 if held_out is None else len(held_out),
        "data": _digest(data),
        "held_out_data": None if held_out is None else _digest(held_out),
    }


def warn_of_few(data: Any, network: torch.nn.Module, arrays: dict[str, Any]) -> None:
    """Warns where there are more parameters to learn than numbers to learn from."""
    parameters = sum(p.numel() for p in network.parameters() if p.requires_grad)
    widest = max(int(np.prod(np.shape(values)[1:], dtype=np.int64)) for values in arrays.values())
    if parameters > len(data) * widest:
        warnings.warn(
            f"data: {len(data)} samples of {widest} numbers are few for {parameters} parameters; record more snapshots "
            "or members, or use a smaller network",
            stacklevel=2,
        )


def _digest(data: Any) -> str:
    made = hashlib.sha256()
    for name, values in sorted(data.sample(DIGESTED).items()):
        made.update(name.encode())
        made.update(np.ascontiguousarray(values).data)
    return made.hexdigest()[:16]


def _said(loss: Any) -> str:
    name = getattr(loss, "__qualname__", None)
    if name is not None:
        return str(name)
    text = repr(loss)
    return type(loss).__qualname__ if " at 0x" in text else text
