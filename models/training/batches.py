"""Arrays of a batch as tensors where the network computes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.models.torch_needed import torch
from ergodica.numerics.errors import ParameterError

if TYPE_CHECKING:
    from ergodica.models.draws import Draws

Batch = dict[str, torch.Tensor]
Loss = Callable[[Any, Batch, "Draws"], torch.Tensor]


def rows_of(arrays: Mapping[str, Any]) -> int:
    """How many rows a batch has."""
    return len(next(iter(arrays.values())))


def on_device(arrays: Mapping[str, Any], rows: slice, device: torch.device, dtype: torch.dtype) -> Batch:
    """These rows as tensors; real numbers in the precision of the weights, whole ones as they are."""
    made = {}
    for name, values in arrays.items():
        tensor = values[rows] if isinstance(values, torch.Tensor) else torch.from_numpy(_own(values[rows]))
        tensor = tensor.to(dtype) if tensor.is_floating_point() else tensor
        if device.type == "cuda" and tensor.device.type == "cpu":
            tensor = tensor.pin_memory()
        made[name] = tensor.to(device, non_blocking=True)
    return made


def checked(values: torch.Tensor, rows: int) -> torch.Tensor:
    """What a loss gave, one value a row.

    Raises:
        ParameterError: it is no tensor, or has another shape.
    """
    if not isinstance(values, torch.Tensor) or values.shape != (rows,):
        got = (
            f"the shape {tuple(values.shape)}" if isinstance(values, torch.Tensor) else type(values).__name__
        )
        raise ParameterError(
            f"loss: must give one value for each of the {rows} rows as a tensor, got {got}; take the mean over all "
            "axes but the first"
        )
    return values


def _own(values: Any) -> np.ndarray:
    # torch warns of arrays that cannot be written to, and knows no negative strides
    array = np.ascontiguousarray(values)
    return array if array.flags.writeable else array.copy()
