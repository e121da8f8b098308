"""The exact answers that learned scores are held to agree with each other and with published numbers."""

import numpy as np
import pytest

from ergodica import sims
from ergodica.scripts.studies.score_data import harmonic_ring, trapped, two_on_a_ring
from ergodica.scripts.studies.score_linear import HarmonicRing, Linear, Trapped, random_linear
from ergodica.scripts.studies.score_measure import states
from ergodica.scripts.studies.score_ring import TwoOnARing
from ergodica.scripts.studies.score_ring_cells import JumpProcess
from ergodica.scripts.studies.score_ring_density import SteadyState

ANY = [Trapped(), Trapped(v0=1.3, A=0.7, gamma=2.1, eps=0.4), Trapped(v0=0.02, A=3.0, gamma=0.05, eps=1.7)]


def test_numbers_of_the_trapped_particle():
    one = Trapped()
    assert (one.total, one.of_propulsion, one.of_position) == pytest.approx((0.6, 0.04, 0.56), rel=1e-12)
    assert one.linear.frequency == pytest.approx(0.0632455532, rel=1e-9)


@pytest.mark.parametrize("one", ANY)
def test_closed_forms_of_a_trapped_particle_are_those_of_its_matrices(one):
    assert one.covariance == pytest.approx(one.linear.covariance, rel=1e-12)
    assert one.linear.total == pytest.approx(one.total, rel=1e-12)
    assert one.linear.rates == pytest.approx([one.of_position, one.of_propulsion], rel=1e-10)


@pytest.mark.parametrize("v0", [0.1, 0.3, 2.0])
def test_without_noise_of_position_the_part_of_the_propulsion_is_the_stiffness(v0):
    one = Trapped(v0=v0, A=0.07, gamma=0.4, eps=0.0)
    assert one.of_propulsion == pytest.approx(one.A, rel=1e-12)
    assert one.linear.rates[1] == pytest.approx(one.A, rel=1e-10)
    assert one.total == np.inf


def test_a_passive_particle_produces_nothing():
    assert Trapped(v0=0.0).total == Trapped(v0=0.0).of_propulsion == 0.0
    assert Trapped(v0=0.0, eps=0.0).total == Trapped(v0=0.0, eps=0.0).of_propulsion == 0.0


@pytest.mark.parametrize("particles", [3, 8, 16])
@pytest.mark.parametrize("one", ANY)
def test_modes_of_a_ring_are_its_matrices(particles, one):
    ring = HarmonicRing(particles, 0.3, one)
    assert ring.covariance == pytest.approx(ring.linear.covariance, rel=1e-10, abs=1e-12)
    assert ring.linear.total == pytest.approx(ring.total, rel=1e-10)
    assert ring.linear.rates[particles:].sum() == pytest.approx(ring.of_propulsion, rel=1e-9)


@pytest.mark.parametrize("d", [2, 5, 10])
def test_random_processes_are_those_of_the_simulation(d):
    process = random_linear(d, seed=d)
    ds = sims.LinearSDE(drift_matrix=process.drift, diffusion_matrix=process.diffusion).run(
        t_end=1.0, snapshots=2
    )
    assert ds["covariance"].values == pytest.approx(process.covariance, rel=1e-9, abs=1e-12)
    assert float(ds["entropy_production_rate"]) == pytest.approx(process.total, rel=1e-9)
    assert process.total > 0.01


def test_a_diagonal_noise_splits_the_rate_of_a_process():
    process = random_linear(4, seed=1, diagonal=True)
    assert process.rates.sum() == pytest.approx(process.total, rel=1e-10)


def test_rotation_has_its_published_rate():
    process = Linear(np.array([[-1.0, -3.0], [3.0, -1.0]]), np.eye(2))
    assert process.total == pytest.approx(2 * 3.0**2, rel=1e-12)
    assert process.frequency == pytest.approx(3.0, rel=1e-12)


def test_two_on_a_ring_have_their_published_rates():
    found = SteadyState(TwoOnARing()).rates()
    # half a unit of the eighth digit
    assert found == pytest.approx((0.39698599, 0.36454397, 0.03244202), abs=5e-9)


@pytest.mark.parametrize(
    "of", [TwoOnARing(), TwoOnARing(v0=0.5, k=6.0, gamma=0.3, eps=0.3, length=10.0, softness=5.0)]
)
def test_modes_and_cells_agree_on_two_on_a_ring(of):
    exact = np.array(SteadyState(of).rates())
    coarse, fine = (np.array(JumpProcess(of, cells).rates()) for cells in ((96, 48), (192, 96)))
    # of second order: a quarter at half the cell; what extrapolation leaves is of fourth order, some 1e-5
    assert abs(fine / exact - 1).max() < 0.35 * abs(coarse / exact - 1).max()
    assert (4 * fine - coarse) / 3 == pytest.approx(exact, rel=1e-4)


def test_the_score_on_a_ring_is_that_of_the_density():
    steady = SteadyState(TwoOnARing())
    x, g = np.meshgrid(np.linspace(2.0, 14.0, 7), np.linspace(-1.5, 1.5, 4), indexing="ij")
    at = np.stack([x, g], axis=-1)
    score = steady.score(at)
    # turning the pair round changes both signs
    turned = np.stack([16.0 - x, -g], axis=-1)
    assert steady.score(turned) == pytest.approx(-score, abs=1e-9)
    # the flow keeps the density: div v + v.s = 0, by differences whose error is some h^2
    h = 1e-3
    spread = sum(
        (steady.velocity(at + step)[..., i] - steady.velocity(at - step)[..., i]) / (2 * h)
        for i, step in enumerate(h * np.eye(2))
    )
    assert np.abs(spread + (steady.velocity(at) * score).sum(axis=-1)).max() < 1e-5


def test_relative_coordinates_of_simulated_pairs_follow_their_density():
    of = TwoOnARing.of_particles(v0=0.4, k=2.0, gamma=0.5, eps=0.2, length=11.0)
    assert (of.v0, of.k, of.eps) == pytest.approx((0.4 * 2**0.5, 4.0, 0.4))
    assert of.centre_of_mass == pytest.approx(0.4**2 / 0.2)
    ds = two_on_a_ring(of, samples=20, members=150, spacing=4.0, seed=1, dt=0.02)
    steady = SteadyState(of)
    x = states(ds)
    drift = of.drift(x)[:, 0]
    rates = (drift**2 / of.eps + of.slope(x[:, 0])).reshape(150, 20).mean(axis=1)
    # the total without a score: its mean over pairs, within four standard errors
    assert abs(rates.mean() - steady.rates()[0]) < 4 * rates.std(ddof=1) / np.sqrt(150)


def test_data_of_particles_have_their_covariance():
    one, ring = Trapped(), HarmonicRing(4)
    x = states(trapped(one, samples=20_000, spacing=60.0, seed=2))
    # relative errors of variances from n independent samples are sqrt(2/n) = .01
    assert np.cov(x.T) == pytest.approx(np.kron(one.covariance, np.eye(2)), rel=0.05, abs=0.15)
    order = np.arange(8).reshape(2, 4).T.ravel()
    x = states(harmonic_ring(ring, samples=20_000, spacing=60.0, seed=2))
    assert np.cov(x.T) == pytest.approx(ring.covariance[np.ix_(order, order)], rel=0.06, abs=0.25)
