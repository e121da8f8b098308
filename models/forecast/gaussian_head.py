"""The spread of a network's forecast: a Gaussian about its mean, whose width it says."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from ergodica.models.torch_needed import torch

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FIRST = 0.1
"""Width before training, in standard deviations of the data."""
NARROWEST = 1e-4
BEYOND = 1.2
"""Largest value of a forecast, by the largest one that was learned from."""


class GaussianHead(torch.nn.Module):
    """log sigma of a forecast, linear in what the network knows.

    No gradient goes back from here: the width is fitted to the errors of the mean and leaves the mean as it is.

    Args:
        known: numbers that the network knows.
        outputs: numbers that have a width.
    """

    def __init__(self, known: int, outputs: int) -> None:
        super().__init__()
        self.linear = torch.nn.Linear(known, outputs)
        torch.nn.init.zeros_(self.linear.weight)
        torch.nn.init.constant_(self.linear.bias, math.log(FIRST))

    def forward(self, known: torch.Tensor) -> torch.Tensor:
        """(..., known) to (..., outputs)."""
        made: torch.Tensor = self.linear(known.detach())
        return made.clamp(min=math.log(NARROWEST), max=-math.log(NARROWEST))


def surprise(error: torch.Tensor, log_width: torch.Tensor) -> torch.Tensor:
    """-ln N(error; 0, sigma^2) less a constant, whose gradient reaches the width alone."""
    return 0.5 * (error.detach() * torch.exp(-log_width)).square() + log_width


def by_pieces(
    network: Any,
    context: torch.Tensor,
    steps: int,
    largest: NDArray[np.float64],
    generator: torch.Generator | None,
) -> torch.Tensor:
    """Forecasts of several snapshots one after another, each from the last `lookback` ones there are then.

    Args:
        network: gives a forecast of a context and the log of its width, (rows, ahead, features) each.
        context: (rows, lookback, features).
        steps: to forecast.
        largest: |values| that were learned from, (features,); a forecast stays within a little more, since what a
            network says beyond feeds on itself.
        generator: of the errors that are added; None for none.

    Returns:
        (rows, steps, features).
    """
    lookback, made, count = context.shape[1], [], 0
    bound = torch.from_numpy(BEYOND * largest).to(context)
    while count < steps:
        piece, width = network(context)
        if generator is not None:
            noise = torch.randn(piece.shape, generator=generator, device=piece.device, dtype=piece.dtype)
            piece = piece + width.exp() * noise
        piece = piece.clamp(-bound, bound)
        made.append(piece)
        count += piece.shape[1]
        context = torch.cat([context, piece], dim=1)[:, -lookback:]
    return torch.cat(made, dim=1)[:, :steps]
