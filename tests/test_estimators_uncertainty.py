"""Differential entropies of waves and the bounds on their sum."""

import math

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from ergodica import estimators as est
from ergodica import sims

unhurried = settings(deadline=None, max_examples=60)  # first calls import, busy machines are slow


def wave(function, length=60.0, points=1024):
    x = -length / 2 + length / points * np.arange(points)
    return xr.DataArray(function(x), dims="x", coords={"x": x})


@pytest.mark.parametrize("amplitude", [0.8, 1.0, 2.0])
def test_every_soliton_has_the_same_uncertainty(amplitude):
    psi = wave(lambda x: amplitude / np.cosh(amplitude * x) + 0j)
    # what lies beyond the box: A L exp(-A L) = 1e-19 at A=.8, and beyond the grid, still less
    assert float(est.entropic_uncertainty(psi, dim="x")) == pytest.approx(4 - math.log(2 * math.pi), abs=1e-9)
    assert float(est.position_entropy(psi)) == pytest.approx(2 - math.log(2 * amplitude), abs=1e-9)
    assert float(est.wavenumber_entropy(psi)) == pytest.approx(2 + math.log(amplitude / math.pi), abs=1e-9)


@unhurried
@given(
    width=st.floats(0.3, 3.0),
    momentum=st.floats(-5, 5),
    position=st.floats(-5, 5),
    chirp=st.floats(-0.3, 0.3),
)
def test_gaussians_reach_the_bound_and_chirps_exceed_it(width, momentum, position, chirp):
    psi = wave(lambda x: np.exp(-((x - position) ** 2) / (4 * width**2) + 1j * momentum * x))
    value = est.entropic_uncertainty(psi, dim="x")
    assert float(value) == pytest.approx(est.LOCALIZED_BOUND, abs=1e-9)
    assert float(est.position_entropy(psi)) == pytest.approx(
        0.5 * math.log(2 * math.pi * math.e * width**2), abs=1e-9
    )
    chirped = psi * np.exp(1j * chirp * psi.x**2)
    # a chirp c widens the spectrum by sqrt(1 + (4 c width^2)^2)
    spread = math.log(1 + (4 * chirp * width**2) ** 2) / 2
    assert float(est.entropic_uncertainty(chirped)) == pytest.approx(est.LOCALIZED_BOUND + spread, abs=1e-6)


@unhurried
@given(points=st.integers(2, 200), seed=st.integers(0, 2**32 - 1), sparse=st.floats(0, 1))
def test_the_periodic_bound_holds_for_every_field(points, seed, sparse):
    rng = np.random.default_rng(seed)
    values = rng.normal(size=points) + 1j * rng.normal(size=points)
    values[rng.random(points) < sparse] = 0
    values[0] = 1
    psi = xr.DataArray(values, dims="x", coords={"x": np.arange(points) * 0.1})
    value = est.entropic_uncertainty(psi, dim="x")
    assert float(value) >= value.lower_bound - 1e-12 * points


@pytest.mark.parametrize("mode", [0, 3, 100])
def test_a_plane_wave_is_at_the_periodic_bound_below_that_of_the_line(mode):
    psi = wave(lambda x: np.exp(2j * np.pi * mode * x / 60.0))
    assert float(est.entropic_uncertainty(psi)) == pytest.approx(math.log(2 * math.pi), abs=1e-9)


def test_smooth_localized_fields_stay_above_the_bound_of_the_line():
    rng = np.random.default_rng(0)
    for _ in range(50):
        a, b, c, d = rng.normal(size=4)
        psi = wave(lambda x: (a + b * x + 1j * c * x**2 + d * x**3) * np.exp(-(x**2) / 2))  # noqa: B023
        assert float(est.entropic_uncertainty(psi)) >= est.LOCALIZED_BOUND - 1e-9


def test_lengths_and_the_sense_of_the_axis_drop_out_of_the_sum():
    psi = wave(lambda x: np.exp(-(x**2) + 1j * x**3 / 5))
    stretched = psi.assign_coords(x=psi.x * 7.5)
    backward = psi.isel(x=slice(None, None, -1))
    total = float(est.entropic_uncertainty(psi))
    for other in (stretched, backward):
        assert float(est.entropic_uncertainty(other)) == pytest.approx(total, abs=1e-12)
        parts = float(est.position_entropy(other) + est.wavenumber_entropy(other))
        assert parts == pytest.approx(total, abs=1e-12)
    shift = float(est.position_entropy(stretched) - est.position_entropy(psi))
    assert shift == pytest.approx(math.log(7.5), abs=1e-12)


def test_two_dimensions_have_twice_the_bound():
    psi = wave(lambda x: np.exp(-(x**2)), length=20, points=64)
    plane = psi * psi.rename(x="y")
    value = est.entropic_uncertainty(plane, dim=("x", "y"))
    assert float(value) == pytest.approx(2 * est.LOCALIZED_BOUND, abs=1e-9)
    assert value.lower_bound_localized == pytest.approx(2 * est.LOCALIZED_BOUND)


def test_differential_entropy_of_known_densities():
    normal = wave(lambda x: np.exp(-(x**2) / 8))
    assert float(est.differential_entropy(normal)) == pytest.approx(
        0.5 * math.log(2 * math.pi * math.e * 4), abs=1e-12
    )
    laplace = wave(lambda x: np.exp(-np.abs(x)), points=2**14)
    # the kink costs dx^2/12 with dx = .0037, some 1e-6
    assert float(est.differential_entropy(laplace)) == pytest.approx(1 + math.log(2), abs=1e-5)
    assert est.differential_entropy(normal, base=2).units == "bit"


def test_a_grid_is_needed():
    psi = wave(lambda x: np.exp(-(x**2)))
    for function in (est.entropic_uncertainty, est.position_entropy, est.wavenumber_entropy):
        with pytest.raises(ValueError, match=r"dim: x must have an evenly spaced coordinate, got none"):
            function(psi.drop_vars("x"), dim="x")
        with pytest.raises(ValueError, match=r"x: must be evenly spaced"):
            function(psi.assign_coords(x=np.sinh(psi.x / 30)), dim="x")


LOCALIZED = {"soliton", "two-soliton", "bound-state", "gaussian"}


@pytest.mark.parametrize("preset", sorted(sims.NLSE.presets))
def test_the_bound_holds_for_every_preset_of_the_nlse(preset):
    """Waves on a background fill the periodic box, where only its own bound holds; the others obey that of the line."""
    run = sims.NLSE.preset(preset).run(t_end=0.5, snapshots=3, seed=1)
    value = est.entropic_uncertainty(run.ergodica.psi, dim="x")
    bound = value.lower_bound_localized if preset in LOCALIZED else value.lower_bound
    assert (value >= bound - 1e-9).all()


def test_the_localized_presets_are_there():
    assert set(sims.NLSE.presets) >= LOCALIZED
