"""What networks say of their own errors, where the errors are known."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
import torch
import xarray as xr

from ergodica import data
from ergodica.models.forecast.gaussian_head import GaussianHead, surprise
from ergodica.models.forecast.hybrid_map import HybridMapNetwork
from ergodica.models.forecast.kalman import filtered, smoothed
from ergodica.models.forecast.lstm import LSTM
from ergodica.models.forecast.neural_kalman import NeuralKalman
from ergodica.models.forecast.smoothing import gently_smoothed, noise_of


def dataset(state: np.ndarray) -> xr.Dataset:
    """(members, snapshots, components)."""
    return data.from_arrays(
        {"state": state},
        title="series",
        t=np.arange(float(state.shape[1])),
        dims={"state": ("member", "t", "component")},
        units={"state": "1"},
    )


def autoregression(members: int, snapshots: int, seed: int) -> np.ndarray:
    """x' = .8 x + e with N(0, 1) e: what comes next is N(.8 x, 1)."""
    random = np.random.default_rng(seed)
    state = np.zeros((members, snapshots + 50, 1))
    for n in range(1, snapshots + 50):
        state[:, n] = 0.8 * state[:, n - 1] + random.normal(size=(members, 1))
    return state[:, 50:]


@cache
def fitted() -> LSTM:
    model = LSTM(lookback=8, ahead=1, width=8, noise=0.0)
    return model.fit(dataset(autoregression(40, 200, 0)), steps=250, batch=128, learning_rate=2e-2)


def test_draws_have_the_conditional_mean_and_variance_of_a_gaussian_process() -> None:
    context = autoregression(50, 8, 1)
    draws = fitted().continued(context, 3, members=400)[..., 0]
    for lead in range(1, 4):
        mean, variance = 0.8**lead * context[:, -1, 0], (1 - 0.64**lead) / 0.36
        # 8000 values were learned from: their own error is a percent, that of the network up to seven over seeds
        assert np.sqrt(np.mean((draws[..., lead - 1].mean(0) - mean) ** 2)) < 0.25 * np.sqrt(variance)
        assert abs(np.median(draws[..., lead - 1].std(0)) / np.sqrt(variance) - 1) < 0.15


def test_intervals_cover_what_they_say() -> None:
    state = autoregression(300, 13, 2)
    draws = fitted().continued(state[:, :8], 5, members=200)[..., 0]
    low, high = np.quantile(draws, [0.05, 0.95], axis=0)
    covered = np.mean((state[:, 8:, 0] > low) & (state[:, 8:, 0] < high))
    # 300 starts of five correlated steps: a standard error of about .012; a width 15 % off is .04
    assert abs(covered - 0.9) < 0.06


def test_the_width_is_fitted_to_the_errors_and_leaves_the_mean_alone() -> None:
    error, known = torch.randn(1000, 1).requires_grad_(), torch.ones(1000, 2, requires_grad=True)
    head = GaussianHead(2, 1)
    surprise(error, head(known)).mean().backward()
    assert error.grad is None
    assert known.grad is None
    assert head.linear.weight.grad is not None


def exact_map(matrix: np.ndarray) -> HybridMapNetwork:
    network = HybridMapNetwork(len(matrix), 1, 2).double()
    with torch.no_grad():
        network.weights[1:] = torch.from_numpy((matrix - np.eye(len(matrix))).T)
        network.weights[0] = 0
    return network


def test_filter_and_smoother_of_a_linear_map_are_the_conditional_gaussians() -> None:
    matrix, model, noise, count = (
        np.array([[0.9, 0.2], [-0.2, 0.9]]),
        np.array([0.02, 0.01]),
        np.array([0.1, 0.3]),
        6,
    )
    random = np.random.default_rng(0)
    seen = random.normal(size=(1, count, 2))
    with torch.no_grad():
        known = filtered(exact_map(matrix), *(torch.from_numpy(one) for one in (seen, model, noise)))
        means, variances = (one.numpy() for one in smoothed(known))
    # the joint Gaussian of all states and data, with the first state spread as its datum is wrong
    cost = np.zeros((2 * count, 2 * count))
    right = np.zeros(2 * count)
    for n in range(count):
        here = slice(2 * n, 2 * n + 2)
        cost[here, here] += np.diag(1 / noise)
        right[here] += seen[0, n] / noise
        if n:
            step = np.hstack([-matrix, np.eye(2)])
            both = slice(2 * n - 2, 2 * n + 2)
            cost[both, both] += step.T @ np.diag(1 / model) @ step
    covariance = np.linalg.inv(cost)
    # derivatives by differences of 1e-5 are good to about 1e-9
    assert np.allclose(means[0].ravel(), covariance @ right, atol=1e-7)
    assert np.allclose(variances[0].ravel(), np.diag(covariance), atol=1e-7)
    assert np.allclose(known.means[-1].numpy()[0], (covariance @ right)[-2:], atol=1e-7)
    assert np.allclose(known.covariances[-1].numpy()[0], covariance[-2:, -2:], atol=1e-7)


def test_a_smoother_takes_known_noise_from_a_smooth_series_and_leaves_rough_ones() -> None:
    random = np.random.default_rng(0)
    clean = np.sin(2 * np.pi * np.arange(1000) / 100)[None, :, None]
    noise = random.normal(size=clean.shape)
    # 1000 values, whose fourth differences are correlated: an error of about 5 %
    assert noise_of(clean + 0.05 * noise)[0] == pytest.approx(0.05, rel=0.15)
    left = gently_smoothed(clean + 0.05 * noise) - clean
    assert left.std() < 0.02
    assert np.array_equal(gently_smoothed(noise), noise)
    # what a cubic over five snapshots leaves of a sine: (2 pi / 100)^4 / 12
    assert abs(gently_smoothed(clean) - clean).max() < 2e-6


def test_a_filter_begins_nearer_to_the_truth_than_the_data_and_knows_the_noise() -> None:
    angle = 0.1 * np.arange(400)
    clean = np.sqrt(2) * np.stack([np.cos(angle), np.sin(angle), np.cos(angle + 1)], axis=-1)[None]
    noisy = clean + 0.1 * np.random.default_rng(0).normal(size=clean.shape)
    model = NeuralKalman(lookback=60, width=8, degree=1, rounds=2).fit(dataset(noisy[:, :360]), steps=20)
    made = model.continued(noisy[:, 300:360], 40)
    assert np.sqrt(np.mean((made - clean[:, 360:]) ** 2)) < 0.06
    noise = np.sqrt(model.arrays["observation_variance"]) * model.arrays["scale"]
    # 360 values of each: an error of 4 %
    assert noise == pytest.approx(0.1, rel=0.15)


def test_draws_of_a_linear_map_have_the_variance_of_the_state_the_map_and_the_observation() -> None:
    matrix, model, noise = np.array([[0.9, 0.2], [-0.2, 0.9]]), np.array([0.02, 0.01]), np.array([0.1, 0.3])
    one = NeuralKalman(lookback=6, delays=1)
    one.arrays = {"model_variance": model, "observation_variance": noise}
    context = torch.from_numpy(np.random.default_rng(0).normal(size=(1, 6, 2)))
    network, rows = exact_map(matrix), 20_000
    with torch.no_grad():
        known = filtered(network, context, torch.from_numpy(model), torch.from_numpy(noise))
        drawn = one._continue(network, context.expand(rows, -1, -1), 4, torch.Generator().manual_seed(0))
        plain = one._continue(network, context, 4, None)
    mean, covariance = known.means[-1][0].numpy(), known.covariances[-1][0].numpy()
    for n in range(4):
        mean, covariance = matrix @ mean, matrix @ covariance @ matrix.T + np.diag(model)
        exact = covariance + np.diag(noise)
        assert np.allclose(plain[0, n].numpy(), mean, atol=1e-7)
        # 20,000 draws: means to .7 % of a standard deviation, variances to 1 %; four of both
        assert (abs(drawn[:, n].mean(0).numpy() - mean) < 0.028 * np.sqrt(np.diag(exact))).all()
        assert np.allclose(np.cov(drawn[:, n].numpy().T), exact, atol=0.04 * exact.max())
