"""The entropy that a forecast leaves open is that of Gaussian draws, and grows with the directions that expand."""

import numpy as np
import pytest

from ergodica import data
from ergodica import estimators as est
from ergodica.numerics.errors import ParameterError


def draws(values, dt=0.1):
    """values (members, t, realization, component)."""
    return data.from_arrays(
        {"state": values},
        title="draws",
        t=dt * np.arange(values.shape[1]),
        dims={"state": ("member", "t", "realization", "component")},
        units={"state": "1"},
        coordinates={"realization": np.arange(values.shape[2])},
    )


def test_gaussian_draws_have_the_entropy_of_their_covariance():
    rng = np.random.default_rng(0)
    widths, resolution = np.array([3.0, 0.5]), 0.1
    ds = draws(widths * rng.normal(size=(2, 3, 4000, 2)))
    found = est.predictive_entropy(ds, resolution=resolution)
    assert found.dims == ("member", "t")
    exact = 0.5 * np.log1p((widths / resolution) ** 2).sum()
    # the logarithm of a variance of 4000 draws scatters by sqrt(2/4000), half of it a direction
    assert abs(found - exact).max() < 4 * 0.5 * np.sqrt(2 * 2 / 4000)
    assert data.check(found.to_dataset().assign_attrs(ds.attrs)) == []


def test_it_grows_at_the_rate_of_what_expands_and_forgets_what_contracts():
    rng = np.random.default_rng(1)
    rates, t = np.array([0.9, 0.3, -5.0]), 0.1 * np.arange(60)
    start = rng.normal(size=(1, 1, 300, 3))
    ds = draws(np.exp(rates * t[:, None])[None, :, None, :] * 100 * start)
    found = est.predictive_entropy(ds, resolution=1.0).values[0]
    late = slice(30, None)
    # by then the third direction is below the resolution by exp(-10); corrections of the others are exp(-9)
    np.testing.assert_allclose(np.diff(found[late]) / 0.1, 1.2, atol=1e-3)


def test_what_has_no_draws_or_too_few_is_refused():
    ds = draws(np.zeros((1, 3, 3, 3)))
    with pytest.raises(ParameterError, match="forecast: must have more draws than its 3 features, got 3"):
        est.predictive_entropy(ds, resolution=1.0)
    with pytest.raises(ParameterError, match="resolution: must be above 0, got 0"):
        est.predictive_entropy(ds, resolution=0)
    with pytest.raises(ParameterError, match="resolution: must be above 0, got '1'"):
        est.predictive_entropy(ds, resolution="1")
    with pytest.raises(ParameterError, match="forecast: must be a Dataset with draws along realization"):
        est.predictive_entropy(ds.isel(realization=0), resolution=1.0)
    with pytest.raises(ParameterError, match=r"forecast: must be a Dataset .* got ndarray over nothing"):
        est.predictive_entropy(np.zeros((3, 3)), resolution=1.0)
