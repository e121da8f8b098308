"""Pairs of particles: lattices with exact counts, independent points, brute force, threads."""

from __future__ import annotations

import numpy as np
import pytest
from particle_sets import cubic, independent, run, triangular

from ergodica import estimators as est
from ergodica.numerics.errors import ParameterError
from ergodica.numerics.geometry import Box
from ergodica.numerics.threads import using_threads


def neighbours(g, box, n):
    """Neighbours in each shell, from g(r)."""
    width = float(g.r[1] - g.r[0])
    edges = np.append(g.r - width / 2, g.r[-1] + width / 2)
    ball = np.pi * edges**2 if len(box) == 2 else 4 * np.pi / 3 * edges**3
    return g * (n - 1) / np.prod(box) * np.diff(ball)


SHELLS = {
    "square": (cubic(8, 2), {1.0: 4, np.sqrt(2): 4, 2.0: 4, np.sqrt(5): 8, np.sqrt(8): 4, 3.0: 4}),
    "cubic": (cubic(8, 3), {1.0: 6, np.sqrt(2): 12, np.sqrt(3): 8, 2.0: 6, np.sqrt(5): 24, np.sqrt(6): 24}),
    "triangular": (triangular(8, 8), {1.0: 6, np.sqrt(3): 6, 2.0: 6, np.sqrt(7): 12, 3.0: 6}),
}


@pytest.mark.parametrize("lattice", SHELLS)
def test_lattices_have_their_shells_of_neighbours(lattice):
    (x, box), shells = SHELLS[lattice]
    # no distance of these lattices is on an edge of shells of width 3.1/61
    found = neighbours(est.radial_distribution(run(x, box), radius=3.1, bins=61)[0], box, len(x))
    expected = np.zeros(61)
    for distance, number in shells.items():
        expected[int(distance / (3.1 / 61))] += number
    below = found.r < max(shells) + 0.01
    np.testing.assert_allclose(found[below], expected[below], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("d", [2, 3])
@pytest.mark.parametrize("n", [2, 500])
def test_independent_points_have_no_structure_for_any_number(d, n):
    box = np.array([6.0, 8.0, 7.0])[:d]
    frames = 4000 if n == 2 else 40
    g = est.radial_distribution(run(independent(frames, n, box, seed=d), box), bins=6)
    assert float(g.r[-1]) > 0.9 * min(3.0, 10 * (np.prod(box) / n) ** (1 / d)) - 0.5
    mean, error = g.mean("t"), g.std("t") / np.sqrt(frames)
    assert (abs(mean - 1) < 4.5 * error).all()


@pytest.mark.parametrize("d", [2, 3])
def test_counts_and_products_agree_with_all_pairs(d):
    box = np.array([6.0, 8.0, 7.0])[:d]
    x = independent(2, 60, box, seed=1)
    v = np.random.default_rng(2).normal(size=x.shape)
    ds = run(x, box, velocity=v)
    bins, radius, n = 12, 3.0, 60
    g = est.radial_distribution(ds, radius=radius, bins=bins)
    c = est.spatial_correlation(ds, radius=radius, bins=bins)
    rows, columns = np.nonzero(~np.eye(n, dtype=bool))
    for t in range(2):
        distance = Box(tuple(box)).distance(x[t][rows], x[t][columns])
        counts, edges = np.histogram(distance, bins, (0, radius))
        np.testing.assert_allclose(neighbours(g[t], box, n) * n, counts, rtol=1e-12)
        products = (v[t][rows] * v[t][columns]).sum(1)
        sums, _ = np.histogram(distance, edges, weights=products)
        square = (v[t] ** 2).sum(1).mean()
        some = counts > 0
        # sums of some hundred terms in another order
        np.testing.assert_allclose(c[t].values[some], sums[some] / counts[some] / square, atol=1e-13)


def test_shifts_do_not_matter():
    box = np.array([6.0, 8.0])
    x = independent(1, 80, box, seed=3)
    v = np.random.default_rng(4).normal(size=x.shape)
    whole, moved = run(x, box, heading=v), run((x + np.array([3.3, 7.1])) % box, box, heading=v)
    np.testing.assert_allclose(est.radial_distribution(moved), est.radial_distribution(whole))
    # two particles at a distance of round-off from an edge of a bin would change place; none are
    np.testing.assert_allclose(
        est.spatial_correlation(moved), est.spatial_correlation(whole), rtol=1e-9, atol=1e-12
    )


def test_results_are_the_same_bits_on_any_number_of_threads():
    x = independent(1, 20_000, [50.0, 50.0], seed=5)
    v = np.random.default_rng(6).normal(size=x.shape)
    ds = run(x, 50.0, heading=v)
    found = []
    for threads in (1, 2):
        with using_threads(threads):
            found.append(
                (
                    est.spatial_correlation(ds, radius=2.0).values,
                    est.radial_distribution(ds, radius=2.0).values,
                    est.hexatic_order(ds, radius=1.0).hexatic.values,
                )
            )
    for one, other in zip(*found, strict=True):
        np.testing.assert_array_equal(one, other)


def test_one_direction_is_full_correlation_and_fluctuations_of_it_none():
    x = independent(1, 100, [5.0, 5.0], seed=7)
    v = np.zeros_like(x)
    v[..., 0] = 2.0
    found = est.spatial_correlation(run(x, 5.0, heading=v), bins=5)
    np.testing.assert_allclose(found, 1.0, rtol=1e-12)
    assert np.isnan(est.spatial_correlation(run(x, 5.0, heading=v), bins=5, fluctuations=True)).all()


def test_fluctuations_of_independent_vectors_have_the_mean_of_all_pairs():
    n, frames = 40, 200
    x = independent(frames, n, [5.0, 5.0], seed=8)
    v = np.random.default_rng(9).normal(size=x.shape)
    found = est.spatial_correlation(run(x, 5.0, heading=v), radius=2.5, bins=1, fluctuations=True)
    # the sum over all pairs is -N of the square each, exactly
    error = float(found.std()) / np.sqrt(frames)
    assert abs(float(found.mean()) + 1 / (n - 1)) < 4 * error


def test_members_and_bad_frames_are_apart():
    x = np.stack([independent(2, 50, [5.0, 5.0], seed=s) for s in range(2)])
    x[0, 0, 3, 1] = np.inf
    g = est.radial_distribution(run(x, 5.0))
    assert g.dims == ("member", "t", "r")
    assert np.isnan(g[0, 0]).all()
    np.testing.assert_array_equal(g[1, 1], est.radial_distribution(run(x[1, 1], 5.0))[0])


def test_one_particle_has_no_pairs():
    assert np.isnan(est.radial_distribution(run([[1.0, 1.0]], 5.0), bins=4)).all()
    assert np.isnan(est.spatial_correlation(run([[1.0, 1.0]], 5.0, heading=[[1.0, 0.0]]), bins=4)).all()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda ds: est.radial_distribution(ds, radius=2.1), "at most half"),
        (lambda ds: est.radial_distribution(ds, bins=0), "bins: must be a whole number"),
        (lambda ds: est.radial_distribution(ds.drop_vars("box")), "box: must be periodic"),
        (lambda ds: est.spatial_correlation(ds), "of: must name vectors"),
        (lambda ds: est.spatial_correlation(ds, of="heading"), "must hold heading"),
        (lambda ds: est.spatial_correlation(ds.drop_vars("box"), of="position"), "radius: must be given"),
    ],
)
def test_what_cannot_be_is_refused(call, words):
    with pytest.raises(ParameterError, match=words):
        call(run(independent(1, 10, [4.0, 4.0], seed=0), 4.0))
