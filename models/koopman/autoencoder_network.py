"""The network of a Koopman autoencoder: from windows to observables, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ergodica.models.described import NAME, rebuilt
from ergodica.models.network import Network, register
from ergodica.models.torch_needed import torch


@register
class KoopmanNetwork(Network):
    """z = (1, x, g(x)) and its way back.

    Everything is in standard units: a feature less its `mean`, by its `scale`.

    Args:
        shape: of the features, as the encoder has it.
        lookback: snapshots that g sees.
        latent: how many g there are.
        skip: whether the last snapshot is among the observables; it then is what is decoded.
        constant: whether 1 is among them.
        trained: whether the operator is a parameter.
        encoder: name and settings of `Dense` or `Convolutional`.
    """

    name = "koopman-network"
    mean: torch.Tensor
    scale: torch.Tensor

    def __init__(
        self,
        *,
        shape: Sequence[int],
        lookback: int,
        latent: int,
        skip: bool,
        constant: bool,
        trained: bool,
        encoder: Mapping[str, Any],
    ) -> None:
        config = {"shape": list(shape), "lookback": lookback, "latent": latent, "skip": skip}
        super().__init__(**config, constant=constant, trained=trained, encoder=dict(encoder))
        parts: Any = rebuilt(encoder[NAME], {key: one for key, one in encoder.items() if key != NAME})
        features = int(torch.Size(shape).numel())
        self.features, self.lookback, self.skip, self.constant = features, lookback, skip, constant
        self.first = int(constant)  # observables before those that vary
        self.observables = self.first + features * skip + latent
        # as precise as the data, of which little may be left beside a large mean
        self.register_buffer("mean", torch.zeros(features, dtype=torch.float64))
        self.register_buffer("scale", torch.ones(features, dtype=torch.float64))
        self.encoder = parts.encoder(shape, lookback, latent)
        self.decoder = None if skip else parts.decoder(shape, latent)
        self.operator = torch.nn.Parameter(torch.eye(self.observables)) if trained else None
        self.rank = torch.zeros(())

    def standard(self, x: torch.Tensor) -> torch.Tensor:
        """Natural to standard units."""
        return (x - self.mean) / self.scale

    def lift(self, x: torch.Tensor) -> torch.Tensor:
        """Windows in standard units, (rows, lookback, features), to observables, (rows, r)."""
        parts = []
        if self.constant:
            parts.append(torch.ones_like(x[:, 0, :1]))
        if self.skip:
            parts.append(x[:, -1])
        parts.append(self.encoder(x))
        return torch.cat(parts, dim=-1)

    def decode(self, z: torch.Tensor) -> torch.Tensor:
        """Observables (rows, r) to the last snapshot in standard units, (rows, features)."""
        if self.decoder is None:
            return z[:, self.first : self.first + self.features]
        return self.decoder(z[:, self.first :])

    def monitors(self) -> dict[str, float]:
        """The effective rank of the observables, at the last loss."""
        return {"effective_rank": float(self.rank)}
