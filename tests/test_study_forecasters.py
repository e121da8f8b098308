"""The studies of forecasters: the data that they make, and what they say of results that are known."""

import numpy as np
import pytest

from ergodica.models.forecast import Persistence
from ergodica.scripts.forecast_benchmark_data import chaotic_flows
from ergodica.scripts.studies import (
    entropy_patches,
    forecast_networks,
    forecast_networks_tables,
    forecasters_spread,
    forecasters_valid,
)


def test_a_context_ends_where_its_truth_begins():
    values = np.arange(500.0)[:, None]
    context, truth = forecasters_valid.starts(values, steps=50, count=4)
    assert context.shape == (4, forecasters_valid.CONTEXT, 1)
    np.testing.assert_array_equal(truth[:, 0], context[:, -1] + 1)
    assert truth[-1, -1] == 499


def test_the_linear_process_has_its_stationary_variance():
    # of x' = .97 R x + e it is 1/(1 - .97^2); correlations last 30 steps, so 100,000 have an error of 2 %
    found = forecasters_spread.linear_process(100_000, seed=0).var(axis=0)
    np.testing.assert_allclose(found, 1 / (1 - forecasters_spread.KEPT**2), rtol=0.08)


def test_the_autoregression_has_its_stationary_variance():
    one, two = forecasters_spread.LAGGED
    wanted = (1 - two) / ((1 + two) * ((1 - two) ** 2 - one**2))
    # correlations last some 7 steps, so 100,000 have an error of 1 to 2 %
    assert forecasters_spread.autoregression(100_000, seed=0).var() == pytest.approx(wanted, rel=0.08)


def test_bands_of_a_random_walk_hold_what_they_say():
    walk = np.cumsum(np.random.default_rng(0).normal(size=(21_000, 1)), axis=0)
    shares = forecasters_spread.covered(Persistence(), walk[:1000], walk[1000:], steps=10, count=200)
    # 200 starts whose ten steps hang together: a standard error of .03 and .02
    assert shares["0.5"] == pytest.approx(0.5, abs=0.12)
    assert shares["0.9"] == pytest.approx(0.9, abs=0.08)
    # a Gaussian forecast that is right scores sigma / sqrt(pi), with sigma = sqrt(k) after k steps
    right = np.sqrt(np.arange(1, 11) / np.pi).mean()
    assert shares["crps"] == pytest.approx(right / walk[1000:].std(), rel=0.25)


@pytest.mark.parametrize("regime", entropy_patches.REGIMES)
def test_regimes_change_where_the_study_says(regime):
    series, switches = entropy_patches.switching(regime, 0, 300)
    assert len(series) == 300
    assert ((np.diff(switches) >= 30) & (np.diff(switches) < 60)).all()
    # each regime has its own largest value or its own law; the pieces are not the same
    first, second = series[: switches[0]], series[switches[0] : switches[1]]
    assert abs(np.sort(first)[:30] - np.sort(second)[:30]).max() > 0.02


def test_every_flow_of_the_study_is_in_the_benchmark_and_none_is_measured_twice():
    flows = chaotic_flows()
    assert set(forecast_networks_tables.SYSTEMS) <= set(flows)
    assert len(forecast_networks.others()) + len(forecast_networks_tables.SYSTEMS) == len(flows)
    for model in forecast_networks.MODELS:
        cases = forecast_networks.cases(model)
        assert cases
        assert len(set(cases)) == len(cases)


def test_the_interval_of_a_median_keeps_the_stretches_of_a_flow_together():
    # flows that differ, stretches that do not: the interval is that of ten numbers, not of twenty
    found = {(str(flow), start): float(flow) for flow in range(10) for start in range(2)}
    once = {key: value for key, value in found.items() if key[1] == 0}
    assert forecast_networks_tables._interval(found) == forecast_networks_tables._interval(once)
    low, high = forecast_networks_tables._interval(found)
    assert 1 < low < 4.5 < high < 8
