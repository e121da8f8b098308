"""The 0-1 test: chaos gives 1, regular motion 0, whatever the units of the series."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from ergodica import sims
from ergodica.numerics.errors import ParameterError
from ergodica.sims.chaos import zero_one_test
from ergodica.sims.chaos.zero_one import _displacement

NEAR = 0.02
"""Of K from 3000 observations: the correlation of a random walk's displacement with time scatters by about 1/n."""


def logistic(r, n=3000):
    orbit = [0.3]
    for _ in range(n + 499):
        orbit.append(r * orbit[-1] * (1 - orbit[-1]))
    return np.array(orbit[500:])


def test_the_displacement_is_the_mean_square_over_starting_points():
    series = np.random.default_rng(1).normal(size=300)
    walk = np.cumsum(series * np.exp(0.9j * np.arange(1, 301)))
    direct = [np.mean(np.abs(walk[n : n + 270] - walk[:270]) ** 2) for n in range(1, 31)]
    assert np.allclose(_displacement(series, 0.9), direct, rtol=1e-11)


@pytest.mark.parametrize(("r", "k"), [(4.0, 1), (3.97, 1), (3.55, 0), (3.5, 0), (3.2, 0), (3.83, 0)])
def test_the_logistic_map(r, k):
    assert zero_one_test(logistic(r)) == pytest.approx(k, abs=NEAR)


def test_the_flow_of_lorenz_is_chaotic_in_every_component():
    run = sims.Flow(system="lorenz63").run(t_end=2000.0, snapshots=4001)
    k = zero_one_test(run.state)
    assert k.dims == ("component",)
    assert (k > 1 - NEAR).all()
    assert k.attrs["units"] == "1"


def test_frequencies_keep_away_from_the_resonances(monkeypatch):
    from ergodica.sims.chaos import zero_one

    drawn = []
    monkeypatch.setattr(zero_one, "_displacement", lambda series, c: drawn.append(c) or np.arange(20.0))
    zero_one_test(logistic(4.0, 200), frequencies=500)
    # section 3 of Gottwald and Melbourne 2009; of 500 some lie within 2 per cent of either end
    assert np.pi / 5 < min(drawn) < np.pi / 5 * 1.05
    assert 4 * np.pi / 5 * 0.98 < max(drawn) < 4 * np.pi / 5


def test_periodic_and_quasiperiodic_series_are_regular():
    n = np.arange(3000)
    for series in (np.sin(1.1 * n), np.sin(0.7 * n) + np.cos(0.7 * np.sqrt(2) * n), (-1.0) ** n):
        assert abs(zero_one_test(series)) < NEAR


def test_offset_and_unit_of_the_series_do_not_matter():
    series = logistic(4.0)
    assert zero_one_test(3e5 + 1e-3 * series) == pytest.approx(zero_one_test(series), abs=1e-5)


def test_a_batch_is_each_of_its_series_and_a_seed_gives_the_same_frequencies():
    batch = np.stack([logistic(4.0, 1000), logistic(3.5, 1000)])
    together = zero_one_test(batch, seed=4)
    assert together.shape == (2,)
    assert np.array_equal(together, [zero_one_test(one, seed=4) for one in batch])
    assert zero_one_test(batch[0], seed=5) != together[0]
    data = xr.DataArray(batch, dims=("member", "t"))
    assert np.array_equal(zero_one_test(data, seed=4), together)
    assert zero_one_test(data.rename(t="n"), dim="n", seed=4).dims == ("member",)


@pytest.mark.parametrize(
    ("series", "arguments", "words"),
    [
        (np.zeros(10), {}, "at least 200 observations, got 10"),
        (1.0, {}, "at least 200 observations"),
        (np.ones(300), {}, "got a constant one"),
        (np.full(300, np.nan), {}, "finite"),
        (np.arange(300.0), {"frequencies": 0}, "frequencies: a whole number of at least 1"),
        (xr.DataArray(np.arange(300.0), dims="t"), {"dim": "n"}, "dim: the series has"),
    ],
)
def test_what_cannot_work_is_refused(series, arguments, words):
    with pytest.raises(ParameterError, match=words):
        zero_one_test(series, **arguments)
