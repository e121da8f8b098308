"""Kinds of data that errors are estimated of: chunked, whole numbers, at times, of several components."""

import numpy as np
import pytest
import xarray as xr

from ergodica import estimators as est

METHODS = [est.Subsampling(), est.BlockJackknife(), est.BlockBootstrap(replicates=20), est.MemberBootstrap()]
every_method = pytest.mark.parametrize("method", METHODS, ids=lambda one: type(one).__name__)


def rotation(members=6, n=403, dt=0.1, w=2.0):
    rng = np.random.default_rng(1)
    turn = np.exp(-dt) * np.array([[np.cos(w * dt), -np.sin(w * dt)], [np.sin(w * dt), np.cos(w * dt)]])
    x = rng.normal(size=(n, members, 2))
    for i in range(1, n):
        x[i] = x[i - 1] @ turn.T + np.sqrt(1 - np.exp(-2 * dt)) * x[i]
    return xr.DataArray(x, dims=("t", "member", "component"), coords={"t": dt * np.arange(n)})


@every_method
def test_chunked_data_give_the_same_bits(method):
    x = rotation().isel(component=0)
    calls = {"estimator": est.GaussianCopula()}
    y = x + x.roll(member=1, roll_coords=False)
    whole = est.confidence(est.mutual_information, x, y, method=method, **calls)
    chunked = est.confidence(
        est.mutual_information, x.chunk(member=2), y.chunk(member=2), method=method, **calls
    )
    xr.testing.assert_identical(whole, chunked)


@every_method
def test_symbols_over_chunks_of_samples_add_up(method):
    x = (rotation().isel(component=0) > 1).astype(int)
    options = {"method": method, "space": est.Symbols(number=2)}
    whole = est.confidence(est.entropy, x, **options)
    chunked = est.confidence(est.entropy, x.chunk(t=100), **options)
    xr.testing.assert_identical(whole, chunked)


@every_method
@pytest.mark.filterwarnings("ignore::ergodica.estimators.ResamplingWarning")
def test_rates_take_the_spacing_of_samples_and_vectors_stay_whole(method):
    """Blocks here are of some correlation times only, which is warned of."""
    options = {"method": method, "feature_dim": "component", "estimator": est.LinearFit()}
    slow = est.confidence(est.entropy_production, rotation(), **options)
    x = rotation()
    fast = est.confidence(est.entropy_production, x.assign_coords(t=x.t / 2), **options)
    for name in ("estimate", "standard_error", "lower", "upper"):
        np.testing.assert_allclose(fast[name], 2 * slow[name], rtol=1e-9)
    assert 5 < float(slow.estimate.mean()) < 12  # 2 w^2 = 8
    given = est.confidence(est.entropy_production, x.drop_vars("t"), dt=0.1, **options)
    # steps of the coordinate differ from .1 by rounding
    np.testing.assert_allclose(given.upper, slow.upper, rtol=1e-9)


def test_uneven_times_are_refused_where_they_matter():
    x = rotation()
    uneven = x.assign_coords(t=x.t**2)
    with pytest.raises(ValueError, match="even"):
        est.confidence(est.entropy_production, uneven, feature_dim="component", estimator=est.LinearFit())


@every_method
def test_other_coordinates_stay_and_those_of_samples_go(method):
    x = rotation().isel(component=0).assign_coords(member=list("abcdef"), phase=("t", np.arange(403)))
    found = est.confidence(est.entropy, x, method=method, estimator=est.GaussianPlugIn())
    assert "phase" not in found.coords
    assert "t" not in found.coords
    if not isinstance(method, est.MemberBootstrap):
        assert list(found.member.values) == list("abcdef")


@every_method
@pytest.mark.filterwarnings("ignore::ergodica.estimators.ResamplingWarning")
def test_an_estimate_that_never_varies_has_no_width(method):
    """A ramp has one pattern; only the seams of blocks show another. That it remembers all of itself is warned of."""
    x = xr.DataArray(np.arange(100.0) * np.ones((6, 1)), dims=("member", "t"))
    found = est.confidence(est.permutation_entropy, x, order=3, method=method)
    if isinstance(method, est.Subsampling | est.MemberBootstrap):
        assert (found.standard_error == 0).all()
        assert (found.lower == found.estimate).all()
        assert (found.upper == found.estimate).all()
    assert np.isfinite(found.to_array()).all()


@every_method
def test_data_in_other_units_have_an_error_in_other_units(method):
    def mean(x, *, dim):
        return x.mean(dim)

    x = rotation().isel(component=0)
    here = est.confidence(mean, x, method=method)
    for scale in (1e-12, 1e12):
        there = est.confidence(mean, scale * x, method=method)
        np.testing.assert_allclose(there.to_array(), scale * here.to_array(), rtol=1e-6, atol=1e-14 * scale)


def test_a_mask_is_not_lost_without_a_word():
    with pytest.raises(TypeError, match="arrays: must not be a masked array"):
        est.confidence(est.permutation_entropy, np.ma.masked_greater(np.arange(99.0), 50), order=3)


@pytest.mark.parametrize("last", [0.1, np.nextafter(0.1, 1)])
def test_members_that_agree_but_for_rounding_have_no_width(last):
    x = xr.DataArray(np.array([0.1] * 5 + [last])[:, np.newaxis], dims=("member", "t"))
    assert np.std(x.values, ddof=1) > 0
    found = est.confidence(lambda x, *, dim: x.mean(dim), x, method=est.MemberBootstrap())
    assert found.lower == found.upper == found.estimate
