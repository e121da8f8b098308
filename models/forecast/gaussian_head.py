"""The spread of a network's forecast: a Gaussian about its mean, whose width it says."""

from __future__ import annotations

import math

from ergodica.models.torch_needed import torch

FIRST = 0.1
"""Width before training, in standard deviations of the data."""
NARROWEST = 1e-4


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
