"""Networks with random hidden layers: rollouts against plain numpy, the choice by blocks, and what is forecast."""

import numpy as np
import pytest
from forecast_series import logistic, lorenz, series

from ergodica import data, models
from ergodica.models.forecast import RandomFeatures
from ergodica.models.forecast.block_validation import blocks_of
from ergodica.models.forecast.random_features import medoid
from ergodica.models.forecast.random_network import RandomNetwork
from ergodica.numerics.errors import ParameterError

SMALL = {"units": 12, "size": 3}


def walk(*shape, seed=0):
    """Sums of normal numbers."""
    return 0.1 * np.random.default_rng(seed).normal(size=shape).cumsum(axis=-2)


def test_rollouts_are_those_of_the_equation_in_numpy():
    rng = np.random.default_rng(0)
    network = RandomNetwork.drawn(3, 2, 0.7, 2, 5, rng)
    readouts, context = 0.1 * rng.normal(size=(2, 12, 2)), rng.normal(size=(4, 7, 2))
    made = network.continued(readouts, context, 6)
    for fit in range(2):
        for row in range(4):
            path = list(context[row])
            for step in range(6):
                z = np.concatenate([path[-1], path[-3], path[-5]])
                heard = np.concatenate([z, np.tanh(z @ network.hidden + network.bias), [1.0]])
                path.append(path[-1] + heard @ readouts[fit])
                # sums of a dozen numbers in another order
                np.testing.assert_allclose(made[fit, row, step], path[-1], rtol=1e-11, atol=1e-12)


def test_delayed_values_are_those_before_each_target():
    values = np.arange(40.0).reshape(2, 10, 2)
    network = RandomNetwork.drawn(2, 3, 1.0, 2, 1, np.random.default_rng(0))
    found = network.delayed(values, np.array([0, 1]), np.array([4, 9]))
    np.testing.assert_array_equal(found, [[6, 7, 0, 1], [36, 37, 30, 31]])


@pytest.mark.parametrize(("members", "snapshots", "reach"), [(1, 100, 1), (1, 103, 17), (3, 20, 4)])
def test_no_window_of_a_regression_touches_the_block_that_judges_it(members, snapshots, reach):
    blocks = blocks_of(np.zeros((members, snapshots, 1)), "any")
    assert [one[0] for one in blocks.split] == [0, *(one[1] for one in blocks.split[:-1])]
    assert blocks.split[-1][1] == snapshots
    for first, after in blocks.split:
        kept = blocks.unseen((first, after), reach)
        touched = {n for target in kept for n in range(target - reach, target + 1)}
        assert touched.isdisjoint(range(first, after))
        who, times = blocks.starts((first, after), reach)
        assert ((times >= max(first, reach)) & (times + blocks.horizon <= after)).all()
        assert set(who) <= set(range(members))


def test_the_medoid_is_the_forecast_that_is_nearest_to_all_others():
    rng = np.random.default_rng(1)
    made = rng.normal(size=(5, 3, 4, 2))
    found = medoid(made)
    for row in range(3):
        apart = [sum(abs(a[row] - b[row]).sum() for b in made) for a in made]
        np.testing.assert_array_equal(found[row], made[int(np.argmin(apart)), row])


def test_one_component_of_lorenz_is_forecast():
    values = lorenz(1, 460)[0, :, :1]
    found = RandomFeatures(units=60, size=3).fit(series(values[:400]))
    made = found.forecast(horizon=60).state.values
    # the last snapshot held is wrong by .26; networks of a single delay by more
    assert abs(made - values[400:]).mean() / values.std() < 0.02


def test_maps_are_forecast_through_one_delay():
    x = logistic(212)[:, None]
    found = RandomFeatures(units=60, size=3).fit(series(x[:200]))
    assert found.lookback <= 4
    # errors grow 1.6-fold a step: of 1e-8 left by the regression 5e-7 in eight
    np.testing.assert_allclose(found.forecast(horizon=8).state.values, x[200:208], atol=1e-6)


@pytest.mark.parametrize("shape", [(60, 1), (60, 3), (3, 40, 2)])
def test_forecasts_are_repeated_by_a_seed_and_kept_in_a_folder(shape, tmp_path):
    ds = series(walk(*shape), dt=0.25)
    made = RandomFeatures(**SMALL).fit(ds)
    one, many = made.forecast(horizon=5), made.forecast(horizon=5, members=6, seed=1)
    assert np.isfinite(many.state).all()
    again = RandomFeatures(**SMALL).fit(ds).forecast(horizon=5)
    np.testing.assert_array_equal(again.state, one.state)
    other = RandomFeatures(**SMALL, seed=1).fit(ds).forecast(horizon=5)
    assert not np.array_equal(other.state, one.state)
    models.save(made, tmp_path / "model")
    read = models.load(tmp_path / "model")
    np.testing.assert_array_equal(read.forecast(horizon=5).state, one.state)
    np.testing.assert_array_equal(read.forecast(horizon=5, members=6, seed=1).state, many.state)


def test_a_field_on_more_points_is_forecast_alike():
    rng, t, x = np.random.default_rng(0), np.arange(150), np.linspace(0, 2 * np.pi, 50, endpoint=False)
    waves = np.stack([np.cos(0.1 * t) * (1 + 0.5 * np.cos(0.023 * t)), np.sin(0.1 * t)], axis=1)
    field = waves @ np.stack([np.sin(x), np.cos(x)]) + 0.01 * rng.normal(size=(150, 50))

    def forecast(values):
        ds = data.from_arrays(
            {"u": values},
            title="waves",
            t=t,
            dims={"u": ("t", "x")},
            kinds={"u": "field"},
            coordinates={"x": np.arange(values.shape[1])},
            units={"u": "1", "t": "1", "x": "1"},
        )
        return RandomFeatures(**SMALL).fit(ds).forecast(horizon=20).u.values

    # the same components, of eight times the variance; feedback over 20 steps lets round-off grow
    np.testing.assert_allclose(
        forecast(np.repeat(field, 8, axis=1))[:, ::8], forecast(field), atol=1e-7 * field.std()
    )


def test_draws_of_noise_spread_as_the_noise():
    # nothing but the mean can be forecast of white noise
    x = np.random.default_rng(0).normal(size=(500, 1))
    made = RandomFeatures(units=10, size=2, ridge=1e-2).fit(series(x)).forecast(horizon=10, members=400)
    # 4000 draws, standard deviation to 1.1 %; of the 500 data to 3.2 %: three of both
    assert made.state.values.std() == pytest.approx(1.0, abs=0.11)


def test_constant_components_stay_and_short_or_wrong_input_is_refused():
    x = np.concatenate([walk(60, 1), np.full((60, 1), 0.1)], axis=1)
    made = RandomFeatures(**SMALL).fit(series(x)).forecast(horizon=5, members=2)
    np.testing.assert_allclose(made.state.values[..., 1], 0.1, rtol=1e-12)
    with pytest.raises(ParameterError, match=r"^ds: must have at least 10 snapshots"):
        RandomFeatures().fit(series(walk(9, 1)))
    with pytest.raises(ParameterError, match=r"^units: must be a whole number"):
        RandomFeatures(units=0)
    with pytest.raises(ParameterError, match=r"^ridge: must be 0 or more"):
        RandomFeatures(ridge=-1.0)
