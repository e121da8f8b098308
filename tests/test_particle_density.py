"""Densities of particles: lattices, what adds up to the box, open edges, and moments of independent points."""

from __future__ import annotations

import numpy as np
import pytest
from particle_sets import cubic, independent, run, triangular

from ergodica import estimators as est
from ergodica.estimators.particles.polygons import polygons
from ergodica.estimators.particles.polyhedra import polyhedra
from ergodica.estimators.particles.voronoi import voronoi_cells
from ergodica.numerics.errors import ParameterError
from ergodica.numerics.geometry import Box
from ergodica.numerics.threads import using_threads


@pytest.mark.parametrize("d", [2, 3])
def test_lattices_have_one_density(d):
    x, box = cubic(6, d)
    found = est.local_density(run(x, box))
    assert found.dims == ("t", "particle")
    # corners of degenerate cells are merged to some 1e-15
    np.testing.assert_allclose(found, 1.0, rtol=1e-12)
    x, box = triangular(8, 8, spacing=0.7)
    np.testing.assert_allclose(est.local_density(run(x, box)), 2 / np.sqrt(3) / 0.49, rtol=1e-12)


@pytest.mark.parametrize(("n", "d"), [(1, 2), (1, 3), (2, 2), (3, 3), (200, 2), (150, 3)])
def test_cells_fill_the_box(n, d):
    box = np.array([7.0, 3.0, 5.0])[:d]
    found = est.local_density(run(independent(2, n, box, seed=n), box))
    # a sum of n volumes with round-off 1e-16 each, and corners that are good to 1e-12
    np.testing.assert_allclose((1 / found).sum("particle"), np.prod(box), rtol=1e-10)


def test_polygons_and_qhull_agree():
    rng = np.random.default_rng(1)
    box = Box((10.0, 7.0))
    x = np.concatenate([rng.random((600, 2)) * box.lengths, rng.random((600, 2)) * 2])
    x[5] = x[17]
    areas, psi = polygons(x, box, 6)
    cells = voronoi_cells(x, box)
    # corners of near particles are good to some 1e-13 of the box
    np.testing.assert_allclose(areas, cells.volumes, rtol=1e-9)
    assert areas[5] == areas[17]
    weights = np.bincount(cells.owners, cells.sizes, len(x))
    z = cells.displacements @ np.array([1, 1j])
    turned = (z / abs(z)) ** 6 * cells.sizes
    sums = np.bincount(cells.owners, turned.real, len(x)) + 1j * np.bincount(
        cells.owners, turned.imag, len(x)
    )
    np.testing.assert_allclose(psi * weights[cells.places], sums[cells.places], atol=1e-9)


def test_polyhedra_and_qhull_agree():
    rng = np.random.default_rng(2)
    box = Box((9.0, 7.0, 8.0))
    x = np.concatenate([rng.random((1500, 3)) * box.lengths, rng.random((300, 3)) * 3])
    x[5] = x[17]
    volumes = polyhedra(x, box)
    # corners of near particles are good to some 1e-13 of the box
    np.testing.assert_allclose(volumes, voronoi_cells(x, box).volumes, rtol=1e-9)
    twice = np.concatenate([x, x[::3]])  # and along every third cell's faces
    np.testing.assert_allclose(polyhedra(twice, box), voronoi_cells(twice, box).volumes, rtol=1e-9)
    lattice, whole = cubic(8, 3)  # eight cells meet in each corner
    np.testing.assert_allclose(polyhedra(lattice, Box(tuple(whole))), 1.0, rtol=1e-12)


def test_cells_are_the_same_bits_on_any_number_of_threads():
    for d in (2, 3):
        x = independent(1, 10_000, [1.0] * d, seed=d)
        found = []
        for threads in (1, 2):
            with using_threads(threads):
                found.append(est.local_density(run(x, 1.0)).values)
        np.testing.assert_array_equal(*found)


def test_cells_of_clumps_in_a_void_fill_the_box():
    rng = np.random.default_rng(0)
    x = np.concatenate([rng.random((300, 2)) * 0.05, rng.random((4, 2))])
    found = est.local_density(run(x, [1.0, 1.0]))
    assert abs(float((1 / found).sum()) - 1) < 1e-9


@pytest.mark.parametrize("d", [2, 3])
def test_shifts_and_axes_do_not_matter(d):
    box = np.array([7.0, 3.0, 5.0])[:d]
    x = independent(1, 60, box, seed=3)
    whole = est.local_density(run(x, box))
    moved = est.local_density(run((x + [1.3, 2.9, 4.4][:d]) % box, box))
    np.testing.assert_allclose(moved, whole, rtol=1e-9)
    turned = est.local_density(run(x[..., ::-1], box[::-1]))
    np.testing.assert_allclose(turned, whole, rtol=1e-9)


def test_particles_in_one_place_share_their_cell():
    x = np.array([[1.0, 1.0], [3.0, 1.0], [1.0, 3.0], [3.0, 3.0], [3.0, 3.0]])
    np.testing.assert_allclose(est.local_density(run(x, 4.0))[0], [0.25, 0.25, 0.25, 0.5, 0.5])


def test_cells_without_bounds_have_no_density():
    x, _ = cubic(5, 2)
    found = est.local_density(run(x)).values.reshape(5, 5)
    inner = np.zeros((5, 5), bool)
    inner[1:-1, 1:-1] = True
    np.testing.assert_allclose(found[inner], 1.0)
    assert np.isnan(found[~inner]).all()
    few = est.local_density(run([[0.0, 0.0], [1.0, 0.0], [2.0, 0.0]]))
    assert np.isnan(few).all()


def test_packing_fractions_of_lattices():
    x, box = triangular(6, 6)
    touching = np.pi / (2 * np.sqrt(3))
    np.testing.assert_allclose(est.local_density(run(x, box), diameter=1.0), touching)
    x, box = cubic(4, 3)
    found = est.density_field(run(x, box), cell=1.0, diameter=1.0)
    np.testing.assert_allclose(found, np.pi / 6)
    assert found.units == "1"


def test_areas_of_independent_points_have_the_known_variance():
    x = independent(8, 2000, [1.0, 1.0], seed=5)
    areas = 2000 / est.local_density(run(x, 1.0))
    # <A^2>/<A>^2 = 1.2801760 in the plane (Gilbert 1962); 16,000 cells, whose squares spread by .8
    assert abs(float((areas**2).mean()) - 1.2801760) < 4 * 0.9 / np.sqrt(16_000)


@pytest.mark.parametrize("d", [2, 3])
def test_the_field_has_the_mean_of_the_box_and_the_variance_of_poisson(d):
    box = np.array([12.0, 9.0, 6.0])[:d]
    n = 1500
    x = independent(20, n, box, seed=7)
    field = est.density_field(run(x, box), cell=1.5)
    assert field.dims == ("t", "x", "y", "z")[: d + 1]
    np.testing.assert_allclose(field.mean(field.dims[1:]), n / np.prod(box), rtol=1e-12)
    cells = field[0].size
    counts = field * np.prod(box) / cells
    ratio = float(counts.var() / counts.mean())
    # binomial: 1 - 1/cells; the ratio spreads by sqrt(2/samples)
    assert abs(ratio - (1 - 1 / cells)) < 4 * np.sqrt(2 / counts.size)


def test_a_smoothed_particle_is_a_gaussian():
    box, width = 10.0, 0.8
    x = np.array([[9.95, 5.05]])  # at the centre of a cell
    field = est.density_field(run(x, box), cell=0.1, width=width)[0]
    dx = (field.x - x[0, 0] + box / 2) % box - box / 2
    dy = (field.y - x[0, 1] + box / 2) % box - box / 2
    exact = np.exp(-(dx**2 + dy**2) / (2 * width**2)) / (2 * np.pi * width**2)
    # the sum over images that the formula leaves out is exp(-25/1.28) of the peak
    np.testing.assert_allclose(field, exact.transpose("x", "y"), atol=1e-8)


def test_each_member_and_frame_is_measured_on_its_own():
    box = np.array([5.0, 4.0])
    x = np.stack([independent(3, 40, box, seed=s) for s in range(2)])
    x[1, 2, 7, 0] = np.nan
    found = est.local_density(run(x, box))
    assert found.dims == ("member", "t", "particle")
    np.testing.assert_array_equal(found[0, 1], est.local_density(run(x[0, 1], box))[0])
    assert np.isnan(found[1, 2]).all()
    assert np.isfinite(found[1, 1]).all()
    lazy = est.local_density(run(x, box).chunk({"t": 1}))
    assert lazy.chunks is not None
    np.testing.assert_array_equal(lazy.compute(), found)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda ds: est.density_field(ds, cell=-1.0), "cell: must be positive"),
        (lambda ds: est.density_field(ds, cell=1e-6), "use larger cells"),
        (lambda ds: est.density_field(ds, cell=1.0, width=0.5), "width: must be at least"),
        (lambda ds: est.density_field(ds.drop_vars("box")), "box: must be periodic"),
        (lambda ds: est.local_density(ds, diameter=0.0), "diameter: must be positive"),
        (lambda ds: est.local_density(ds.isel(particle=slice(0, 0))), "at least one particle"),
        (lambda ds: est.local_density(ds.drop_vars("position")), "must hold position"),
    ],
)
def test_what_cannot_be_is_refused(call, words):
    with pytest.raises(ParameterError, match=words):
        call(run(independent(1, 10, [4.0, 4.0], seed=0), 4.0))
