"""Gradients of one step: added up over processes, measured and clipped."""

from __future__ import annotations

from collections.abc import Sequence

from ergodica.models.torch_needed import torch
from ergodica.models.training.distributed import World


@torch.no_grad()
def added_up(parameters: Sequence[torch.Tensor], loss: torch.Tensor, world: World) -> list[torch.Tensor]:
    """The gradients of all processes, and the loss of all rows in place of that of this one's rows."""
    for parameter in parameters:
        if parameter.grad is None:  # no part of this loss; processes must agree on what they exchange
            parameter.grad = torch.zeros_like(parameter)
    gradients = [p.grad for p in parameters if p.grad is not None]
    world.add_up([*gradients, loss])
    return gradients


@torch.no_grad()
def clipped(gradients: list[torch.Tensor], clip: float | None) -> torch.Tensor:
    """Their norm before clipping; longer ones than `clip` are brought to that length, in place."""
    norm = torch.linalg.vector_norm(torch.stack(torch._foreach_norm(gradients)))
    if clip is not None:
        torch._foreach_mul_(gradients, (clip / norm).clamp(max=1.0))
    return norm
