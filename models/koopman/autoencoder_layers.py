"""The layers of encoders and decoders."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

from ergodica.models.torch_needed import torch

CONVOLUTIONS = {1: torch.nn.Conv1d, 2: torch.nn.Conv2d}
TRANSPOSED: dict[int, Any] = {1: torch.nn.ConvTranspose1d, 2: torch.nn.ConvTranspose2d}


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


class Widening(torch.nn.Module):
    """The way back of a convolution of stride 2, from its grid to the one before."""

    def __init__(self, inputs: int, outputs: int, size: Sequence[int], kernel: int, periodic: bool) -> None:
        super().__init__()
        self.size = tuple(size)
        # the points beyond the edge that reach what is within
        self.beyond = (kernel // 2 + 1) // 2 if periodic else 0
        padding = kernel // 2 + 2 * self.beyond
        self.transposed: torch.nn.Module = TRANSPOSED[len(size)](
            inputs,
            outputs,
            kernel,
            stride=2,
            padding=padding,
            output_padding=tuple(1 - one % 2 for one in size),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(rows, inputs, coarse grid) to (rows, outputs, fine grid)."""
        if self.beyond:
            x = torch.nn.functional.pad(x, (self.beyond,) * 2 * len(self.size), mode="circular")
        made: torch.Tensor = self.transposed(x)
        return made


class FieldDecoder(torch.nn.Module):
    """(rows, latent) to fields (rows, features); see `Convolutional`."""

    def __init__(
        self, shape: tuple[int, ...], latent: int, channels: Sequence[int], kernel: int, periodic: bool
    ) -> None:
        super().__init__()
        sizes = halved(shape[1:], len(channels))[::-1]
        self.coarse = (channels[-1], *sizes[0])
        layers: list[torch.nn.Module] = []
        for (before, after), size in zip(
            itertools.pairwise((*channels[::-1], shape[0])), sizes[1:], strict=True
        ):
            layers += [torch.nn.SiLU(), Widening(before, after, size, kernel, periodic)]
        self.first = torch.nn.Linear(latent, math.prod(self.coarse))
        self.levels = torch.nn.Sequential(*layers)

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        """(rows, latent) to (rows, features)."""
        return self.levels(self.first(z).reshape(len(z), *self.coarse)).flatten(1)
