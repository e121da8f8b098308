"""Neural differential equations follow their field, and both ways to their gradients agree."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from ergodica.models.forecast.neural_ode import NeuralODENetwork


def network(gradient: str, substeps: int = 4) -> NeuralODENetwork:
    torch.manual_seed(0)
    made = NeuralODENetwork(2, 1, 0, 4, substeps, gradient).double()
    torch.nn.init.normal_(made.field[-1].weight, std=0.3)
    return made


def test_solutions_are_those_of_the_field() -> None:
    one = network("direct")
    start = torch.tensor([[0.3, -0.5]], dtype=torch.float64)
    with torch.no_grad():
        made, _ = one(start, 3)
        state, count = start, 6000
        for _ in range(count):
            middle = state + 1.5 / count * one.rate(torch.zeros(()), state)
            state = state + 3.0 / count * one.rate(torch.zeros(()), middle)
    # midpoint steps of 5e-4: an error of about 1e-8; fourth-order steps of 1/4: of about 1e-5
    assert np.allclose(made[:, -1].numpy(), state.numpy(), atol=1e-4)


def test_the_adjoint_gives_the_gradient_of_the_solution() -> None:
    gradients = []
    for gradient in ("direct", "adjoint"):
        one = network(gradient)
        made, _ = one(one.begin(torch.tensor([[[0.3, -0.5]]], dtype=torch.float64)), 3)
        made.square().sum().backward()
        gradients.append(torch.cat([p.grad.flatten() for p in one.field.parameters() if p.grad is not None]))
    # the adjoint equation is solved backwards with steps of its own, of fourth order
    assert gradients[1].numpy() == pytest.approx(
        gradients[0].numpy(), abs=1e-3 * float(gradients[0].abs().max())
    )


@pytest.mark.parametrize(("features", "lookback"), [(2, 4), (60, 3)])
def test_the_start_is_the_last_snapshot_and_a_linear_map_of_those_before(
    features: int, lookback: int
) -> None:
    torch.manual_seed(0)
    one = NeuralODENetwork(features, lookback, 1, 4, 1, "direct")
    torch.nn.init.normal_(one.start.weight)
    context = torch.randn(5, lookback, features)
    since = (context[:, :-1] - context[:, -1:]).reshape(5, -1)
    exact = since @ one.start.weight.T * min(1, 64 / since.shape[1])
    exact[:, :features] += context[:, -1]
    # products of float32 in another order
    torch.testing.assert_close(one.begin(context), exact, rtol=1e-4, atol=1e-4)
