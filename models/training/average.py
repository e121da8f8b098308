"""The moving average of weights over a training."""

from __future__ import annotations

import copy
from typing import Generic, TypeVar

from ergodica.models.torch_needed import torch

RAMP = 10  # steps; early on the average spans a tenth of the steps so far


def decay_of(step: int, decay: float) -> float:
    """What is kept of the average at a step, from 1 on: min(decay, (step - 1)/(step + 9)).

    Nothing is kept at the first step, so that the weights before the training have no part in it; a short training
    averages over about its last tenth.
    """
    return min(decay, (step - 1) / (step + RAMP - 1))


Kind = TypeVar("Kind", bound=torch.nn.Module)


class Average(Generic[Kind]):
    """Exponential moving average of a network's parameters; its buffers are those of now.

    Attributes:
        network: a copy that holds the average; its weights ask for no gradients.
    """

    def __init__(self, network: Kind, decay: float) -> None:
        self.network: Kind = copy.deepcopy(network).requires_grad_(False).eval()
        self._decay = decay
        self._averages: list[torch.Tensor] = list(self.network.parameters())
        self._weights: list[torch.Tensor] = list(network.parameters())
        self._copies, self._buffers = list(self.network.buffers()), list(network.buffers())

    @torch.no_grad()
    def update(self, step: int) -> None:
        """Takes in the weights after a step, from 1 on."""
        torch._foreach_lerp_(self._averages, self._weights, 1.0 - decay_of(step, self._decay))
        if self._buffers:
            torch._foreach_copy_(self._copies, self._buffers)
