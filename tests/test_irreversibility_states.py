"""Entropy production of jump processes from their states and from counted transitions."""

import math

import numpy as np
import pytest
import xarray as xr

from ergodica import estimators as est
from ergodica.estimators.irreversibility.paths import driven_ring

SEEDS = 16


def events(rates, end, lanes, seed):
    """Transitions and dwell times of `lanes` exact records, `(lanes, n, n)` and `(lanes, n)`, all at once."""
    rng = np.random.default_rng(seed)
    n, leave = len(rates), rates.sum(axis=1)
    to = (rates / leave[:, None]).cumsum(axis=1)
    state = rng.choice(n, size=lanes, p=est.stationary_distribution(rates))
    clock, lane, alive = np.zeros(lanes), np.arange(lanes), np.ones(lanes, bool)
    transitions, dwell = np.zeros((lanes, n, n)), np.zeros((lanes, n))
    while alive.any():
        wait = rng.exponential(size=lanes) / leave[state]
        stays = np.minimum(wait, end - clock)
        dwell[lane, state] += np.where(alive, stays, 0.0)
        alive = alive & (wait == stays)
        following = (rng.random(lanes)[:, None] > to[state]).sum(axis=1)
        transitions[lane[alive], state[alive], following[alive]] += 1
        state, clock = np.where(alive, following, state), clock + stays
    return transitions, dwell


def complete(seed, states=4, driven=True):
    """Rates between all states, in detailed balance where they are not driven."""
    rng = np.random.default_rng(seed)
    energy, barrier = rng.normal(size=states), rng.normal(size=(states, states)) / 2
    rates = np.exp(energy[:, None] - barrier - (0 if driven else barrier.T))
    np.fill_diagonal(rates, 0)
    return rates


def within(found, truth, bias=0.0):
    error = np.std(found, ddof=1) / math.sqrt(len(found))
    return abs(np.mean(found) - truth) < 4 * error + bias


@pytest.mark.parametrize("seed", range(3))
def test_counted_transitions_give_the_rate_of_driven_networks(seed):
    rates = complete(seed)
    transitions, dwell = events(rates, 2000.0, SEEDS, seed)
    found = est.schnakenberg(transitions, dwell)
    assert within(found, est.schnakenberg_rate(rates), bias=2 * 3 / 2000)  # 2 m/T, m = 6 - 4 + 1
    np.testing.assert_allclose(dwell.sum(axis=1), 2000.0, rtol=1e-12)


def test_the_bias_in_equilibrium_is_twice_the_number_of_cycles_over_the_length_and_can_be_taken_off():
    rates, end = complete(5, driven=False), 100.0
    assert abs(est.schnakenberg_rate(rates)) < 1e-13
    transitions, dwell = events(rates, end, 400, 0)
    plain = est.schnakenberg(transitions, dwell, pseudo_count=0.5)
    # rare reverses make it differ in second order of 1/counts: a tenth here
    assert within(plain, 2 * 3 / end, bias=0.1 * 6 / end)
    assert within(est.schnakenberg(transitions, dwell, pseudo_count=0.5, correct=True), 0, bias=0.1 * 6 / end)


def test_a_chain_without_cycles_produces_nothing():
    rates = np.diag([4.0, 3.0, 2.0], 1) + np.diag([0.5, 1.0, 1.5], -1)
    transitions, dwell = events(rates, 500.0, 4, 0)
    # nets of a chain are -1, 0 or 1, so that each of 3 edges gives 1/n at most
    least = np.minimum(transitions, transitions.transpose(0, 2, 1))[:, [0, 1, 2], [1, 2, 3]].min(axis=1)
    assert (est.schnakenberg(transitions, dwell) <= 3 / (500.0 * least)).all()


def test_counted_transitions_keep_their_other_dimensions_and_say_what_they_are():
    transitions, dwell = events(complete(1), 50.0, 6, 0)
    counts = xr.DataArray(
        transitions.reshape(2, 3, 4, 4),
        dims=("member", "t", "from_state", "to_state"),
        coords={"t": [1, 2, 3]},
    )
    times = xr.DataArray(dwell.reshape(2, 3, 4), dims=("member", "t", "from_state"), attrs={"units": "ms"})
    found = est.schnakenberg(counts, times, base=2)
    assert found.dims == ("member", "t")
    assert found.attrs["units"] == "bit/ms"
    np.testing.assert_allclose(found.values.ravel(), est.schnakenberg(transitions, dwell) / math.log(2))
    turned = est.schnakenberg(counts.transpose("to_state", "t", ...), times, base=2)
    np.testing.assert_array_equal(turned.transpose(*found.dims), found)
    lazy = est.schnakenberg(counts.chunk(member=1), times.chunk(member=1), base=2)
    np.testing.assert_array_equal(lazy.compute(), found)


def test_a_reverse_that_was_not_seen_is_nan_unless_there_is_a_pseudo_count():
    path = np.array([0, 1, 2, 0, 1, 2, 0, 1, 0])
    assert np.isnan(est.entropy_production(path, dt=1.0))
    # counts 0->1 3, 1->0 1, 1->2 2, 2->0 2, each with a half more
    wanted = (2 * math.log(3.5 / 1.5) + 2 * 2 * math.log(2.5 / 0.5)) / 8
    found = est.entropy_production(path, dt=1.0, estimator=est.Schnakenberg(pseudo_count=0.5))
    assert found == pytest.approx(wanted, rel=1e-14)
    counts = np.array([[0, 3, 0], [1, 0, 2], [2, 0, 0]])
    assert np.isnan(est.schnakenberg(counts, np.full(3, 8 / 3)))
    assert est.schnakenberg(counts, np.full(3, 8 / 3), pseudo_count=0.5) == pytest.approx(wanted, rel=1e-14)


def test_no_time_or_a_missing_count_is_nan_alone():
    counts = np.array([[[0, 3], [2, 0]], [[0, 0], [0, 0]], [[0, np.nan], [2, 0]]])
    found = est.schnakenberg(counts, np.array([[1.0, 1.0], [0.0, 0.0], [1.0, 1.0]]))
    assert found[0] == pytest.approx(math.log(1.5) / 2)
    assert np.isnan(found[1:]).all()


@pytest.mark.parametrize("dt", [0.02, 0.2])
def test_a_sampled_ring_gives_the_divergence_of_its_propagator_below_the_rate(dt):
    """f_ij of infinitely many samples from the exponential of the generator."""
    forward, backward, n = 3.0, 1.0, 20_000
    turn = np.exp(1j * 2 * np.pi / 3 * np.arange(3))
    growth = np.exp(dt * (forward * (turn - 1) + backward * (turn.conj() - 1)))
    chance = np.real([np.mean(growth * turn.conj() ** shift) for shift in range(3)])
    truth = (chance[1] - chance[2]) * math.log(chance[1] / chance[2]) / dt
    assert truth < 2 * math.log(3)
    paths = [driven_ring(np.random.default_rng([1, s]), forward=forward, backward=backward, samples=n, dt=dt)
             for s in range(SEEDS)]  # fmt: skip
    found = est.entropy_production(np.stack(paths), dt=dt)
    assert within(found, truth, bias=2 / (n * dt))


@pytest.mark.parametrize("dt", [0.02, 0.2, 0.5])
def test_a_fitted_generator_sees_the_transitions_between_samples(dt):
    n, truth = 20_000, 2 * math.log(3)
    paths = [driven_ring(np.random.default_rng([4, s]), forward=3.0, backward=1.0, samples=n, dt=dt)
             for s in range(SEEDS)]  # fmt: skip
    found = est.entropy_production(np.stack(paths), dt=dt, estimator=est.GeneratorFit())
    # the logarithm amplifies errors of P, whose square makes a bias: 1 % at two dwell times
    assert within(found, truth, bias=2 / (n * dt) + 0.01 * truth)


def test_a_fitted_generator_is_the_logarithm_of_a_transition_matrix_that_is_counted_exactly():
    from scipy.linalg import logm

    path = np.array([0, 0, 1, 1, 2, 2, 0, 0, 0, 1, 0, 0, 2, 2, 1, 1, 1, 2, 2, 2, 0])
    counts = np.zeros((3, 3))
    np.add.at(counts, (path[:-1], path[1:]), 1)
    share = counts.sum(axis=1) / counts.sum()
    flux = share[:, None] * logm(counts / counts.sum(axis=1, keepdims=True)).real / 0.5
    wanted = sum(
        (flux[i, j] - flux[j, i]) * math.log(flux[i, j] / flux[j, i])
        for i, j in ((0, 1), (0, 2), (1, 2))
        if min(flux[i, j], flux[j, i]) > 0
    )
    assert wanted > 0
    found = est.entropy_production(path, dt=0.5, estimator=est.GeneratorFit())
    assert found == pytest.approx(wanted, rel=1e-10)


def test_samples_that_alternate_have_no_generator():
    path = np.tile([0, 1], 50)
    assert np.isnan(est.entropy_production(path, dt=1.0, estimator=est.GeneratorFit()))


def test_names_of_states_and_their_type_do_not_matter():
    path = driven_ring(np.random.default_rng(0), forward=3.0, backward=1.0, samples=3000, dt=0.1)
    found = est.entropy_production(path, dt=0.1)
    for names, dtype in (
        ([0, 1, 2], np.uint8),
        ([-3, 7, 5], np.int32),
        ([10**12, -(10**15), 0], np.int64),
        ([2**64 - 1, 2**64 - 9, 2**64 - 5], np.uint64),
    ):
        assert est.entropy_production(np.array(names, dtype)[path], dt=0.1) == pytest.approx(found, rel=1e-14)


@pytest.mark.parametrize(
    "estimator", [est.Schnakenberg(), est.Schnakenberg(correct=True), est.GeneratorFit()], ids=repr
)
def test_a_record_of_one_state_produces_nothing(estimator):
    assert est.entropy_production(np.full(20, 3), dt=1.0, estimator=estimator) == 0.0


def test_truth_values_are_two_states_which_cannot_go_round():
    path = np.random.default_rng(0).random(1000) < 0.3
    # as many ups as downs but for one: 1/n of about 210 transitions each way, over 999 samples
    assert 0 <= est.entropy_production(path, dt=1.0) < 1e-5


def test_a_state_for_every_sample_is_told_to_be_a_continuum():
    with pytest.raises(ValueError, match="at most 1024 states, got 5000"):
        est.entropy_production(np.arange(5000) ** 2, dt=1.0)


@pytest.mark.parametrize(
    ("transitions", "dwell", "options", "error", "words"),
    [
        (np.ones((2, 3)), np.ones(3), {}, ValueError, "as many states"),
        (np.ones((2, 2)), np.ones(3), {}, ValueError, "as many states"),
        (-np.ones((2, 2)), np.ones(2), {}, ValueError, "negative"),
        (np.ones(2), np.ones(2), {}, ValueError, "as many states"),
        (np.ones((2, 2)), np.ones(2), {"pseudo_count": -1}, ValueError, "pseudo_count"),
        (xr.DataArray(np.ones((2, 2))), np.ones(2), {}, TypeError, "both"),
        (xr.DataArray(np.ones((2, 2))), xr.DataArray(np.ones(2)), {}, ValueError, "dimension 'from_state'"),
    ],
)
def test_impossible_counts_are_refused(transitions, dwell, options, error, words):
    with pytest.raises(error, match=words):
        est.schnakenberg(transitions, dwell, **options)


def test_a_fitted_transition_without_reverse_is_nan_and_one_that_noise_makes_is_left_out():
    """A ring that turns one way alone has an infinite entropy; a chain, whose ends never meet, has none."""
    steps = np.random.default_rng(3).poisson(0.05, 20_000)
    ring = np.cumsum(steps) % 3
    assert np.isnan(est.entropy_production(ring, dt=0.05, estimator=est.GeneratorFit()))
    down, up = np.random.default_rng(4).random((2, 20_000)) < 0.1
    chain = np.zeros(20_000, int)
    for t in range(1, len(chain)):
        chain[t] = min(max(chain[t - 1] + up[t] - down[t], 0), 3)
    found = est.entropy_production(chain, dt=0.1, estimator=est.GeneratorFit())
    assert 0 <= found < 0.01  # nets of a chain are -1, 0 or 1 in thousands


def test_counts_are_real_numbers():
    with pytest.raises(
        TypeError, match="transitions, dwell_time: must hold real numbers, got dtypes complex128"
    ):
        est.schnakenberg(np.ones((2, 2), complex), np.ones(2))


def test_cycles_are_counted_in_each_piece_of_the_network():
    """Two edges that do not meet have no cycle, and no bias to take off; a ring and an edge have one."""
    edges = np.zeros((4, 4))
    edges[[0, 1, 2, 3], [1, 0, 3, 2]] = [5, 4, 7, 7]
    plain = est.schnakenberg(edges, np.ones(4))
    assert est.schnakenberg(edges, np.ones(4), correct=True) == plain
    ring = np.zeros((5, 5))
    ring[:3, :3] = 5 - 5 * np.eye(3)
    ring[3, 4] = ring[4, 3] = 2
    assert est.schnakenberg(ring, np.ones(5), correct=True) == pytest.approx(-2 / 5, rel=1e-14)
