"""Linear stochastic processes against closed forms: transition law, stationary law, entropy production."""

import numpy as np
import pytest
from scipy import stats
from scipy.linalg import expm, solve_continuous_lyapunov

from ergodica import sims
from ergodica.sims.engines.linear_law import (
    entropy_production_rate,
    factor,
    growth,
    stationary_covariance,
    transition,
)

LinearSDE = sims.LinearSDE
FAR = 1e-4  # chance that a right simulation fails a test of its law


def random_process(d, noises, seed):
    rng = np.random.default_rng(seed)
    drift = rng.normal(size=(d, d)) - 2 * np.sqrt(d) * np.eye(d)
    root = rng.normal(size=(d, noises))
    return drift, root @ root.T


def law(drift, diffusion, time):
    """e^(M t) and the covariance of the noise, of a block matrix (Van Loan 1978) or, late, of the stationary law."""
    d = len(drift)
    if time > 0.5:
        propagator, stationary = expm(drift * time), solve_continuous_lyapunov(drift, -2 * diffusion)
        return propagator, stationary - propagator @ stationary @ propagator.T
    block = np.block([[-drift, 2 * diffusion], [np.zeros((d, d)), drift.T]])
    whole = expm(block * time)
    return whole[d:, d:].T, whole[d:, d:].T @ whole[:d, d:]


@pytest.mark.parametrize("time", [1e-8, 0.03, 0.2, 0.7, 20.0])
@pytest.mark.parametrize(("d", "noises"), [(1, 1), (2, 1), (5, 5), (7, 3)])
def test_transition_law_is_that_of_van_loan(d, noises, time):
    drift, diffusion = random_process(d, noises, seed=d)
    propagator, covariance = (one[0] for one in transition(drift[None], diffusion[None], time))
    exact, noise = law(drift, diffusion, time)
    np.testing.assert_allclose(propagator, exact, atol=1e-13)
    # the block's exponential at t = 0.2 is some 10 large, and its round-off with it
    np.testing.assert_allclose(covariance, noise, atol=1e-12 * np.abs(noise).max())
    lower = factor(covariance[None])[0]
    assert (np.triu(lower, 1) == 0).all()
    np.testing.assert_allclose(lower @ lower.T, covariance, atol=1e-14 * np.abs(covariance).max())


def test_slow_directions_keep_their_accuracy_beside_fast_ones():
    rates = np.array([1e-6, 1.0, 1e8])
    propagator, covariance = transition(-np.diag(rates)[None], np.eye(3)[None], 3.0)
    # E = e^(-k t) - 1 is what is held: that of the slow direction is 1e-6
    np.testing.assert_allclose(np.diag(propagator[0]), np.exp(-3.0 * rates), rtol=1e-14, atol=1e-16)
    np.testing.assert_allclose(np.diag(covariance[0]), -np.expm1(-6.0 * rates) / rates, rtol=1e-13)


def test_noise_that_reaches_a_component_through_others_has_its_powers_of_time():
    # three integrations of one noise: Cov = 2 t^(i+j+1)/((i+j+1) i! j!)
    drift = np.diag(np.ones(2), -1)
    powers = np.arange(3)
    for t in (1e-4, 1.0, 1e3):
        covariance = transition(drift[None], np.diag([1.0, 0, 0])[None], t)[1]
        n = powers[:, None] + powers + 1
        exact = 2 * t**n / (n * np.outer([1, 1, 2], [1, 1, 2]))
        np.testing.assert_allclose(covariance[0], exact, rtol=1e-13)
        lower = factor(covariance)[0]
        np.testing.assert_allclose(lower @ lower.T, exact, rtol=1e-13)


def test_a_second_step_adds_what_one_of_both_lengths_has():
    drift, diffusion = random_process(4, 2, seed=9)
    short, long, whole = (transition(drift[None], diffusion[None], t) for t in (0.3, 0.5, 0.8))
    np.testing.assert_allclose(long[0] @ short[0], whole[0], rtol=1e-13, atol=1e-15)
    added = long[0] @ short[1] @ long[0].swapaxes(1, 2) + long[1]
    np.testing.assert_allclose(added, whole[1], rtol=1e-12, atol=1e-14)


def test_rules_of_the_gyrator_the_rotation_and_the_active_particle():
    ds = LinearSDE(parameters={"k": 2.0, "c": -0.7, "T1": 0.5, "T2": 4.0}).run(t_end=1.0, snapshots=2)
    assert float(ds.entropy_production_rate) == pytest.approx(0.49 * 3.5**2 / (2 * 2.0 * 2.0), rel=1e-12)
    ds = LinearSDE(process="rotation", parameters={"w": 3.0}).run(t_end=1.0, snapshots=2)
    assert float(ds.entropy_production_rate) == pytest.approx(18.0, rel=1e-12)
    np.testing.assert_allclose(ds.covariance, np.eye(2), atol=1e-15)
    v, a, gamma, eps = 0.8, 0.3, 0.2, 0.05
    p = {"v0": v, "A": a, "gamma": gamma, "eps": eps}
    ds = LinearSDE(process="aoup-in-a-trap", parameters=p).run(t_end=1.0, snapshots=2)
    assert float(ds.entropy_production_rate) == pytest.approx(v**2 * gamma / (eps * (a + gamma)), rel=1e-12)
    both = v / (a + gamma)
    exact = [[eps / a + v**2 / (a * (a + gamma)), both], [both, 1.0]]
    np.testing.assert_allclose(ds.covariance, exact, rtol=1e-12)


@pytest.mark.parametrize("units", [[1.0, 1.0, 1.0, 1.0], [1e-12, 1.0, 1e12, 10.0], [1e12] * 4, [1e-12] * 4])
def test_entropy_production_and_laws_are_the_same_in_any_units_and_axes(units):
    drift, diffusion = random_process(4, 4, seed=2)
    axes = np.linalg.qr(np.random.default_rng(3).normal(size=(4, 4)))[0]
    turn = axes * np.array(units)[:, None]
    inverse = axes.T / np.array(units)
    moved = turn @ drift @ inverse, turn @ diffusion @ turn.T
    exact, found = (stationary_covariance(m[None], d[None]) for m, d in ((drift, diffusion), moved))
    assert growth(moved[0][None]) == pytest.approx(growth(drift[None]), rel=1e-10)
    # to what two products of matrices leave of the accuracy
    np.testing.assert_allclose(found[0], turn @ exact[0] @ turn.T, rtol=1e-10)
    sigma = entropy_production_rate(drift[None], diffusion[None], exact)[0]
    assert entropy_production_rate(*(one[None] for one in moved), found)[0] == pytest.approx(sigma, rel=1e-10)
    there, here = (transition(m[None], d[None], 0.3) for m, d in (moved, (drift, diffusion)))
    np.testing.assert_allclose(there[0][0], turn @ here[0][0] @ inverse, rtol=1e-10)
    np.testing.assert_allclose(there[1][0], turn @ here[1][0] @ turn.T, rtol=1e-10)


def test_entropy_production_is_none_in_equilibrium():
    stiffness = np.array([[2.0, 0.5], [0.5, 1.0]])
    mobility = np.diag([1.0, 3.0])
    c = stationary_covariance(-(mobility @ stiffness)[None], mobility[None])
    assert entropy_production_rate(-(mobility @ stiffness)[None], mobility[None], c)[0] < 1e-25


def test_a_current_in_a_direction_without_noise_produces_infinite_entropy():
    ds = LinearSDE(process="aoup-in-a-trap", parameters={"eps": 0.0}).run(t_end=1.0, snapshots=2)
    assert float(ds.entropy_production_rate) == np.inf


@pytest.mark.parametrize("spacing", [0.05, 3.0])
@pytest.mark.parametrize("d", [2, 3, 6])
def test_samples_have_the_covariances_of_all_lags(d, spacing):
    drift, diffusion = random_process(d, d, seed=20 + d)
    system = LinearSDE(drift_matrix=drift, diffusion_matrix=diffusion)
    ds = system.run(t_end=2 * spacing, snapshots=3, members=20_000, seed=d)
    exact = stationary_covariance(drift[None], diffusion[None])[0]
    assert np.isclose(ds.covariance, exact).all()
    x = ds.state.values
    white = np.linalg.inv(np.linalg.cholesky(exact))
    for lag in range(3):
        found = white @ (x[:, lag].T @ x[:, 0] / 20_000) @ white.T
        wanted = white @ expm(drift * lag * spacing) @ exact @ white.T
        # entries of products of white Gaussians have a variance of at most 2/n; 5 standard errors, 27 entries at most
        assert np.abs(found - wanted).max() < 5 * np.sqrt(2 / 20_000)


def test_noise_of_steps_is_gaussian_white_and_of_the_exact_covariance():
    drift, diffusion = random_process(3, 2, seed=5)
    ds = LinearSDE(drift_matrix=drift, diffusion_matrix=diffusion).run(t_end=4000.0, snapshots=8001, seed=3)
    propagator, covariance = (one[0] for one in transition(drift[None], diffusion[None], 0.5))
    x = ds.state.values
    noise = np.linalg.solve(np.linalg.cholesky(covariance), (x[1:] - x[:-1] @ propagator.T).T)
    for one in noise:
        assert stats.kstest(one, "norm").pvalue > FAR
    together = np.concatenate([noise[:, 1:], noise[:, :-1]])
    # correlations of 6 independent series of 8000: 4.5 standard errors for 15 of them
    np.testing.assert_allclose(np.corrcoef(together), np.eye(6), atol=4.5 / np.sqrt(8000))


def test_an_unstable_process_runs_from_a_point_with_the_mean_of_its_exponential():
    drift = np.array([[0.5, 1.0], [-1.0, 0.1]])
    assert growth(drift[None]) > 0
    ds = LinearSDE(drift_matrix=drift, initial=[1.0, -2.0]).run(t_end=2.0, snapshots=3, members=4000)
    assert (ds.state.values[:, 0] == [1.0, -2.0]).all()
    assert "covariance" not in ds
    assert "entropy_production_rate" not in ds
    last = ds.state.values[:, -1]
    error = last.std(axis=0) / np.sqrt(4000)
    assert (np.abs(last.mean(axis=0) - expm(2 * drift) @ [1.0, -2.0]) < 4.5 * error).all()


def test_free_diffusion_spreads_with_time():
    ds = LinearSDE(drift_matrix=[[0.0]], diffusion_matrix=[[0.5]], initial=[0.0]).run(
        t_end=9.0, snapshots=4, members=4000
    )
    variance = ds.state.var("member").values[1:, 0]
    np.testing.assert_allclose(variance, ds.t[1:], rtol=5 * np.sqrt(2 / 4000))  # 5 standard errors


def test_without_noise_the_path_is_the_exponential():
    drift, _ = random_process(5, 5, seed=6)
    ds = LinearSDE(drift_matrix=drift, diffusion_matrix=np.zeros((5, 5)), initial=np.arange(5)).run(
        t_end=1.0, snapshots=11
    )
    exact = [expm(drift * t) @ np.arange(5) for t in ds.t.values]
    np.testing.assert_allclose(ds.state, exact, atol=1e-13)


@pytest.mark.parametrize("d", [2, 3])
def test_steps_taken_in_parts_are_those_taken_at_once(d):
    """Noise is drawn for hundreds of steps at a time, in blocks of four, whatever a call asks for."""
    from ergodica.sims.engines.linear import LinearSteps

    eye = np.eye(d)[np.newaxis]
    steps = LinearSteps(propagator=0.5 * eye, factor=eye, seed=3, streams=[0, 7])
    whole, parts = {"x": np.zeros((2, d))}, {"x": np.zeros((2, d))}
    once = steps.snapshots(whole, 0, 1300)["x"]
    counts = (1, 2, 700, 597)
    begins = np.cumsum((0, *counts[:-1]))
    taken = [steps.snapshots(parts, int(b), n)["x"] for b, n in zip(begins, counts, strict=True)]
    np.testing.assert_array_equal(np.concatenate(taken), once)


def test_the_divergence_of_the_drift_is_the_trace_of_its_matrix():
    system = sims.LinearSDE(drift_matrix=[[-1.0, 2.0], [0.5, -3.0]])
    found = system.run(t_end=1.0, snapshots=3, record=["drift", "drift_divergence"], seed=0)
    np.testing.assert_array_equal(found["drift_divergence"], -4.0)
    np.testing.assert_allclose(found["drift"], found["state"].values @ np.array([[-1.0, 0.5], [2.0, -3.0]]))
