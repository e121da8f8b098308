"""The layers of encoders and decoders."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

from ergodica.models.torch_needed import torch

CONVOLUTIONS = {1: torch.nn.Conv1d, 2: torch.nn.Conv2d}


def perceptron(inputs: int, outputs: int, width: int, depth: int) -> torch.nn.Sequential:
    """`depth` hidden layers of `width`, with SiLU; inputs of more axes than (rows, inputs) are flattened."""
    layers: list[torch.nn.Module] = [torch.nn.Flatten()]
    for before in [inputs, *[width] * (depth - 1)]:
        layers += [torch.nn.Linear(before, width), torch.nn.SiLU()]
    return torch.nn.Sequential(*layers, torch.nn.Linear(width, outputs))


def halved(size: Sequence[int], levels: int) -> list[tuple[int, ...]]:
    """The grid at each level, from the whole one on."""
    sizes = [tuple(size)]
    for _ in range(levels):
        sizes.append(tuple((one + 1) // 2 for one in sizes[-1]))
    return sizes


def convolution(
    grid: int, inputs: int, outputs: int, kernel: int, stride: int, periodic: bool
) -> torch.nn.Module:
    """One that keeps the grid, up to its stride."""
    return CONVOLUTIONS[grid](
        inputs,
        outputs,
        kernel,
        stride=stride,
        padding=kernel // 2,
        padding_mode="circular" if periodic else "zeros",
    )


class FieldEncoder(torch.nn.Module):
    """Windows of fields (rows, lookback, features) to (rows, latent); see `Convolutional`."""

    def __init__(
        self,
        shape: tuple[int, ...],
        lookback: int,
        latent: int,
        channels: Sequence[int],
        kernel: int,
        periodic: bool,
    ) -> None:
        super().__init__()
        self.shape = (lookback * shape[0], *shape[1:])
        layers: list[torch.nn.Module] = []
        for before, after in itertools.pairwise((self.shape[0], *channels)):
            layers += [
                convolution(len(shape) - 1, before, after, kernel, 2, periodic),
                torch.nn.SiLU(),
            ]
        coarse = halved(shape[1:], len(channels))[-1]
        self.levels = torch.nn.Sequential(*layers)
        self.last = torch.nn.Linear(channels[-1] * math.prod(coarse), latent)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(rows, lookback, features) to (rows, latent)."""
        return self.last(self.levels(x.reshape(len(x), *self.shape)).flatten(1))


class FieldDecoder(torch.nn.Module):
    """(rows, latent) to fields (rows, features); see `Convolutional`."""

    def __init__(
        self, shape: tuple[int, ...], latent: int, channels: Sequence[int], kernel: int, periodic: bool
    ) -> None:
        super().__init__()
        self.sizes = halved(shape[1:], len(channels))[::-1]
        self.coarse = (channels[-1], *self.sizes[0])
        self.first = torch.nn.Linear(latent, math.prod(self.coarse))
        ways = itertools.pairwise((*channels[::-1], shape[0]))
        self.levels = torch.nn.ModuleList(
            convolution(len(shape) - 1, before, after, kernel, 1, periodic) for before, after in ways
        )

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        """(rows, latent) to (rows, features)."""
        x = self.first(z).reshape(len(z), *self.coarse)
        for size, level in zip(self.sizes[1:], self.levels, strict=True):
            x = torch.nn.functional.interpolate(torch.nn.functional.silu(x), size=size, mode="nearest")
            x = level(x)
        return x.flatten(1)
