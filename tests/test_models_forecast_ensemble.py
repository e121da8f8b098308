"""Ensembles of forecasters, and what the base does for all of them."""

import numpy as np
import pytest
from forecast_series import linear_process, logistic, series

from ergodica import models
from ergodica.models.described import rebuilt
from ergodica.models.forecast import NVAR, Conserved, EchoState, Ensemble, Linear, Persistence
from ergodica.numerics.errors import ParameterError

MATRIX = np.array([[0.9, 0.2], [-0.2, 0.9]])
SMALL_ECHO = EchoState(
    units=20, warm_up=10, spectral_radius=0.4, input_scale=0.3, leak=1.0, bias=1.0, ridge=1e-6, seed=4
)


def process(count=400, seed=0):
    """A dataset of a linear process."""
    return series(linear_process(MATRIX, 0.3, count, seed))


def test_the_forecast_is_the_mean_of_the_parts():
    found = Ensemble(of=Linear(), size=3).fit(process())
    context = process(20, seed=1).state.values[None]
    standard = (context - found.arrays["mean"]) / found.arrays["scale"]
    parts = np.mean([one._rollout(standard, 5, None) for one in found.parts], axis=0)
    wanted = parts * found.arrays["scale"] + found.arrays["mean"]
    np.testing.assert_allclose(found.continued(context, 5), wanted, rtol=1e-12)


def test_a_part_that_runs_away_is_left_out_of_the_mean():
    found = Ensemble(of=Linear(lags=1, ridge=0.0), size=3).fit(process())
    context = np.random.default_rng(4).normal(size=(2, 3, 2))
    # doubled at each step, 2^20 times the start at the end
    found.parts[1].arrays["weights"] = np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]])
    kept = [found.parts[at]._rollout(found._standard(context), 20, None) for at in (0, 2)]
    np.testing.assert_allclose(
        found.continued(context, 20), found._natural(np.mean(kept, axis=0)), rtol=1e-12
    )
    for part in found.parts:
        part.arrays["weights"] = found.parts[1].arrays["weights"]
    with pytest.warns(UserWarning, match="2 of 2 diverged"):
        found.continued(context, 20)


def test_every_part_draws_in_turn():
    found = Ensemble(of=Linear(lags=1, ridge=0.0), size=2).fit(process())
    for part, level in zip(found.parts, (-20.0, 20.0), strict=True):
        part.arrays["weights"] = np.array([[0.0, 0.0], [0.0, 0.0], [level, level]])
        part.arrays["without"] = part.arrays["weights"][None]
    made = found.forecast(horizon=1, members=6, seed=3).state.values[0, :, 0]
    assert sorted(np.sign(made)) == [-1, -1, -1, 1, 1, 1]


def test_parts_share_the_settings_and_differ_in_what_they_learned():
    found = Ensemble(of=NVAR(), size=3, seed=2).fit(process())
    assert len({str(one.config) for one in found.parts}) == 1
    assert found.parts[0].degree != "auto"
    within = Ensemble(of=Conserved(of=NVAR(), quantities="0 * sum(state)"), size=2).fit(process())
    assert within.parts[0].of.config == within.parts[1].of.config != NVAR().config
    weights = [one.arrays["weights"] for one in found.parts]
    assert not np.array_equal(weights[0], weights[1])


@pytest.mark.parametrize("of", [NVAR(), SMALL_ECHO, Conserved(of=NVAR(), quantities="0 * sum(state)")])
def test_parts_feed_back_the_share_that_all_data_tell(of):
    # a wave with noise that is only seen: rollouts within a tenth of it take some for noise that moves the state
    t = np.arange(600)
    wave = np.stack([np.sin(0.1 * t), np.cos(0.1 * t)], axis=1)
    seen = series(wave + 0.05 * np.random.default_rng(0).normal(size=wave.shape))
    found, alone = Ensemble(of=of, size=3).fit(seen), rebuilt(of.name, of.config).fit(seen)
    shares = [[v for n, v in one.state().items() if n.endswith("fed")] for one in (alone, *found.parts)]
    assert len(shares[0]) == 1
    assert shares[1:] == shares[:1] * 3


def test_spread_of_the_parts_is_the_standard_error_of_the_regression():
    # x(n + 1) = a x(n) + e: the estimate of a has the standard error sqrt((1 - a^2) / n)
    a, n = 0.6, 1000
    x = linear_process(np.array([[a]]), 1.0, n, 5)
    found = Ensemble(of=Linear(lags=1, ridge=0.0), size=40).fit(series(x))
    slopes = [1 + one.arrays["weights"][0, 0] for one in found.parts]
    # 40 parts give a standard deviation to 11 %, the one sample another 10 %
    assert np.std(slopes) == pytest.approx(np.sqrt((1 - a**2) / n), rel=0.4)


def test_parts_of_the_same_data_differ_by_their_seeds():
    found = Ensemble(of=SMALL_ECHO, size=2, resampled=False, seed=7).fit(process(100))
    assert [one.seed for one in found.parts] == [11, 12]
    # of a forecaster within another too
    inner = Conserved(of=SMALL_ECHO, quantities="0 * sum(state)")
    found = Ensemble(of=inner, size=2, resampled=False, seed=7).fit(process(100))
    assert [one.of.seed for one in found.parts] == [11, 12]
    assert not np.array_equal(*(one.part.arrays["readout"] for one in found.parts))


@pytest.mark.parametrize("of", [Linear(), NVAR(degree=2), Persistence(), SMALL_ECHO])
def test_saved_ensembles_forecast_as_before(of, tmp_path):
    found = Ensemble(of=of, size=2).fit(process(120))
    models.save(found, tmp_path / "net")
    again = models.load(tmp_path / "net")
    assert again.parameter_count == found.parameter_count
    for members in (None, 4):
        a, b = (one.forecast(horizon=4, members=members, seed=5).state for one in (found, again))
        np.testing.assert_array_equal(a, b)


def test_settings_that_cannot_be_are_refused_by_name():
    with pytest.raises(ParameterError, match=r"^of: must be a forecaster"):
        Ensemble(of="nvar")
    with pytest.raises(ParameterError, match=r"^size: must be"):
        Ensemble(size=0)
    with pytest.raises(ParameterError, match=r"^resampled: must be True or False"):
        Ensemble(resampled="no")
    with pytest.raises(ParameterError, match=r"^resampled: must be True for a nvar, which has no seed"):
        Ensemble(of=NVAR(), resampled=False)


def test_fits_to_a_map_keep_to_it():
    x = logistic(300)
    found = Ensemble(of=NVAR(degree=2, delays=1, ridge=0.0), size=3).fit(series(x[:, None]))
    made = found.forecast(horizon=5, members=6).state.values[:, :, 0]
    wanted = logistic(5, x=3.9 * x[-1] * (1 - x[-1]))
    # round-off that grows by 3.9 a step at the most
    np.testing.assert_allclose(made, np.repeat(wanted[:, None], 6, axis=1), atol=1e-9)
