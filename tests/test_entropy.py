"""Entropies against closed forms: solitons, Gaussians, plane waves, sources of known distribution."""

import math

import numpy as np
import pytest
import xarray as xr

from ergodica import estimators as est


def soliton(amplitude=2.0, length=50.0, points=512, velocity_mode=0, position=0.0):
    """A sech(A x) on a periodic grid with a grid point on the peak, moving at a wavenumber of the grid."""
    x = -length / 2 + length / points * np.arange(points)
    k = 2 * np.pi / length * velocity_mode
    psi = amplitude / np.cosh(amplitude * (x - position)) * np.exp(1j * k * x)
    return xr.DataArray(psi, dims="x", coords={"x": ("x", x, {"units": "1"})}, name="psi")


@pytest.mark.parametrize(
    ("of", "space", "published"),
    [
        (est.Shannon(), est.SpatialDensity(), 2.9400),
        (est.Shannon(), est.SpectralPower(), 3.6226),
        (est.Renyi(q=2), est.SpatialDensity(), 2.7318),
        (est.Tsallis(q=2), est.SpatialDensity(), 0.9349),
        (est.Tsallis(q=0.5), est.SpatialDensity(), 8.0531),
    ],
)
def test_the_soliton_has_its_known_entropies(of, space, published):
    value = float(est.entropy(soliton(), dim="x", space=space, of=of))
    assert abs(value - published) < 5.1e-5  # the published figures have four digits


def test_the_soliton_has_its_known_min_entropy():
    assert abs(float(est.entropy(soliton(), dim="x", of=est.Renyi(q=math.inf))) - 2.326) < 5.1e-4


@pytest.mark.parametrize("amplitude", [0.9, 1.5, 2.0, 3.0])
@pytest.mark.parametrize(("length", "points"), [(40.0, 512), (50.0, 1024), (73.0, 2048)])
def test_solitons_of_any_height_follow_the_formulas(amplitude, length, points):
    psi = soliton(amplitude, length, points, velocity_mode=3)
    dx = length / points
    exact = {
        est.Shannon(): 2 - math.log(2 * amplitude) - math.log(dx),
        est.Renyi(q=2): -math.log(amplitude * dx / 3),
        est.Renyi(q=math.inf): -math.log(amplitude * dx / 2),
        est.Tsallis(q=2): 1 - amplitude * dx / 3,
        est.Tsallis(q=0.5): 2 * (math.pi / math.sqrt(2 * amplitude * dx) - 1),
    }
    for of, value in exact.items():
        # the tail cut off at L/2 weighs exp(-A L/2) in sum sqrt(p): 1e-7 of it at A L = 36
        assert float(est.entropy(psi, of=of)) == pytest.approx(value, abs=1e-5), of
    spectral = 2 + math.log(amplitude / math.pi) - math.log(2 * math.pi / length)
    # the spectrum sech^2(pi k/2A) ends at k = pi/dx: exp(-pi^2/(A dx)) is the share beyond
    assert float(est.spectral_entropy(psi)) == pytest.approx(spectral, abs=1e-5)


def test_entropies_of_a_soliton_do_not_depend_on_where_it_is_or_how_fast():
    still = soliton(points=1024)
    moved = soliton(points=1024, velocity_mode=17).roll(x=301)
    for space in (est.SpatialDensity(), est.SpectralPower()):
        # round-off of sums of 1024 terms in another order
        assert float(est.entropy(still, space=space)) == pytest.approx(
            float(est.entropy(moved, space=space)), abs=1e-11
        )


def test_bits_are_nats_over_ln_2():
    psi = soliton()
    for of in (est.Shannon(), est.Renyi(q=3), est.Hartley()):
        nats, bits = (est.entropy(psi, of=of, base=base) for base in (math.e, 2))
        assert float(bits) == pytest.approx(float(nats) / math.log(2), rel=1e-15)
        assert (nats.units, bits.units) == ("nat", "bit")
    assert est.entropy(psi, base=10).units == "dit"
    assert est.entropy(psi, base=3).units == "1.09861228867 nat"


def test_a_plane_wave_fills_space_and_one_mode():
    x = np.arange(64) * 0.1
    wave = xr.DataArray(np.exp(2j * np.pi * 5 * np.arange(64) / 64), dims="x", coords={"x": x})
    assert float(est.spatial_entropy(wave, normalize=True)) == pytest.approx(1, abs=1e-14)
    # each of 63 empty modes holds (1e-16)^2 of the power
    assert float(est.spectral_entropy(wave)) == pytest.approx(0, abs=1e-12)
    assert float(est.participation_number(wave)) == pytest.approx(64, rel=1e-14)
    p = est.probabilities(wave, dim="x", space=est.SpectralPower())
    assert float(p.outcome[int(p.argmax("outcome"))]) == pytest.approx(2 * np.pi * 5 / 6.4)


def test_a_real_field_has_the_two_sided_spectrum():
    cosine = np.cos(2 * np.pi * 3 * np.arange(128) / 128)
    assert est.spectral_entropy(cosine) == pytest.approx(math.log(2), abs=1e-12)
    noise = np.random.default_rng(3).normal(size=(4, 101))
    np.testing.assert_allclose(est.spectral_entropy(noise), est.spectral_entropy(noise + 0j), rtol=1e-13)


def test_fields_over_two_axes_add_their_entropies():
    u, v = soliton(points=64, length=20), soliton(points=128, length=30, amplitude=1.0)
    product = u.rename(x="a") * v.rename(x="b")
    for space in (est.SpatialDensity(), est.SpectralPower()):
        both = est.entropy(product, dim=("a", "b"), space=space)
        separate = est.entropy(u, space=space) + est.entropy(v, space=space)
        assert float(both) == pytest.approx(float(separate), abs=1e-11)


def test_probabilities_sum_to_one_and_give_back_the_entropy():
    rng = np.random.default_rng(5)
    field = xr.DataArray(rng.normal(size=(3, 50)), dims=("t", "x"), attrs={"units": "m"})
    for space in (est.SpatialDensity(), est.SpectralPower(), est.ValueBins(bins=9, range=(-6, 6))):
        p = est.probabilities(field, dim="x", space=space)
        assert p.dims == ("t", "outcome")
        np.testing.assert_allclose(p.sum("outcome"), 1, atol=1e-15 * 50)
        xr.testing.assert_allclose(
            est.entropy(p, dim="outcome"), est.entropy(field, dim="x", space=space), rtol=1e-14
        )
    assert p.outcome.units == "m"
    np.testing.assert_allclose(p.outcome, np.linspace(-6, 6, 19)[1::2], atol=1e-15)


def test_counts_of_a_known_source_are_corrected_by_miller_and_madow():
    outcomes, samples = 40, 200
    rng = np.random.default_rng(11)
    counts = rng.multinomial(samples, np.full(outcomes, 1 / outcomes), size=400)
    plain = est.entropy(counts)
    corrected = est.entropy(counts, estimator=est.MillerMadow())
    bias = math.log(outcomes) - plain.mean(), math.log(outcomes) - corrected.mean()
    error = corrected.std(ddof=1) / 20
    assert bias[0] == pytest.approx((outcomes - 1) / (2 * samples), abs=0.015)
    # next order of the expansion: (sum 1/p - 1)/(12 n^2) = .0033, and unseen outcomes: 40 exp(-5)/400 = .0007
    assert abs(bias[1]) < 0.0045 + 4 * error
    assert est.entropy([10, 5, 3, 1, 1], estimator=est.MillerMadow()) == pytest.approx(
        est.entropy([10, 5, 3, 1, 1]) + 4 / 40
    )
