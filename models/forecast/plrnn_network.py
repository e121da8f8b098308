"""The network of a shallow piecewise-linear model: its map, and how its state is read from data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ergodica.models.forecast.forcing import Weights, forced, needed
from ergodica.models.network import Network, register
from ergodica.models.torch_needed import torch

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

MOST = 1 - 1e-4
"""Largest |A|, so that orbits are bounded."""
POINTS = 40
"""Of a row, that Jacobians are taken at; their norms change little from one to the next."""
RIDGE = 1e-4
SNAPSHOTS = 1024
"""Most that principal directions of many features are taken from, evenly over the data."""
LEAST = 1e-4
"""Smallest standard deviation of a delay component beside the first that is brought to 1; below it is round-off."""


@register
class ShallowPLRNNNetwork(Network):
    """z -> A z + W1 (relu(W2^T z + h2) - relu(W2^T z)) + h1,    x = z[:features], or x = B z with fewer latents.

    A = tanh(own), at most .9999. The state that belongs to data is x itself, followed by principal components of what
    the last `delays` snapshots hold and x does not tell; with fewer latents it is B^+ x.

    Args:
        features: length of x.
        latent: length of z; at most features * delays.
        hidden: piecewise-linear units.
        delays: snapshots that a state is read from.
    """

    name = "forecast-shallow-plrnn"
    components: torch.Tensor

    def __init__(self, features: int, latent: int, hidden: int, delays: int) -> None:
        super().__init__(features=features, latent=latent, hidden=hidden, delays=delays)
        self.features, self.latent, self.hidden, self.delays = features, latent, hidden, delays
        unseen = max(latent - features, 0)
        self.own = torch.nn.Parameter(torch.full((latent,), 1.0))
        self.outward = torch.nn.Parameter(torch.randn(latent, hidden) / hidden)
        self.inward = torch.nn.Parameter(torch.randn(latent, hidden) / latent**0.5)
        self.shift = torch.nn.Parameter(torch.zeros(latent))
        self.thresholds = torch.nn.Parameter(torch.randn(hidden))
        if latent < features:
            self.readout = torch.nn.Parameter(torch.eye(features, latent))
        self.register_buffer("components", torch.zeros(unseen, features, delays))

    @property
    def weights(self) -> Weights:
        """Of the map."""
        own = MOST * torch.tanh(self.own)
        return Weights(own, self.outward, self.inward, self.shift, self.thresholds)

    def signals(self, values: torch.Tensor) -> torch.Tensor:
        """The states that belong to (rows, snapshots, features): (rows, snapshots - delays + 1, latent)."""
        if self.latent < self.features:
            return self._read(values)[0]
        seen = values[:, self.delays - 1 :]
        if self.latent == self.features:
            return seen
        unseen = torch.nn.functional.conv1d(values.transpose(1, 2), self.components).transpose(1, 2)
        return torch.cat([seen, unseen], dim=-1)

    def _read(self, values: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """B^+ x, B^T x and B^T B: features are many, and only one product with them is taken."""
        seen, gram = values @ self.readout, self.readout.T @ self.readout
        # B^+ = (B^T B)^+ B^T
        return seen @ torch.linalg.pinv(gram, hermitian=True), seen, gram

    def observed(self, states: torch.Tensor) -> torch.Tensor:
        """The features of states, (..., latent)."""
        return states @ self.readout.T if self.latent < self.features else states[..., : self.features]

    def forward(self, values: torch.Tensor, alpha: float | None = None) -> torch.Tensor:
        """Mean squared error of a step, (rows,): of the latents, or of the features where there are fewer latents.

        What is read from delays counts like what is seen: a state that only x holds to the data drifts off.

        Args:
            values: (rows, snapshots, features).
            alpha: the forcing; None for what the Jacobians at the data ask for.
        """
        values, weights = values.to(self.own.dtype), self.weights
        few = self.latent < self.features
        signals, *products = self._read(values) if few else (self.signals(values),)
        strength = (
            needed(signals.detach()[:, :: max(1, signals.shape[1] // POINTS)], weights)
            if alpha is None
            else signals.new_tensor(alpha)
        )
        away = forced(signals[:, 0], signals[:, 1:], strength, weights) - signals[:, 1:]
        if not few:
            return away.square().mean((1, 2))
        # |B z - x|^2 = |B (z - B^+ x)|^2 + |x|^2 - |B B^+ x|^2, without states in the space of the features
        seen, gram = products
        squares = ((away @ gram) * away).sum(2) - (seen * signals)[:, 1:].sum(2)
        return (squares.mean(1) + values[:, 1:].square().sum(2).mean(1)) / self.features

    @torch.no_grad()
    def prepare(self, values: torch.Tensor) -> None:
        """Begins near what one step asks for, from (rows, snapshots, features).

        Directions are drawn, kinks lie at states of the data, and the rest is a least squares fit of the next state.
        """
        if self.latent > self.features:
            self.components.copy_(torch.from_numpy(self._components(values.double().numpy())))
        elif self.latent < self.features:
            flat = values.reshape(-1, self.features)
            some = flat[torch.linspace(0, len(flat) - 1, min(len(flat), SNAPSHOTS)).round().long()]
            self.readout.copy_(torch.linalg.svd(some.double(), full_matrices=False)[2][: self.latent].T)
        signals = self.signals(values.float()).double()
        now, after = (part.reshape(-1, self.latent) for part in (signals[:, :-1], signals[:, 1:]))
        kinks = now[torch.randint(len(now), self.thresholds.shape)]
        inward = self.inward.double()
        self.thresholds.copy_(-(kinks * inward.T).sum(dim=1))
        thresholds = self.thresholds.double()
        own = ((now * after).mean(0) / (now * now).mean(0).clamp(min=1e-12)).clamp(-0.95, 0.95)
        self.own.copy_(torch.atanh(own / MOST))
        drive = now @ inward
        ramps = torch.relu(drive + thresholds) - torch.relu(drive)
        known = torch.cat([ramps, torch.ones(len(now), 1, dtype=ramps.dtype)], dim=1)
        square = known.T @ known / len(now) + RIDGE * torch.eye(known.shape[1], dtype=known.dtype)
        found = torch.linalg.solve(square, known.T @ (after - own * now) / len(now))
        self.outward.copy_(found[:-1].T)
        self.shift.copy_(found[-1])

    def _components(self, values: Array) -> Array:
        """Kernels (unseen, features, delays) of unit variance: of the last snapshots, what the last one lacks."""
        windows = np.lib.stride_tricks.sliding_window_view(values, self.delays, axis=1)
        flat = windows.reshape(-1, self.features * self.delays)
        last = flat.reshape(-1, self.features, self.delays)[..., -1]
        told = np.linalg.lstsq(last, flat, rcond=None)[0]
        rest = flat - last @ told
        variances, directions = np.linalg.eigh(rest.T @ rest / len(rest))
        unseen = self.latent - self.features
        scales = np.sqrt(np.maximum(variances, 0))[::-1][:unseen]
        kernels = directions[:, ::-1][:, :unseen] / np.maximum(scales, LEAST * max(scales[0], 1e-12))
        at_last = np.zeros_like(told)
        at_last[np.arange(self.features), np.arange(self.features) * self.delays + self.delays - 1] = 1
        kernels = kernels - at_last.T @ (told @ kernels)
        return np.ascontiguousarray(kernels.T.reshape(unseen, self.features, self.delays))
