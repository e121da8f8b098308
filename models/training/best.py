"""The best network so far, and when to stop."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from ergodica.models.torch_needed import torch

FAR = 1e3  # times the size of the first losses: no training comes back from there
MOST_SKIPPED = 5  # steps in a row that are not finite


@dataclass
class Best:
    """Weights with the lowest loss on held-out data; the newest where there are none.

    Attributes:
        state: weights and buffers.
        step: after which they were had.
        loss: on held-out data.
        waited: checks since then.
    """

    state: dict[str, torch.Tensor] = field(default_factory=dict)
    step: int = 0
    loss: float = math.inf
    waited: int = 0

    def offer(self, network: torch.nn.Module, step: int, loss: float | None) -> None:
        """Keeps the weights of `network` if `loss` is lower, or if there is none to compare."""
        if loss is not None and not loss < self.loss and self.state:
            self.waited += 1
            return
        self.state = {name: tensor.detach().clone() for name, tensor in network.state_dict().items()}
        self.step, self.waited = step, 0
        if loss is not None and math.isfinite(loss):
            self.loss = loss


@dataclass
class Divergence:
    """Watches for losses that grow beyond all bounds.

    Attributes:
        row: steps in a row that were not finite, so far.
        skipped: all such steps.
    """

    row: int = 0
    skipped: int = 0

    def seen(self, start: int, losses: list[list[float]], *, first: float, most: int) -> str | None:
        """Takes in what the steps from `start` on said; why to stop, or None.

        Args:
            start: number of the first of these steps.
            losses: (loss, gradient norm) of each.
            first: size of the losses when the training began.
            most: steps in a row that may be not finite, less one.
        """
        for step, values in enumerate(losses, start):
            if all(map(math.isfinite, values)):
                self.row = 0
                continue
            self.row, self.skipped = self.row + 1, self.skipped + 1
            if self.row >= most:
                return f"loss or gradient is not finite from step {step - self.row + 1} on, last loss {values[0]:g}"
        finite = [values[0] for values in losses if all(map(math.isfinite, values))]
        mean = sum(finite) / len(finite) if finite else 0.0
        if mean > FAR * first > 0:
            step = start + len(losses) - 1
            return (
                f"at step {step} the loss is {mean:.3g}, {FAR:g} times the size {first:.3g} of its beginning"
            )
        return None
