"""Conservation laws: Gaussians against conditioning by hand, forecasts against their invariants."""

import numpy as np
import pytest
import xarray as xr
from forecast_series import series

from ergodica import data, models
from ergodica.models.forecast import NVAR, Conserved, EchoState, Linear, conserved_gaussian
from ergodica.numerics.errors import ParameterError

EXACT = 1e-12


def covariances(rng, *shape):
    """Random symmetric positive matrices, (*shape[:-1], d, d)."""
    factor = rng.normal(size=(*shape, shape[-1]))
    return factor @ np.swapaxes(factor, -1, -2)


def pendulum(count, dt=0.1, x=1.2, v=0.3):
    """x' = v, v' = -sin x by the implicit midpoint rule in small steps, (count, 2)."""
    found = np.empty((count, 2))
    for n in range(count):
        found[n] = x, v
        for _ in range(20):
            h, x0, v0 = dt / 20, x, v
            for _ in range(6):
                x, v = x0 + h * (v0 + v) / 2, v0 - h * np.sin((x0 + x) / 2)
    return found


def energy(states):
    """Of the pendulum."""
    return states[..., 1] ** 2 / 2 - np.cos(states[..., 0])


def test_conditioned_gaussian_is_that_of_the_precision_matrix():
    rng = np.random.default_rng(0)
    mean, C, G, b = rng.normal(size=5), covariances(rng, 5), rng.normal(size=(2, 5)), rng.normal(size=2)
    found, left = conserved_gaussian(mean, C, G, b)
    # by coordinates: x = x0 + N y with G x0 = b and the columns of N in the null space of G
    x0, N = np.linalg.pinv(G) @ b, np.linalg.svd(G)[2][2:].T
    P = np.linalg.inv(C)
    inner = np.linalg.inv(N.T @ P @ N)
    # the random covariance has a condition number of 1e2 to 1e4
    np.testing.assert_allclose(found, x0 + N @ inner @ N.T @ P @ (mean - x0), atol=1e-9)
    np.testing.assert_allclose(left, N @ inner @ N.T, atol=1e-9)
    assert abs(G @ found - b).max() < EXACT


@pytest.mark.parametrize("shape", [(4,), (7, 4), (2, 3, 6)])
def test_laws_hold_to_round_off_whatever_leads(shape):
    rng = np.random.default_rng(1)
    mean, C = rng.normal(size=shape), covariances(rng, *shape)
    G, b = np.ones((1, shape[-1])), rng.normal(size=(*shape[:-1], 1))
    found, left = conserved_gaussian(mean, C, G, b)
    assert abs(found.sum(axis=-1, keepdims=True) - b).max() < EXACT
    assert abs(G @ left).max() < 1e-11 * abs(C).max()


@pytest.mark.parametrize("small", [1e-5, 1e-9, 1e-12])
def test_laws_in_small_units_and_of_small_parts_of_a_state_hold_too(small):
    G, b = np.array([[1.0, 1.0, 1.0], [1.0, -1.0, 0.0]]), np.array([9.0, 0.5])
    mean, C = np.array([1.0, 2.0, 3.0]), np.diag([1.0, 1.0, 4.0])
    plain, left = conserved_gaussian(mean, C, G, b)
    units = np.array([1.0, small])
    found, other = conserved_gaussian(mean, C, units[:, None] * G, units * b)
    np.testing.assert_allclose(found, plain, rtol=1e-14)
    np.testing.assert_allclose(other, left, atol=1e-14)
    # two laws of parts that are of unlike sizes
    parts = np.array([[1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 1.0]])
    sizes = np.array([1.0, 1.0, small, small])
    found, _ = conserved_gaussian(np.zeros(4), np.diag(sizes**2), parts, [2.0, 4.0 * small])
    np.testing.assert_allclose(found / sizes, [1.0, 1.0, 2.0, 2.0], rtol=1e-14)


def test_what_was_conditioned_stays_as_it_is():
    # what is left of a variance is round-off, by which nothing may be divided
    rng = np.random.default_rng(3)
    mean, C, G, b = rng.normal(size=6), covariances(rng, 6), rng.normal(size=(2, 6)), rng.normal(size=2)
    once = conserved_gaussian(mean, C, G, b)
    for found, again in zip(once, conserved_gaussian(*once, G, b), strict=True):
        np.testing.assert_allclose(again, found, atol=1e-12 * abs(C).max())


def test_a_large_constant_in_a_quantity_takes_nothing_from_it_but_digits():
    t = 0.1 * np.arange(200)
    parts = [np.cos(t), np.sin(t), 2 * np.cos(0.7 * t), 2 * np.sin(0.7 * t)]
    states = np.stack(parts, axis=1) + 1e-3 * np.random.default_rng(0).normal(size=(200, 4))
    first, second = "a**2 + b**2", "c**2 + d**2 + 1e8"
    kept = Conserved(of=Linear(lags=1, ridge=0.0), quantities=(first, second))
    ds = series(states).assign_coords(component_name=("component", list("abcd")))
    made = kept.fit(ds).forecast(horizon=20).state.values
    assert np.ptp((made[:, :2] ** 2).sum(axis=1)) < 1e-13
    # 1e8 is known to 1.5e-8
    assert np.ptp((made[:, 2:] ** 2).sum(axis=1)) < 1e-7


def test_two_equal_laws_are_one_and_what_is_certain_is_not_touched():
    C = np.diag([1.0, 3.0, 0.0])
    found, left = conserved_gaussian(np.zeros(3), C, np.ones((2, 3)), [4.0, 4.0])
    np.testing.assert_allclose(found, [1.0, 3.0, 0.0], atol=1e-14)
    assert left[2, 2] == 0


def test_laws_against_each_other_are_refused():
    with pytest.raises(ParameterError, match=r"^values: must be reachable"):
        conserved_gaussian(np.zeros(3), np.eye(3), np.ones((2, 3)), [0.0, 1.0])
    with pytest.raises(ParameterError, match=r"^constraints: must fit"):
        conserved_gaussian(np.zeros(3), np.eye(3), np.ones((2, 2)), [0.0, 1.0])


def test_draws_that_are_moved_sample_the_conditioned_gaussian():
    # draws of independent random walks of equal steps, kept at their sum
    rng = np.random.default_rng(2)
    x = rng.normal(size=(4000, 3))
    x = (x - x.mean(axis=1, keepdims=True)).cumsum(axis=0)
    found = Conserved(of=Linear(lags=1, ridge=0.0), quantities=("sum(state)",)).fit(series(x))
    made = found.forecast(horizon=1, members=4000, seed=0).state.values[0]
    assert abs(made.sum(axis=-1) - x[-1].sum()).max() < 1e-10
    wanted = np.eye(3) - 1 / 3
    # 4000 draws of 4000 errors: variances to 3 %
    np.testing.assert_allclose(np.cov(made.T), wanted, atol=0.12)


def test_a_pendulum_keeps_its_energy():
    states = pendulum(300)
    ds = series(states, dt=0.1)
    text = "c1**2/2 - cos(c0)"
    ds = ds.assign_coords(component_name=("component", ["c0", "c1"]))
    plain = NVAR(delays=1, degree=3, ridge=1e-8).fit(ds)
    kept = Conserved(of=NVAR(delays=1, degree=3, ridge=1e-8), quantities=text).fit(ds)
    drift = abs(energy(plain.forecast(horizon=200).state.values) - energy(states[-1]))
    assert drift.max() > 1e-7  # what there is to correct
    for members in (None, 3):
        made = kept.forecast(horizon=200, members=members).state.values
        assert abs(energy(made) - energy(states[-1])).max() < EXACT


def test_mass_of_a_wave_function_is_kept_by_its_whole_field():
    rng, t = np.random.default_rng(3), np.arange(80)
    weights = rng.normal(size=3) + 1j * rng.normal(size=3)
    k = np.array([1, 2, 3])
    angle = 2 * np.pi * np.arange(16) / 16
    psi = (weights * np.exp(-0.1j * t[:, None] * k**2)) @ np.exp(1j * k[:, None] * angle)
    ds = data.from_arrays(
        {"psi": psi},
        title="waves",
        t=t,
        dims={"psi": ("t", "x")},
        kinds={"psi": "field"},
        units={"psi": "1", "t": "1", "x": "1"},
        coordinates={"x": angle},
    )
    assert isinstance(ds, xr.Dataset)
    text = "sum(psi_real**2 + psi_imag**2)"
    found = Conserved(of=Linear(lags=2, ridge=1e-6), quantities=text).fit(ds, "psi")
    made = found.forecast(horizon=50)
    mass = (made.psi_real**2 + made.psi_imag**2).sum("x").values
    assert abs(mass / (abs(psi[-1]) ** 2).sum() - 1).max() < EXACT


def test_saved_models_forecast_as_before(tmp_path):
    ds = series(pendulum(100), dt=0.1)
    found = Conserved(of=NVAR(delays=1, degree=2, ridge=1e-6), quantities="sum(state**2)")
    with pytest.warns(UserWarning, match="it may not be conserved"):
        found.fit(ds)
    models.save(found, tmp_path / "net")
    again = models.load(tmp_path / "net")
    for members in (None, 2):
        a, b = (one.forecast(horizon=4, members=members).state for one in (found, again))
        np.testing.assert_array_equal(a, b)


def test_noise_of_the_context_is_averaged_in_what_is_kept():
    rng = np.random.default_rng(6)
    x = rng.normal(size=(200, 3)).cumsum(axis=0)
    x += 7 - x.mean(axis=1, keepdims=True) + 0.01 * rng.normal(size=x.shape)
    found = Conserved(of=Linear(lags=4, ridge=0.0), quantities="sum(state)").fit(series(x))
    kept = found.forecast(horizon=3).state.values.sum(axis=1)
    np.testing.assert_allclose(kept, x[-4:].sum(axis=1).mean(), rtol=1e-12)


def test_states_that_are_far_off_are_moved_too():
    ds = series(pendulum(120), dt=0.1).assign_coords(component_name=("component", ["x", "v"]))
    kept = Conserved(of=Linear(lags=1, ridge=0.1), quantities="v**2/2 - cos(x)").fit(ds)
    # beside the rest states the slope is small, and a full step of Newton's goes far beyond
    rng = np.random.default_rng(0)
    rest = np.concatenate([np.zeros((100, 2)), np.tile([np.pi, 0.0], (100, 1))]) + 0.05 * rng.normal(
        size=(200, 2)
    )
    states = kept._standard(np.concatenate([rest, 3 * rng.normal(size=(200, 2))]))
    found, unmet = kept._moved(states, np.full((400, 1), 0.3))
    assert unmet == 0
    assert abs(energy(kept._natural(found)) - 0.3).max() < EXACT


def test_values_that_no_state_has_are_left_with_a_warning():
    x = np.random.default_rng(4).normal(size=(60, 2))
    with pytest.warns(UserWarning, match="may not be conserved"):
        found = Conserved(of=Linear(lags=1, ridge=0.1), quantities="sum(state**2)").fit(series(x))
    found.arrays["size"] *= 1e-300
    with pytest.warns(UserWarning, match="could not be moved"):
        made = found.forecast(horizon=3)
    assert np.isfinite(made.state).all()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x +", "cannot be read"),
        ("__import__('os')", "is not allowed"),
        ("x.real", "is not allowed"),
        ("2 + 3", "must depend on the state"),
        ((), "must be expressions"),
        ((3,), "must be expressions"),
    ],
)
def test_texts_that_cannot_be_are_refused(text, words):
    with pytest.raises(ParameterError, match=rf"^quantities: .*{words}"):
        Conserved(quantities=text)


def test_unknown_names_and_arrays_are_refused():
    ds = series(np.random.default_rng(5).normal(size=(60, 2)))
    with pytest.raises(ParameterError, match=r"^quantities: 'stat' is not known; did you mean 'state'"):
        Conserved(of=Linear(), quantities="sum(stat)").fit(ds)
    for text in ("sum(log(state))", "sum(state) / 0", "sum(1e3**(1e3 * state))"):
        with pytest.raises(
            ParameterError, match=r"^quantities: .* must be a finite number for every snapshot"
        ):
            Conserved(of=Linear(), quantities=text).fit(ds)
    for text in ("sqrt(-1) * sum(state)", "9.0**9999 * sum(state)", "1 / 0 * sum(state)"):
        with pytest.raises(ParameterError, match=r"^quantities: a number in .* is not defined"):
            Conserved(of=Linear(), quantities=text).fit(ds)
    with pytest.raises(ParameterError, match=r"^quantities: must be one number for a state"):
        Conserved(of=Linear(), quantities="state**2").fit(ds)


def test_any_forecaster_can_be_kept():
    ds = series(pendulum(120), dt=0.1).assign_coords(component_name=("component", ["x", "v"]))
    of = EchoState(units=20, warm_up=10, spectral_radius=0.4, input_scale=0.3, leak=1.0, bias=1.0, ridge=1e-6)
    made = Conserved(of=of, quantities="v**2/2 - cos(x)").fit(ds).forecast(horizon=50)
    assert np.ptp(energy(made.state.values)) < EXACT
