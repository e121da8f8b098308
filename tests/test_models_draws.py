"""Random numbers of a step: the same for any number of processes, other ones for any other step."""

import pytest
import torch

from ergodica.models.draws import Draws
from ergodica.models.training.distributed import World
from ergodica.numerics.errors import ParameterError


def all_kinds(draws):
    return [draws.normal((3, 2)), draws.signs((5,)), draws.sites(3, 7), draws.normal((1,))]


@pytest.mark.parametrize("size", [2, 3, 7])
def test_rows_of_processes_together_are_those_of_one(size):
    alone = all_kinds(Draws(1, 5, batch=7))
    parts = [all_kinds(Draws(1, 5, batch=7, rows=World(rank, size).rows(7))) for rank in range(size)]
    for whole, pieces in zip(alone, zip(*parts, strict=True), strict=True):
        assert torch.equal(whole, torch.cat(pieces))


@pytest.mark.parametrize(
    ("one", "other"),
    [((0, 1), (0, 2)), ((0, 1), (1, 1)), ((0, 3), (0, -3)), ((1, 0), (0, 1_000_003)), ((0, 1), (1, 0))],
)
def test_other_seeds_and_steps_draw_other_numbers(one, other):
    a, b = (Draws(*key, batch=2000).normal((5,)).flatten() for key in (one, other))
    # correlation of 10^4 independent pairs: standard error 1/100
    assert abs(float(torch.corrcoef(torch.stack([a, b]))[0, 1])) < 0.05


def test_calls_within_a_step_draw_different_numbers():
    draws = Draws(0, 1, batch=4)
    assert not torch.equal(draws.normal((3,)), draws.normal((3,)))


def test_numbers_have_the_moments_they_claim():
    draws = Draws(2, 9, batch=1000)
    normal, signs = draws.normal((100,)), draws.signs((100,))
    # of 10^5 numbers: standard errors 3e-3 of the mean, 4.5e-3 of the variance
    assert abs(float(normal.mean())) < 0.015
    assert abs(float(normal.var()) - 1) < 0.022
    assert set(signs.unique().tolist()) == {-1.0, 1.0}
    assert abs(float(signs.mean())) < 0.015


def test_sites_are_different_rising_and_fair():
    sites = Draws(0, 4, batch=3000).sites(3, 5)
    assert bool((sites.diff(dim=-1) > 0).all())
    shares = sites.flatten().bincount(minlength=5) / 3000
    # each of 5 is among 3 with chance 0.6: standard error sqrt(.24/3000) = 9e-3
    assert float((shares - 0.6).abs().max()) < 0.045
    assert torch.equal(Draws(0, 4, batch=2).sites(5, 5), torch.arange(5).expand(2, 5))


def test_numbers_come_in_the_type_asked_for():
    draws = Draws(0, 1, batch=2, dtype=torch.float64)
    assert draws.normal((1,)).dtype == draws.signs((1,)).dtype == torch.float64
    # float32 numbers made wider would have zeros in their last 29 bits
    assert not torch.equal(draws.normal((9,)), draws.normal((9,)).float().double())


@pytest.mark.parametrize("count", [0, 6])
def test_more_sites_than_there_are_are_refused(count):
    with pytest.raises(ParameterError, match="sites: must be from 1 to the 5"):
        Draws(0, 1, batch=2).sites(count, 5)
