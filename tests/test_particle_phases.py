"""One phase or two: configurations of known densities, and those of one phase."""

from __future__ import annotations

import numpy as np
import pytest
from particle_sets import cubic, independent, run, two_phases

from ergodica import estimators as est
from ergodica.numerics.errors import ParameterError


@pytest.mark.parametrize("share", [0.3, 0.5, 0.75])
def test_densities_of_two_phases_are_found(share):
    x, liquid, gas = two_phases(64.0, 0.2, 1.2, share, frames=16, seed=1)
    found = est.coexistence_densities(run(x, 64.0))
    assert int(found.phases) == 2
    # cells across an interface are an even bridge only nearly: measured -.02 to +.01 over shares and seeds
    assert abs(float(found.gas_density) - gas) < 0.03
    assert abs(float(found.liquid_density) - liquid) < 0.03
    assert 0 < float(found.gas_error) < 0.02
    assert 0 < float(found.liquid_error) < 0.02
    # the bridge takes two strips of about a cell, 5 of 64
    assert share - 0.15 < float(found.liquid_share) < share
    assert float(found.valley) < 0.4


def test_two_phases_in_space_are_found():
    x, liquid, gas = two_phases(20.0, 0.1, 0.9, 0.5, frames=8, seed=2, d=3)
    found = est.coexistence_densities(run(x, 20.0), cell=2.5)
    assert int(found.phases) == 2
    assert abs(float(found.gas_density) - gas) < 0.03
    assert abs(float(found.liquid_density) - liquid) < 0.04


def test_packing_fractions_go_with_the_diameter():
    x, _, _ = two_phases(64.0, 0.2, 1.2, 0.5, frames=4, seed=3)
    plain = est.coexistence_densities(run(x, 64.0))
    packed = est.coexistence_densities(run(x, 64.0), diameter=0.9)
    for name in ("gas_density", "liquid_density", "gas_error"):
        assert float(packed[name]) == pytest.approx(float(plain[name]) * np.pi * 0.9**2 / 4)


@pytest.mark.parametrize("density", [0.2, 0.64, 1.2])
@pytest.mark.parametrize("frames", [1, 16])
@pytest.mark.parametrize("seed", range(4))
def test_independent_particles_are_in_one_phase(density, frames, seed):
    x = independent(frames, round(density * 48**2), [48.0, 48.0], seed=seed)
    for cell in (None, 2.0):
        found = est.coexistence_densities(run(x, 48.0), cell=cell)
        assert int(found.phases) == 1
        assert np.isnan([found.gas_density, found.liquid_density, found.gas_error]).all()


def test_crystals_and_single_particles_are_in_one_phase():
    x, box = cubic(32, 2)
    assert int(est.coexistence_densities(run(x, box), cell=4.0).phases) == 1
    assert int(est.coexistence_densities(run(x, box)).phases) == 1
    assert int(est.coexistence_densities(run(x[:1], box), cell=4.0).phases) == 1


def test_a_gradient_is_not_two_phases():
    rng = np.random.default_rng(4)
    x = independent(8, 3000, [48.0, 48.0], seed=5)
    x[..., 0] = 48 * np.sqrt(rng.random(x.shape[:2]))  # density rises evenly from 0 to twice the mean
    assert int(est.coexistence_densities(run(x, 48.0)).phases) == 1


def test_members_are_apart():
    two, _, _ = two_phases(40.0, 0.2, 1.2, 0.5, frames=8, seed=6)
    one = independent(8, two.shape[1], [40.0, 40.0], seed=7)
    bad = one.copy()
    bad[2, 3, 0] = np.nan
    found = est.coexistence_densities(run(np.stack([two, one, bad]), 40.0))
    assert found.phases.values.tolist() == [2, 1, 0]
    alone = est.coexistence_densities(run(two, 40.0))
    assert float(found.gas_density[0]) == float(alone.gas_density)


@pytest.mark.parametrize("width", [None, 2.0])
def test_the_distribution_adds_up_and_has_the_mean_density(width):
    x = independent(5, 900, [30.0, 30.0], seed=8)
    found = est.density_distribution(run(x, 30.0), width=width)
    assert found.dims == ("t", "density")
    step = float(found.density[1] - found.density[0])
    np.testing.assert_allclose(found.sum("density") * step, 1.0, rtol=1e-12)
    # exact for counts in bins of one; half a bin otherwise
    atol = 1e-12 if width is None else step / 2
    np.testing.assert_allclose((found * found.density).sum("density") * step, 1.0, atol=atol)


def test_counts_of_independent_particles_are_poisson_distributed():
    from scipy.stats import poisson

    x = independent(200, 900, [30.0, 30.0], seed=9)
    found = est.density_distribution(run(x, 30.0), cell=2.0).mean("t")
    counts = np.rint(found.density * 4).astype(int)
    p = found / 4
    expected = poisson.pmf(counts, 4.0)
    samples = 200 * 225
    # 1/225 narrower than Poisson's, beside the spread of samples
    assert (abs(p - expected) < 4 * np.sqrt(expected / samples) + expected.max() / 100).all()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda ds: est.coexistence_densities(ds, cell=3.0), "at least 16 cells"),
        (lambda ds: est.coexistence_densities(ds, blocks=0), "blocks: must be a whole number"),
        (lambda ds: est.coexistence_densities(ds.drop_vars("box")), "box: must be periodic"),
        (lambda ds: est.density_distribution(ds, largest=-1.0), "largest: must be positive"),
    ],
)
def test_what_cannot_be_is_refused(call, words):
    with pytest.raises(ParameterError, match=words):
        call(run(independent(1, 1000, [10.0, 10.0], seed=0), 10.0))
