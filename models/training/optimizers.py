"""The optimizers by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ergodica.models.torch_needed import torch

Groups = list[dict[str, Any]]


def adamw(groups: Groups) -> torch.optim.Optimizer:
    """Adam with decoupled weight decay (Loshchilov and Hutter 2019, arXiv:1711.05101), in one fused pass."""
    return torch.optim.AdamW(groups, fused=True)


def radam(groups: Groups) -> torch.optim.Optimizer:
    """Rectified Adam (Liu et al. 2020, arXiv:1908.03265), which needs less warm-up; weight decay is decoupled."""
    return torch.optim.RAdam(groups, decoupled_weight_decay=True, foreach=True)


OPTIMIZERS: dict[str, Callable[[Groups], torch.optim.Optimizer]] = {"adamw": adamw, "radam": radam}


def optimizer_of(network: torch.nn.Module, name: str, weight_decay: float) -> torch.optim.Optimizer:
    """An optimizer of all trained parameters; only matrices decay, no biases or gains."""
    trained = [p for p in network.parameters() if p.requires_grad]
    if not weight_decay:
        return OPTIMIZERS[name]([{"params": trained, "weight_decay": 0.0}])
    matrices, others = [p for p in trained if p.ndim > 1], [p for p in trained if p.ndim <= 1]
    groups: Groups = [
        {"params": matrices, "weight_decay": weight_decay},
        {"params": others, "weight_decay": 0.0},
    ]
    return OPTIMIZERS[name]([group for group in groups if group["params"]])


def moments(optimizer: torch.optim.Optimizer) -> dict[str, torch.Tensor]:
    """The optimizer's memory as named tensors."""
    held = optimizer.state_dict()["state"]
    return {f"{index}.{name}": tensor for index, by_name in held.items() for name, tensor in by_name.items()}


def set_moments(optimizer: torch.optim.Optimizer, tensors: dict[str, torch.Tensor]) -> None:
    """Gives the optimizer the memory that `moments` read."""
    state: dict[int, dict[str, torch.Tensor]] = {}
    for key, tensor in tensors.items():
        index, _, name = key.partition(".")
        state.setdefault(int(index), {})[name] = tensor
    optimizer.load_state_dict({**optimizer.state_dict(), "state": state})
