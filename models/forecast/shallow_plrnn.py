"""A small piecewise-linear map that is trained to have the attractor of the data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ergodica.models.array_windows import VALUES, ArrayWindows
from ergodica.models.described import named
from ergodica.models.forecast.forcing import arrays, forced, needed
from ergodica.models.forecast.left_to_fit import LeftToFit
from ergodica.models.forecast.neural import NeuralForecaster
from ergodica.models.forecast.plrnn_kernels import forward
from ergodica.models.forecast.plrnn_network import ShallowPLRNNNetwork
from ergodica.models.forecast.settings import is_real
from ergodica.models.network import Network
from ergodica.models.torch_needed import torch
from ergodica.numerics.errors import ParameterError, whole_number

if TYPE_CHECKING:
    from ergodica.models.draws import Draws
    from ergodica.models.training.fit import Fit

FEW, LATENT, DELAYS, MANY = 3, 6, 16, 32
"""Fewer features than FEW are taken for a part of the state: then LATENT latents are read from DELAYS snapshots.
No more than MANY latents are taken unless they are asked for."""
SAMPLES = 256
"""Windows that the start and the gain are taken from."""
GAINS = (1.0, 0.5, 0.25, 0.1, 0.05)
INNOVATIONS = 4096
"""Errors of held-out states that draws take."""
AHEAD = 20
"""Steps by which gains are compared."""
MOST_STEPS = 200
"""Of a training window, unless more are asked for."""


@named
@dataclass(kw_only=True, eq=False)
class ShallowPLRNN(NeuralForecaster):
    """A shallow piecewise-linear recurrent network, trained with generalised teacher forcing.

    z_(n+1) = A z~_n + W1 (relu(W2 z~_n + h2) - relu(W2 z~_n)) + h1,    z~ = (1 - alpha) z + alpha z_data

    A is diagonal and below 1, so that every orbit is bounded. The loss is the mean squared error of x_n over a
    sequence; alpha is the smallest that keeps its gradients bounded, by the Jacobians at the data of the batch.
    Where data are noisy, a small alpha averages the noise out of the state.

    The state that a forecast begins from is that of the map drawn to the last `lookback` snapshots, with the gain that
    forecasts held-out data best. A draw adds errors of held-out data, to the state by that gain.

    Args:
        latent: length of z. With more than the features the rest is read from delays; with fewer, features are linear
            in z. None for the features, at most 32; 6 where there are one or two.
        hidden: piecewise-linear units.
        sequence: steps of a training window; None for 200, or half of the snapshots where these are few.
        forcing: alpha, from 0 to 1; None for the adaptive one.
        delays: snapshots that a state is read from; None for 1, and 16 where there are one or two features.
        lookback: snapshots that a forecast begins from; `delays` or more.

    Good values: the defaults; steps=10_000 and more for statistics of an attractor; hidden=100, forcing=.2 for one
    component of a flow.

    Source: Hess, Monfared, Brenner, Durstewitz 2023, ICML, arXiv 2306.04406.
    """

    name = "shallow-plrnn"
    references = "Hess, Monfared, Brenner, Durstewitz 2023, ICML, arXiv 2306.04406"
    usual: ClassVar[dict[str, Any]] = {
        "steps": 5000,
        "batch": 16,
        "learning_rate": 2e-3,
        "optimizer": "radam",
    }

    latent: int | None = None
    hidden: int = 50
    sequence: LeftToFit = LeftToFit()  # noqa: RUF009 - shared on purpose
    forcing: float | None = None
    delays: int | None = None
    lookback: int = 32

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, least in (("latent", 1), ("hidden", 1), ("sequence", 2), ("delays", 1), ("lookback", 1)):
            if vars(self)[name] is not None:
                whole_number(name, getattr(self, name), least)
        if self.forcing is not None and (not is_real(self.forcing) or not 0 <= self.forcing <= 1):
            raise ParameterError(
                f"forcing: must be a number from 0 to 1, got {self.forcing!r}; use None to let it adapt"
            )
        least = DELAYS if self.delays is None else self.delays
        most = self.lookback if vars(self)["sequence"] is None else self.window
        if not least <= self.lookback <= most:
            raise ParameterError(
                f"lookback: must be from the {least} delays to the snapshots of a window in training, got "
                f"{self.lookback}; use {min(2 * least, max(most, least))}"
            )

    def _choices(self, snapshots: int) -> dict[str, int]:
        delays = DELAYS if self.delays is None else self.delays
        return {"sequence": max(2, self.lookback - delays, min(MOST_STEPS, snapshots // 2))}

    @property
    def window(self) -> int:
        """Snapshots of a training window."""
        return self.sequence + (DELAYS if self.delays is None else self.delays)

    def _build(self, features: int) -> ShallowPLRNNNetwork:
        few = features < FEW
        delays = self.delays or (DELAYS if few else 1)
        latent = self.latent or (min(LATENT, features * delays) if few else min(features, MANY))
        if latent > features * delays:
            raise ParameterError(
                f"latent: must be at most the {features * delays} values in {delays} snapshots of {features} features, "
                f"got {latent}; use delays={-(-latent // features)}"
            )
        return ShallowPLRNNNetwork(features, latent, self.hidden, delays if latent > features else 1)

    def _prepare(self, network: Network, windows: ArrayWindows) -> None:
        assert isinstance(network, ShallowPLRNNNetwork)
        network.prepare(torch.from_numpy(windows.sample(SAMPLES)[VALUES]))

    def _loss(
        self, network: ShallowPLRNNNetwork, batch: dict[str, torch.Tensor], draws: Draws
    ) -> torch.Tensor:
        errors: torch.Tensor = network(batch[VALUES], self.forcing)
        return errors

    def _finish(self, found: Fit, held_out: ArrayWindows) -> None:
        super()._finish(found, held_out)
        network = self._trained()
        values = torch.from_numpy(held_out.sample(SAMPLES)[VALUES]).to(network.own)
        ahead = min(AHEAD, self.window - self.lookback)
        with torch.inference_mode():
            if ahead:
                errors = [self._missed(network, values[:, : self.lookback + ahead], gain) for gain in GAINS]
                self.notes["gain"] = GAINS[int(np.argmin(errors))]
            else:
                self.notes["gain"] = GAINS[0]
            signals = network.signals(values)
            adapted = needed(signals, network.weights) if self.forcing is None else self.forcing
            self.notes["forcing"] = float(adapted)
            gain = values.new_tensor(self.notes["gain"])
            states = forced(signals[:, 0], signals[:, 1:], gain, network.weights)
            missed = (signals[:, 1:] - states)[:, self.lookback - network.delays :]
        flat = missed.double().cpu().numpy().reshape(-1, network.latent)
        self.arrays["innovations"] = flat[
            np.linspace(0, len(flat) - 1, min(INNOVATIONS, len(flat))).astype(int)
        ]

    def _missed(self, network: ShallowPLRNNNetwork, values: torch.Tensor, gain: float) -> float:
        self.notes["gain"] = gain
        ahead = self._continue(network, values[:, : self.lookback], values.shape[1] - self.lookback, None)
        # of each step alike, whether errors grow fast or not
        return float((ahead.to(values) - values[:, self.lookback :]).square().mean((0, 2)).log().mean())

    def _continue(
        self,
        network: ShallowPLRNNNetwork,
        context: torch.Tensor,
        steps: int,
        generator: torch.Generator | None,
    ) -> torch.Tensor:
        gain = self.notes["gain"]
        signals = network.signals(context.to(network.own))
        start = signals[:, -1]
        if signals.shape[1] > 1:
            states = forced(signals[:, 0], signals[:, 1:], signals.new_tensor(gain), network.weights)
            start = states[:, -1].lerp(start, gain)
        (z,) = arrays(start.double().cpu())
        weights = arrays(*(one.double().cpu() for one in network.weights))
        made = np.empty((len(z), steps, network.latent))
        errors = np.zeros((len(z), 0, network.latent))
        if generator is not None:
            known = self.arrays["innovations"]
            picked = torch.randint(len(known), (len(z), steps), generator=generator, device=generator.device)
            errors = known[picked.cpu().numpy()]
        forward(z, errors, 1.0, gain, *weights, made, np.empty((len(z), 1, network.hidden)))
        return network.observed(
            torch.from_numpy(made + errors if generator is not None else made).to(network.own)
        )

    def _trained(self) -> ShallowPLRNNNetwork:
        network = self._fitted()
        assert isinstance(network, ShallowPLRNNNetwork)
        return network
