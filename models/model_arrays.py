"""What a model learned, as tensors that a file takes: complex arrays as pairs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.models.torch_needed import torch

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ergodica.models.model import Model

COMPLEX = ":complex"


def tensors_of(model: Model) -> dict[str, torch.Tensor]:
    """The state of a model; of a complex array both parts along a last axis."""
    made = {}
    for name, values in model.state().items():
        values = np.array(values)  # torch wants memory of its own
        if np.iscomplexobj(values):
            name, values = name + COMPLEX, np.stack([values.real, values.imag], axis=-1)
        made[name] = torch.from_numpy(values)
    return made


def arrays_of(tensors: Mapping[str, torch.Tensor]) -> dict[str, NDArray[Any]]:
    """The arrays that `tensors_of` gave."""
    made = {}
    for name, tensor in tensors.items():
        values = tensor.numpy()
        if name.endswith(COMPLEX):
            name, values = name.removesuffix(COMPLEX), values[..., 0] + 1j * values[..., 1]
        made[name] = values
    return made
