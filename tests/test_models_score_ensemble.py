"""An ensemble is the mean of its members, in all that a score network does, and goes through a checkpoint."""

import numpy as np
import pytest
import torch
from linear_scores import covariance_of, exact_sample, process_of_matrix

from ergodica import models
from ergodica.models.score import FokkerPlanckResidual, ScoreEnsemble, ScoreMLP
from ergodica.numerics.errors import ParameterError

NAMES = ["a", "b"]
PROCESS = process_of_matrix([[1.0, 0.2], [0.2, 0.5]], 2, NAMES)
X = torch.as_tensor(exact_sample(covariance_of(4, seed=0))).reshape(-1, 2, 2)


def member(seed, **options):
    torch.manual_seed(seed)
    network = ScoreMLP.shaped_for(PROCESS, **{"width": 5, **options})
    torch.nn.init.normal_(network.perceptron.last.weight, std=0.3)
    network.prepare(X, PROCESS)
    return network.double()


@pytest.fixture
def networks():
    return [member(seed) for seed in range(3)]


def test_it_is_the_mean_of_its_members(networks):
    together = ScoreEnsemble(networks)
    probe = torch.ones_like(X)
    calls = [
        lambda network: (network(X),),
        lambda network: network.divergence(X),
        lambda network: network.divergence(X, None, probe),
        lambda network: network.whitened_divergence(X),
        lambda network: network.contraction(X, torch.eye(2, dtype=torch.float64)),
    ]
    for call in calls:
        each = zip(*(call(network) for network in networks), strict=True)
        for found, parts in zip(call(together), each, strict=True):
            torch.testing.assert_close(found, torch.stack(parts).mean(0))
    chosen = together.context(X, torch.zeros(len(X), 1, dtype=torch.long))
    torch.testing.assert_close(together(X, chosen), together(X)[:, :1])


def test_it_comes_back_from_a_checkpoint(networks, tmp_path):
    together = ScoreEnsemble(networks).float()
    models.save(together, tmp_path / "net")
    again = models.load(tmp_path / "net")
    assert isinstance(again, ScoreEnsemble)
    x = X.float()
    torch.testing.assert_close(again(x), together(x), rtol=0, atol=0)
    torch.testing.assert_close(again.scale, together.scale)
    batch = {"x": x, "drift": -x, "divergence": torch.full((len(x), 2), -2.0)}
    value = FokkerPlanckResidual()(again, batch, None)
    torch.testing.assert_close(value, FokkerPlanckResidual()(together, batch, None))


def test_a_new_box_or_process_reaches_all_members(networks):
    other = process_of_matrix([[2.0, 0.0], [0.0, 3.0]], 2, NAMES)
    moved = ScoreEnsemble(networks).of_process(other)
    for network in (moved, *moved.networks):
        np.testing.assert_array_equal(network.diffusion, other.diffusion)
    np.testing.assert_array_equal(networks[0].diffusion.numpy().round(6), PROCESS.diffusion)


def test_members_must_be_alike(networks):
    with pytest.raises(ParameterError, match="at least one, got none"):
        ScoreEnsemble([])
    with pytest.raises(ParameterError, match=r"one architecture.*'width': 6"):
        ScoreEnsemble([networks[0], member(0, width=6)])
