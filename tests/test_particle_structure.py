"""Structure factors: the direct sum, Bragg peaks of lattices, independent points."""

from __future__ import annotations

import numpy as np
import pytest
from particle_sets import cubic, independent, run, triangular

from ergodica import estimators as est
from ergodica.numerics.errors import ParameterError


@pytest.mark.parametrize("d", [2, 3])
def test_every_wavevector_agrees_with_the_direct_sum(d):
    box = np.array([6.0, 9.0, 5.0])[:d]
    n = 70
    x = independent(2, n, box, seed=d)
    found = est.structure_factor_map(run(x, box), largest=6.0)
    k = np.stack(np.meshgrid(*(found[axis] for axis in found.dims[1:]), indexing="ij"), axis=-1)
    for t in range(2):
        direct = abs(np.exp(-1j * np.tensordot(k, x[t], (-1, -1))).sum(-1)) ** 2 / n
        direct[(k == 0).all(-1)] = np.nan
        # the stated error of the transform is 1e-8 of the amplitude
        np.testing.assert_allclose(found[t], direct, rtol=3e-8, atol=1e-7)


@pytest.mark.parametrize("d", [2, 3])
def test_shells_are_means_of_the_wavevectors_in_them(d):
    box = np.array([6.0, 9.0, 5.0])[:d]
    ds = run(independent(1, 70, box, seed=d), box)
    plane = est.structure_factor_map(ds, largest=7.0)[0]
    k = np.sqrt(sum(plane[axis] ** 2 for axis in plane.dims)).transpose(*plane.dims)
    shells = est.structure_factor(ds, largest=6.0)[0]
    step = 2 * np.pi / 9
    for number, shell in enumerate(shells, start=1):
        inside = (np.rint(k / step) == number) & (k > 0)
        assert int(inside.sum()) == int(shell.modes)
        assert float(k.values[inside].mean()) == pytest.approx(float(shell.k))
        assert float(plane.values[inside].mean()) == pytest.approx(float(shell))


def test_lattices_have_bragg_peaks_of_all_particles_and_nothing_else():
    for (x, box), reciprocal in (
        (cubic(6, 2), 2 * np.pi * np.eye(2)),
        (triangular(6, 6), 2 * np.pi * np.array([[1, -1 / np.sqrt(3)], [0, 2 / np.sqrt(3)]])),
    ):
        n = len(x)
        found = est.structure_factor_map(run(x, box), largest=13.5)[0]
        kx, ky = np.meshgrid(found.kx, found.ky, indexing="ij")
        k = np.stack([kx, ky], axis=-1)
        whole = np.tensordot(k, np.linalg.inv(reciprocal), (-1, 0))
        peak = (abs(whole - np.rint(whole)) < 1e-6).all(-1)
        assert peak.sum() >= 13
        np.testing.assert_allclose(
            found, np.where(peak, np.where(abs(k).sum(-1) > 0, n, np.nan), 0.0), atol=1e-6 * n
        )


def test_independent_points_have_no_structure():
    box = np.array([10.0, 10.0])
    s = est.structure_factor(run(independent(50, 400, box, seed=1), box))
    # each of modes/2 independent amplitudes is exponential: a spread of sqrt(2/modes) a frame
    error = np.sqrt(2 / s.modes / 50)
    assert (abs(s.mean("t") - 1) < 4.5 * error).all()
    assert abs(float(((s.mean("t") - 1) / error).std()) - 1) < 0.35


def test_shifts_do_not_matter_and_one_particle_scatters_evenly():
    box = np.array([6.0, 8.0])
    x = independent(1, 80, box, seed=3)
    whole, moved = (est.structure_factor(run(one, box)) for one in (x, x + np.array([3.3, -17.1])))
    np.testing.assert_allclose(moved, whole, rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(est.structure_factor(run(x[:, :1], box), largest=5.0), 1.0, rtol=1e-7)


def test_small_wavenumbers_see_the_variance_of_numbers():
    # cells that hold one particle each: numbers in large regions hardly vary
    x, box = cubic(16, 2)
    jittered = x + np.random.default_rng(4).random((20, *x.shape)) - 0.5
    s = est.structure_factor(run(jittered, box), largest=1.0)
    k = s.k
    # S = 1 - (sin(k/2)/(k/2))^2 for one axis; k^2/12 to first order in any direction
    np.testing.assert_allclose(s.mean("t"), k**2 / 12, rtol=0.4)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda ds: est.structure_factor(ds, largest=1.0), "largest: must be at least the smallest"),
        (lambda ds: est.structure_factor(ds, largest=1e5), "use a smaller wavenumber"),
        (lambda ds: est.structure_factor(ds, largest=-1.0), "largest: must be positive"),
        (lambda ds: est.structure_factor_map(ds.drop_vars("box")), "box: must be periodic"),
    ],
)
def test_what_cannot_be_is_refused(call, words):
    with pytest.raises(ParameterError, match=words):
        call(run(independent(1, 10, [4.0, 4.0], seed=0), 4.0))


def test_boxes_that_differ_are_refused():
    ds = run(np.stack([independent(1, 10, [4.0, 4.0], seed=s) for s in range(2)]))
    ds["box"] = (("member", "space"), [[4.0, 4.0], [5.0, 5.0]])
    with pytest.raises(ParameterError, match="one for all members"):
        est.structure_factor(ds)
    assert est.structure_factor(ds.isel(member=0)).dims == ("t", "k")
