"""Correlation dimension: sets whose sum is known, and the attractors of Grassberger and Procaccia."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from ergodica import sims
from ergodica.data import check
from ergodica.numerics.errors import ParameterError
from ergodica.sims.chaos import correlation_dimension

RNG = np.random.default_rng(5)
N = 6000


def henon(n):
    orbit = [(0.1, 0.1)]
    for _ in range(n + 99):
        x, y = orbit[-1]
        orbit.append((1 - 1.4 * x * x + y, 0.3 * x))
    return np.array(orbit[100:])


def brute_force(points, radii, window, order):
    i, j = np.triu_indices(len(points), window + 1)
    apart = np.linalg.norm(points[i] - points[j], order, axis=1)
    return (apart[:, None] < radii).mean(0)


@pytest.mark.parametrize(("norm", "order"), [("maximum", np.inf), ("euclidean", 2)])
@pytest.mark.parametrize("window", [0, 1, 37])
def test_the_sum_counts_every_pair_once(norm, order, window):
    points = RNG.normal(size=(701, 3))
    radii = np.array([0.03, 0.3, 0.31, 0.5, 0.55, 1.1, 2.0, 3.3])
    ds = correlation_dimension(points, theiler=window, norm=norm, radii=radii, fit=(0.3, 2.0))
    assert np.allclose(ds.correlation_sum, brute_force(points, radii, window, order), rtol=1e-12, atol=0)


def test_the_sum_of_points_on_a_lattice_has_its_steps_where_they_belong():
    points = np.arange(1000.0)
    ds = correlation_dimension(points, theiler=0, radii=[1.0, 1.5, 2.0, 2.5, 3.0, 3.5], fit=(1.5, 3.5))
    # n - k pairs at distance k; closer than r, not at it
    steps = np.cumsum([0, 999, 998, 997])
    assert np.allclose(ds.correlation_sum * (1000 * 999 / 2), np.repeat(steps, 2)[1:7])


@pytest.mark.parametrize("d", [1, 2, 3])
def test_a_uniform_box_has_the_sum_that_its_edges_give(d):
    ds = correlation_dimension(RNG.random((N, d)), theiler=0)
    r = ds.radius.values
    # two points of the unit interval are closer than r with probability 2r - r^2
    exact = np.where(r < 1, 2 * r - r**2, 1.0) ** d
    pairs = exact * N * (N - 1) / 2
    enough = pairs > 1000
    # variance of a U-statistic: of pairs, and of the points that they share (edges have fewer neighbours)
    spread = 1 / np.sqrt(pairs[enough]) + 2 * d * r[enough] / np.sqrt(N)
    assert (np.abs(ds.correlation_sum.values / exact - 1)[enough] < 5 * spread).all()
    # the edges lower the slope by (2 - 2r)/(2 - r), at r = .1 5 %
    assert abs(ds.dimension / d - 0.98) < 0.03
    assert abs(ds.dimension - d) < 4 * ds.standard_error + 0.03 * d


def test_a_circle_has_one_dimension_in_any_norm():
    angle = RNG.uniform(0, 2 * np.pi, N)
    points = np.stack([np.cos(angle), np.sin(angle)], 1)
    for norm in ("maximum", "euclidean"):
        ds = correlation_dimension(points, theiler=0, norm=norm)
        assert abs(ds.dimension - 1) < 4 * ds.standard_error + 0.005


def test_the_attractor_of_henon():
    ds = correlation_dimension(henon(15_000))
    # Grassberger and Procaccia 1983, table I: 1.21 +- .01 from 15,000 points
    assert abs(ds.dimension - 1.21) < 3 * np.hypot(ds.standard_error, 0.01)
    assert ds.standard_error < 0.03
    assert ds.fit_low < 1e-3 < 0.2 < ds.fit_high


def test_the_attractor_of_lorenz():
    run = sims.Flow(system="lorenz63").run(t_end=4000.0, snapshots=16_001)
    ds = correlation_dimension(run.isel(t=slice(100, None)))
    # table I: 2.05 +- .01
    assert abs(ds.dimension - 2.05) < 3 * np.hypot(ds.standard_error, 0.01)
    assert ds.standard_error < 0.06


def test_the_window_keeps_neighbours_in_time_out():
    # a line on a torus: neighbours in time are .004 apart, those of another turn mostly further than 1
    angles = 0.004 * np.arange(6000)[:, None] * [1.0, np.sqrt(2)]
    torus = np.concatenate([np.cos(angles), np.sin(angles)], 1)
    line = correlation_dimension(torus, theiler=0, fit=(0.05, 0.25))
    without = correlation_dimension(torus, theiler=200, fit=(0.3, 1.0))
    # sixty neighbours at the largest radius, counted whole
    assert abs(line.dimension - 1) < 0.1
    r = dict(radius=0.2, method="nearest")
    assert without.correlation_sum.sel(**r) < 0.2 * line.correlation_sum.sel(**r)


def test_the_default_window_is_twice_the_first_zero_of_the_autocorrelation():
    # a cosine of 80 samples a turn has it at 20; of whole turns in the series, padded, the sum is still zero there
    angle = 2 * np.pi * np.arange(4000) / 80
    points = np.stack([np.cos(angle), 1e-3 * RNG.normal(size=4000)], 1)
    window = correlation_dimension(points, threads=1).ergodica.config["theiler"]
    assert abs(window - 40) <= 2


def test_scale_and_order_of_components_do_not_matter():
    points = RNG.normal(size=(2000, 2))
    one = correlation_dimension(points, theiler=3)
    two = correlation_dimension(1e-6 * points[:, ::-1], theiler=3)
    assert one.dimension == pytest.approx(float(two.dimension), abs=1e-6)
    assert two.fit_low == pytest.approx(1e-6 * one.fit_low)


def test_the_error_covers_the_spread_of_independent_samples():
    found = [correlation_dimension(RNG.random((1500, 1)), theiler=0, threads=1) for _ in range(12)]
    spread = np.std([one.dimension for one in found], ddof=1)
    # the spread of twelve is known to 20 %, the error contains the bend at the edges too
    assert 0.5 < np.mean([one.standard_error for one in found]) / spread < 4


def test_the_error_is_a_jackknife_over_eighths():
    points, radii = RNG.random((1600, 1)), np.array([0.02, 0.03, 0.04, 0.06, 0.08])
    ds = correlation_dimension(points, theiler=0, radii=radii, fit=(0.02, 0.08))

    def slope(values, over=slice(None)):
        # all radii are in the same units, and the line does not see a factor
        pairs = (np.abs(values[:, None] - values)[..., None] < radii).sum((0, 1)) - len(values)
        return np.polyfit(np.log(radii)[over], np.log(pairs)[over], 1)[0]

    x, eighth = points[:, 0], np.repeat(np.arange(8), 200)
    without = np.array([slope(x[eighth != one]) for one in range(8)])
    sampling = np.sqrt(7 / 8 * ((without - without.mean()) ** 2).sum())
    bend = (slope(x, slice(2, None)) - slope(x, slice(2))) / 2
    assert ds.standard_error == pytest.approx(np.hypot(sampling, bend), rel=1e-9)


def test_threads_do_not_change_a_count():
    points = RNG.normal(size=(1500, 2))
    one, two = (correlation_dimension(points, threads=threads) for threads in (1, 2))
    assert np.array_equal(one.correlation_sum, two.correlation_sum)


def test_the_dataset_keeps_the_contract():
    ds = correlation_dimension(RNG.random((1000, 2)))
    assert not list(check(ds))
    assert ds.ergodica.config["points"] == 1000


@pytest.mark.parametrize(
    ("points", "arguments", "words"),
    [
        (np.ones((600, 2)), {}, "one point alone"),
        (np.zeros((10, 2)), {}, "n at least 500, got"),
        (np.full((600, 2), np.nan), {}, "finite"),
        (np.zeros((600, 2, 2)), {}, r"shape \(n, d\)"),
        (np.random.default_rng(0).random((600, 2)), {"theiler": 300}, "below half of the 600 points"),
        (np.random.default_rng(0).random((600, 2)), {"theiler": 1.5}, "theiler: a whole number"),
        (np.random.default_rng(0).random((600, 2)), {"norm": "manhattan"}, "norm: maximum or euclidean"),
        (np.random.default_rng(0).random((600, 2)), {"radii": [3, 2, 1, 0]}, "radii: at least 4"),
        (np.random.default_rng(0).random((600, 2)), {"fit": (0.2, 0.1)}, "put them in order"),
        (np.random.default_rng(0).random((600, 2)), {"fit": (1e-9, 1e-8)}, "fit: at least 4 radii"),
    ],
)
def test_what_cannot_work_is_refused(points, arguments, words):
    with pytest.raises(ParameterError, match=words):
        correlation_dimension(points, **arguments)


def test_members_must_be_chosen():
    members = xr.DataArray(RNG.random((2, 600, 2)), dims=("member", "t", "component"))
    with pytest.raises(ParameterError, match="select one member"):
        correlation_dimension(members)
    assert correlation_dimension(members[0]).dimension > 1
