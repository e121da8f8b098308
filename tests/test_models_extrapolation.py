"""Rates of Euler-Maruyama data, in closed form, at a time step of zero."""

import numpy as np
import pytest
import xarray as xr
from exact_scores import trapped
from scipy.linalg import solve_discrete_lyapunov

from ergodica.models.score import extrapolate
from ergodica.numerics.errors import ParameterError

STEPS = (0.05, 0.1, 0.2, 0.4)


def euler_rates(dt, *, speed, trap=0.5, rate=1.0, temperature=0.1):
    """Production of the score route and of the identity, of a density that Euler-Maruyama with steps of dt samples."""
    drift, noise, _ = trapped(speed=speed, trap=trap, rate=rate, temperature=temperature, dimensions=1)
    step = np.eye(2) + dt * drift
    covariance = solve_discrete_lyapunov(step, 2 * dt * noise)
    flow = drift + noise @ np.linalg.inv(covariance)
    inverse = np.linalg.inv(noise)
    total = np.trace(inverse @ flow @ covariance @ flow.T)
    identity = np.trace(inverse @ drift @ covariance @ drift.T) + np.trace(drift)
    return total, identity


def results(steps, error=1e-3, noise=0.0, **parameters):
    rng = np.random.default_rng(1)
    return [
        xr.Dataset(
            {
                "total": euler_rates(dt, **parameters)[0] + noise * rng.normal(),
                "total_standard_error": error,
                "identity_total": euler_rates(dt, **parameters)[1] + noise * rng.normal(),
                "identity_total_standard_error": error,
            }
        )
        for dt in steps
    ]


def test_an_equilibrium_has_a_spurious_rate_that_vanishes_with_the_step():
    trap, dt = 0.5, 0.4
    total, identity = euler_rates(dt, speed=0.0, trap=trap)
    # x of variance eps/(A (1 - A dt/2)), and a propulsion of variance 1/(1 - gamma dt/2) that has rates of its own
    own = [a**3 * dt**2 / 4 / (1 - a * dt / 2) for a in (trap, 1.0)]
    assert total == pytest.approx(sum(own), rel=1e-10)
    assert identity == pytest.approx(sum(a**2 * dt / 2 / (1 - a * dt / 2) for a in (trap, 1.0)), rel=1e-10)
    found = extrapolate(results(STEPS[:3], speed=0.0), STEPS[:3], order=2)
    # what is left is of third order, a product of the three steps, .001, times rates of about 1
    assert abs(found.total) < 1e-3
    assert abs(found.identity_total) < 1e-3
    assert identity > 0.1


def test_driven_rates_at_zero_step_are_those_of_the_continuous_process():
    v, a, g, e = 1.0, 0.5, 1.0, 0.1
    exact = v**2 * g / (e * (a + g))
    few = STEPS[:3]
    found = extrapolate(results(few, speed=v), few, order=2)
    # a product of the three steps, .001; the coarsest run is off by more than 50 times that
    assert float(found.total) == pytest.approx(exact, rel=1e-3)
    assert abs(euler_rates(few[-1], speed=v)[0] - exact) > 0.05 * exact
    slope = (euler_rates(1e-4, speed=v)[0] - exact) / 1e-4
    assert float(found.total_slope) == pytest.approx(slope, rel=0.1)


def test_error_and_chi_squared_are_those_of_weighted_least_squares():
    steps = (0.01, 0.02, 0.03, 0.05)
    errors = np.array([0.3, 0.1, 0.2, 0.1])
    values = np.array([1.0, 1.3, 0.9, 1.1])
    runs = [
        xr.Dataset({"y": ("degree", [v, np.inf]), "y_standard_error": ("degree", [s, np.nan])})
        for v, s in zip(values, errors, strict=True)
    ]
    found = extrapolate(runs, steps)
    powers = np.vander(steps, 2, increasing=True)
    weights = np.diag(errors**-2.0)
    covariance = np.linalg.inv(powers.T @ weights @ powers)
    best = covariance @ powers.T @ weights @ values
    assert float(found.y[0]) == pytest.approx(best[0])
    assert float(found.y_slope[0]) == pytest.approx(best[1])
    chi = (((values - powers @ best) / errors) ** 2).sum()
    # two degrees of freedom: the line misses the values by more than their errors
    assert chi > 2
    assert float(found.y_standard_error[0]) == pytest.approx(np.sqrt(covariance[0, 0] * chi / 2))
    assert float(found.y_chi_squared[0]) == pytest.approx(chi)
    assert np.isnan(found.y[1])


def test_a_polynomial_that_does_not_fit_is_warned_of():
    with pytest.warns(UserWarning, match="order=2"):
        found = extrapolate(results(STEPS, error=1e-6, speed=1.0), STEPS)
    # the error tells how far the line is off, not how sure the values are
    assert float(found.total_standard_error) > 1e-4


def test_an_error_is_that_of_the_values_where_the_fit_is_good():
    steps = (0.1, 0.2, 0.4)
    runs = [xr.Dataset({"y": 1 + 2 * dt, "y_standard_error": 0.1}) for dt in steps]
    powers = np.vander(steps, 2, increasing=True)
    plain = 0.1 * np.sqrt(np.linalg.inv(powers.T @ powers)[0, 0])
    assert float(extrapolate(runs, steps).y_standard_error) == pytest.approx(plain)


@pytest.mark.parametrize(
    ("steps", "order", "message"),
    [((0.1, 0.1), 1, "different steps"), ((0.1, 0.2), 2, "3 different"), ((0.1,), 1, "each of 2")],
)  # fmt: skip
def test_what_cannot_be_fitted_is_refused(steps, order, message):
    with pytest.raises(ParameterError, match=message):
        extrapolate(results((0.1, 0.2), speed=1.0), steps, order=order)


@pytest.mark.parametrize("given", [[1.0, 2.0, 3.0], None, xr.Dataset()])
def test_what_is_no_list_of_results_is_refused(given):
    with pytest.raises(ParameterError, match="results: must be datasets"):
        extrapolate(given, (0.1, 0.2, 0.4))


def test_results_without_errors_are_refused():
    with pytest.raises(ParameterError, match="standard_error in common"):
        extrapolate([xr.Dataset({"total": 1.0})] * 2, (0.1, 0.2))
