"""What estimators of differential entropy refuse, by name and with a remedy, and lanes that are NaN alone."""

import math

import numpy as np
import pytest
import xarray as xr

from ergodica import estimators as est

X = np.random.default_rng(0).normal(size=(3, 60, 2))
VECTORS = {"dim": 1, "feature_dim": 2}


@pytest.mark.parametrize("estimator", [est.KozachenkoLeonenko(), est.WeightedKozachenkoLeonenko()])
def test_exact_copies_are_refused_and_the_discrete_way_is_named(estimator):
    twice = X.copy()
    twice[1, 7] = twice[1, 30]
    with pytest.raises(ValueError, match=r"x: .*got 2 of 60 samples with an exact copy; .*Symbols\(\)"):
        est.entropy(twice, **VECTORS, estimator=estimator)
    twice[1, 7, 0] += 1e-9  # near is no copy
    assert np.isfinite(est.entropy(twice, **VECTORS, estimator=estimator)).all()


@pytest.mark.parametrize("estimator", [est.Vasicek, est.VanEs, est.Ebrahimi, est.Correa])
def test_spacings_of_zero_are_refused(estimator):
    x = np.round(np.random.default_rng(1).normal(size=200), 1)
    with pytest.raises(ValueError, match=r"x: .*spacings of 0 between exact copies; .*ValueBins"):
        est.entropy(x, estimator=estimator(window=2))


def test_copies_have_no_likeliest_bandwidth_but_a_density():
    x = np.repeat(np.random.default_rng(2).normal(size=40), 2)
    with pytest.raises(ValueError, match="exact copy"):
        est.entropy(x, estimator=est.KernelDensity(bandwidth="leave-one-out"))
    assert np.isfinite(est.entropy(x, estimator=est.KernelDensity()))


@pytest.mark.parametrize(
    ("estimator", "least"),
    [
        (est.KozachenkoLeonenko(k=60), 61),
        (est.WeightedKozachenkoLeonenko(k=100), 101),
        (est.KozachenkoLeonenko(k=4000), 4001),
    ],
)
def test_more_neighbours_than_others_are_refused(estimator, least):
    with pytest.raises(ValueError, match=rf"dim: .*at least {least} samples.*got 60; \S+"):
        est.entropy(X, **VECTORS, estimator=estimator)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: est.KozachenkoLeonenko(k=0), "k: must be a whole number .*got 0"),
        (lambda: est.KozachenkoLeonenko(k=2.5), "k: must be a whole number .*got 2.5"),
        (lambda: est.KozachenkoLeonenko(norm="l2"), "norm: must be one of .*got 'l2'"),
        (lambda: est.Vasicek(window=0), "window: must be .*got 0"),
        (lambda: est.KernelDensity(bandwidth=-1), "bandwidth: must be one of .*got -1"),
        (lambda: est.KernelDensity(bandwidth="wide"), "bandwidth: must be one of .*got 'wide'"),
        (lambda: est.KernelDensity(form="both"), "form: must be .*got 'both'"),
    ],
)
def test_impossible_parameters_are_named(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_pieces_that_do_not_fit_are_named():
    x = X[0, :, 0]
    with pytest.raises(TypeError, match=r"estimator: .*got space=ValueBins"):
        est.entropy(x, estimator=est.Vasicek(), space=est.ValueBins(bins=8))
    with pytest.raises(TypeError, match=r"estimator: .*of=Renyi"):
        est.entropy(x, estimator=est.Vasicek(), of=est.Renyi(q=2))
    with pytest.raises(TypeError, match=r"estimator: .*normalize=True"):
        est.entropy(x, estimator=est.Vasicek(), normalize=True)
    with pytest.raises(TypeError, match="feature_dim: outcomes are made of scalars"):
        est.entropy(X, dim=1, feature_dim=2, space=est.ValueBins(bins=8))
    with pytest.raises(ValueError, match=r"feature_dim: Vasicek.* takes one component, got 2"):
        est.entropy(X, **VECTORS, estimator=est.Vasicek())
    with pytest.raises(
        ValueError, match=r"k: must be larger for 8 components, .* got 2; use more neighbours"
    ):
        est.entropy(
            np.zeros((60, 8)) + np.arange(60)[:, None], dim=0, feature_dim=1,
            estimator=est.WeightedKozachenkoLeonenko(k=2),
        )  # fmt: skip


@pytest.mark.parametrize("estimator", [est.KozachenkoLeonenko(), est.GaussianPlugIn(), est.KernelDensity()])
def test_whole_numbers_are_refused(estimator):
    with pytest.raises(TypeError, match="x: must hold values of a continuum, got dtype int64"):
        est.entropy(np.arange(50), estimator=estimator)


def test_a_singular_covariance_is_nan_in_its_lane_alone():
    x = np.random.default_rng(4).normal(size=(5, 80, 3))
    clean = [est.entropy(x, **VECTORS, estimator=e) for e in (est.GaussianPlugIn(), est.KernelDensity())]
    x[1, :, 2] = 3 * x[1, :, 0] - x[1, :, 1]
    x[2, :, 1] = 0.7
    x[3, :, 0] = np.nan
    for before, estimator in zip(clean, (est.GaussianPlugIn(), est.KernelDensity()), strict=True):
        after = est.entropy(x, **VECTORS, estimator=estimator)
        assert np.isnan(after[1:4]).all()
        np.testing.assert_array_equal(after[[0, 4]], before[[0, 4]])


def test_entropy_of_labelled_vectors_keeps_its_other_dimensions_and_says_how():
    x = xr.DataArray(X, dims=("member", "t", "component"), coords={"member": [3, 5, 8]})
    found = est.entropy(x, dim="t", feature_dim="component", estimator=est.KozachenkoLeonenko(k=4), base=2)
    assert found.dims == ("member",)
    assert list(found.member) == [3, 5, 8]
    assert found.attrs["units"] == "bit"
    assert found.attrs["method"] == "KozachenkoLeonenko(k=4, norm='euclid')"
    nats = est.entropy(X, **VECTORS, estimator=est.KozachenkoLeonenko(k=4))
    np.testing.assert_allclose(found * math.log(2), nats, rtol=1e-14)


@pytest.mark.parametrize(
    "estimator", [est.GaussianInformation(), est.GaussianCopula(), est.KSG(), est.KSG2()]
)
@pytest.mark.parametrize("constant", [0.1, 1e9 + 0.1, 1e-300])
def test_a_constant_has_no_information_whatever_rounding_makes_of_its_mean(estimator, constant):
    y = np.random.default_rng(5).normal(size=(2, 1000))
    x = y[::-1].copy()
    x[0] = constant
    found = est.mutual_information(x, y, dim=1, estimator=estimator)
    assert np.isnan(found[0])
    assert np.isfinite(found[1])


@pytest.mark.parametrize("estimator", [est.Vasicek(), est.VanEs(), est.Ebrahimi(), est.Correa()])
@pytest.mark.parametrize("power", [1020, -1000])
def test_spacings_do_not_leave_the_range_of_numbers(estimator, power):
    """Of values of both signs near the largest number the spacing itself is infinite."""
    x = np.random.default_rng(6).uniform(-15.0, 15.0, size=400)
    scaled = est.entropy(np.ldexp(x, power), estimator=estimator)
    assert scaled == pytest.approx(est.entropy(x, estimator=estimator) + power * math.log(2), rel=1e-13)
