"""Jump processes against closed forms: laws of their events, stationary distributions, entropy production."""

import numpy as np
import pytest
from scipy import stats

from ergodica import sims
from ergodica.sims.engines.jump_rates import checked_rates, entropy_production_rate, stationary_distribution

JumpProcess = sims.JumpProcess
FAR = 1e-4  # chance that a right simulation fails a test of its law


def long_run(**changes):
    """32 members of 250 units of time: some 1e4 events of a network with rates around 1."""
    return JumpProcess(**changes).run(t_end=250.0, snapshots=2, members=32, seed=4)


def random_rates(n, seed, filled=0.6):
    rng = np.random.default_rng(seed)
    rates = np.exp(rng.normal(size=(n, n))) * (rng.random((n, n)) < filled)
    rates[np.arange(n), (np.arange(n) + 1) % n] += 0.5  # a ring, so that every state is reached
    np.fill_diagonal(rates, 0.0)
    return rates


@pytest.mark.parametrize(("V", "exact"), [(0.5, 0.048541), (1.0, 0.179194), (2.0, 0.565647)])
def test_flashing_ratchet_has_its_published_entropy_production(V, exact):
    ds = JumpProcess(parameters={"V": V}).run(t_end=1.0, snapshots=2)
    assert float(ds.entropy_production_rate) == pytest.approx(exact, abs=5e-7)  # half of the last digit given


def test_entropy_production_of_a_ring_is_current_times_affinity():
    for energies in ({}, {"energy_1": 0.7, "energy_2": -1.1}):
        ring = JumpProcess(network="three-state-ring", parameters={"affinity": 2.5, "k": 3.0, **energies})
        rates, pi = ring.rate_matrices[0], ring.exact_distribution[0]
        current = pi[0] * rates[0, 1] - pi[1] * rates[1, 0]
        sigma = float(entropy_production_rate(rates, pi))
        assert sigma == pytest.approx(2.5 * current, rel=1e-12)
        if not energies:
            assert sigma == pytest.approx(2 / 3 * 3.0 * 2.5 * np.sinh(2.5 / 6), rel=1e-12)


@pytest.mark.parametrize("voltage", [-90.0, -55.0, 30.0])
def test_open_gates_of_the_potassium_channel_are_binomial_and_in_equilibrium(voltage):
    x = (voltage + 55) / 10
    alpha = 0.1 * x / (1 - np.exp(-x)) if x else 0.1
    beta = 0.125 * np.exp(-(voltage + 65) / 80)
    channel = JumpProcess(network="hodgkin-huxley-potassium", parameters={"voltage": voltage})
    exact = stats.binom.pmf(np.arange(5), 4, alpha / (alpha + beta))
    np.testing.assert_allclose(channel.exact_distribution[0], exact, rtol=1e-12)
    ds = channel.run(t_end=1.0, snapshots=2)
    assert abs(float(ds.entropy_production_rate)) < 1e-20  # squares of round-off
    assert ds.t.attrs["units"] == ds.dwell_time.attrs["units"] == "ms"
    assert ds.rates.attrs["units"] == "1/ms"


def test_stationary_distribution_keeps_the_accuracy_of_its_smallest_entry():
    # of a chain without loops by detailed balance, over 100 powers of ten
    up, down = np.array([1e-20, 3e-15, 1e-30, 2e-10]), np.array([1e3, 2.0, 1e5, 1e10])
    rates = np.diag(up, 1) + np.diag(down, -1)
    exact = np.cumprod(np.append(1.0, up / down))
    np.testing.assert_allclose(stationary_distribution(rates), exact / exact.sum(), rtol=1e-14)


def test_stationary_distribution_balances_flows_in_and_out():
    rates = np.array([random_rates(12, seed, filled=0.2) for seed in range(5)])
    pi = stationary_distribution(rates)
    inflow = np.einsum("mi,mij->mj", pi, rates)
    np.testing.assert_allclose(inflow, pi * rates.sum(axis=-1), rtol=1e-13)
    np.testing.assert_allclose(pi.sum(axis=-1), 1.0, rtol=1e-14)


def test_a_transition_without_a_way_back_produces_infinite_entropy():
    rates = checked_rates([[0, 1, 0], [0, 0, 1], [1, 0, 0]])
    assert entropy_production_rate(rates, stationary_distribution(rates)) == np.inf


@pytest.mark.parametrize(
    "changes",
    [{"parameters": {"V": 2.0}}, {"rates": random_rates(9, 1)}, {"rates": [[0, 1e3], [1e-2, 0]]}],
    ids=["ratchet", "random", "stiff"],
)
def test_transitions_happen_at_their_rates(changes):
    last = long_run(**changes).isel(t=-1)
    counts = last.transitions.sum("member").values
    expected = (last.rates * last.dwell_time.sum("member")).values
    assert (counts[expected == 0] == 0).all()
    there = expected > 5  # below, a Poisson number is far from normal
    # N - w T is a martingale of variance w T: independent standard normal numbers in the limit
    squares = ((counts - expected)[there] ** 2 / expected[there]).sum()
    assert stats.chi2.sf(squares, there.sum()) > FAR
    assert stats.chi2.cdf(squares, there.sum()) > FAR


def test_waiting_times_are_exponential_and_know_nothing_of_the_next_state():
    rates = np.array([[0, 2.0, 1.0], [0.5, 0, 0.25], [3.0, 4.0, 0]])
    ds = JumpProcess(rates=rates, initial=0, events_per_snapshot=1000).run(
        t_end=4000.0, snapshots=41, record="events"
    )
    there = ds.event_state.values >= 0
    times, after = ds.event_time.values[there], ds.event_state.values[there]
    waits, before = np.diff(times), after[:-1]
    for state in range(3):
        own, following = waits[before == state], after[1:][before == state]
        assert len(own) > 1000
        assert stats.kstest(own, "expon", args=(0, 1 / rates[state].sum())).pvalue > FAR
        to = np.flatnonzero(rates[state])
        assert stats.ks_2samp(own[following == to[0]], own[following == to[1]]).pvalue > FAR


def test_start_is_drawn_from_the_stationary_distribution():
    system = JumpProcess(rates=random_rates(6, 3))
    ds = system.run(t_end=1.0, snapshots=2, members=4000, seed=1)
    expected = 4000 * system.exact_distribution[0]
    for frame in range(2):  # and stays so
        found = np.bincount(ds.state.values[:, frame], minlength=6)
        assert stats.chisquare(found, expected).pvalue > FAR


def test_mean_dwell_and_occupation_are_those_of_the_stationary_law():
    shares = long_run(parameters={"V": 1.0}).dwell_time.isel(t=-1) / 250.0
    error = shares.std("member", ddof=1).values / np.sqrt(32)
    exact = JumpProcess(parameters={"V": 1.0}).exact_distribution[0]
    # 6 states, 32 members: 4.5 standard errors of Student's distribution have a chance of 6e-4
    assert (np.abs(shares.mean("member").values - exact) < 4.5 * error).all()


def test_an_absorbing_state_ends_the_path():
    ds = JumpProcess(rates=[[0, 2.0], [0, 0]], initial=0).run(t_end=10.0, snapshots=11, members=2000)
    last = ds.isel(t=-1)
    assert (last.state == 1).all()
    assert (last.transitions.values == [[0, 1], [0, 0]]).all()
    assert stats.kstest(last.dwell_time.values[:, 0], "expon", args=(0, 0.5)).pvalue > FAR
    np.testing.assert_allclose(last.dwell_time.sum("from_state"), 10.0, rtol=1e-13)
    np.testing.assert_array_equal(last.stationary_distribution, [0, 1])
