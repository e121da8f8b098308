"""Flow past a cylinder: frequency and forces as published, steady wakes, symmetry, and runs that go on."""

import re
import warnings

import numpy as np
import pytest

from ergodica import sims
from ergodica.numerics.errors import ParameterError
from ergodica.sims.cylinder_wake_flow import Rescaled, velocity
from ergodica.sims.loop import ResolutionWarning

CylinderWake = sims.CylinderWake
TINY = {"diameter": 8.0, "length": 6.0, "height": 4.0, "upstream": 2.0, "reynolds": 50.0}


def frequency(ds):
    """Of the lift, from its rising zeros."""
    lift, t = ds.lift.values - ds.lift.values.mean(), ds.t.values
    rising = np.flatnonzero((lift[:-1] < 0) & (lift[1:] >= 0))
    zeros = t[rising] - lift[rising] * (t[rising + 1] - t[rising]) / (lift[rising + 1] - lift[rising])
    assert zeros.size > 3
    return (zeros.size - 1) / (zeros[-1] - zeros[0])


def test_vortices_are_shed_at_the_published_frequency_and_drag():
    wake = CylinderWake(reynolds=100.0, diameter=10.0, length=20.0, height=16.0, upstream=8.0, stride=4)
    ds = wake.run(t_end=30.0, snapshots=151, warm_up=35.0, threads=1)
    # free: .164 to .165 and 1.33 to 1.35 (Williamson 1989; Park et al. 1998); the row, 16 diameters apart, adds to both
    assert 0.164 < frequency(ds) < 0.172
    assert 1.33 < float(ds.drag.mean()) < 1.45
    assert 0.28 < float(ds.lift.max()) < 0.36
    assert abs(float(ds.lift.max() + ds.lift.min())) < 0.02
    # drag turns over twice as often
    drag = ds.drag.values - ds.drag.values.mean()
    assert np.abs(np.fft.rfft(drag)[4:]).argmax() + 4 == pytest.approx(2 * 30 * frequency(ds), abs=1)
    assert 1 / wake.period == pytest.approx(0.1643, abs=1e-4)  # Williamson's law


def test_drag_and_lift_in_a_channel_are_those_of_the_benchmark():
    # Schaefer and Turek 1996, case 2D-1: 5.57 to 5.59 and .0104 to .0110, with an error of second order in the cell
    found = {}
    for diameter in (10.0, 20.0):
        wake = CylinderWake(
            reynolds=20.0, diameter=diameter, length=8.0, height=4.1, upstream=2.0, offset=-0.05, sides="no-slip",
            stride=4,
        )  # fmt: skip
        ds = wake.run(t_end=20.0, snapshots=3, threads=1)
        found[diameter] = float(ds.drag[-1]), float(ds.lift[-1])
    assert found[10.0][0] == pytest.approx(5.58, rel=0.015)
    assert found[20.0][0] == pytest.approx(5.58, rel=0.006)
    assert found[20.0][1] == pytest.approx(0.0107, rel=0.1)


def test_below_the_critical_reynolds_number_the_wake_becomes_steady():
    wake = CylinderWake(reynolds=20.0, diameter=8.0, length=14.0, height=8.0, upstream=4.0)
    ds = wake.run(t_end=40.0, snapshots=41, threads=1)
    early, late = (np.abs(ds.lift.values[part]).max() for part in (slice(2, 6), slice(37, 41)))
    assert late < early / 50
    assert np.ptp(ds.drag.values[37:]) < 1e-3 * float(ds.drag[-1])
    # the two standing vortices: flow back on the axis right behind the cylinder
    u = wake.run(t_end=30.0, snapshots=2, threads=1, record=["velocity_x"]).velocity_x.isel(t=-1)
    assert float(u.sel(y=0, x=0.8, method="nearest")) < 0 < float(u.sel(y=0, x=4.0, method="nearest"))


@pytest.mark.parametrize("sides", ["periodic", "slip", "no-slip"])
def test_a_flow_without_perturbation_stays_symmetric_to_the_last_bit(sides):
    ds = CylinderWake(**TINY, perturbation=0.0, sides=sides).run(t_end=4.0, snapshots=3, threads=1)
    vorticity = ds.vorticity.values
    np.testing.assert_array_equal(vorticity, -vorticity[:, ::-1])
    assert np.abs(ds.lift.values).max() < 1e-13  # a sum of mirrored numbers in one order
    assert np.abs(vorticity[-1]).max() > 1


def test_a_mirrored_start_gives_the_mirrored_flow():
    one, other = (CylinderWake(**TINY, perturbation=size).run(t_end=3.0, snapshots=3) for size in (0.3, -0.3))
    # the starts differ by the round-off of other sums
    np.testing.assert_allclose(one.vorticity.values, -other.vorticity.values[:, ::-1], rtol=0, atol=1e-11)
    assert abs(float(one.lift[-1])) > 1e-3


def test_members_differ_in_their_start_and_parameters_and_are_those_of_runs_alone():
    wake = CylinderWake(**TINY | {"reynolds": [50.0, 30.0, 50.0]})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ds = wake.run(t_end=1.0, snapshots=3, members=3, seed=4)
    assert ds.vorticity.dims == ("member", "t", "y", "x")
    first, last = ds.vorticity.values[0], ds.vorticity.values[2]
    assert np.abs(first - last).max() > 0.1
    alone = CylinderWake(**TINY).run(t_end=1.0, snapshots=3, seed=4)
    np.testing.assert_array_equal(alone.vorticity.values, first)


def test_any_spacing_of_snapshots_is_taken_and_the_speed_fitted_to_it():
    whole = CylinderWake(**TINY, speed=0.08).run(t_end=1.0, snapshots=3)
    fitted = CylinderWake(**TINY, speed=0.0801).run(t_end=1.0, snapshots=3)
    assert fitted.ergodica.config["step"]["dt"] <= 0.0801 / 8
    # another step, so another error: that of compressibility, some speed^2
    np.testing.assert_allclose(fitted.drag[1:], whole.drag[1:], rtol=5e-3)
    # at the start, where the speed is scaled, the velocity in U is the same to round-off
    np.testing.assert_allclose(fitted.vorticity[0], whole.vorticity[0], atol=1e-12)


def test_another_speed_in_cells_scales_velocities_by_it_and_pressures_by_its_square():
    class Still:
        dt, steps_per_snapshot, slice_steps = 1.0, 1, 1

        def advance(self, state, first, count):
            pass

    f, inflow = np.random.default_rng(0).normal(size=(9, 4, 5)), np.array([0.3, 0.2])
    state = {"f": f[None].copy(), "inflow": inflow[None].copy(), "speed": np.array([0.1])}
    Rescaled(Still(), 0.07).advance(state, 0, 1)
    # sums of nine numbers of order one
    np.testing.assert_allclose(velocity(state["f"][0]), 0.7 * np.array(velocity(f)), atol=1e-14)
    np.testing.assert_allclose(state["f"][0].sum(axis=0), 0.49 * f.sum(axis=0), atol=1e-14)
    # the speed and the density that the inflow remembers
    np.testing.assert_allclose(state["inflow"][0], inflow * [0.7, 0.49], rtol=1e-15)
    assert state["speed"] == 0.07


@pytest.mark.parametrize("collision", ["trt", "bgk"])
def test_relaxation_has_the_viscosity_of_each_reynolds_number(collision):
    wake = CylinderWake(**TINY | {"reynolds": [50.0, 30.0]}, collision=collision)
    made = wake.channel(0.08, 2)
    even, odd = 1 / made.even - 0.5, 1 / made.odd - 0.5
    np.testing.assert_allclose(even / 3, 0.08 * 8 / np.array([50.0, 30.0]), rtol=1e-12)
    np.testing.assert_allclose(odd[:, 0], even, rtol=1e-12)  # the inflow is not stable with another
    last = even if collision == "bgk" else 3 / 16 / even
    np.testing.assert_allclose(odd[:, -1], last, rtol=1e-12)


def test_a_longer_run_goes_on_bit_for_bit_from_the_file(tmp_path):
    wake, given = CylinderWake(**TINY), {"seed": 2, "warm_up": 0.3, "threads": 1}
    wake.run(t_end=0.5, snapshots=3, out=tmp_path / "run.nc", **given).close()
    whole = wake.run(t_end=1.0, snapshots=5, **given)
    with wake.run(t_end=1.0, snapshots=5, out=tmp_path / "run.nc", resume=True, **given) as more:
        for name in ("vorticity", "drag", "lift"):
            assert more[name].values.tobytes() == whole[name].values.tobytes()


def test_fields_are_in_diameters_and_speeds_and_empty_in_the_cylinder():
    record = ["velocity_x", "velocity_y", "pressure"]
    wake = CylinderWake(**TINY)
    ds = wake.run(t_end=3.0, snapshots=2, record=record, threads=1)
    assert not ds.ergodica.check()
    inside = ds.solid.values == 1
    assert inside.sum() == pytest.approx(np.pi / 4 * 64, rel=0.15)
    radius = np.hypot(ds.x, ds.y).transpose("y", "x").values
    np.testing.assert_array_equal(inside, radius < 0.5)
    for name in ("vorticity", *record):
        assert not ds[name].values[:, inside].any()
        assert ds[name].attrs["ergodica_kind"] == "field"
    last = ds.isel(t=-1)
    np.testing.assert_allclose(
        last.velocity_x.isel(x=slice(2, -1)).mean("y"), 1.0, atol=0.03
    )  # the flux, but for sound
    # the pressure at the front is that of the speed, some rho U^2/2 above what it is far away
    front = float(last.pressure.sel(y=0, x=-0.6, method="nearest") - last.pressure.isel(x=1).mean())
    assert 0.2 < front < 1.0
    # vorticity is dv/dx - du/dy of the stored speeds and places: its sign, and units of U/D
    u, v = last.velocity_x.values, last.velocity_y.values
    curl = np.gradient(v, ds.x.values, axis=1) - np.gradient(u, ds.y.values, axis=0)
    rest = ~inside[1:-1]
    np.testing.assert_allclose(last.vorticity.values[1:-1][rest], curl[1:-1][rest], rtol=0, atol=1e-12)
    # the layer above the cylinder turns with the clock
    assert float(last.vorticity.sel(x=0, y=0.6, method="nearest")) < -1
    # the stored field has the circulation 0: what turns left equals what turns right
    assert abs(float(last.vorticity.sum())) < 0.2 * float(np.abs(last.vorticity).sum())
    thinned = CylinderWake(**TINY, stride=3, precision="float32").run(t_end=3.0, snapshots=2, threads=1)
    assert thinned.vorticity.dtype == np.float32
    np.testing.assert_allclose(thinned.vorticity, ds.vorticity[:, ::3, ::3], rtol=1e-6)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"diameter": 4.0}, "diameter: must be greater than or equal to 6"),
        ({"speed": 0.4}, "speed: must be less than or equal to 0.25"),
        ({"reynolds": 400.0}, "diameter: must keep the viscosity .* above 0.005 .* use diameter="),
        ({"reynolds": 1.0}, "speed: must keep the viscosity .* below 0.5 .* use speed="),
        ({"height": 1.2}, "height: must leave 2 cells .* use a larger height"),
        ({"offset": 1.4}, "height: must leave 2 cells .* smaller offset"),
        ({"upstream": 5.8}, "upstream: must leave 2 cells .* another upstream"),
        ({"length": 2.2}, "upstream: must leave 2 cells"),
        ({"stride": 30}, "stride: must leave two cells along each axis, got 30 .* use stride=16"),
        ({"reynolds": float("nan")}, "reynolds: must be"),
        ({"sides": "open"}, "sides: must be"),
    ],
)
def test_what_cannot_work_is_refused_with_a_remedy(changes, words):
    with pytest.raises(ParameterError, match=words) as caught:
        CylinderWake(**TINY | changes)
    assert "\n" not in str(caught.value)


def test_the_remedies_of_errors_work():
    CylinderWake(**TINY | {"reynolds": 400.0, "diameter": 21.0})
    CylinderWake(**TINY | {"reynolds": 1.0, "speed": 0.062})
    with pytest.raises(ParameterError, match=r"periods: .* has no period"):
        CylinderWake(**TINY | {"reynolds": 30.0}).run(periods=2, points_per_period=10)
    with pytest.raises(ParameterError, match="snapshots: must lie at least"):
        CylinderWake(**TINY).run(t_end=1.0, snapshots=2000)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"reynolds": 100.0}, "diameter: the boundary layer"),
        ({"speed": 0.23}, "speed: the flow reaches a Mach number"),
        ({"speed": 0.15, "height": 26.0}, "height: vortices are shed at .* of sound across the channel"),
        ({"speed": 0.15, "height": 13.0, "sides": "slip"}, "height: vortices are shed at"),
    ],
)
def test_a_flow_that_is_not_resolved_is_warned_of(changes, words):
    with pytest.warns(ResolutionWarning, match=words):
        CylinderWake(**TINY | changes).run(t_end=0.1, snapshots=2)


def test_sound_is_looked_for_at_the_frequency_of_each_member_and_the_remedy_is_for_all():
    # the slow one of both rings; a speed that helps it alone would bring the other there
    both = TINY | {"height": 40.0, "diameter": 16.0, "reynolds": [50.0, 150.0], "speed": 0.13}
    with pytest.warns(ResolutionWarning, match="height: vortices are shed at") as said:
        CylinderWake(**both).run(t_end=0.1, snapshots=2, members=2)
    (words,) = (str(one.message) for one in said if "height:" in str(one.message))
    speed = float(re.search(r"use speed=([\d.]+)", words)[1])
    with warnings.catch_warnings():
        warnings.simplefilter("error", ResolutionWarning)
        CylinderWake(**both | {"speed": speed}).run(t_end=0.1, snapshots=2, members=2)
