"""What all forecasters share whose networks are trained by gradients."""

from __future__ import annotations

import math
import warnings
from abc import abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ergodica.models.array_windows import ArrayWindows
from ergodica.models.checkpoint import restore
from ergodica.models.forecast.forecaster import Forecaster
from ergodica.models.network import Network
from ergodica.models.torch_needed import torch
from ergodica.models.training.fit import fit
from ergodica.numerics.errors import ParameterError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ergodica.models.draws import Draws
    from ergodica.models.training.fit import Fit

    Array = NDArray[np.float64]

NETWORK = "network."
FEW = "data: .* are few for"
ROWS = 4096
"""Rows that are rolled out at once, so that memory stays bounded."""
SHARE = 0.1
"""Of the snapshots, the last ones, that are held out."""


class NeuralForecaster(Forecaster):
    """A forecaster that holds a `models.Network`, trained by `models.fit` on windows of the series.

    A subclass says `window`, `_build`, `_loss` and `_continue`; `usual` are its options of `models.fit`. Windows,
    contexts and forecasts are in standard units and float32. The last `held_out` of the time is held out: windows whose
    `lookback` may reach into what was trained on, but whose targets do not; a tenth wherever a patience is given.
    """

    usual: ClassVar[dict[str, Any]] = {}
    held_out: ClassVar[float] = SHARE
    by_gradients = True
    network: Network | None = None

    @property
    @abstractmethod
    def window(self) -> int:
        """Snapshots of a training window, `lookback` and those to be forecast."""

    @abstractmethod
    def _build(self, features: int) -> Network:
        """An untrained network, of a registered class."""

    @abstractmethod
    def _loss(self, network: Any, batch: dict[str, torch.Tensor], draws: Draws) -> torch.Tensor:
        """One value a row of `batch["values"]`, (rows, window, features)."""

    @abstractmethod
    def _continue(
        self, network: Any, context: torch.Tensor, steps: int, generator: torch.Generator | None
    ) -> torch.Tensor:
        """What follows `context`, (rows, lookback, features): (rows, steps, features); draws with a generator."""

    def _choices(self, snapshots: int) -> dict[str, int]:
        """For data of that length, what a fit takes for settings that are left to it."""
        return {}

    def _learn(self, values: Array, **training: Any) -> None:
        self.network = None
        left = {name: one for name, one in self._choices(values.shape[1]).items() if vars(self)[name] is None}
        self.notes |= left
        options = {"threads": 1, **self.usual, **training}
        share = self.held_out if options.get("patience") is None else SHARE
        windows, held_out = self._windows(values, share)
        if held_out is None:
            options["patience"] = None
        options["batch"] = min(options["batch"], len(windows))
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(options.get("seed", 0))
            start = self._build(values.shape[-1])
            self._prepare(start, windows)
        with warnings.catch_warnings():
            # series are short as a rule: it would be said of nearly all
            warnings.filterwarnings("ignore", FEW)
            found = fit(start, windows, loss=LossOf(self), held_out=held_out or 0, **options)
        self.network = found.network
        self.arrays["largest"] = abs(values).max(axis=(0, 1))
        self._finish(found, windows if held_out is None else held_out)

    def _prepare(self, network: Network, windows: ArrayWindows) -> None:
        """Sets in an untrained network what comes from the data that it is trained on."""

    def _finish(self, found: Fit, held_out: ArrayWindows) -> None:
        """What is to be done after the training, with data that were not trained on where there are any."""
        self.notes["best_step"], self.notes["ended"] = found.best_step, found.ended

    def _windows(self, values: Array, share: float) -> tuple[ArrayWindows, ArrayWindows | None]:
        snapshots, ahead = values.shape[1], self.window - self.lookback
        if snapshots < self.window:
            raise ParameterError(
                f"ds: must have at least the {self.window} snapshots of a training window, got {snapshots}; record "
                "more, or use a smaller lookback or window"
            )
        kept = snapshots - max(round(share * snapshots), ahead)
        if not share or kept < self.window:
            return ArrayWindows(values, self.window), None
        held_out = ArrayWindows(values[:, kept - self.lookback :], self.window)
        return ArrayWindows(values[:, :kept], self.window), held_out

    def _rollout(self, context: Array, steps: int, draws: np.random.Generator | None) -> Array:
        network = self._fitted()
        device = next(network.parameters()).device
        generator = None
        if draws is not None:
            generator = torch.Generator(device).manual_seed(int(draws.integers(2**62)))
        made = np.empty((len(context), steps, context.shape[-1]))
        with torch.inference_mode(), one_thread():
            for first in range(0, len(context), ROWS):
                rows = np.float32(context[first : first + ROWS, context.shape[1] - self.lookback :])
                ahead = self._continue(network, torch.from_numpy(rows).to(device), steps, generator)
                made[first : first + ROWS] = ahead.double().cpu().numpy()
        return made

    def _fitted(self) -> Network:
        if self.network is None:
            raise ParameterError(f"fit: must be called first, got an untrained {self.name}; use .fit(ds)")
        return self.network

    def state(self) -> dict[str, NDArray[Any]]:
        """What was learned, by name; the weights of the network after `network.`."""
        if self.network is None:
            return super().state()
        weights = {f"{NETWORK}{n}": t.detach().cpu().numpy() for n, t in self.network.state_dict().items()}
        return {**super().state(), **weights}

    def restore(self, state: dict[str, NDArray[Any]]) -> None:
        """Takes what `state` gave; the network is built anew from the settings."""
        super().restore({name: values for name, values in state.items() if not name.startswith(NETWORK)})
        weights = {n.removeprefix(NETWORK): v for n, v in state.items() if n.startswith(NETWORK)}
        if weights:
            network = self._build(self.fitted_layout.features)
            restore(network, {n: torch.from_numpy(np.array(v)) for n, v in weights.items()}, self.name)
            self.network = network.eval()


@dataclass(frozen=True)
class LossOf:
    """The loss of a forecaster; a training that is resumed knows it by the settings that it prints."""

    forecaster: NeuralForecaster

    def __call__(self, network: Any, batch: dict[str, torch.Tensor], draws: Draws) -> torch.Tensor:
        return self.forecaster._loss(network, batch, draws)


@contextmanager
def one_thread() -> Iterator[None]:
    """A block in which torch computes on one thread: products of small networks are too small to share."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def noisy(values: torch.Tensor, size: float, draws: Draws) -> torch.Tensor:
    """`values`, (rows, ...), with Gaussian noise of that standard deviation."""
    return values + size * draws.normal(tuple(values.shape[1:])) if size else values


def not_negative(name: str, value: float) -> float:
    """A number of at least 0.

    Raises:
        ParameterError: it is none.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
        raise ParameterError(f"{name}: must be a number of at least 0, got {value!r}; use 0 or more")
    return float(value)
