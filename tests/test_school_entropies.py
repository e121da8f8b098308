"""Corrected school entropies: truths, invariances, and brute force for what is counted over pairs."""

from __future__ import annotations

import math
import sys

import numpy as np
import pytest
import xarray as xr
from schools import about_vertical, dataset, loose, ring, turned, unit

from ergodica import estimators as est
from ergodica.numerics.errors import ParameterError

module = sys.modules["ergodica.estimators.schools.entropies"]  # the function has the name of its module

NAMES = (
    "cohesion",
    "polarization",
    "depth",
    "angular_momentum",
    "neighbour",
    "velocity_correlation",
    "shape",
)
VARIABLES = [*(f"{name}_entropy" for name in NAMES), "oceanic_schooling_index"]
FREE = [name for name in VARIABLES if name not in ("depth_entropy", "oceanic_schooling_index")]


def values(ds: xr.Dataset, names: list[str] = VARIABLES) -> np.ndarray:
    return est.school_entropies(ds)[names].to_dataarray().values


def schools(d: int) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Loose, on a ring, in one place, all in one direction, on a lattice: degenerate ones too."""
    x, v = loose(150, d, seed=d)
    lattice = np.stack(np.meshgrid(*[np.arange(5.0)] * d), -1).reshape(-1, d)
    axes = np.vstack([np.eye(d), -np.eye(d)])
    return {
        "loose": (x, v),
        "ring": ring(200, d),
        "one place": (np.ones_like(x), v),
        "one direction": (x, np.broadcast_to(unit(np.arange(1.0, d + 1)), x.shape)),
        "lattice": (lattice, axes[np.arange(len(lattice)) % len(axes)]),
    }


@pytest.mark.parametrize("d", [2, 3])
@pytest.mark.parametrize("name", ["loose", "ring", "one place", "one direction", "lattice"])
def test_shift_and_rotation_change_no_entropy(name, d):
    x, v = schools(d)[name]
    rng = np.random.default_rng(0)
    for box in (None, 60.0):
        expected = values(dataset(x + 20, v, box))
        for angle in rng.uniform(0, 2 * np.pi, 4):
            shift = rng.uniform(0, 60, d)
            for turn in (turned(d, rng), about_vertical(angle) if d == 3 else np.eye(2)):
                moved = x @ turn.T + shift
                kept = FREE if turn[-1, -1] != 1 else VARIABLES
                found = est.school_entropies(dataset(moved if box is None else moved % box, v @ turn.T, box))
                for one in kept:
                    same = expected[VARIABLES.index(one)]
                    # a value within round-off of an edge of a bin is on the edge: nothing but sums differ
                    np.testing.assert_allclose(found[one], same, atol=1e-10, err_msg=one)


def test_a_school_across_the_edges_of_its_box_is_the_school_inside():
    x, v = loose(300, 3, seed=1)
    box = np.array([50.0, 60.0, 70.0])
    inside = values(dataset(x + 5, v, box))
    for shift in np.random.default_rng(2).random((10, 3)):
        np.testing.assert_allclose(values(dataset((x + shift * box) % box, v, box)), inside, atol=1e-10)


@pytest.mark.parametrize("d", [2, 3])
def test_the_order_of_the_fish_changes_nothing(d):
    x, v = loose(150, d, seed=3)
    shuffled = np.random.default_rng(3).permutation(len(x))
    np.testing.assert_allclose(values(dataset(x[shuffled], v[shuffled])), values(dataset(x, v)), atol=1e-12)


def test_the_scale_of_lengths_changes_nothing():
    x, v = loose(150, 3, seed=4)
    for scale in (1e-12, 1e-3, 1e12):
        np.testing.assert_allclose(values(dataset(scale * x, v)), values(dataset(x, v)), atol=1e-10)


@pytest.mark.parametrize("d", [2, 3])
def test_a_ring_of_200_loses_no_fish(d):
    found = est.school_entropies(dataset(*ring(200, d)))
    # |r x v| = 1, distances and their variation the same for all: one bin each
    for name in ("cohesion", "angular_momentum", "neighbour"):
        assert found[f"{name}_entropy"] == 0
    if d == 3:
        assert found.depth_entropy == 0
        assert abs(found.shape_entropy - math.log(2) / math.log(3)) < 1e-12
        # a cap of 6.76 degrees holds three of 1.8 degrees on either side
        assert abs(found.polarization_entropy - math.log(200 / 7) / math.log(288)) < 1e-12
    else:
        assert abs(found.shape_entropy - 1) < 1e-12


@pytest.mark.parametrize("d", [2, 3])
def test_no_value_is_lost_to_round_off_or_beyond_an_edge(d, monkeypatch):
    counted: list[int] = []
    kept = module.shannon
    monkeypatch.setattr(
        module, "shannon", lambda counts, bins: (counted.append(int(counts.sum())), kept(counts, bins))[1]
    )
    for x, v in schools(d).values():
        n = len(x)
        for box in (None, 9.0):
            counted.clear()
            module.school_entropies(dataset(x, v, box), length=0.1)
            assert sorted(set(counted)) == [n, n * (n - 1) // 2]
            assert len(counted) in (4, 5)


@pytest.mark.parametrize("d", [2, 3])
def test_one_direction_has_no_entropy_of_headings(d):
    rng = np.random.default_rng(5)
    for _ in range(20):
        v = np.broadcast_to(unit(rng.normal(size=d)), (100, d))
        found = est.school_entropies(dataset(rng.random((100, d)), v))
        assert found.polarization_entropy == 0
        assert found.velocity_correlation_entropy == 0


@pytest.mark.parametrize("d", [2, 3])
def test_isotropic_headings_have_full_entropy(d):
    rng = np.random.default_rng(6)
    n, areas = 4000, 288 if d == 3 else 24
    found = []
    for _ in range(4):
        v = unit(rng.normal(size=(n, d)))
        found.append(values(dataset(rng.random((n, d)), v), FREE)[[1, 4]])
    # n_i = 1 + Binomial(n - 1, 1/areas): -ln(n_i/n) is ln(areas) to first order in areas/n
    assert 1 - areas / n / math.log(areas) < np.mean(found, axis=0)[0] <= 1
    assert 1 - np.mean(found, axis=0)[1] < 1e-4  # 8e6 pairs over 20 bins


def test_more_fish_bring_isotropic_headings_nearer_to_one():
    rng = np.random.default_rng(7)
    n = 8000
    ds = dataset(rng.random((n, 3)), unit(rng.normal(size=(n, 3))))
    # 144/n nats below ln(288), and as much again for chance
    assert est.school_entropies(ds).polarization_entropy > 1 - 2 * 144 / n / math.log(288)


def heading_entropies(v: np.ndarray) -> tuple[float, float]:
    """Polarization and velocity correlation entropy by all products."""
    n, d = v.shape
    products = np.clip(v @ v.T, -1, 1)
    upper = np.triu_indices(n, 1)
    if d == 3:
        near, areas = (products >= 1 - 2 / 288).sum(1), 288
        counts = np.histogram(products[upper], 20, (-1, 1))[0]
    else:
        near, areas = (np.arccos(products) <= np.pi / 24).sum(1), 24
        counts = np.histogram(np.arccos(products)[upper], 20, (0, np.pi))[0]
    p = counts[counts > 0] / counts.sum()
    return -np.log(near / n).mean() / np.log(areas), -(p * np.log(p)).sum() / np.log(20)


@pytest.mark.parametrize("d", [2, 3])
@pytest.mark.parametrize("n", [2, 3, 5, 6, 7, 8, 9, 30, 333])
def test_headings_are_counted_as_by_all_products(n, d):
    for seed in range(5):
        x, v = loose(n, d, seed)
        found = values(dataset(x, v))
        np.testing.assert_allclose(found[[1, 5]], heading_entropies(v), atol=1e-12)


def test_of_very_many_fish_some_are_paired_with_all(monkeypatch):
    x, v = loose(3000, 3, seed=8)
    exact = values(dataset(x, v))
    monkeypatch.setattr(module, "ALL_PAIRS_TO", 1000)
    found = values(dataset(x, v))
    # a third of the fish stands for all: relative deviations of 1/sqrt(1000) in shares of bins change
    # entropies by some thousandths, and by nothing at all those without pairs
    np.testing.assert_allclose(found, exact, atol=5e-3)
    assert (found != exact).sum() == 3
    # every one of the focal fish meets all others once
    from ergodica.estimators.schools.kernels import pairs_in_space

    counts, near = pairs_in_space(np.ascontiguousarray(v.T), np.arange(0, 3000, 7), 0.99, 20)
    assert counts.sum() == len(near) * 2999
    assert (near == ((v[::7] @ v.T) >= 0.99).sum(1) - 1).all()


def test_each_entropy_sees_its_own_order():
    x, v = loose(400, 3, seed=9)
    base = dict(zip(VARIABLES, values(dataset(x, v)), strict=True))
    flat = x * [1, 1, 0.01]
    assert values(dataset(flat, v))[2] == 0
    assert values(dataset(flat, v))[6] < base["shape_entropy"]
    line = x * [1, 0, 0]
    assert values(dataset(line, v))[6] == 0
    assert values(dataset(x, unit(v + 9 * np.eye(3)[2])))[5] < 0.3 < base["velocity_correlation_entropy"]


def test_cohesion_counts_distances_in_the_given_length():
    x = np.array([[0.0, 0, 0], [0.1, 0, 0], [5, 0, 0], [5.9, 0, 0]])
    ds = dataset(x, np.broadcast_to([1.0, 0, 0], x.shape))
    # distances .1 .1 .9 .9 in bins of 1/25: two bins, two each
    half = est.school_entropies(ds, length=2.0).cohesion_entropy
    assert abs(half - math.log(2) / math.log(25)) < 1e-15
    # beyond the last edge all are in the last bin
    assert est.school_entropies(ds, length=0.1).cohesion_entropy == 0


@pytest.mark.parametrize("d", [2, 3])
def test_the_own_length_is_the_side_of_the_square_or_cube(d):
    rng = np.random.default_rng(8)
    cube = rng.random((200_000, d)) * 7.0
    radius = np.sqrt(np.square(cube - cube.mean(0)).sum(-1).mean())
    x = rng.normal(size=(300, d)) * [1.0, 1.0, 0.3][3 - d :]
    x *= radius / np.sqrt(np.square(x - x.mean(0)).sum(-1).mean())
    ds = dataset(x, np.tile(np.eye(d)[0], (300, 1)))
    own = est.school_entropies(ds)
    # the cube's radius is that of 200,000 points, .1 % off: of 300 fish two at most are so near to the edge of a bin
    given = est.school_entropies(ds, length=7.0)
    for name in ("cohesion_entropy", "depth_entropy"):
        assert abs(own[name] - given[name]) < 0.005
        assert abs(own[name] - est.school_entropies(ds, length=7.0 * 1.1)[name]) > 0.01


def test_few_fish_have_the_entropies_that_they_can_have():
    x, v = loose(6, 3, seed=10)
    one = est.school_entropies(dataset(x[:1], v[:1]))
    for name in ("polarization", "depth", "angular_momentum"):
        assert one[f"{name}_entropy"] == 0
    for name in ("cohesion", "neighbour", "velocity_correlation", "shape"):
        assert np.isnan(one[f"{name}_entropy"])
    assert np.isnan(one.oceanic_schooling_index)
    two = est.school_entropies(dataset(x[:2], v[:2]))
    assert [name for name in VARIABLES if np.isnan(two[name])] == [
        "neighbour_entropy",
        "oceanic_schooling_index",
    ]
    for n in (3, 4, 5, 6):
        assert np.isfinite(values(dataset(x[:n], v[:n]))).all()
    with pytest.raises(ParameterError, match="at least one particle, got 0"):
        est.school_entropies(dataset(x[:0], v[:0]))
    with pytest.raises(ParameterError, match="length: must be positive"):
        est.school_entropies(dataset(x, v), length=0.0)


@pytest.mark.parametrize("d", [2, 3])
def test_entropies_are_within_their_bounds(d):
    for seed in range(20):
        n = 3 + 7 * seed
        x, v = loose(n, d, seed)
        for box in (None, 1.0, 30.0):
            found = values(dataset(x, v, box))
            assert ((found >= 0) & (found <= 1 + 1e-12)).all()


def test_members_frames_and_chunks_give_the_same():
    rng = np.random.default_rng(11)
    x = rng.random((2, 3, 40, 3))
    x[1, 1, 7] = np.nan
    ds = dataset(x, unit(rng.normal(size=x.shape)), 1.0)
    whole = est.school_entropies(ds)
    assert list(whole.data_vars) == VARIABLES
    for one in whole.data_vars.values():
        assert one.dims == ("member", "t")
        assert one.attrs["units"] == "1"
        assert one.attrs["ergodica_kind"] == "series"
    assert np.isnan(whole.oceanic_schooling_index).values.tolist() == [[False] * 3, [False, True, False]]
    lazy = est.school_entropies(ds.chunk(t=1))
    assert lazy.depth_entropy.chunks is not None
    xr.testing.assert_identical(lazy.compute(), whole)
    single = est.school_entropies(ds.isel(member=1, t=2))
    xr.testing.assert_equal(single.drop_vars("t"), whole.isel(member=1, t=2).drop_vars("t"))


def test_the_index_is_the_weighted_mean():
    found = values(dataset(*loose(60, 3, seed=12)))
    assert abs(found[7] - found[:7] @ [0.18, 0.28, 0.08, 0.08, 0.10, 0.18, 0.10]) < 1e-15
