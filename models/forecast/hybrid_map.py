"""A map that is a polynomial and a perceptron."""

from __future__ import annotations

from itertools import combinations_with_replacement
from math import comb

from ergodica.models.network import Network, register
from ergodica.models.torch_needed import torch

MOST = 150
"""Monomials; the degree is lowered until there are no more."""
SMALLEST = 1e-3
"""Singular values of the monomials, by the largest, below which their directions are damped."""
PERCEPTRON = 0.1
"""Scale of the perceptron, so that its first steps are small beside the state."""
STEP = 1e-5


@register
class HybridMapNetwork(Network):
    """x_(n+1) = x_n + W p(x_n) + perceptron(x_n), with p all monomials up to a degree.

    The monomials are turned and scaled so that they are uncorrelated over the data: gradients find W then.

    Args:
        states: length of x.
        degree: of the monomials, lowered where there are more than 150.
        width: of the two layers of the perceptron.
    """

    name = "forecast-hybrid-map"
    turn: torch.Tensor
    bound: torch.Tensor
    factors: torch.Tensor

    def __init__(self, states: int, degree: int, width: int) -> None:
        super().__init__(states=states, degree=degree, width=width)
        while degree > 1 and comb(states + degree, degree) > MOST:
            degree -= 1
        # a monomial is a product of `degree` of the numbers 1, x_1, x_2, ...
        factors = torch.tensor(list(combinations_with_replacement(range(states + 1), degree)))
        count = len(factors)
        self.register_buffer("factors", factors)
        self.register_buffer("turn", torch.eye(count))
        self.register_buffer("bound", torch.full((states,), 10.0))
        self.weights = torch.nn.Parameter(torch.zeros(count, states))
        last = torch.nn.Linear(width, states)
        torch.nn.init.zeros_(last.weight)
        torch.nn.init.zeros_(last.bias)
        self.perceptron = torch.nn.Sequential(
            torch.nn.Linear(states, width),
            torch.nn.Tanh(),
            torch.nn.Linear(width, width),
            torch.nn.Tanh(),
            last,
        )

    def monomials(self, states: torch.Tensor) -> torch.Tensor:
        """(rows, states) to (rows, monomials)."""
        made: torch.Tensor = torch.nn.functional.pad(states, (1, 0), value=1.0)[:, self.factors].prod(dim=-1)
        return made

    def prepare(self, paths: torch.Tensor, ridge: float = 1e-6) -> None:
        """Starts W from least squares on paths (members, snapshots, states), the perceptron from nothing."""
        before, after = paths[:, :-1].flatten(0, 1).double(), paths[:, 1:].flatten(0, 1).double()
        known = self.monomials(before)
        size = known.square().mean(dim=0).sqrt()
        # monomials of constant features
        size = torch.where(size > 0, size, 1.0)
        _, values, right = torch.linalg.svd(known / size, full_matrices=False)
        values = values / len(known) ** 0.5
        turn = torch.zeros(len(size), len(size), dtype=torch.float64)
        turn[:, : len(values)] = right.T / (values + SMALLEST * values[0]) / size[:, None]
        turned = known @ turn
        square = turned.T @ turned + ridge * len(known) * torch.eye(len(size), dtype=torch.float64)
        with torch.no_grad():
            self.turn.copy_(turn)
            self.weights.copy_(torch.linalg.solve(square, turned.T @ (after - before)))
            # beyond it polynomials know nothing
            self.bound.copy_(1.5 * paths.abs().amax(dim=(0, 1)))

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        """The next states of (rows, states)."""
        rise = self.monomials(states) @ self.turn @ self.weights + PERCEPTRON * self.perceptron(states)
        following: torch.Tensor = states + rise
        return following.clamp(-self.bound, self.bound)

    def with_jacobian(self, states: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """The next states and their derivatives (rows, states, states) by central differences, in float64."""
        count = states.shape[1]
        shift = STEP * torch.eye(count, dtype=states.dtype, device=states.device)
        there = torch.cat([states[:, None], states[:, None] + shift, states[:, None] - shift], dim=1)
        made = self(there.flatten(0, 1)).unflatten(0, (len(states), -1))
        slopes = (made[:, 1 : count + 1] - made[:, count + 1 :]) / (2 * STEP)
        return made[:, 0], slopes.transpose(1, 2)
