"""From when on a series is stationary: autoregressions and relaxations of known times, walks, and bad input."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from scipy.signal import lfilter

from ergodica import estimators as est
from ergodica.numerics.errors import ParameterError

module = import_module("ergodica.estimators.series.equilibration")  # the function hides it


def autoregression(phi, members, times, seed):
    """Stationary x_t = phi x_t-1 + normal number, of variance 1/(1 - phi^2) from the first time on."""
    noise = np.random.default_rng(seed).normal(size=(members, times))
    noise[:, 0] /= np.sqrt(1 - phi**2)
    return lfilter([1.0], [1.0, -phi], noise, axis=1)


def series(values, step=1.0, **attrs):
    values = np.asarray(values)
    dims = ("member", "t")[-values.ndim :]
    t = ("t", step * np.arange(values.shape[-1]), {"units": "s"})
    return xr.DataArray(values, dims=dims, coords={"t": t}, attrs=attrs)


def brute_force(x):
    """g of `x` by direct sums of the definition."""
    n = len(x)
    y = x - x.mean()
    c = np.array([y[: n - m] @ y[m:] for m in range(n)]) / (y @ y)
    total, least = 0.0, np.inf
    for m in range(0, n - 1, 2):
        if c[m] + c[m + 1] <= 0:
            break
        least = min(least, c[m] + c[m + 1])
        total += least
    return max(1.0, 2 * total - 1)


@pytest.mark.parametrize("phi", [0.0, 0.5, 0.9])
def test_correlation_time_of_an_autoregression_is_the_known_one(phi):
    found = est.equilibration(series(autoregression(phi, 60, 20_000, seed=1), step=0.5))
    g = found.correlation_time / 0.5
    truth = (1 + phi) / (1 - phi)
    error = float(g.std()) / np.sqrt(60)
    # g >= 1 and the choice of the start move the mean by up to 2 % in 1000 and more effective samples
    assert abs(float(g.mean()) - truth) < 3 * error + 0.02 * truth
    duration = 20_000 * 0.5 - found.start
    np.testing.assert_allclose(found.effective_samples, duration / found.correlation_time, rtol=1e-12)


def test_inefficiency_is_the_direct_sum():
    for seed, n in enumerate((8, 9, 50, 301)):
        x = autoregression(0.8, 1, n, seed)[0]
        # by FFT: round-off of sums of 300 numbers
        assert module._inefficiency(x) == pytest.approx(brute_force(x), rel=1e-10)


def test_search_finds_nearly_the_best_of_all_starts():
    for seed in range(5):
        x = autoregression(0.7, 1, 400, seed)[0] + 20 * np.exp(-np.arange(400) / (5 + 5 * seed))
        samples = [(400 - s) / brute_force(x[s:]) for s in range(393)]
        found = est.equilibration(series(x))
        at = int(found.start)
        assert float(found.effective_samples) == pytest.approx(samples[at], rel=1e-9)
        # neighbouring starts scatter: the best of 100 of 400 is within some percent of the best of all
        assert samples[at] > 0.95 * max(samples)


@pytest.mark.parametrize("relaxation", [20, 200])
def test_a_relaxation_is_cut_after_several_of_its_times(relaxation):
    t = np.arange(10_000)
    x = 3.0 + 50 * np.exp(-t / relaxation) + autoregression(0.5, 40, 10_000, seed=2)
    found = est.equilibration(series(x))
    # 50 exp(-s) is below the noise, 1.15, after 3.8 times, below the error of a mean, 0.02, after 7.8
    starts = found.start / relaxation
    assert float(starts.min()) > 3
    assert float(starts.median()) < 8
    assert bool(found.settled.all())
    z = (found["mean"] - 3.0) / found.standard_error
    # whole series are wrong by 50 * relaxation / 10,000: 5 and 50 standard errors
    assert abs(float(z.mean())) < 4 / np.sqrt(40) + 0.3


@pytest.mark.parametrize("phi", [0.0, 0.8])
def test_standard_error_covers_the_truth_two_times_in_three(phi):
    found = est.equilibration(series(autoregression(phi, 400, 4000, seed=3)))
    covered = float((abs(found["mean"]) < found.standard_error).mean())
    # 4 standard deviations of a share of 400; the error itself is known to 10 %, which costs 0.02
    assert abs(covered - 0.683) < 4 * np.sqrt(0.683 * 0.317 / 400) + 0.02
    assert 0.85 < float(found.drift.std()) < 1.15  # 4 standard deviations of a standard deviation of 400
    assert float(found.settled.mean()) > 0.98


def test_a_random_walk_is_not_settled():
    steps = np.random.default_rng(4).normal(size=(200, 2000))
    found = est.equilibration(series(steps.cumsum(1)))
    # 1 in 1000 looks settled by chance
    assert int(found.settled.sum()) <= 3
    assert float(found.effective_samples.median()) < 20


@pytest.mark.parametrize("slope", [3.0, 30.0])
def test_a_trend_is_not_settled(slope):
    x = autoregression(0.5, 50, 4000, seed=5) + slope * np.linspace(0, 1, 4000)
    found = est.equilibration(series(x))
    assert not bool(found.settled.any())
    # what is left of a weak one still drifts, of a strong one little is left
    assert bool(((found.start > 2000) | (found.drift > 3)).all())


def test_a_state_that_freezes_tells_nothing_but_its_mean():
    x = np.concatenate([autoregression(0.5, 1, 100, seed=12)[0], np.full(300, 2.0)])
    found = est.equilibration(series(x))
    # a start that leaves one point before it stands still is as good as the next
    assert 90 <= float(found.start) <= 100
    assert float(found["mean"]) == pytest.approx(2.0, abs=0.1)
    assert np.isnan(found.effective_samples)
    assert not bool(found.settled)


def test_negative_correlations_count_as_independent():
    found = est.equilibration(series(autoregression(-0.6, 10, 4000, seed=6)))
    assert bool((found.correlation_time == 1.0).all())


def test_members_are_judged_each_for_itself_whatever_the_scale():
    x = autoregression(0.6, 4, 1000, seed=7)
    x[1] += 100 * np.exp(-np.arange(1000) / 10)
    together = est.equilibration(series(x))
    for member in range(4):
        xr.testing.assert_identical(
            together.isel(member=member),
            est.equilibration(series(x)[member]).assign_coords(together.isel(member=member).coords),
        )
    # powers of two change no bit, also where squares would overflow
    far = est.equilibration(series(x * 2.0**900))
    for name in ("start", "correlation_time", "effective_samples", "drift", "settled"):
        assert bool((far[name] == together[name]).all())
    assert bool((far.standard_error == together.standard_error * 2.0**900).all())


def test_result_has_the_units_of_time_and_series():
    x = xr.DataArray(autoregression(0.5, 6, 64, seed=8).reshape(2, 3, 64), dims=("x", "member", "iteration"))
    found = est.equilibration(x.assign_attrs(units="m"), dim="iteration")
    assert dict(found.sizes) == {"x": 2, "member": 3}
    assert {name: found[name].attrs["units"] for name in found} == {
        "start": "1", "correlation_time": "1", "effective_samples": "1", "mean": "m", "standard_error": "m",
        "drift": "1", "settled": "1",
    }  # fmt: skip
    assert found.settled.dtype == bool
    found = est.equilibration(series(x[0], units="m"))
    assert found.start.attrs["units"] == found.correlation_time.attrs["units"] == "s"


@pytest.mark.parametrize("times", [0.1 * np.arange(64, dtype=np.float32), 7 + np.arange(64, dtype=np.uint8)])
def test_times_of_any_precision_are_times(times):
    x = series(autoregression(0.5, 1, 64, seed=13)[0])
    found = est.equilibration(x.assign_coords(t=times))
    whole = est.equilibration(x)
    step = (float(times[-1]) - float(times[0])) / 63
    assert float(found.start) == pytest.approx(float(times[0]) + step * float(whole.start), rel=1e-6)
    assert float(found.correlation_time) == pytest.approx(step * float(whole.correlation_time), rel=1e-12)


@pytest.mark.parametrize("scale", [1e-310, 1e-200, 1.7e308])
def test_values_of_any_size_are_judged(scale):
    x = np.random.default_rng(14).uniform(-1, 1, 100)
    found, far = est.equilibration(series(x)), est.equilibration(series(x * scale))
    # subnormal numbers have 13 digits left
    assert float(far.effective_samples) == pytest.approx(float(found.effective_samples), rel=1e-9)
    assert float(far.standard_error / scale) == pytest.approx(float(found.standard_error), rel=1e-9)


def test_a_relaxation_without_noise_is_not_settled():
    # its squares underflow long before it does
    found = est.equilibration(series(np.exp(-np.arange(2000.0))))
    assert not bool(found.settled)


def test_lazy_data_stay_lazy_and_give_the_same():
    x = series(autoregression(0.5, 6, 200, seed=9))
    found = est.equilibration(x.chunk({"member": 2}))
    assert found.settled.chunks is not None
    xr.testing.assert_identical(found.compute(), est.equilibration(x))
    with pytest.raises(ValueError, match=r"t must be in one chunk, got 4; rechunk"):
        est.equilibration(x.chunk({"t": 50}))


def test_a_row_that_is_not_finite_is_nan_alone():
    x = autoregression(0.5, 3, 200, seed=10)
    whole = est.equilibration(series(x))
    x[1, 77] = np.nan
    found = est.equilibration(series(x))
    for name in found:
        assert bool((found[name] == whole[name])[[0, 2]].all())
    assert bool(found.drop_vars("settled").isel(member=1).isnull().to_dataarray().all())
    assert not bool(found.settled[1])


@pytest.mark.parametrize("value", [0.0, 0.1, -1e300])
def test_what_does_not_fluctuate_tells_nothing(value):
    x = np.full(100, value)
    x[::3] = np.nextafter(value, 1.0) if value else 0.0
    found = est.equilibration(series(x))
    assert float(found["mean"]) == pytest.approx(value, rel=1e-12)
    assert float(found.start) == 0.0
    for name in ("correlation_time", "effective_samples", "standard_error", "drift"):
        assert np.isnan(found[name])
    assert not bool(found.settled)


def test_short_series_of_any_kind_are_judged():
    rng = np.random.default_rng(11)
    kinds = (
        rng.normal,
        rng.standard_cauchy,
        lambda size: rng.integers(0, 2, size),
        lambda size: rng.normal(size=size).cumsum(1),
    )
    for times in (16, 17, 33):
        for kind in kinds:
            found = est.equilibration(series(kind(size=(50, times))))
            still = found.effective_samples.isnull()
            assert bool((still | (found.effective_samples > 1)).all())
            assert bool((still | (found.standard_error >= 0)).all())
            assert bool((still | found.drift.notnull()).all())
            assert bool((found.start <= times - module.LEAST_KEPT).all())


@pytest.mark.parametrize(
    ("x", "error", "words"),
    [
        (series(np.ones(15)), ParameterError, r"t: must have at least 16 times to be judged, got 15; take more"),
        (series(np.ones(40)).assign_coords(t=np.arange(40.0) ** 2), ParameterError, r"t: must be evenly spaced"),
        (series(np.ones(40))[::-1], ParameterError, r"t: must be evenly spaced and ascend"),
        (series(np.ones(40)).assign_coords(t=np.full(40, np.nan)), ParameterError, r"t: must be finite .* nan"),
        (series(np.ones(40)).assign_coords(t=[*"abcdefgh"] * 5), ParameterError, r"t: must hold numbers"),
        (series(np.ones(40, complex)), ParameterError, r"series: must be real, got complex128; use abs"),
        (series(np.array([*"ab"] * 20)), TypeError, r"must hold numbers"),
        (series(np.ones(40)).rename(t="x"), ValueError, r"dim: must be of \('x',\), each once, got 't'"),
        (xr.Dataset({"a": series(np.ones(40))}), TypeError, r"got a Dataset; pass ds\['name'\]"),
        (np.ones(40), TypeError, r"series: must be a DataArray, got ndarray"),
    ],
)  # fmt: skip
def test_what_cannot_be_judged_is_named(x, error, words):
    with pytest.raises(error, match=words):
        est.equilibration(x)


def test_the_example_of_the_page_of_particles_runs(capsys):
    text = (Path(__file__).parents[1] / "docs" / "particles.md").read_text()
    (code,) = (
        block for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL) if "equilibration" in block
    )
    short = code.replace("t_end=400, snapshots=801", "t_end=10, snapshots=21")
    assert short != code
    exec(compile(short, "particles.md", "exec"), {})
    printed = capsys.readouterr().out.split()
    # a fortieth of a run that does not settle
    assert [printed[3], printed[7]] == ["False", "False"]
