"""What is odd under time reversal, and degrees of freedom without noise."""

import numpy as np
import pytest
import xarray as xr
from exact_scores import LinearScore, linear_dataset, particle_dataset, trapped

from ergodica.estimators import linear_entropy_production
from ergodica.models.score import entropy_production
from ergodica.numerics.errors import ParameterError

FRICTION = 0.7
UNDERDAMPED = np.array([[0.0, 1.0], [-1.0, -FRICTION]])
HEAT = np.diag([0.0, FRICTION * 0.5])


def near(found, name, truth):
    # 4.5 errors from 16 blocks: by chance once in 2000 comparisons
    error = found[f"{name}_standard_error"].values
    assert (np.abs(found[name].values - truth) < 4.5 * error + 1e-12).all(), (
        found[name].values,
        truth,
        error,
    )


def test_an_oscillator_in_a_bath_produces_nothing_with_odd_momentum():
    ds, network = linear_dataset(UNDERDAMPED, HEAT, 2000, names=["x", "p"])
    found = entropy_production(network, ds, parity={"p": "odd"}, record=("lower_bound",))
    # rounding of products of numbers of order one
    assert abs(found.total) < 1e-25
    near(found, "identity_total", 0.0)
    assert abs(found.by_variable_lower_bound[0]) < 1e-12
    assert found.ergodica_config.count('"parity_odd": "p"') == 1


def test_even_momentum_of_an_oscillator_has_an_infinite_rate():
    ds, network = linear_dataset(UNDERDAMPED, HEAT, 500, names=["x", "p"])
    with pytest.warns(UserWarning, match="no noise acts on x"):
        found = entropy_production(network, ds)
    assert np.isinf(found.total)
    assert np.isinf(found.by_degree_of_freedom[0])
    assert np.isfinite(found.by_degree_of_freedom[1])
    assert np.isnan(found.total_standard_error)
    assert np.isnan(found.total_minus_identity)


@pytest.mark.parametrize("constant", [0.0, 0.4])
def test_a_driven_oscillator_with_odd_momenta_has_the_rate_of_the_matrices(constant):
    # two momenta, of unlike temperature, joined by a spring
    drift = np.zeros((4, 4))
    drift[0, 1] = drift[2, 3] = 1.0
    drift[1], drift[3] = [-2.0, -0.5, 1.0, 0.0], [1.0, 0.0, -2.0, -0.8]
    noise = np.diag([0.0, 0.5, 0.0, 1.6])
    names = ["x", "p", "y", "q"]
    ds, network = linear_dataset(drift, noise, 6000, names=names, constant=0.0, seed=5)
    if constant:
        # a force: moves the mean position, costs nothing
        shift = -np.linalg.solve(drift, [0.0, constant, 0.0, 0.0])
        ds = ds.assign(state=ds.state + shift)
        network.mean = network.precision.new_tensor(shift)
    found = entropy_production(network, ds, parity={"p": "odd", "q": "odd"})
    exact = linear_entropy_production(drift, noise, parity=[1, -1, 1, -1])
    assert exact > 0.05
    near(found, "total", exact)
    near(found, "identity_total", exact)
    again = entropy_production(
        network,
        ds.drop_vars("drift_matrix"),
        parity={"p": "odd", "q": "odd"},
        drift=lambda x: x @ drift.T + constant * np.array([0.0, 1.0, 0.0, 0.0]),
    )
    for name in ("total", "identity_total", "by_degree_of_freedom"):
        # central differences of a linear drift are off by rounding alone, 1e-16 over steps of 1e-5
        np.testing.assert_allclose(again[name], found[name], rtol=1e-7, atol=1e-9)


def test_odd_propulsion_of_a_trapped_particle_has_the_rate_of_the_closed_form():
    ds, network = particle_dataset(8000, seed=3)
    found = entropy_production(network, ds, parity={"propulsion": "odd"}, record=("lower_bound",))
    v, a, g, e = 0.3, 0.05, 0.1, 0.1
    spread = e / a + v**2 / (a * (a + g))
    exact = 2 * (a**2 * spread / e - a)
    near(found, "total", exact)
    near(found, "identity_total", exact)
    drift, noise, _ = trapped(dimensions=1)
    assert exact == pytest.approx(2 * linear_entropy_production(drift, noise, parity=[1, -1]))
    # the propulsion relaxes as before: its part is that of even parity
    even = entropy_production(network, ds)
    np.testing.assert_allclose(found.by_variable[1], even.by_variable[1])
    assert (
        found.by_variable_lower_bound
        <= found.by_variable + 4.5 * found.by_variable_lower_bound_standard_error
    ).all()


@pytest.mark.parametrize(("speed", "rate"), [(0.3, 0.1), (1.0, 0.1), (0.3, 2.0)])
def test_without_noise_on_positions_the_propulsion_keeps_its_rate(speed, rate):
    ds, network = particle_dataset(6000, temperature=0.0, speed=speed, rate=rate, seed=1)
    with pytest.warns(UserWarning, match="position_x, position_y"):
        found = entropy_production(network, ds)
    assert np.isinf(found.by_variable[0])
    # <|v_g|^2>/gamma = A for each axis, whatever speed and rate
    near(found.isel(variable=1), "by_variable", 2 * 0.05)
    near(found.isel(degree=[2, 3]), "by_degree_of_freedom", 0.05)
    assert np.isfinite(found.by_particle_and_variable[0, 1])
    assert "position_x" in found.attrs["infinite"]


def test_noise_that_joins_degrees_gives_the_rate_of_the_matrices():
    rng = np.random.default_rng(2)
    root, turn = rng.normal(size=(2, 4, 4))
    noise = root @ root.T / 4 + 0.2 * np.eye(4)
    drift = -np.eye(4) * 1.5 + 0.5 * (turn - turn.T)
    ds, network = linear_dataset(drift, noise, 5000, seed=3)
    found = entropy_production(network, ds, record=("lower_bound", "fokker_planck_residual"))
    covariance = np.linalg.inv(network.precision.numpy())
    flow = drift + noise @ network.precision.numpy()
    near(found, "total", linear_entropy_production(drift, noise))
    near(found, "by_degree_of_freedom", np.diag(np.linalg.inv(noise) @ flow @ covariance @ flow.T))
    # div D s, with all of D, is constant here, so that the residual vanishes to rounding
    assert found.fokker_planck_residual < 1e-12
    near(found, "by_variable_lower_bound", [linear_entropy_production(drift, noise)])


def test_an_odd_heading_takes_the_self_propulsion_out():
    rng = np.random.default_rng(0)
    frames, speed, eps = 4000, 0.8, 0.3
    angle = rng.uniform(0, 2 * np.pi, (frames, 1))
    heading = np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    axes = ("t", "particle", "space")
    ds = xr.Dataset(
        {
            "position": (axes, rng.uniform(0, 5.0, (frames, 1, 2))),
            "heading": (axes, heading),
            "drift": (axes, speed * heading),
            "drift_divergence": (axes[:2], np.zeros((frames, 1))),
            "position_diffusion": eps,
            "heading_diffusion": 0.5,
            "propulsion_speed": speed,
            "box": ("space", [5.0, 5.0]),
        },
        {"t": np.arange(frames)},
    )
    # a free particle is anywhere, in any direction
    network = LinearScore(["position_x", "position_y", "heading_angle"], np.zeros((3, 3)))
    even = entropy_production(network, ds, record=("lower_bound",))
    # nothing to compare with where the density is even
    assert np.isnan(even.score_error_squared)
    assert np.isnan(even.fokker_planck_residual)
    odd = entropy_production(network, ds, parity={"heading": "odd"})
    assert float(even.total) == pytest.approx(speed**2 / eps)
    assert float(even.identity_total) == pytest.approx(speed**2 / eps)
    assert abs(odd.total) < 1e-12
    assert np.isnan(even.stein_residual).all()


@pytest.mark.parametrize(
    ("parity", "message"),
    [
        ("odd", "say which are odd"),
        ({"propulsoin": "odd"}, "propulsion"),
        ({"propulsion": "uneven"}, "'even' or 'odd'"),
        ({"position": "odd"}, "mirrored places"),
    ],
)
def test_parities_that_mean_nothing_are_refused(parity, message):
    ds, network = particle_dataset(20)
    with pytest.raises(ParameterError, match=message):
        entropy_production(network, ds, parity=parity)


def test_noise_that_joins_unlike_parities_is_refused():
    ds, network = linear_dataset(-np.eye(2), [[1.0, 0.2], [0.2, 1.0]], 20)
    with pytest.raises(ParameterError, match="unlike parity, got x0 and x1"):
        entropy_production(network, ds, parity={"x1": "odd"})


def test_odd_components_of_an_unknown_drift_need_it():
    ds, network = linear_dataset(UNDERDAMPED, HEAT, 20, names=["x", "p"])
    with pytest.raises(ParameterError, match="give drift="):
        entropy_production(network, ds.drop_vars("drift_matrix"), parity={"p": "odd"})
    with pytest.raises(ParameterError, match="is not linear"):
        entropy_production(network, ds.assign(drift=ds.drift**3), parity={"p": "odd"})
    with pytest.raises(ParameterError, match="drift of the dataset"):
        entropy_production(network, ds.drop_vars("drift_matrix"), parity={"p": "odd"}, drift=lambda x: x)
