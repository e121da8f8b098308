"""Encoders and decoders of Koopman autoencoders: of vectors, and of fields."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ergodica.models.described import Described, named
from ergodica.models.trajectories import Layout
from ergodica.numerics.deviation import root_mean_square
from ergodica.numerics.errors import ParameterError, whole_number

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ergodica.models.torch_needed import torch


@named
@dataclass(kw_only=True, eq=False)
class Dense(Described):
    """Perceptrons of all features together, with SiLU between their layers.

    Args:
        width: of the hidden layers, >= 1.
        depth: hidden layers, >= 1.

    Good values: the defaults for a few components; width=128 where a flow is strongly nonlinear.
    """

    name = "dense"
    width: int = 64
    depth: int = 2

    def __post_init__(self) -> None:
        self.width, self.depth = (whole_number(name, getattr(self, name), 1) for name in ("width", "depth"))

    def shape(self, layout: Layout) -> tuple[int, ...]:
        """Of the features: (features,)."""
        return (layout.features,)

    def scales(self, values: NDArray[np.float64], shape: Sequence[int]) -> tuple[NDArray[np.float64], ...]:
        """Mean and standard deviation of each feature of `values`, (rows, features)."""
        mean = values.mean(axis=0)
        return mean, root_mean_square(values - mean, axis=0)

    def encoder(self, shape: Sequence[int], lookback: int, latent: int) -> torch.nn.Module:
        """Windows (rows, lookback, features) to (rows, latent)."""
        from ergodica.models.koopman.autoencoder_layers import perceptron

        return perceptron(lookback * shape[0], latent, self.width, self.depth)

    def decoder(self, shape: Sequence[int], latent: int) -> torch.nn.Module:
        """(rows, latent) to (rows, features)."""
        from ergodica.models.koopman.autoencoder_layers import perceptron

        return perceptron(latent, shape[0], self.width, self.depth)


@named
@dataclass(kw_only=True, eq=False)
class Convolutional(Described):
    """Convolutions of a field along one or two directions; its variables are channels.

    Each level halves the grid, by a stride of 2, and the decoder goes back by transposed convolutions, which give each
    point of the finer grid weights of its own; any size of the grid will do.

    Args:
        channels: of each level, >= 1.
        kernel: points of a convolution along each direction, odd, >= 3.
        periodic: whether the field goes on at the other side of the grid; else it is continued by zeros, that is by
            its mean.

    Good values: the defaults; a level more for grids above 128.
    """

    name = "convolutional"
    channels: tuple[int, ...] = (16, 32)
    kernel: int = 5
    periodic: bool = False

    def __post_init__(self) -> None:
        if isinstance(self.channels, str) or not isinstance(self.channels, Sequence) or not self.channels:
            raise ParameterError(
                f"channels: must be one or more numbers, got {self.channels!r}; use (16, 32)"
            )
        self.channels = tuple(whole_number("channels", one, 1) for one in self.channels)
        # a single point with a stride of 2 would leave most of the grid unseen
        self.kernel = whole_number("kernel", self.kernel, 3)
        if self.kernel % 2 == 0:
            raise ParameterError(f"kernel: must be odd, got {self.kernel}; use {self.kernel + 1}")

    def shape(self, layout: Layout) -> tuple[int, ...]:
        """Of the features: (variables, points) or (variables, points, points).

        Raises:
            ParameterError: the variables are no fields, or on different grids.
        """
        shapes = {one.shape for one in layout.template.data_vars.values()}
        (shape, *others) = shapes
        parts = {"component", "particle", "space"} & {*map(str, layout.template.dims)}
        if others or parts or not 1 <= len(shape) <= 2 or min(shape) < 2:
            said = ", ".join(f"{name} {one.shape}" for name, one in layout.template.data_vars.items())
            raise ParameterError(
                f"encoder: convolutions take fields over one or two directions on one grid, got {said}; use Dense()"
            )
        if self.periodic and min(shape) < 2 ** (len(self.channels) - 1) * (self.kernel // 2):
            raise ParameterError(
                f"channels: {len(self.channels)} periodic levels with kernel={self.kernel} need a grid of at least "
                f"{2 ** (len(self.channels) - 1) * (self.kernel // 2)}, got {min(shape)}; use fewer levels"
            )
        return (len(layout.template.data_vars), *shape)

    def scales(self, values: NDArray[np.float64], shape: Sequence[int]) -> tuple[NDArray[np.float64], ...]:
        """Mean of each feature, and one standard deviation about it for each variable, (features,)."""
        mean = values.mean(axis=0)
        variables = (values - mean).reshape(len(values), shape[0], -1).swapaxes(1, 2).reshape(-1, shape[0])
        return mean, np.repeat(root_mean_square(variables, axis=0), values.shape[1] // shape[0])

    def encoder(self, shape: Sequence[int], lookback: int, latent: int) -> torch.nn.Module:
        """Windows (rows, lookback, features) to (rows, latent)."""
        from ergodica.models.koopman.autoencoder_layers import FieldEncoder

        return FieldEncoder(tuple(shape), lookback, latent, self.channels, self.kernel, self.periodic)

    def decoder(self, shape: Sequence[int], latent: int) -> torch.nn.Module:
        """(rows, latent) to (rows, features)."""
        from ergodica.models.koopman.autoencoder_layers import FieldDecoder

        return FieldDecoder(tuple(shape), latent, self.channels, self.kernel, self.periodic)
