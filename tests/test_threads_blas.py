"""Linear algebra of models and estimators takes one thread, so that no digit hangs on how many there are."""

import numpy as np
import pytest
import xarray as xr
from threadpoolctl import threadpool_info, threadpool_limits

from ergodica import estimators as est
from ergodica import models, sims
from ergodica.numerics.threads import one_blas_thread

forecast, koopman = models.forecast, models.koopman


def blas_threads():
    return {one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"}


def test_a_block_has_one_thread_and_puts_back_what_was():
    import scipy.linalg  # noqa: F401 - its BLAS is another one

    with threadpool_limits(3, user_api="blas"):
        with one_blas_thread():
            with one_blas_thread():
                assert blas_threads() == {1}
            assert blas_threads() == {1}
        assert blas_threads() == {3}
        with pytest.raises(ZeroDivisionError), one_blas_thread():
            1 / 0  # noqa: B018
        assert blas_threads() == {3}


@pytest.fixture(scope="module")
def known():
    return sims.Flow(system="rossler").run(periods=6, points_per_period=100, warm_up=10.0)


@pytest.mark.parametrize(
    "model",
    [
        forecast.NVAR(),
        forecast.Linear(),
        forecast.EchoState(units=200),
        koopman.KernelEDMD(),
        koopman.EDMD(dictionary=koopman.dictionaries.RandomFourier(features=200)),
        koopman.HankelDMD(delays=60),
    ],
    ids=lambda model: model.name,
)
def test_models_have_the_same_bits_with_any_number_of_threads(model, known):
    found = []
    for threads in (1, 4):
        with threadpool_limits(threads, user_api="blas"):
            fitted = model.fit(known)
            if isinstance(model, forecast.Forecaster):
                found.append(fitted.forecast(horizon=50, members=4, seed=1).state.values)
            else:
                found.append(fitted.linear_rollout(known, 50).state.values)
    np.testing.assert_array_equal(*found)


def test_estimators_have_the_same_bits_with_any_number_of_threads():
    x = xr.DataArray(np.random.default_rng(0).normal(size=(2000, 40)), dims=("t", "component"))
    found = []
    for threads in (1, 4):
        with threadpool_limits(threads, user_api="blas"):
            measures = (est.diffusion_spectral_entropy, est.von_neumann_entropy)
            found.append([float(measure(x, dim="t", feature_dim="component")) for measure in measures])
    assert found[0] == found[1]
