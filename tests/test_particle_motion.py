"""Displacements and directions over time: free active paths, ballistic ones, brute force, unwrapping."""

from __future__ import annotations

import numpy as np
import pytest
from particle_sets import free_active, run

from ergodica import estimators as est
from ergodica.numerics.errors import ParameterError


@pytest.fixture(scope="module")
def active():
    speed, rotational, diffusion = 1.5, 0.8, 0.1
    path, heading = free_active(1500, 41, 0.1, speed, rotational, diffusion, seed=1)
    return path, heading, (speed, rotational, diffusion)


def test_free_active_particles_have_the_known_displacement(active):
    path, heading, (v, turning, d) = active
    found = est.mean_squared_displacement(run(path, dt=0.1, heading=heading))
    t = found.lag
    exact = 4 * d * t + 2 * v**2 / turning**2 * (turning * t - 1 + np.exp(-turning * t))
    deviation = (found.mean_squared_displacement - exact) / found.standard_error.where(t > 0)
    # 40 lags of one set of paths: 4 standard errors; the trapezoidal rule errs by (D_r h)/6 of a step, 1e-3 of it
    assert float(abs(deviation[1:]).max()) < 4
    assert float(found.standard_error[-1] / exact[-1]) < 0.05


def test_directions_are_forgotten_at_the_known_rate(active):
    path, heading, (_, turning, _) = active
    found = est.orientation_correlation(run(path, dt=0.1, heading=heading))
    exact = np.exp(-turning * found.lag)
    assert float(found.orientation_correlation[0]) == 1.0
    deviation = (found.orientation_correlation - exact) / found.standard_error
    assert float(abs(deviation[1:]).max()) < 4


def test_every_lag_agrees_with_the_direct_mean():
    rng = np.random.default_rng(2)
    x = np.cumsum(rng.normal(size=(17, 5, 3)), axis=0) + 1e3
    v = rng.normal(size=x.shape)
    ds = run(x, heading=v)
    displacement = est.mean_squared_displacement(ds)
    correlation = est.orientation_correlation(ds)
    for lag in range(17):
        steps = ((x[lag:] - x[: 17 - lag]) ** 2).sum(-1).mean(0)
        assert float(displacement.mean_squared_displacement[lag]) == pytest.approx(steps.mean(), abs=1e-11)
        assert float(displacement.standard_error[lag]) == pytest.approx(
            steps.std(ddof=1) / np.sqrt(5), abs=1e-11
        )
        product = (v[lag:] * v[: 17 - lag]).sum(-1).mean()
        expected = product / (v**2).sum(-1).mean()
        assert float(correlation.orientation_correlation[lag]) == pytest.approx(expected, abs=1e-12)


def test_ballistic_paths_keep_their_digits_far_from_the_origin():
    t = np.arange(200.0)
    x = np.stack([1e6 + 3.0 * t, -1e6 + 4.0 * t], axis=-1)[:, None]
    found = est.mean_squared_displacement(run(x))
    # the squared extent is 1e6, of which 1e-12 may be lost
    np.testing.assert_allclose(found.mean_squared_displacement, 25 * t**2, rtol=1e-9, atol=1e-6)
    assert np.isnan(found.standard_error).all()


def test_wrapped_paths_are_unwrapped():
    rng = np.random.default_rng(3)
    box = np.array([5.0, 7.0])
    path = rng.random((1, 20, 2)) * box + np.cumsum(0.2 * rng.normal(size=(50, 20, 2)), axis=0)
    wrapped = run(path % box, box)
    open_space = est.mean_squared_displacement(run(path))
    np.testing.assert_allclose(
        est.mean_squared_displacement(wrapped).mean_squared_displacement,
        open_space.mean_squared_displacement,
        atol=1e-10,
    )
    unwrapped = est.unwrap(wrapped)
    np.testing.assert_allclose(unwrapped - unwrapped[0], path - path[0], atol=1e-12)
    recorded = wrapped.assign(unwrapped=(("t", "particle", "space"), path))
    np.testing.assert_array_equal(
        est.mean_squared_displacement(recorded).mean_squared_displacement,
        open_space.mean_squared_displacement,
    )


def test_an_axis_that_is_open_stays_as_it_is():
    x = np.array([[[4.9, 0.0]], [[0.1, 100.0]]])
    ds = run(x, [5.0, np.nan])
    np.testing.assert_allclose(est.unwrap(ds)[1, 0], [5.1, 100.0])


def test_steps_too_large_to_be_unwrapped_are_said():
    x = np.array([[[0.0, 0.0]], [[1.6, 0.0]], [[3.2, 0.0]]])
    with pytest.warns(UserWarning, match=r"the largest is 0\.32; record 'unwrapped'"):
        est.mean_squared_displacement(run(x, 5.0))


def test_members_and_bad_values_are_apart():
    rng = np.random.default_rng(4)
    x = rng.normal(size=(2, 8, 6, 2))
    x[1, 3, 2, 0] = np.nan
    found = est.mean_squared_displacement(run(x))
    assert found.mean_squared_displacement.dims == ("member", "lag")
    assert np.isnan(found.mean_squared_displacement[1]).all()
    np.testing.assert_array_equal(
        found.mean_squared_displacement[0], est.mean_squared_displacement(run(x[0])).mean_squared_displacement
    )
    lazy = est.mean_squared_displacement(run(x).chunk({"member": 1})).compute()
    np.testing.assert_array_equal(lazy.mean_squared_displacement, found.mean_squared_displacement)


def test_one_frame_has_the_lag_zero_alone():
    ds = run(np.zeros((3, 2)), 5.0, heading=np.ones((3, 2)))
    assert est.mean_squared_displacement(ds).mean_squared_displacement.values.tolist() == [0.0]
    assert est.orientation_correlation(ds).orientation_correlation.values.tolist() == [1.0]


def test_what_cannot_be_is_refused():
    ds = run(np.zeros((4, 3, 2)), 5.0)
    with pytest.raises(ParameterError, match="t: must be evenly spaced"):
        est.mean_squared_displacement(ds.assign_coords(t=[0.0, 1.0, 2.5, 3.0]))
    with pytest.raises(ParameterError, match="position: must have t"):
        est.mean_squared_displacement(ds.isel(t=0))
    with pytest.raises(ParameterError, match="t must be in one chunk"):
        est.mean_squared_displacement(ds.chunk({"t": 1}))
    with pytest.raises(ParameterError, match="of: must name vectors"):
        est.orientation_correlation(ds)
    with pytest.raises(ParameterError, match="a snapshot"):
        est.mean_squared_displacement(ds.isel(t=slice(0, 0)))
