"""Exact entropy production rates: published values, symmetries, equilibrium, bad input."""

import math

import numpy as np
import pytest
from scipy.linalg import expm, solve_continuous_lyapunov

from ergodica import estimators as est
from ergodica.estimators.irreversibility.linear_fit import logarithm

RING = np.array([[0.0, 3.0, 1.0], [1.0, 0.0, 3.0], [3.0, 1.0, 0.0]])


def ratchet(strength, switching=1.0, off=1.0):
    """Positions 0, 1, 2 with the potential on, then off."""
    rates = np.zeros((6, 6))
    for i in range(3):
        rates[i, i + 3] = rates[i + 3, i] = switching
        for j in range(3):
            if i != j:
                rates[i, j] = math.exp(-strength * (j - i) / 2)
                rates[i + 3, j + 3] = off
    return rates


def random_rates(seed, states=5):
    return np.exp(np.random.default_rng(seed).normal(size=(states, states)))


@pytest.mark.parametrize(("strength", "value"), [(0.5, 0.048541), (1.0, 0.179194), (2.0, 0.565647)])
def test_the_flashing_ratchet_has_its_known_rate(strength, value):
    assert est.schnakenberg_rate(ratchet(strength)) == pytest.approx(value, abs=5e-7)  # six digits are known


def test_a_ring_produces_current_times_affinity():
    assert est.schnakenberg_rate(RING) == pytest.approx(2 * math.log(3), rel=1e-14)
    assert est.schnakenberg_rate(RING, base=2) == pytest.approx(2 * math.log2(3), rel=1e-14)


@pytest.mark.parametrize("seed", range(4))
def test_rates_in_detailed_balance_produce_nothing(seed):
    rng = np.random.default_rng(seed)
    energy, barrier = rng.normal(size=6), rng.normal(size=(6, 6))
    rates = np.exp(energy[:, None] - barrier - barrier.T)  # w_ij = e^(E_i - B_ij)
    assert abs(est.schnakenberg_rate(rates)) < 1e-12
    p = np.exp(-energy)
    np.testing.assert_allclose(est.stationary_distribution(rates), p / p.sum(), rtol=1e-13)


@pytest.mark.parametrize("seed", range(4))
def test_the_stationary_distribution_is_the_null_vector_of_the_generator(seed):
    rates = random_rates(seed)
    generator = rates - np.diag(np.diagonal(rates))
    generator -= np.diag(generator.sum(axis=1))
    p = est.stationary_distribution(rates)
    assert p.sum() == pytest.approx(1, abs=1e-15)
    np.testing.assert_allclose(p @ generator, 0, atol=1e-14)


def test_small_probabilities_keep_their_digits():
    """A chain up which steps are a thousand times rarer than down: p_k ~ 1e-3 p_(k-1)."""
    steps = np.arange(8)
    rates = np.zeros((9, 9))
    rates[steps, steps + 1], rates[steps + 1, steps] = 1e-3, 1.0
    p = est.stationary_distribution(rates)
    np.testing.assert_allclose(p / p[0], 1e-3 ** np.arange(9.0), rtol=1e-13)


@pytest.mark.parametrize("rates", [RING, ratchet(1.0), random_rates(1), random_rates(2)])
def test_the_tilted_generator_has_the_fluctuation_symmetry(rates):
    q = np.linspace(-0.5, 1.5, 9)
    lam = est.tilted_eigenvalue(rates, q)
    np.testing.assert_allclose(lam, lam[::-1], atol=1e-12)  # lam(q) = lam(1-q)
    assert est.tilted_eigenvalue(rates, 0.0) == pytest.approx(0, abs=1e-13)
    assert est.tilted_eigenvalue(rates, 1.0) == pytest.approx(0, abs=1e-13)
    h = 1e-4
    slope = (est.tilted_eigenvalue(rates, h) - est.tilted_eigenvalue(rates, -h)) / (2 * h)
    # the next term of the difference is h^2/6 of a third derivative of order 10
    assert -slope == pytest.approx(est.schnakenberg_rate(rates), rel=1e-6)


def test_a_transition_without_reverse_costs_without_limit():
    rates = RING.copy()
    rates[0, 2] = 0.0
    assert est.schnakenberg_rate(rates) == math.inf
    with pytest.raises(ValueError, match="rates: every transition must have a reverse"):
        est.tilted_eigenvalue(rates, 0.5)


@pytest.mark.parametrize(
    ("rates", "words"),
    [
        (-RING, "must not be negative"),
        (RING[:2], "square matrix"),
        (RING * np.nan, "must be finite"),
        (np.diag([1.0, 1.0], 1), "reachable"),
        (RING.astype(str), "real numbers"),
    ],
)
def test_impossible_rates_are_refused(rates, words):
    with pytest.raises(ValueError, match=words):
        est.schnakenberg_rate(rates)


@pytest.mark.parametrize("frequency", [0.0, 0.3, 2.0])
def test_a_rotation_produces_twice_its_squared_frequency(frequency):
    drift = -np.array([[1.0, frequency], [-frequency, 1.0]])
    found = est.linear_entropy_production(drift, np.eye(2))
    assert found == pytest.approx(2 * frequency**2, abs=1e-13)
    bits = est.linear_entropy_production(drift, np.eye(2), base=2)
    assert bits == pytest.approx(found / math.log(2))


@pytest.mark.parametrize(
    ("k", "c", "hot", "cold"), [(1.0, 0.5, 2.0, 1.0), (2.0, -1.5, 5.0, 0.1), (1, 0.3, 1, 1)]
)
def test_a_brownian_gyrator_produces_its_closed_form(k, c, hot, cold):
    found = est.linear_entropy_production([[-k, -c], [-c, -k]], np.diag([hot, cold]))
    assert found == pytest.approx(c**2 * (hot - cold) ** 2 / (2 * k * hot * cold), rel=1e-11, abs=1e-14)


def test_an_active_particle_in_a_trap_produces_its_closed_form():
    v, a, gamma, eps = 0.3, 0.05, 0.1, 0.1
    found = est.linear_entropy_production([[-a, v], [0.0, -gamma]], np.diag([eps, gamma]))
    assert found == pytest.approx(v**2 * gamma / (eps * (a + gamma)), rel=1e-11)
    assert found == pytest.approx(0.6, rel=1e-11)


def test_an_active_particle_without_noise_of_its_own_costs_without_limit():
    assert est.linear_entropy_production([[-0.05, 0.3], [0.0, -0.1]], np.diag([0.0, 0.1])) == math.inf


@pytest.mark.parametrize("temperature", [1e-9, 1.0, 1e9])
def test_an_oscillator_with_odd_velocity_in_a_bath_is_in_equilibrium(temperature):
    friction = 0.7
    drift, noise = [[0.0, 1.0], [-2.0, -friction]], np.diag([0.0, friction * temperature])
    assert est.linear_entropy_production(drift, noise, parity=(1, -1)) == pytest.approx(0, abs=1e-12)
    # were the velocity even, the rotation of phase space would look irreversible
    assert est.linear_entropy_production(drift, noise) == math.inf


def test_two_oscillators_in_baths_of_two_temperatures_carry_heat():
    """sigma = heat current x (1/T2 - 1/T1), the current from <v_1^2>: J = friction (T1 - <v_1^2>)."""
    spring, coupling, friction, hot, cold = 1.0, 0.6, 0.4, 3.0, 1.0
    drift = np.block(
        [
            [np.zeros((2, 2)), np.eye(2)],
            [-np.array([[spring, -coupling], [-coupling, spring]]), -friction * np.eye(2)],
        ]
    )
    noise = np.diag([0.0, 0.0, friction * hot, friction * cold])
    covariance = solve_continuous_lyapunov(drift, -2 * noise)
    current = friction * (hot - covariance[2, 2])
    found = est.linear_entropy_production(drift, noise, parity=(1, 1, -1, -1))
    assert current > 0.1
    assert found == pytest.approx(current * (1 / cold - 1 / hot), rel=1e-10)


@pytest.mark.parametrize("seed", range(3))
def test_units_of_components_do_not_matter(seed):
    rng = np.random.default_rng(seed)
    drift = rng.normal(size=(4, 4)) - 4 * np.eye(4)
    root = rng.normal(size=(4, 4))
    noise, units = root @ root.T, np.array([1e-12, 1.0, 1e12, 1e3])
    found = est.linear_entropy_production(drift, noise)
    scaled = est.linear_entropy_production(drift * units[:, None] / units, noise * np.outer(units, units))
    # the Lyapunov equation is solved in the units given, of condition 1e24 times its own in the product
    assert scaled == pytest.approx(found, rel=1e-6)


@pytest.mark.parametrize(
    ("drift", "noise", "options", "words"),
    [
        ([[1.0]], [[1.0]], {}, "negative real part"),
        ([[-1.0]], [[-1.0]], {}, "covariance"),
        ([[-1.0, 0], [0, -1]], [[1, 0.5], [0, 1]], {}, "covariance"),
        ([[-1.0, 0], [0, -1]], [[1.0]], {}, "shape of drift_matrix"),
        ([[-1.0, 0], [0, -1]], np.eye(2), {"parity": (1,)}, "parity"),
        ([[-1.0, 0], [0, -1]], np.eye(2), {"parity": (1, 0)}, "parity"),
        ([[-1.0, 0], [0, -1]], [[1, 0.5], [0.5, 1]], {"parity": (1, -1)}, "unlike parity"),
        ([[np.nan]], [[1.0]], {}, "finite"),
        ([[-1.0]], [[1.0]], {"base": 1}, "base"),
    ],
)
def test_impossible_matrices_are_refused(drift, noise, options, words):
    with pytest.raises(ValueError, match=words):
        est.linear_entropy_production(drift, noise, **options)


@pytest.mark.parametrize("rate", [0.0, 1e-9, 1e-4, 1.0])
def test_the_logarithm_keeps_its_digits_where_eigenvectors_fall_together(rate):
    """Two equal eigenvalues and one direction at 0, as of an active particle whose trap is as stiff as it is slow."""
    generator = np.array([[-0.1, 0.3], [0.0, -0.1 - rate]])
    np.testing.assert_allclose(logarithm(expm(generator)), generator, rtol=0, atol=1e-10)
