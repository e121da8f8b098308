"""A vector field that is a network, fitted through the solver that follows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from ergodica.models.array_windows import VALUES
from ergodica.models.described import named
from ergodica.models.forecast.gaussian_head import GaussianHead, surprise
from ergodica.models.forecast.neural import NeuralForecaster, noisy, not_negative
from ergodica.models.network import Network, register
from ergodica.models.torch_needed import torch
from ergodica.numerics.errors import ParameterError, nearest, whole_number

if TYPE_CHECKING:
    from ergodica.models.draws import Draws

GRADIENTS = ("direct", "adjoint")
FEW = 64
"""Numbers before a start that move it in full."""
WIDEST = 0.5
"""Largest log width: an error is not much larger than the series."""


@register
class NeuralODENetwork(Network):
    """dz/dn = f(z) with a perceptron f; z holds the features and `hidden` numbers beside them; n counts snapshots.

    z(0) = (x_last, 0) + s B (context - x_last), with s = 1, and 64 by the columns of B where there are more

    Args:
        features: of a snapshot.
        lookback: snapshots of the context.
        hidden: numbers of the state that are not observed.
        width: of the two layers of f.
        substeps: of the solver (fourth order, 3/8 rule) in one snapshot.
        gradient: "direct" through the steps of the solver, "adjoint" by a second equation, in little memory.
    """

    name = "forecast-neural-ode"

    def __init__(
        self, features: int, lookback: int, hidden: int, width: int, substeps: int, gradient: str
    ) -> None:
        super().__init__(
            features=features,
            lookback=lookback,
            hidden=hidden,
            width=width,
            substeps=substeps,
            gradient=gradient,
        )
        self.features, self.hidden, self.substeps, self.gradient = features, hidden, substeps, gradient
        states = features + hidden
        inputs = max(1, lookback - 1) * features
        # so that a step of the optimizer, alike in every weight, moves the start by no more where features are many
        self.share = min(1.0, FEW / inputs)
        self.start = torch.nn.Linear(inputs, states, bias=False)
        torch.nn.init.zeros_(self.start.weight[:features])
        last = torch.nn.Linear(width, states)
        torch.nn.init.zeros_(last.weight)
        torch.nn.init.zeros_(last.bias)
        self.field = torch.nn.Sequential(
            torch.nn.Linear(states, width),
            torch.nn.SiLU(),
            torch.nn.Linear(width, width),
            torch.nn.SiLU(),
            last,
        )
        self.head = GaussianHead(states + 1, features)

    def begin(self, context: torch.Tensor) -> torch.Tensor:
        """State at the end of a context (rows, lookback, features), (rows, features + hidden)."""
        last = context[:, -1]
        before = (context[:, :-1] - last[:, None]).flatten(1) if context.shape[1] > 1 else 0 * last
        return torch.nn.functional.pad(last, (0, self.hidden)) + self.start(self.share * before)

    def rate(self, _: torch.Tensor, state: torch.Tensor) -> torch.Tensor:
        """dz/dn."""
        rate: torch.Tensor = self.field(state)
        return rate

    def forward(self, state: torch.Tensor, steps: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Features at the next snapshots and the log of their width, (rows, steps, features) each."""
        from torchdiffeq import odeint, odeint_adjoint

        n = torch.arange(steps + 1, dtype=state.dtype, device=state.device)
        options: dict[str, Any] = {"method": "rk4", "options": {"step_size": 1.0 / self.substeps}}
        if self.gradient == "adjoint" and torch.is_grad_enabled():
            options["adjoint_params"] = tuple(self.field.parameters())
            path = odeint_adjoint(self.rate, state, n, **options)
        else:
            path = odeint(self.rate, state, n, **options)
        path = path[1:].transpose(0, 1)
        # errors grow with the lead
        lead = torch.log(n[1:]).expand(len(path), -1)[..., None]
        width = self.head(torch.cat([path, lead], dim=-1)).clamp(max=WIDEST)
        return path[..., : self.features], width


@named
@dataclass(kw_only=True, eq=False)
class NeuralODE(NeuralForecaster):
    """A neural ordinary differential equation by multiple shooting: many short solutions, each from its own start.

    loss = mean |error| over `ahead` snapshots after each context

    The start of a solution is the last snapshot, corrected by the ones before it: this averages noise, and finds what
    is not observed. The Gaussian head says the width by state and lead; a draw is one error for the whole path.

    Args:
        lookback: snapshots of the context, 1 or more; 1 starts at the last snapshot as it is.
        ahead: snapshots of a shot, 1 or more.
        hidden: numbers of the state beside the observed ones, 0 or more.
        width: of the two layers of the vector field.
        substeps: of the solver in one snapshot, 1 or more.
        gradient: "direct", or "adjoint" for long shots in little memory.
        noise: standard deviation of what is added to the context in training, in standard deviations of the data.

    Good values: the defaults for 1000 snapshots, 100 a period.

    Source: Chen et al. 2018, arXiv 1806.07366; Bock and Plitt 1984 for multiple shooting.
    """

    name = "neural-ode"
    references = "Chen et al. 2018, arXiv 1806.07366"
    usual: ClassVar[dict[str, Any]] = {
        "steps": 400,
        "batch": 64,
        "learning_rate": 5e-3,
        "ema": 0.98,
        "patience": 12,
    }

    lookback: int = 20
    ahead: int = 20
    hidden: int = 2
    width: int = 64
    substeps: int = 1
    gradient: str = "direct"
    noise: float = 0.02

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, least in (("lookback", 1), ("ahead", 1), ("hidden", 0), ("width", 1), ("substeps", 1)):
            whole_number(name, getattr(self, name), least)
        not_negative("noise", self.noise)
        if self.gradient not in GRADIENTS:
            raise ParameterError(
                f"gradient: {self.gradient!r} is not known; {nearest(self.gradient, GRADIENTS)}"
            )

    @property
    def window(self) -> int:
        """Snapshots of a training window."""
        return self.lookback + self.ahead

    def _build(self, features: int) -> NeuralODENetwork:
        return NeuralODENetwork(
            features, self.lookback, self.hidden, self.width, self.substeps, self.gradient
        )

    def _loss(self, network: NeuralODENetwork, batch: dict[str, torch.Tensor], draws: Draws) -> torch.Tensor:
        values = batch[VALUES]
        context = noisy(values[:, : self.lookback], self.noise, draws)
        made, width = network(network.begin(context), self.ahead)
        errors = values[:, self.lookback :] - made
        return errors.abs().mean((1, 2)) + surprise(errors, width).mean((1, 2))

    def _continue(
        self, network: NeuralODENetwork, context: torch.Tensor, steps: int, generator: torch.Generator | None
    ) -> torch.Tensor:
        made, width = network(network.begin(context), steps)
        if generator is None:
            return made
        error = torch.randn(made[:, :1].shape, generator=generator, device=made.device, dtype=made.dtype)
        return made + width.exp() * error
