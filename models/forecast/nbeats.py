"""Blocks of perceptrons, each of which explains a part of the past and forecasts what follows from it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar

from ergodica.models.array_windows import VALUES
from ergodica.models.described import named
from ergodica.models.forecast.gaussian_head import GaussianHead, by_pieces, surprise
from ergodica.models.forecast.left_to_fit import LeftToFit, refuse_wide, windows_for
from ergodica.models.forecast.neural import NeuralForecaster, noisy, not_negative
from ergodica.models.network import Network, register
from ergodica.models.torch_needed import torch
from ergodica.numerics.errors import whole_number

if TYPE_CHECKING:
    from ergodica.models.draws import Draws


class Block(torch.nn.Module):
    """Perceptron with two outputs: its share of the past (backcast) and of the future (forecast)."""

    def __init__(self, past: int, future: int, width: int, layers: int) -> None:
        super().__init__()
        sizes = [past, *[width] * layers]
        self.hidden = torch.nn.ModuleList(torch.nn.Linear(one, other) for one, other in pairwise(sizes))
        self.back, self.ahead = torch.nn.Linear(width, past), torch.nn.Linear(width, future)
        torch.nn.init.zeros_(self.ahead.weight)
        torch.nn.init.zeros_(self.ahead.bias)

    def forward(self, past: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Backcast, forecast and what is known, (rows, width)."""
        known = past
        for one in self.hidden:
            known = torch.relu(one(known))
        return self.back(known), self.ahead(known), known


@register
class NBeatsNetwork(Network):
    """Doubly residual blocks after a linear forecast.

    p_(k+1) = p_k - back_k(p_k), forecast = A p_0 + sum_k ahead_k(p_k), with p_0 the context of all features

    Args:
        features: of a snapshot.
        lookback: snapshots of the context.
        ahead: snapshots of the forecast.
        width: of the layers of a block.
        layers: of a block.
        blocks: how many.
    """

    name = "forecast-nbeats"

    def __init__(
        self, features: int, lookback: int, ahead: int, width: int, layers: int, blocks: int
    ) -> None:
        super().__init__(
            features=features, lookback=lookback, ahead=ahead, width=width, layers=layers, blocks=blocks
        )
        past, future = lookback * features, ahead * features
        self.shape = (ahead, features)
        self.linear = torch.nn.Linear(past, future)
        torch.nn.init.zeros_(self.linear.weight)
        torch.nn.init.zeros_(self.linear.bias)
        self.blocks = torch.nn.ModuleList(Block(past, future, width, layers) for _ in range(blocks))
        self.head = GaussianHead(width * blocks, future)

    def forward(self, context: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Forecast of a context (rows, lookback, features), and the log of its width, (rows, ahead, features)."""
        past = context.flatten(1)
        forecast, known = self.linear(past), []
        for block in self.blocks:
            back, ahead, hidden = block(past)
            past, forecast = past - back, forecast + ahead
            known.append(hidden)
        width = self.head(torch.cat(known, dim=1))
        return forecast.unflatten(1, self.shape), width.unflatten(1, self.shape)


@named
@dataclass(kw_only=True, eq=False)
class NBeats(NeuralForecaster):
    """Forecasts `ahead` snapshots at once from `lookback` ones, then goes on from its own forecast.

    loss = mean |error| over the forecast

    All features go into one network, so that each learns from the others; a linear forecast is its first term, and the
    blocks learn what it leaves. A draw adds errors of the Gaussian head to each forecast of `ahead` snapshots.

    Args:
        lookback: snapshots of the context, 1 or more; None for 100, or a quarter of the snapshots where these are few.
        ahead: snapshots of one forecast, 1 or more; None for 50, or a quarter of the snapshots too.
        width: of the layers of a block.
        layers: of a block, 1 or more.
        blocks: 1 or more.
        noise: standard deviation of what is added to the context in training, in standard deviations of the data.

    Good values: the defaults for 1000 snapshots, 100 a period.

    Source: Oreshkin et al. 2020, arXiv 1905.10437, the generic architecture, with all features in one network.
    """

    name = "nbeats"
    references = "Oreshkin et al. 2020, arXiv 1905.10437"
    usual: ClassVar[dict[str, Any]] = {
        "steps": 600,
        "batch": 64,
        "learning_rate": 1e-3,
        "ema": 0.98,
    }
    held_out: ClassVar[float] = 0.0

    lookback: LeftToFit = LeftToFit()  # noqa: RUF009 - shared on purpose
    ahead: LeftToFit = LeftToFit()  # noqa: RUF009 - shared on purpose
    width: int = 128
    layers: int = 2
    blocks: int = 4
    noise: float = 0.05

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("lookback", "ahead", "width", "layers", "blocks"):
            if vars(self)[name] is not None:
                whole_number(name, getattr(self, name), 1)
        not_negative("noise", self.noise)

    def _choices(self, snapshots: int) -> dict[str, int]:
        return windows_for(snapshots)

    @property
    def window(self) -> int:
        """Snapshots of a training window."""
        return self.lookback + self.ahead

    def _build(self, features: int) -> NBeatsNetwork:
        refuse_wide(features, self.lookback, self.ahead)
        return NBeatsNetwork(features, self.lookback, self.ahead, self.width, self.layers, self.blocks)

    def _loss(self, network: NBeatsNetwork, batch: dict[str, torch.Tensor], draws: Draws) -> torch.Tensor:
        values = batch[VALUES]
        forecast, width = network(noisy(values[:, : self.lookback], self.noise, draws))
        errors = values[:, self.lookback :] - forecast
        return errors.abs().mean((1, 2)) + surprise(errors, width).mean((1, 2))

    def _continue(
        self, network: NBeatsNetwork, context: torch.Tensor, steps: int, generator: torch.Generator | None
    ) -> torch.Tensor:
        return by_pieces(network, context, steps, self.arrays["largest"], generator)
