"""What latent variables tell of each other, beside closed forms."""

import math

import numpy as np
import pytest
import torch

from ergodica.models.koopman import information

ROTATION = np.linalg.qr(np.random.default_rng(3).normal(size=(4, 4)))[0]


def pairs(correlations, count, seed):
    """Gaussian pairs whose components have these correlations, and are independent else."""
    rng, rho = np.random.default_rng(seed), np.asarray(correlations)
    a, b = rng.normal(size=(2, count, len(rho)))
    return torch.from_numpy(a), torch.from_numpy(rho * a + np.sqrt(1 - rho**2) * b)


def information_of(correlations):
    return -0.5 * float(np.log(1 - np.asarray(correlations) ** 2).sum())


def exact_scores(a, b, correlations):
    """ln p(b_j|a_i)/p(b_j) by its formula."""
    rho = torch.tensor(correlations)
    rest = 1 - rho**2
    apart = (b[None] - rho * a[:, None]) ** 2 / rest - b[None] ** 2
    return (-apart / 2 - rest.log() / 2).sum(dim=-1)


def standardised(z):
    """Rows with exactly this covariance: the identity."""
    z = z - z.mean(dim=0)
    return torch.linalg.solve_triangular(torch.linalg.cholesky(z.mT @ z / len(z)), z.mT, upper=False).mT


@pytest.mark.parametrize("shares", [[1.0, 1.0, 1.0, 1.0], [4.0, 3.0, 2.0, 1.0], [1.0, 0.0, 0.0, 0.0]])
@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e4])
def test_entropy_and_effective_rank_of_a_known_covariance(shares, scale):
    z = standardised(torch.randn(200, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64))
    z = 5.0 + scale * (z * torch.tensor(shares, dtype=torch.float64).sqrt()) @ torch.from_numpy(ROTATION)
    p = np.array(shares) / sum(shares)
    expected = -sum(one * math.log(one) for one in p if one)
    # the offset of 5 leaves 16 - 8 digits of the variance at the smallest scale
    assert float(information.von_neumann_entropy(z)) == pytest.approx(expected, abs=1e-6)
    assert float(information.effective_rank(z)) == pytest.approx(math.exp(expected), abs=1e-5)


def test_entropy_rises_along_its_gradient_and_has_one_where_directions_are_unused_or_equal():
    for z in (torch.eye(4, dtype=torch.float64), torch.randn(9, 4, dtype=torch.float64) * 0 + 1.0):
        z = z.clone().requires_grad_()
        information.von_neumann_entropy(z).backward()
        assert z.grad.isfinite().all()
    z = torch.randn(50, 3, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    z = (z * torch.tensor([1.0, 0.3, 0.01])).requires_grad_()
    before = information.von_neumann_entropy(z)
    (slope,) = torch.autograd.grad(before, z)
    assert information.von_neumann_entropy(z + 1e-3 * slope) > before
    assert torch.autograd.gradcheck(information.von_neumann_entropy, z[:8].detach().requires_grad_())


@pytest.mark.parametrize("correlations", [[0.5], [0.9, 0.0], [0.8, -0.6, 0.3]])
def test_gaussian_information_is_that_of_the_correlations(correlations):
    found = [
        float(information.gaussian_mutual_information(*pairs(correlations, 20_000, seed)))
        for seed in range(4)
    ]
    standard_error = np.std(found, ddof=1) / 2
    # n samples of p with p components raise it by p^2/2n
    bias = len(correlations) ** 2 / 40_000
    assert abs(np.mean(found) - bias - information_of(correlations)) < 4 * standard_error + 1e-3


def test_gaussian_information_is_blind_to_linear_maps_until_there_is_noise():
    a, b = pairs([0.8, 0.6, 0.3, 0.1], 500, 0)
    stretched = a * torch.tensor([1.0, 10.0, 0.1, 3.0])
    plain = information.gaussian_mutual_information(a, b)
    assert float(information.gaussian_mutual_information(stretched @ torch.from_numpy(ROTATION), b)) == (
        pytest.approx(float(plain), rel=1e-9)
    )
    noisy = information.gaussian_mutual_information(stretched, b, noise=0.1)
    assert noisy < information.gaussian_mutual_information(a, b, noise=0.1) < plain


def test_noise_bounds_the_information_of_variables_that_determine_each_other():
    a, _ = pairs([0.0], 1000, 0)
    # both carry noise of a hundredth of their variance: rho = 1/1.01
    found = float(information.gaussian_mutual_information(a, -2 * a, noise=0.01))
    assert found == pytest.approx(information_of([1 / 1.01]), rel=1e-9)


@pytest.mark.parametrize("rows", [1, 5])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_rows_that_are_equal_tell_nothing_and_have_a_gradient(rows, dtype):
    a = torch.full((rows, 3), 0.5, dtype=dtype, requires_grad=True)
    found = information.gaussian_mutual_information(a, 2 * a, noise=1e-2)
    found.backward()
    assert float(found.detach()) == 0.0
    assert a.grad.isfinite().all()
    assert float(information.infonce(information.cosine_scores(a, a, 0.1)).detach()) == pytest.approx(
        0.0, abs=1e-6
    )


@pytest.mark.parametrize("correlations", [[0.5], [0.8, 0.4]])
def test_infonce_stays_below_the_information_and_reaches_it_with_the_exact_critic(correlations):
    truth = information_of(correlations)
    bounds = {"exact": [], "fitted": [], "cosine": []}
    for seed in range(6):
        a, b = pairs(correlations, 400, seed)
        bounds["exact"].append(float(information.infonce(exact_scores(a, b, correlations))))
        bounds["fitted"].append(float(information.infonce(information.gaussian_scores(a, b))))
        bounds["cosine"].append(float(information.infonce(information.cosine_scores(a, b, 0.5))))
    for name, found in bounds.items():
        standard_error = np.std(found, ddof=1) / np.sqrt(6)
        # five coefficients a pair of components are fitted to the same 400 pairs
        fitted = 0.0125 if name == "fitted" else 0.0
        assert np.mean(found) < truth + 3 * standard_error + fitted
        if name != "cosine":
            assert np.mean(found) > truth - 3 * standard_error - 0.01


def test_infonce_is_at_most_the_logarithm_of_the_number_of_pairs():
    a = torch.linspace(0, 6.28, 33, dtype=torch.float64)[:-1]
    circle = torch.stack([a.cos(), a.sin()], dim=1)
    found = float(information.infonce(information.cosine_scores(circle, circle, 1e-3)))
    assert found == pytest.approx(math.log(32), rel=1e-6)
    assert float(information.infonce(torch.zeros(32, 32))) == pytest.approx(0.0, abs=1e-6)


def test_gaussian_scores_are_the_logarithms_of_density_ratios():
    a, b = pairs([0.7, 0.2], 300, 5)
    found = information.gaussian_scores(a, b).numpy()
    joint = np.cov(np.hstack([a, b]).T, bias=True)
    both = np.hstack([a - a.mean(0), b - b.mean(0)])
    i, j = 17, 208
    pair = np.concatenate([both[i, :2], both[j, 2:]])
    quadratic = [
        one @ np.linalg.solve(part, one) + np.log(np.linalg.det(part))
        for one, part in ((pair, joint), (pair[:2], joint[:2, :2]), (pair[2:], joint[2:, 2:]))
    ]
    assert found[i, j] == pytest.approx((quadratic[1] + quadratic[2] - quadratic[0]) / 2, rel=1e-9)
    assert found.diagonal().mean() == pytest.approx(
        float(information.gaussian_mutual_information(a, b)), rel=1e-9
    )
