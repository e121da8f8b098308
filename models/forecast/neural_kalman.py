"""A learned map whose states are found in noisy data by a Kalman filter and smoother."""

from __future__ import annotations

import copy
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ergodica.models.array_windows import VALUES, ArrayWindows
from ergodica.models.described import named
from ergodica.models.forecast.hybrid_map import HybridMapNetwork
from ergodica.models.forecast.kalman import filtered, smoothed
from ergodica.models.forecast.neural import FEW, LossOf, NeuralForecaster, one_thread
from ergodica.models.forecast.smoothing import gently_smoothed
from ergodica.models.torch_needed import torch
from ergodica.models.training.fit import fit
from ergodica.numerics.errors import ParameterError, whole_number

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ergodica.models.draws import Draws

    Array = NDArray[np.float64]

LENGTH = 6
"""Delays of a single feature, which is taken for a part of the state."""
LARGEST = 200
"""Numbers of a state; the smoother keeps four matrices of their square for each snapshot."""
LEAST = 1e-7
"""Smallest variance of an error, in standard units."""
FIRST_ROUNDS, WIDER_FIRST, WIDER = 2, 3.0, 1.5
"""By how much errors of the model are taken to be larger than on the path it was fitted to."""
ALONE = ("out", "resume", "overwrite")


@named
@dataclass(kw_only=True, eq=False)
class NeuralKalman(NeuralForecaster):
    """Denoises its data by its own dynamics, and begins a forecast from a filtered state.

    x_(n+1) = f(x_n) + e,  y_n = x_n + d,  with f a polynomial and a perceptron

    In turn f is fitted to the path x, by mean |error| over `ahead` steps, and x is found from the data y by the
    extended Kalman smoother of f, with the variances of e and d taken from what is left. A draw begins at a draw of
    the filtered state and adds e at each step and d to what is seen. The state has at most 200 numbers.

    Args:
        lookback: snapshots that the filter sees before a forecast.
        ahead: steps of a training window, 1 or more.
        width: of the two layers of the perceptron.
        degree: of the polynomial, 1 or more; lowered where it has more than 150 terms.
        rounds: of fitting and smoothing, 1 or more.
        delays: values of each feature in x, 1 or more; None for 1, and for 6 of a single feature.
        spacing: snapshots between delays, 1 or more.

    Good values: the defaults, for noise of 1 to 20 % of the standard deviation and 100 snapshots a period.

    Source: Ghahramani and Roweis 1999, NIPS 11, 431; Rauch, Tung, Striebel 1965, AIAA J. 3, 1445.
    """

    name = "neural-kalman"
    references = "Ghahramani and Roweis 1999, NIPS 11, 431"
    usual: ClassVar[dict[str, Any]] = {
        "steps": 200,
        "batch": 128,
        "learning_rate": 3e-3,
        "ema": 0.98,
        "clip": 0.5,
    }

    lookback: int = 90
    ahead: int = 10
    width: int = 64
    degree: int = 3
    rounds: int = 4
    delays: int | None = None
    spacing: int = 8

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("lookback", "ahead", "width", "degree", "rounds", "spacing", "delays"):
            if getattr(self, name) is not None:
                whole_number(name, getattr(self, name), 1)
        reach = ((self.delays or LENGTH) - 1) * self.spacing
        if self.lookback <= reach + 1:
            raise ParameterError(
                f"lookback: must be above the {reach + 1} snapshots that the delays take, got {self.lookback}; use "
                f"{reach + 50} or more"
            )

    @property
    def window(self) -> int:
        """Snapshots of a training window."""
        return self.ahead + 1

    def _delays(self, features: int) -> int:
        return self.delays or (LENGTH if features == 1 else 1)

    def _build(self, features: int) -> HybridMapNetwork:
        states = features * self._delays(features)
        if states > LARGEST:
            raise ParameterError(
                f"ds: must have at most {LARGEST} numbers in a state, features times delays, got {states}; choose some "
                "by variables=, fewer delays, or NVAR or LSTM"
            )
        return HybridMapNetwork(states, self.degree, self.width)

    def _delayed(self, values: Array) -> Array:
        """(rows, snapshots, features) to (rows, fewer snapshots, states), the newest value first."""
        count = self._delays(values.shape[-1])
        reach = (count - 1) * self.spacing
        parts = [
            values[:, reach - k * self.spacing : values.shape[1] - k * self.spacing] for k in range(count)
        ]
        return np.concatenate(parts, axis=-1)

    def _learn(self, values: Array, **training: Any) -> None:
        seen = self._delayed(values)
        if seen.shape[1] < self.window + 1:
            raise ParameterError(
                f"ds: must have at least {values.shape[1] - seen.shape[1] + self.window + 1} snapshots for its delays "
                f"and a training window, got {values.shape[1]}; record more, or use a smaller ahead or spacing"
            )
        options = {"threads": 1, **self.usual, **training}
        quiet = {name: value for name, value in options.items() if name not in ALONE}
        path = gently_smoothed(seen)
        noise = np.maximum(1.3 * (seen - path).var(axis=(0, 1)), LEAST)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(options.get("seed", 0))
            network = self._build(values.shape[-1])
        network.prepare(torch.from_numpy(path))
        for number in range(self.rounds):
            windows = ArrayWindows(path, self.window)
            last = options if number == self.rounds - 1 else quiet
            last["batch"] = min(last["batch"], len(windows))
            with warnings.catch_warnings():
                # the start is least squares, and may be exact; it is checked like the steps after it and kept then
                warnings.filterwarnings("ignore", "training: stopped")
                warnings.filterwarnings("ignore", FEW)
                found = fit(network, windows, loss=LossOf(self), held_out=windows, **last)
            assert isinstance(found.network, HybridMapNetwork)
            network = found.network
            wider = WIDER_FIRST if number < FIRST_ROUNDS else WIDER
            path, noise, model = self._denoised(network, seen, path, noise, wider)
        self.network = network
        self.arrays |= {"observation_variance": noise, "model_variance": model}
        self._finish(found, windows)

    def _denoised(
        self, network: HybridMapNetwork, seen: Array, path: Array, noise: Array, wider: float
    ) -> tuple[Array, Array, Array]:
        """The smoothed path, the variance of the observation's and of the model's errors."""
        exact = copy.deepcopy(network).cpu().double()
        with torch.inference_mode(), one_thread():
            before = torch.from_numpy(path[:, :-1].reshape(-1, path.shape[-1]))
            errors = exact(before).numpy() - path[:, 1:].reshape(-1, path.shape[-1])
            model = np.maximum(wider * np.square(errors).mean(axis=0), LEAST)
            known = filtered(exact, *map(torch.from_numpy, (seen, model, noise)))
            means, variances = (one.numpy() for one in smoothed(known))
        if not (np.isfinite(means).all() and np.isfinite(variances).all()):
            return path, noise, model
        left = np.square(seen - means).mean(axis=(0, 1)) + variances.mean(axis=(0, 1))
        return means, np.maximum(left, LEAST), model

    def _loss(self, network: HybridMapNetwork, batch: dict[str, torch.Tensor], draws: Draws) -> torch.Tensor:
        values = batch[VALUES]
        state, missed = values[:, 0], torch.zeros_like(values[:, 0, 0])
        for n in range(1, self.window):
            state = network(state)
            missed = missed + (state - values[:, n]).abs().mean(dim=1)
        return missed / self.ahead

    def _continue(
        self, network: HybridMapNetwork, context: torch.Tensor, steps: int, generator: torch.Generator | None
    ) -> torch.Tensor:
        features, exact = context.shape[-1], copy.deepcopy(network).double()
        seen = torch.from_numpy(self._delayed(context.double().cpu().numpy())).to(context.device)
        model, noise = (
            torch.from_numpy(self.arrays[name]).to(context.device)
            for name in ("model_variance", "observation_variance")
        )
        known = filtered(exact, seen, model, noise)
        state, made = known.means[-1], []

        def normal(*shape: int) -> torch.Tensor:
            return torch.randn(shape, generator=generator, dtype=state.dtype, device=state.device)

        if generator is not None:
            factor, _ = torch.linalg.cholesky_ex(
                known.covariances[-1] + LEAST * torch.eye(state.shape[1]).to(state)
            )
            state = state + (factor @ normal(*state.shape, 1))[..., 0]
        for _ in range(steps):
            state = exact(state)
            if generator is not None:
                state = state + model.sqrt() * normal(*state.shape)
            made.append(state[:, :features])
        path = torch.stack(made, dim=1)
        if generator is not None:
            path = path + noise[:features].sqrt() * normal(*path.shape)
        return path
