"""Shallow piecewise-linear networks: their passes, what forcing does to gradients, and that orbits stay bounded."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from lorenz_series import lorenz_values

from ergodica.models.array_windows import ArrayWindows
from ergodica.models.forecast.forcing import Weights, forced, needed, step
from ergodica.models.forecast.plrnn_kernels import forward
from ergodica.models.forecast.plrnn_network import ShallowPLRNNNetwork


def drawn(rows=3, steps=7, latent=3, hidden=11, seed=0):
    generator = torch.Generator().manual_seed(seed)

    def normal(*shape):
        return torch.randn(shape, generator=generator, dtype=torch.float64)

    weights = Weights(
        0.5 * normal(latent),
        normal(latent, hidden) / 3,
        normal(latent, hidden),
        normal(latent),
        normal(hidden),
    )
    return normal(rows, latent), normal(rows, steps, latent), weights


def plainly(start, signals, alpha, weights):
    """The definition, a step after the other."""
    made, z = [], start
    for t in range(signals.shape[1]):
        drive = z @ weights.W2
        ramps = torch.relu(drive + weights.h2) - torch.relu(drive)
        made.append(weights.A * z + ramps @ weights.W1.T + weights.h1)
        z = (1 - alpha) * made[-1] + alpha * signals[:, t]
    return torch.stack(made, dim=1)


@pytest.mark.parametrize(
    ("latent", "hidden", "alpha"), [(1, 1, 0.3), (3, 11, 0.0), (4, 6, 1.0), (5, 16, 0.4)]
)
def test_compiled_passes_are_the_plain_ones(latent, hidden, alpha):
    start, signals, weights = drawn(latent=latent, hidden=hidden)
    asked = [one.clone().requires_grad_() for one in (start, signals, *weights)]
    toward = torch.randn(signals.shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    results = []
    for route in (forced, plainly):
        made = route(asked[0], asked[1], torch.tensor(alpha, dtype=torch.float64), Weights(*asked[2:]))
        results.append((made.detach(), *torch.autograd.grad((made * toward).sum(), asked, allow_unused=True)))
    for ours, theirs in zip(*results, strict=True):
        # the same sums in another order
        torch.testing.assert_close(ours, theirs, rtol=1e-10, atol=1e-10)


def test_one_step_is_the_first_of_a_sequence():
    start, signals, weights = drawn()
    made = forced(start, signals, torch.tensor(0.2, dtype=torch.float64), weights)
    torch.testing.assert_close(step(start, weights), made[:, 0])


@pytest.mark.parametrize("latent", [1, 2, 3, 8])
def test_the_forcing_follows_from_the_norms_of_the_jacobians(latent):
    _, points, weights = drawn(rows=4, steps=9, latent=latent, hidden=7, seed=latent)
    points = points[:, :1] + 0.05 * points  # neighbours along a row, as on a trajectory
    A, W1, W2, _, h2 = (one.numpy() for one in weights)
    largest = 0.0
    for row in points.numpy():
        on = (row @ W2 + h2 > 0) * 1.0 - (row @ W2 > 0)
        jacobians = np.diag(A) + np.einsum("ih,th,jh->tij", W1, on, W2)
        logs = np.log(np.linalg.svd(jacobians, compute_uv=False)[:, 0])
        # nine points: quarters of two
        largest = max(largest, *((one + other) / 2 for one, other in pairwise(logs)))
    # power iteration is short of the norm by what a few iterations leave
    assert float(needed(points, weights)) == pytest.approx(1 - np.exp(-largest), abs=0.03)


def test_a_contracting_map_needs_no_forcing():
    _, points, weights = drawn()
    small = weights._replace(A=0.5 * torch.ones(3).double(), W1=1e-3 * weights.W1)
    assert float(needed(points, small)) == 0


def test_gradients_stay_bounded_with_the_adaptive_forcing_and_explode_without():
    values = lorenz_values(1200, dt=0.05)
    values = (values - values.mean(axis=0)) / values.std(axis=0)
    torch.manual_seed(0)
    network = ShallowPLRNNNetwork(3, 3, 80, 1)
    network.prepare(torch.from_numpy(ArrayWindows(values[None], 200).sample(64)["values"]))
    weights = Weights(*(one.detach().double() for one in network.weights))
    signals = torch.from_numpy(values[:201])[None]
    least = float(needed(signals, weights))
    norms = {}
    for alpha in (0.0, least):
        for length in (25, 200):
            start = signals[:, 0].clone().requires_grad_()
            made = forced(
                start, signals[:, 1 : length + 1], torch.tensor(alpha, dtype=torch.float64), weights
            )
            (gradient,) = torch.autograd.grad((made[:, -1] - signals[:, length]).square().sum(), start)
            norms[alpha, length] = float(gradient.norm())
    assert 0 < least < 1
    # 175 steps are 8.75 time units, in which neighbours part by exp(.9 * 8.75); half of the exponent
    assert norms[0.0, 200] > np.exp(0.45 * 8.75) * norms[0.0, 25]
    assert norms[0.0, 200] > 100
    # forced at the data, the product of the norms is at most 1, up to the states' distance from the data
    assert norms[least, 200] < 1e-3
    assert norms[least, 25] < 10


@pytest.mark.parametrize("seed", range(4))
def test_orbits_of_any_weights_are_bounded(seed):
    torch.manual_seed(seed)
    network = ShallowPLRNNNetwork(2, 4, 20, 2)
    with torch.no_grad():
        for one in network.parameters():
            one.mul_(10 * torch.rand(()))
    A, W1, W2, h1, h2 = (one.detach().double().numpy() for one in network.weights)
    # a ramp is at most |h2|, so z <= |A| z + sum |W1| |h2| + |h1|
    bound = (abs(W1) @ abs(h2) + abs(h1)) / (1 - abs(A))
    made = np.empty((1, 20_000, 4))
    forward(
        np.full((1, 4), 1e3), np.zeros((1, 0, 4)), 1.0, 0.0, A, W1, W2, h1, h2, made, np.empty((1, 1, 20))
    )
    # what is left of the start after so many steps, with A up to .9999
    assert (abs(made[0, -1]) <= bound + 1e3 * 0.9999**20_000).all()


@pytest.mark.parametrize("latent", [1, 3])
def test_the_loss_of_many_features_is_that_of_their_errors(latent):
    network = ShallowPLRNNNetwork(40, latent, 6, 1).double()
    values = torch.randn(3, 12, 40, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    with torch.no_grad():
        # B without orthonormal columns, as in training
        network.readout += 0.3 * torch.randn(40, latent, generator=torch.Generator().manual_seed(1))
    signals = values @ torch.linalg.pinv(network.readout).T
    states = plainly(signals[:, 0], signals[:, 1:], 0.2, network.weights)
    errors = (states @ network.readout.T - values[:, 1:]).square().mean((1, 2))
    made = network(values, 0.2)
    asked = tuple(network.parameters())
    # the same sums in another order
    torch.testing.assert_close(made, errors, rtol=1e-10, atol=1e-10)
    for ours, theirs in zip(*(torch.autograd.grad(one.sum(), asked) for one in (made, errors)), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=1e-9)
