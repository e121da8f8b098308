"""The test with surrogates: p-values that are uniform under the hypothesis, and small against it."""

import sys

import numpy as np
import pytest
import xarray as xr
from orbits_of_maps import henon
from scipy.special import ndtri

from ergodica import estimators as est
from ergodica.estimators.surrogates.surrogate_test import p_value


def asymmetry(x, dim):
    """Third moment of steps over their variance to 3/2: 0 for what looks alike in both directions of time."""
    step = x.diff(dim)
    return (step**3).mean(dim) / (step**2).mean(dim) ** 1.5


def autoregressive(lanes, n, seed):
    x = np.random.default_rng(seed).normal(size=(lanes, n + 50))
    for t in range(1, n + 50):
        x[:, t] += 0.6 * x[:, t - 1]
    return xr.DataArray(x[:, 50:], dims=("member", "t"))


def distance_from_uniform(p, levels):
    """The largest difference between the distribution of p and that of one uniform over `levels` values."""
    share = np.array([(p <= (k + 1) / levels + 1e-12).mean() for k in range(levels)])
    return np.abs(share - np.arange(1, levels + 1) / levels).max()


# 1.95/sqrt(lanes) is passed by 1 in 1000 where the hypothesis holds, and less often by discrete p-values
KOLMOGOROV = 1.95


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("alternative", ["greater", "less", "two-sided"])
def test_p_values_are_uniform_for_independent_numbers(alternative, seed):
    lanes, count = 400, 39
    x = xr.DataArray(np.random.default_rng(seed).exponential(size=(lanes, 30)), dims=("member", "t"))

    def lagged(x, dim):
        return (x * x.shift({dim: 1})).mean(dim)

    p = est.surrogate_test(
        lagged, x, method=est.Shuffle(), count=count, alternative=alternative, seed=seed
    ).p_value
    levels = 20 if alternative == "two-sided" else 40
    np.testing.assert_allclose(np.asarray(p) * levels, np.rint(p * levels), atol=1e-9)
    assert distance_from_uniform(p.values, levels) < KOLMOGOROV / np.sqrt(lanes)


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("method", [est.PhaseRandomized(), est.IteratedAmplitudeAdjusted()], ids=repr)
def test_p_values_are_near_uniform_for_a_linear_process(method, seed):
    lanes = 200
    found = est.surrogate_test(
        asymmetry, autoregressive(lanes, 128, seed), method=method, count=39, seed=seed
    )
    assert distance_from_uniform(found.p_value.values, 20) < KOLMOGOROV / np.sqrt(lanes)


def test_p_values_are_near_uniform_for_skewed_values_with_one_adjustment():
    """Iterated surrogates of such data vary too little, as their docstring says: one adjustment is the remedy."""
    x = np.exp(0.5 * autoregressive(200, 128, 2))
    p = est.surrogate_test(asymmetry, x, method=est.AmplitudeAdjusted(), count=39).p_value
    assert distance_from_uniform(p.values, 20) < KOLMOGOROV / np.sqrt(200)
    ranks = np.argsort(np.argsort(x.values, axis=-1), axis=-1)
    gaussian = x.copy(data=ndtri((ranks + 0.5) / 128))
    p = est.surrogate_test(asymmetry, gaussian, count=39).p_value
    assert distance_from_uniform(p.values, 20) < KOLMOGOROV / np.sqrt(200)


def test_a_nonlinear_map_is_told_from_linear_noise():
    x = xr.DataArray(henon(10, 300)[..., 0], dims=("member", "t"))
    found = est.surrogate_test(asymmetry, x, count=39)
    assert (found.p_value == 2 / 40).all()
    assert (abs(found.z_score) > 4).all()
    again = est.surrogate_test("correlation_sum", x[0], count=19, alternative="greater", order=2, radii=[0.2])
    assert again.p_value == 1 / 20  # the orbit comes back more often than noise of its spectrum and values
    assert again.p_value.dims == ("radius",)
    assert again.attrs["estimator"] == "correlation_sum"


def test_the_first_of_several_arrays_is_replaced_alone():
    """A source drives a target: shifted sources tell nothing of it, however strong the target's own memory."""
    rng = np.random.default_rng(5)
    source, noise = rng.normal(size=(2, 400))
    target = np.zeros(400)
    for t in range(1, 400):
        target[t] = 0.7 * target[t - 1] + 0.4 * source[t - 1] + noise[t]
    options = {
        "method": est.CircularShift(least=5),
        "count": 39,
        "alternative": "greater",
        "estimator": est.GaussianCopula(),
    }
    forward = est.surrogate_test("transfer_entropy", source, target, **options)
    backward = est.surrogate_test("transfer_entropy", target, source, **options)
    assert forward.p_value == 1 / 40
    assert backward.p_value > 0.05
    assert forward.statistic == est.transfer_entropy(source, target, estimator=est.GaussianCopula())


def test_symbols_and_functions_by_name_work_too():
    rng = np.random.default_rng(6)
    x = rng.integers(0, 2, size=300)
    y = np.where(rng.random(300) < 0.3, rng.integers(0, 2, size=300), np.roll(x, 1))
    found = est.surrogate_test(
        "transfer_entropy", x, y, method=est.Shuffle(), count=19, alternative="greater"
    )
    assert found.p_value == 1 / 20


def test_numbers_are_those_of_the_surrogates_one_by_one():
    x = autoregressive(3, 60, 2)
    found = est.surrogate_test(asymmetry, x, method=est.PhaseRandomized(), count=25, seed=4)
    each = asymmetry(
        est.surrogate(x, method=est.PhaseRandomized(), count=25, dim="t", seed=4), "t"
    ).transpose("surrogate", "member")
    np.testing.assert_array_equal(found.statistic, asymmetry(x, "t"))
    np.testing.assert_allclose(found.surrogate_mean, each.mean("surrogate"), rtol=1e-12)
    np.testing.assert_allclose(found.surrogate_spread, each.std("surrogate", ddof=1), rtol=1e-12)
    np.testing.assert_allclose(
        found.z_score, (found.statistic - each.mean("surrogate")) / each.std("surrogate", ddof=1), rtol=1e-10
    )


def test_blocks_of_surrogates_change_nothing(monkeypatch):
    x = autoregressive(2, 64, 3)
    whole = est.surrogate_test(asymmetry, x, count=19)
    monkeypatch.setattr(sys.modules[p_value.__module__], "BATCH_ELEMENTS", 300)
    xr.testing.assert_identical(est.surrogate_test(asymmetry, x, count=19), whole)
    xr.testing.assert_identical(est.surrogate_test(asymmetry, x.chunk(member=1), count=19), whole)


def test_ties_count_against_the_alternative_and_nan_stays():
    chance = np.array([[1.0, 1.0, np.nan], [1.0, 2.0, 1.0], [1.0, 3.0, 1.0]])
    value = np.array([1.0, 3.0, 1.0])
    np.testing.assert_array_equal(p_value(value, chance, "greater"), [1.0, 0.5, np.nan])
    np.testing.assert_array_equal(p_value(value, chance, "less"), [1.0, 1.0, np.nan])
    np.testing.assert_array_equal(p_value(value, chance, "two-sided"), [1.0, 1.0, np.nan])


def test_a_measure_without_time_never_differs():
    x = autoregressive(2, 64, 7)
    x[1, 5] = np.nan
    found = est.surrogate_test(lambda x, dim: x.max(dim, skipna=False), x, method=est.Shuffle(), count=19)
    np.testing.assert_array_equal(found.p_value, [1.0, np.nan])
    assert np.isnan(found.z_score).all()


def test_datasets_have_their_variables_along_quantity():
    x = autoregressive(2, 64, 8)
    found = est.surrogate_test(est.complexity_entropy_plane, x, method=est.Shuffle(), count=19)
    assert set(found.quantity.values) == {"entropy", "complexity"}
    assert found.p_value.sizes == {"quantity": 2, "member": 2}


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"method": est.TimeReversed()}, TypeError, "method: must draw at random"),
        ({"method": 3}, TypeError, "method: must be one such as"),
        ({"count": 5}, ValueError, "count: must be a whole number >= 19"),
        ({"alternative": "both"}, ValueError, "alternative: must be of two-sided"),
        ({"dim": "time"}, ValueError, "dim: must be of"),
        ({"function": 7}, TypeError, "function: must be an estimator or its name"),
        ({"function": "asymetry"}, ValueError, "estimator: must be a known name"),
        ({"function": lambda x, dim: x.mean()}, TypeError, "function: must map over dimensions"),
        ({"x": np.ones((2, 9))}, TypeError, "x: plain arrays must have one axis"),
        ({"x": np.ma.masked_greater(np.arange(9.0), 5)}, TypeError, "x: must not be a masked array"),
        ({"x": xr.Dataset()}, TypeError, "x: must be one variable"),
    ],
)
def test_what_makes_no_sense_is_refused(options, error, words):
    function = options.pop("function", asymmetry)
    x = options.pop("x", autoregressive(1, 40, 0)[0])
    with pytest.raises(error, match=words):
        est.surrogate_test(function, x, **options)


@pytest.mark.parametrize("method", [est.Shuffle(), est.PhaseRandomized(), est.CircularShift()], ids=repr)
def test_what_surrogates_keep_is_no_evidence_whatever_the_order_of_sums(method):
    x = np.random.default_rng(1).normal(size=255).cumsum() + 5

    def size(x, dim):
        return (x * x).mean(dim)

    for alternative in ("two-sided", "less", "greater"):
        found = est.surrogate_test(size, x, method=method, count=19, alternative=alternative)
        assert found.p_value == 1
        assert found.surrogate_spread == 0
        assert np.isnan(found.z_score)


def test_infinite_estimates_are_ranked():
    chance = np.array([[1.0, np.inf], [2.0, 1.0], [3.0, 1.0]])
    value = np.array([np.inf, np.inf])
    np.testing.assert_array_equal(p_value(value, chance, "greater"), [0.25, 0.5])
