"""Losses of score networks: on Gaussian data and linear scores each has its minimiser in closed form."""

import itertools

import numpy as np
import pytest
import torch
from linear_scores import (
    GivenDraws,
    LinearScore,
    covariance_of,
    exact_sample,
    gradient,
    process_of_matrix,
    symmetric_root,
)

from ergodica.models.draws import Draws
from ergodica.models.score import (
    Denoising,
    ImplicitScoreMatching,
    LocalScoreTransformer,
    ScoreMLP,
    WeightedSum,
)
from ergodica.numerics.errors import ParameterError

ROUND_OFF = 1e-11  # sums of some hundred numbers of order one to ten, in float64


def linear(covariance, **options):
    """The linear family with the scale of the data, at s = 0."""
    network = LinearScore(degrees=[f"x{i}" for i in range(len(covariance))], **options)
    network.scale.copy_(torch.as_tensor(symmetric_root(covariance)))
    return network


def states(values, sites=1):
    return {"x": torch.as_tensor(values).reshape(len(values), sites, -1)}


@pytest.mark.parametrize("d", [1, 2, 5])
def test_implicit_score_matching_is_least_at_the_score_of_a_gaussian(d):
    covariance = covariance_of(d, seed=d)
    network, batch = linear(covariance), states(exact_sample(covariance))
    with torch.no_grad():
        network.matrix.copy_(torch.as_tensor(np.linalg.inv(covariance)))
    value, slope = gradient(ImplicitScoreMatching(), network, batch)
    assert np.abs(slope).max() < ROUND_OFF
    # -1/2 E|A s|^2 at the score itself, and E|A s|^2 = tr(C C^-1).
    assert value == pytest.approx(-d / 2, abs=ROUND_OFF)
    with torch.no_grad():
        network.matrix.mul_(1.1)
    value, slope = gradient(ImplicitScoreMatching(), network, batch)
    assert value == pytest.approx(-d / 2 + 0.1**2 * d / 2, abs=ROUND_OFF)
    assert np.abs(slope).max() > 1e-2


@pytest.mark.parametrize("sigma", [0.05, 0.5])
def test_denoising_learns_the_score_of_the_data_with_noise(sigma):
    d = 3
    covariance = covariance_of(d, seed=4)
    together = exact_sample(np.block([[covariance, np.zeros((d, d))], [np.zeros((d, d)), np.eye(d)]]))
    network, batch = linear(covariance), states(together[:, :d])
    draws = GivenDraws(normal=together[:, None, d:])
    with torch.no_grad():
        network.matrix.copy_(torch.as_tensor(np.linalg.inv(covariance * (1 + sigma**2))))
    value, slope = gradient(Denoising(sigma), network, batch, draws)
    assert np.abs(slope).max() < ROUND_OFF
    assert value == pytest.approx(-d / 2 / (1 + sigma**2), abs=ROUND_OFF)
    with torch.no_grad():
        network.matrix.mul_(1 + sigma**2)
    # Without noise the score is larger: not the minimum, by half the square of the difference.
    value, slope = gradient(Denoising(sigma), network, batch, draws)
    assert value == pytest.approx(-d / 2 * (1 - sigma**2), abs=ROUND_OFF)
    assert np.abs(slope).max() > 0.1 * sigma**2


def test_antithetic_noise_takes_away_what_noise_alone_would_add():
    """The spread of a row grows as 1/sigma with one sign of the noise, and stays with both."""
    covariance = covariance_of(2, seed=1)
    network = linear(covariance)
    with torch.no_grad():
        network.matrix.copy_(torch.as_tensor(np.linalg.inv(covariance)))
    batch = states(exact_sample(covariance))
    spreads = [
        Denoising(sigma)(network, batch, Draws(0, 0, batch=200)).std().item() for sigma in (0.1, 0.001)
    ]
    assert spreads[1] == pytest.approx(spreads[0], rel=0.1)  # O(sigma) = 0.1 is what is left of the noise


def test_all_signs_together_give_the_exact_divergence():
    d = 3
    covariance = covariance_of(d, seed=2)
    network = linear(covariance)
    with torch.no_grad():
        network.matrix.copy_(torch.as_tensor(np.random.default_rng(0).normal(size=(d, d))))
    signs = np.array(list(itertools.product([-1.0, 1.0], repeat=d)))[:, None]
    batch = states(np.tile(np.arange(1.0, d + 1), (len(signs), 1)))
    exact = ImplicitScoreMatching()(network, batch, GivenDraws())
    probed = ImplicitScoreMatching(probes=1)(network, batch, GivenDraws(signs=signs))
    assert probed.mean().item() == pytest.approx(exact.mean().item(), abs=ROUND_OFF)
    assert probed.std() > 0.1
    # More probes: the same mean, and a variance of one over their number.
    batch = states(np.tile(np.arange(1.0, d + 1), (4000, 1)))
    variances = [
        ImplicitScoreMatching(probes=n)(network, batch, Draws(1, 1, batch=4000)).var().item() for n in (1, 4)
    ]
    # A variance of 4000 values has a relative error of about sqrt(2/4000) = 2 %; five of them each.
    assert variances[0] / variances[1] == pytest.approx(4, rel=0.16)


@pytest.mark.parametrize("loss", [ImplicitScoreMatching(sites=1), Denoising(0.1, sites=1)])
@pytest.mark.parametrize("kind", ["linear", "transformer", "equilibrium"])
def test_a_choice_of_sites_has_the_mean_of_all(loss, kind):
    sites, rng = 4, np.random.default_rng(3)
    x = rng.normal(size=(8, sites, 2))
    if kind == "linear":
        network = linear(covariance_of(2, seed=3), sites=sites, alone=True)
    else:
        network = LocalScoreTransformer(
            degrees=("position_x", "position_y"),
            dimensions=2,
            width=8,
            heads=1,
            layers=1,
            neighbours=2,
            reference="gaussian" if kind == "transformer" else kind,
        ).double()
        network.prepare(torch.as_tensor(x), process_of_matrix(np.eye(2), sites, ["position_x", "position_y"]))
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.copy_(torch.as_tensor(rng.normal(size=parameter.shape)) * 0.5)
    noise = rng.normal(size=(8, sites, 2))
    batch = {**states(x, sites), "reference": torch.as_tensor(rng.normal(size=x.shape))}
    whole = type(loss)(**{**vars(loss), "sites": None})
    expected = whole(network, batch, GivenDraws(normal=noise)).detach().numpy()
    # another site in each row
    each = []
    for i in range(sites):
        chosen = (i + np.arange(8)) % sites
        draws = GivenDraws(normal=noise[np.arange(8), chosen][:, None], sites=chosen[:, None])
        each.append(loss(network, batch, draws))
    np.testing.assert_allclose(torch.stack(each).mean(0).detach(), expected, rtol=1e-10)
    assert torch.stack(each).std(0).min() > 1e-3


def test_a_network_of_all_sites_together_is_asked_for_all():
    batch = states(exact_sample(covariance_of(4, seed=5)), sites=2)
    network = ScoreMLP(degrees=["a", "b"], sites=2, width=4).double()
    network.prepare(batch["x"], process_of_matrix(np.eye(2), 2, ["a", "b"]))
    value = ImplicitScoreMatching(sites=1)(network, batch, GivenDraws())
    torch.testing.assert_close(value, ImplicitScoreMatching()(network, batch, GivenDraws()))


@pytest.mark.parametrize("loss", [ImplicitScoreMatching(), Denoising(1e-3)])
def test_a_reference_beside_the_data_is_made_up_for(loss):
    """With s = r + c the minimum is at c = -(C^-1 - R) x, whatever the reference r = -R x."""
    d = 3
    covariance = covariance_of(d, seed=6)
    together = exact_sample(np.block([[covariance, np.zeros((d, d))], [np.zeros((d, d)), np.eye(d)]]))
    network = linear(covariance, reference="equilibrium")
    passive = covariance_of(d, seed=7)
    batch = states(together[:, :d])
    batch["reference"] = -batch["x"] @ torch.as_tensor(passive)
    with torch.no_grad():
        network.matrix.copy_(torch.as_tensor(np.linalg.inv(covariance) - passive))
    _, slope = gradient(loss, network, batch, GivenDraws(normal=together[:, None, d:]))
    # Denoising leaves sigma^2 = 1e-6 times numbers of order ten.
    assert np.abs(slope).max() < (ROUND_OFF if isinstance(loss, ImplicitScoreMatching) else 1e-4)
    with torch.no_grad():
        network.matrix.copy_(torch.as_tensor(np.linalg.inv(covariance)))
    _, slope = gradient(loss, network, batch, GivenDraws(normal=together[:, None, d:]))
    assert np.abs(slope).max() > 0.1


@pytest.mark.parametrize("units", [(1.0, 1.0, 1.0), (1e-3, 1.0, 50.0)])
def test_units_change_no_loss(units):
    """In standard deviations the Gaussian score has covariance 1, and the loss is -1/2 for each coordinate."""
    x = exact_sample(covariance_of(3, seed=8)) * np.array(units)
    network = ScoreMLP(degrees=["a", "b", "c"], width=4).double()
    network.prepare(states(x)["x"], process_of_matrix(np.eye(3), names=["a", "b", "c"]))
    score = network.whitened(network(states(x)["x"]))[:, 0].detach().numpy()
    np.testing.assert_allclose(
        score.T @ score / len(x), np.eye(3), atol=1e-9
    )  # condition number times round-off
    value = ImplicitScoreMatching()(network, states(x), None).mean()
    assert value.item() == pytest.approx(-1.5, abs=1e-9)


def test_a_weighted_sum_adds_and_asks_for_what_its_terms_do():
    from ergodica.models.score import FokkerPlanckResidual

    covariance = covariance_of(2, seed=9)
    network, batch = linear(covariance), states(exact_sample(covariance))
    first, second = ImplicitScoreMatching(sites=3), Denoising(0.2, sites=5)
    both = WeightedSum(((2.0, first), (0.5, first)))
    torch.testing.assert_close(both(network, batch, None), 2.5 * first(network, batch, None))
    assert (WeightedSum(((1.0, first), (1.0, second))).sites, both.needs_drift) == (5, False)
    held = WeightedSum(((1.0, first), (1.0, FokkerPlanckResidual())))
    assert (held.sites, held.needs_drift) == (None, True)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: ImplicitScoreMatching(probes=0), "probes"),
        (lambda: Denoising(sites=0), "sites"),
        (lambda: Denoising(0.0), "sigma"),
        (lambda: Denoising(float("nan")), "sigma"),
        (lambda: WeightedSum(()), "terms"),
        (lambda: WeightedSum(((-1.0, Denoising()),)), "Denoising"),
    ],
)
def test_what_cannot_be_is_refused_by_name(make, said):
    with pytest.raises(ParameterError, match=said):
        make()


def test_a_missing_reference_is_said():
    network = linear(np.eye(2), reference="equilibrium")
    with pytest.raises(ParameterError, match=r"equilibrium.*'reference'"):
        ImplicitScoreMatching()(network, states(np.ones((2, 2))), None)
