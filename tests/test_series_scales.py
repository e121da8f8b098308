"""Estimators on many scales: what the series of a scale are, how their estimates are taken together, bad input."""

import math

import numpy as np
import pytest
import xarray as xr

from ergodica import estimators as est
from ergodica.estimators.irreversibility.paths import rotation

METHODS = [est.CoarseGrained(), est.Composite(), est.RefinedComposite(), est.Refined()]


def noise(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def labelled(x, step=0.1):
    return xr.DataArray(x, dims=("lane", "t"), coords={"t": step * np.arange(x.shape[-1])})


def means(x, scale, start):
    number = (len(x) - start) // scale
    return x[start : start + number * scale].reshape(number, scale).mean(axis=1)


def counts(x, order, radius):
    """Pairs that match in `order` and in one more value."""
    number = len(x) - order
    apart = [np.abs(np.subtract.outer(x[k : k + number], x[k : k + number])) for k in range(order + 1)]
    return np.array(
        [(np.max(apart[:values], axis=0) <= radius).sum() - number for values in (order, order + 1)]
    )


@pytest.mark.parametrize("scale", [1, 2, 3, 7])
def test_methods_are_what_they_are_called(scale):
    x = noise(600)
    radius = 0.2 * x.std()
    every = [counts(means(x, scale, start), 2, radius) for start in range(scale)]
    entropies = [-math.log(longer / shorter) for shorter, longer in every]
    pooled = sum(every)
    for method, wanted in (
        (est.CoarseGrained(), entropies[0]),
        (est.Composite(), np.mean(entropies)),
        (est.RefinedComposite(), -math.log(pooled[1] / pooled[0])),
    ):
        found = est.multiscale(est.sample_entropy, x, scales=[scale], method=method)
        # block means and standard deviation are rounded otherwise, which moves no difference across the tolerance
        np.testing.assert_allclose(found, [wanted], rtol=1e-12)


def test_white_noise_has_ever_less_sample_entropy():
    scales = [1, 2, 5, 10]
    found = est.multiscale("sample_entropy", noise(4, 20000), scales=scales, method=est.RefinedComposite())
    # the variance of block means is 1/s, and the tolerance stays
    wanted = [-math.log(math.erf(0.1 * math.sqrt(s))) for s in scales]
    # spread of a lane grows from .006 on scale 1 to .02 on scale 10, over four lanes half as much
    np.testing.assert_allclose(found.mean(axis=0), wanted, atol=0.04)


def test_filtered_white_noise_has_as_much_on_all_scales():
    """The tolerance is that of the filtered series, and neighbours are as independent as before."""
    found = est.multiscale("sample_entropy", noise(4, 20000), scales=[1, 3, 10], method=est.Refined()).mean(
        axis=0
    )
    # 2000 samples are left on scale 10: a spread of .03 a lane, and the flank of the filter correlates them a little
    np.testing.assert_allclose(found, -math.log(math.erf(0.1)), atol=0.08)


def test_the_filter_keeps_slow_sinusoids_and_stops_fast_ones():
    n = np.arange(4000)
    slow, fast = np.sin(2 * np.pi * n / 200), np.sin(2 * np.pi * n / 3)
    method = est.Refined()
    assert method.coarse(slow, 4, 0)[200:].std() == pytest.approx(slow.std(), rel=1e-3)
    assert method.coarse(fast, 4, 0)[200:].std() < 1e-2
    np.testing.assert_allclose(method.coarse(np.full(50, 3.0), 4, 0), 3.0, rtol=1e-12)


@pytest.mark.parametrize("method", METHODS, ids=repr)
@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("sample_entropy", {"order": 1}),
        ("fuzzy_entropy", {}),
        ("slope_entropy", {"normalize": True}),
        ("svd_entropy", {"order": 4}),
        ("permutation_entropy", {"order": 3}),
        ("dispersion_entropy", {"classes": 3}),
    ],
)
def test_scale_one_is_the_estimator_itself(name, options, method):
    x = noise(2, 200)
    found = est.multiscale(name, x, scales=[1, 2], method=method, **options)
    np.testing.assert_allclose(found[:, 0], getattr(est, name)(x, **options), rtol=1e-12)
    assert np.isfinite(found).all()


def test_probabilities_of_all_series_are_averaged():
    x, space = noise(300), est.OrdinalPatterns(order=3)
    parts = [est.probabilities(means(x, 3, start), space=space) for start in range(3)]
    wanted = est.entropy(np.mean(parts, axis=0), of=est.Renyi(q=2), base=2)
    method = est.RefinedComposite()
    found = est.multiscale(est.entropy, x, scales=[3], method=method, space=space, of=est.Renyi(q=2), base=2)
    np.testing.assert_allclose(found, [wanted], rtol=1e-13)


@pytest.mark.parametrize("method", METHODS, ids=repr)
def test_labels_chunks_and_plain_arrays_agree(method):
    x = labelled(noise(3, 300))
    found = est.multiscale(est.sample_entropy, x, dim="t", scales=[1, 4], method=method, base=2)
    assert found.dims == ("lane", "scale")
    assert found.name == "multiscale_sample_entropy"
    assert found.attrs["units"] == "bit"
    assert type(method).__name__ in found.attrs["method"]
    plain = est.multiscale(est.sample_entropy, x.values.T, dim=0, scales=[1, 4], method=method, base=2)
    np.testing.assert_array_equal(found, plain)
    lazy = est.multiscale(est.sample_entropy, x.chunk(lane=1), dim="t", scales=[1, 4], method=method, base=2)
    assert lazy.chunks is not None
    xr.testing.assert_identical(lazy.compute(), found)


def test_several_arrays_and_vectors_are_taken_as_they_are():
    x, y = noise(2, 2, 400)
    found = est.multiscale(est.cross_sample_entropy, x, y, scales=[1, 2])
    np.testing.assert_array_equal(found[:, 0], est.cross_sample_entropy(x, y))
    halves = [np.stack([means(lane, 2, 0) for lane in one]) for one in (x, y)]
    np.testing.assert_allclose(found[:, 1], est.cross_sample_entropy(*halves), rtol=1e-12)


def test_the_coordinate_follows_so_that_steps_are_longer():
    seen = []

    def spacing(x, *, dim=None):
        seen.append(np.diff(x[dim].values))
        return x.mean(dim)

    est.multiscale(spacing, labelled(noise(1, 30)), dim="t", scales=[1, 3], method=est.Composite())
    assert [len(one) for one in seen] == [29, 9, 8, 8]
    for one, step in zip(seen, [0.1, 0.3, 0.3, 0.3], strict=True):
        np.testing.assert_allclose(one, step, rtol=1e-9)


def test_a_bad_lane_is_nan_alone_on_all_scales():
    x = noise(4, 300)
    x[1, 17], x[2] = np.nan, 0.1
    for method in METHODS:
        found = est.multiscale(est.sample_entropy, x, scales=[1, 2], method=method)
        assert np.isnan(found[1:3]).all()
        np.testing.assert_array_equal(
            found[3], est.multiscale(est.sample_entropy, x[3], scales=[1, 2], method=method)
        )


def test_the_complexity_index_is_the_sum_of_scales():
    x = labelled(noise(2, 500))
    curve = est.multiscale(est.sample_entropy, x, dim="t", scales=[1, 2, 4], method=est.CoarseGrained())
    found = est.complexity_index(x, dim="t", scales=[1, 2, 4], method=est.CoarseGrained())
    np.testing.assert_allclose(found, curve.sum("scale"), rtol=1e-15)
    assert found.attrs["units"] == "nat"


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda x: est.multiscale("sampl_entropy", x), ValueError, "did you mean sample_entropy"),
        (lambda x: est.multiscale(3, x), TypeError, "estimator: must be a function or a name"),
        (lambda x: est.multiscale(est.sample_entropy), TypeError, "data: must be one array"),
        (lambda x: est.multiscale(est.sample_entropy, x, scales=[]), ValueError, "scales: must be whole numbers"),
        (lambda x: est.multiscale(est.sample_entropy, x, scales=[0, 1]), ValueError, "scales: must be whole numbers"),
        (lambda x: est.multiscale(est.sample_entropy, x, scales=[2.5]), ValueError, "scales: must be whole numbers"),
        (lambda x: est.multiscale(est.sample_entropy, x, scales=[2, 2]), ValueError, "scales: must hold each"),
        (lambda x: est.multiscale(est.sample_entropy, x, scales=[200]), ValueError, "scales: must be at most the 100"),
        (lambda x: est.multiscale(est.sample_entropy, x, scales=[40]), ValueError, "on scale 40, of 2 samples"),
        (lambda x: est.multiscale(est.sample_entropy, x, scales=[1], ordr=2), TypeError, "ordr: must be an option"),
        (lambda x: est.multiscale(est.sample_entropy, x, method="composite"), TypeError, "method: must be a scale"),
        (
            lambda x: est.multiscale(est.approximate_entropy, x, scales=[2], method=est.RefinedComposite()),
            TypeError,
            "use Composite",
        ),
        (lambda x: est.multiscale(est.sample_entropy, x + 0j), TypeError, "must hold real numbers"),
        (lambda x: est.Refined(order=0), ValueError, "order: must be a whole number"),
    ],
)  # fmt: skip
def test_bad_requests_are_refused(call, error, message):
    with pytest.raises(error, match=message):
        call(noise(100))


def test_an_estimator_inside_the_estimator_is_one_of_its_options():
    x, noise = np.random.default_rng(11).normal(size=(2, 120))
    y = x + noise
    found = est.multiscale(est.mutual_information, x, y, scales=[1, 2], estimator=est.KSG(k=2))
    halves = [one.reshape(-1, 2).mean(axis=1) for one in (x, y)]
    wanted = [est.mutual_information(*pair, estimator=est.KSG(k=2)) for pair in ((x, y), halves)]
    np.testing.assert_allclose(found, wanted, rtol=1e-12)


@pytest.mark.parametrize("scale", [2, 5])
def test_a_refined_scale_halves_the_power_where_every_sth_sample_would_alias(scale):
    phase = np.pi / scale * np.arange(4000)
    both = est.Refined().coarse(np.stack([np.cos(phase), np.sin(phase)]), scale, 0)
    # the power of the start has died out
    np.testing.assert_allclose((both[:, -50:] ** 2).sum(axis=0), 0.5, rtol=1e-9)


def test_a_rate_on_a_scale_is_per_time_of_its_longer_step():
    x = rotation(np.random.default_rng(24), frequency=1.0, samples=1000, dt=0.1)
    options = {"dim": 0, "feature_dim": 1}
    found = est.multiscale(est.entropy_production, x, **options, scales=[1, 2], dt=0.1)
    halves = x.reshape(500, 2, 2).mean(axis=1)
    wanted = [est.entropy_production(one, **options, dt=dt) for one, dt in ((x, 0.1), (halves, 0.2))]
    np.testing.assert_allclose(found, wanted, rtol=1e-9)
    assert np.isfinite(found).all()


def test_what_an_estimator_refuses_is_not_hidden_by_block_means():
    x = np.random.default_rng(5).normal(size=300)
    with pytest.raises(TypeError, match="data: must not be a masked array"):
        est.multiscale(est.permutation_entropy, np.ma.masked_greater(x, 1.0), scales=[1, 2])
    symbols = (4 * x).astype(int)
    for method in (est.CoarseGrained(), est.Refined(), est.RefinedComposite()):
        with pytest.raises(TypeError, match="data: must hold values of a continuum for sample_entropy"):
            est.multiscale("sample_entropy", symbols, scales=[1, 2], method=method)
    assert np.isfinite(est.multiscale("permutation_entropy", symbols, scales=[1, 2])).all()


def test_an_absolute_tolerance_is_that_of_the_user_on_every_scale():
    x = 5 * np.random.default_rng(4).normal(size=600)
    found = est.multiscale(est.sample_entropy, x, scales=(1, 3), absolute=2.0)
    means = x.reshape(-1, 3).mean(axis=1)
    wanted = [est.sample_entropy(x, absolute=2.0), est.sample_entropy(means, absolute=2.0)]
    np.testing.assert_allclose(found, wanted, rtol=1e-12)


def test_functions_with_several_results_and_with_radii_have_scales_too():
    x = np.random.default_rng(5).normal(size=(2, 200))
    means = x.reshape(2, 100, 2).mean(axis=-1)
    found = est.multiscale("recurrence_quantification", x, scales=(1, 2))
    wanted = est.recurrence_quantification(means)
    assert found.determinism.dims == ("lane0", "scale")
    for name in wanted:
        np.testing.assert_allclose(found[name][:, 1], wanted[name], rtol=1e-12)
    sums = est.multiscale("correlation_sum", x, scales=(1, 2), radii=[0.5])
    np.testing.assert_allclose(sums[..., 1], est.correlation_sum(means, radii=[0.5]), rtol=1e-12)
