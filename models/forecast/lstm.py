"""A recurrent network that forecasts one step and is trained over many."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from ergodica.models.array_windows import VALUES
from ergodica.models.described import named
from ergodica.models.forecast.gaussian_head import GaussianHead, surprise
from ergodica.models.forecast.neural import NeuralForecaster, noisy, not_negative
from ergodica.models.network import Network, register
from ergodica.models.torch_needed import torch
from ergodica.numerics.errors import whole_number

if TYPE_CHECKING:
    from ergodica.models.draws import Draws

State = tuple[torch.Tensor, torch.Tensor]


@register
class LSTMNetwork(Network):
    """x_(n+1) = x_n + W h_n, with h_n the hidden state of an LSTM after x_1 ... x_n.

    Args:
        features: length of x.
        width: of the hidden state.
        layers: of the LSTM.
    """

    name = "forecast-lstm"

    def __init__(self, features: int, width: int, layers: int) -> None:
        super().__init__(features=features, width=width, layers=layers)
        self.memory = torch.nn.LSTM(features, width, layers, batch_first=True)
        self.step = torch.nn.Linear(width, features)
        torch.nn.init.zeros_(self.step.weight)
        torch.nn.init.zeros_(self.step.bias)
        self.head = GaussianHead(width, features)

    def forward(
        self, values: torch.Tensor, state: State | None = None
    ) -> tuple[torch.Tensor, torch.Tensor, State]:
        """What follows each of the values (rows, snapshots, features), the log of its width, and the state."""
        hidden, state = self.memory(values, state)
        return values + self.step(hidden), self.head(hidden), state

    def free_run(self, following: torch.Tensor, state: State, steps: int) -> torch.Tensor:
        """(rows, steps, features) from what follows first, (rows, 1, features), each step fed back."""
        made = [following]
        for _ in range(steps - 1):
            following, _, state = self(following, state)
            made.append(following)
        return torch.cat(made, dim=1)


@named
@dataclass(kw_only=True, eq=False)
class LSTM(NeuralForecaster):
    """A long short-term memory, trained on what follows each snapshot of its context and on a free run after it.

    loss = mean |x_(n+1) - f(x_1 ... x_n)| over the second half of the context (teacher forcing) + mean |error| over
    `ahead` steps in which the network sees its own forecasts.

    Args:
        lookback: snapshots of the context, 2 or more.
        ahead: steps of the free run in training, 1 or more.
        width: of the hidden state.
        layers: 1 or more.
        noise: standard deviation of what is added to the context in training, in standard deviations of the data.

    Good values: the defaults for 1000 snapshots, 100 a period.

    Source: Hochreiter and Schmidhuber 1997, Neural Computation 9, 1735; Bengio et al. 2015, arXiv 1506.03099, for
    forecasts that are fed back in training.
    """

    name = "lstm"
    references = "Hochreiter and Schmidhuber 1997, Neural Computation 9, 1735"
    usual: ClassVar[dict[str, Any]] = {
        "steps": 500,
        "batch": 64,
        "learning_rate": 3e-3,
        "ema": 0.98,
        "patience": 12,
    }

    lookback: int = 50
    ahead: int = 20
    width: int = 64
    layers: int = 1
    noise: float = 0.02

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, least in (("lookback", 2), ("ahead", 1), ("width", 1), ("layers", 1)):
            whole_number(name, getattr(self, name), least)
        not_negative("noise", self.noise)

    @property
    def window(self) -> int:
        """Snapshots of a training window."""
        return self.lookback + self.ahead

    def _build(self, features: int) -> LSTMNetwork:
        return LSTMNetwork(features, self.width, self.layers)

    def _loss(self, network: LSTMNetwork, batch: dict[str, torch.Tensor], draws: Draws) -> torch.Tensor:
        values = batch[VALUES]
        context, burnt = noisy(values[:, : self.lookback], self.noise, draws), self.lookback // 2
        following, widths, state = network(context)
        errors = values[:, burnt + 1 : self.lookback + 1] - following[:, burnt:]
        missed = values[:, self.lookback :] - network.free_run(following[:, -1:], state, self.ahead)
        return (
            errors.abs().mean((1, 2))
            + missed.abs().mean((1, 2))
            + surprise(errors, widths[:, burnt:]).mean((1, 2))
        )

    def _continue(
        self, network: LSTMNetwork, context: torch.Tensor, steps: int, generator: torch.Generator | None
    ) -> torch.Tensor:
        following, width, state = network(context)
        following, width = following[:, -1:], width[:, -1:]
        if generator is None:
            return network.free_run(following, state, steps)
        made = []
        for _ in range(steps):
            made.append(
                following
                + width.exp() * torch.randn(following.shape, generator=generator, device=width.device)
            )
            following, width, state = network(made[-1], state)
        return torch.cat(made, dim=1)
