"""Snapshots by time and by points per period: evenly spaced, told by the file, extended exactly."""

import numpy as np
import pytest

import ergodica
from ergodica import sims
from ergodica.numerics.errors import ParameterError
from ergodica.sims.sampling import RunArguments, rounded, rounded_array, run_arguments, spaced

LORENZ = sims.Flow(system="lorenz63", scheme="rk4")
OSCILLATOR = sims.Flow(system="harmonic-oscillator", parameters={"omega": 3.0}, tolerance=1e-12)


@pytest.mark.parametrize(
    "values",
    [
        np.arange(3000) * 0.01,
        np.arange(3000) * 0.0123456789,
        np.arange(3000) * (0.1 / 3),
        10 ** np.random.default_rng(0).uniform(-30, 25, 3000),
        # halves of the last digit, ends of the decades, zero, and what has no 15 digits
        (2 * np.arange(3000) + 1) * 2.0**-3 + 1e14,
        np.array([0.0, 5e-324, 1e300, 1e14, 1e15, 1e22, 999999999999999.6, 0.9999999999999996]),
    ],
    ids=["hundredths", "long", "thirds", "any size", "ties", "ends"],
)
def test_times_of_many_snapshots_are_those_of_one_bit_for_bit(values):
    np.testing.assert_array_equal(rounded_array(values), [rounded(value) for value in values.tolist()])


def test_times_do_not_depend_on_where_a_run_ends():
    short, long = RunArguments(t_end=0.7, snapshots=8), RunArguments(t_end=1.1, snapshots=12)
    np.testing.assert_array_equal(short.times(0, 8), long.times(0, 8))
    np.testing.assert_array_equal(long.times(3, 5), [long.time(frame) for frame in range(3, 8)])


def test_spacing_is_the_same_for_any_number_of_periods():
    rng = np.random.default_rng(3)
    for period, points, periods in zip(
        10 ** rng.uniform(-6, 6, 500), rng.integers(1, 1000, 500), rng.integers(1, 5000, 500), strict=True
    ):
        chosen = spaced(period=period, points_per_period=int(points), periods=float(periods))
        assert RunArguments(**chosen).spacing == rounded(period / int(points))
        assert chosen["snapshots"] == int(points) * int(periods) + 1


def test_points_per_period_divide_the_period_evenly():
    ds = OSCILLATOR.run(periods=3, points_per_period=20)
    assert ds.sizes["t"] == 61
    # times up to 6.3 of 15 digits each, over 0.1
    np.testing.assert_allclose(np.diff(ds.t), OSCILLATOR.period / 20, rtol=2e-13)
    # x = cos 3t, with an error of 1e-12 in each of some 100 steps
    np.testing.assert_allclose(ds.state[:, 0], np.cos(3 * ds.t), atol=1e-10)


def test_the_period_of_the_catalogue_and_one_that_is_computed_agree():
    known = sims.FLOWS["lorenz63"].facts.period
    assert LORENZ.period == pytest.approx(known, rel=1e-5)  # 6 digits of it
    # the same equations under another name, so that the table does not hold
    own = sims.Flow.from_equations(
        dict(sims.FLOWS["lorenz63"].equations),
        initial={"x": -9.79, "y": -15.04, "z": 20.53},
        parameters={name: one.value for name, one in sims.FLOWS["lorenz63"].parameters.items()},
    )
    # a spectrum of 400 typical times tells the broad peak of a chaotic orbit to a few per cent
    assert own.period == pytest.approx(known, rel=0.05)


def test_other_parameters_have_another_period():
    for omega in (0.5, 3.0):
        oscillator = sims.Flow(system="harmonic-oscillator", parameters={"omega": omega})
        # a line between two bins of a spectrum of 400 periods, refined by its three highest
        assert oscillator.period == pytest.approx(2 * np.pi / omega, rel=1e-3)


def test_the_file_says_what_was_asked_and_is_made_again_and_extended(tmp_path):
    out = tmp_path / "run.nc"
    with LORENZ.run(periods=2, points_per_period=30, out=out) as ds:
        held = ds.ergodica.config["run"]
        assert (held["periods"], held["points_per_period"], held["period"]) == (2, 30, LORENZ.period)
        again = sims.from_dataset(ds).run(**ds.ergodica.run_arguments)
        np.testing.assert_array_equal(again.t, ds.t)
        np.testing.assert_array_equal(again.state, ds.state)
    LORENZ.run(periods=5, points_per_period=30, out=out, resume=True).close()
    whole = LORENZ.run(periods=7, points_per_period=30)
    # what follows from points per period may be given itself
    by_time = spaced(period=LORENZ.period, points_per_period=30, periods=7)
    with LORENZ.run(**by_time, out=out, resume=True) as longer:
        np.testing.assert_array_equal(longer.t, whole.t)
        np.testing.assert_array_equal(longer.state, whole.state)
        assert "periods" not in longer.ergodica.config["run"]
    with ergodica.open(out) as stored:
        assert stored.sizes["t"] == 211


def test_an_extension_by_other_points_per_period_is_refused(tmp_path):
    LORENZ.run(periods=2, points_per_period=30, out=tmp_path / "run.nc").close()
    with pytest.raises(ParameterError, match=r"snapshots: must keep the spacing"):
        LORENZ.run(periods=4, points_per_period=31, out=tmp_path / "run.nc", resume=True)


TWO = {"periods": 2, "points_per_period": 10}


@pytest.mark.parametrize(
    ("system", "arguments", "message"),
    [
        (LORENZ, {**TWO, "t_end": 1.0}, "periods: must not be given with t_end, got both; use"),
        (LORENZ, {"points_per_period": 3, "snapshots": 3}, "points_per_period: must not be given with snaps"),
        (LORENZ, {**TWO, "t_end": 1.0, "snapshots": 3}, "periods: must not be given with t_end"),
        (LORENZ, {"periods": 3}, "points_per_period: must be given with periods, got none; such as"),
        (LORENZ, {"points_per_period": 3}, "periods: must be given with points_per_period, got none"),
        (LORENZ, {"t_end": 3}, "snapshots: must be given with t_end, got none; such as t_end=100"),
        (LORENZ, {"snapshots": 3}, "t_end: must be given with snapshots, got none"),
        (LORENZ, {}, "t_end: must be given with snapshots, got none; such as t_end=100, snapshots=1001"),
        (LORENZ, {"periods": -1, "points_per_period": 3}, "periods: must be greater than 0, got -1"),
        (LORENZ, {"periods": np.inf, "points_per_period": 3}, "periods: must be a finite number"),
        (LORENZ, {"periods": 1e300, "points_per_period": 3}, "snapshots: must be less than or equal to"),
        (LORENZ, {"periods": 1, "points_per_period": 1.5}, "points_per_period: must be a valid integer"),
        (sims.Map(system="henon"), TWO, "periods: Henon map has no period, got periods=2; use t_end and"),
        (sims.Flow(system="ornstein-uhlenbeck"), TWO, "periods: Ornstein-Uhlenbeck has no period"),
        (sims.NLSE.preset("soliton"), TWO, "periods: "),
        (
            sims.Flow.from_equations({"x": "x*x"}, initial={"x": 1.0}),
            TWO,
            "periods: the period cannot be computed, user: the orbit leaves the finite numbers at t=1; use",
        ),
    ],
)
def test_half_a_pair_both_pairs_and_systems_without_a_period_are_refused(system, arguments, message):
    with pytest.raises(ParameterError) as refused:
        system.run(**arguments)
    assert str(refused.value).startswith(message)
    assert "\n" not in str(refused.value)


def test_what_was_given_is_given_again():
    asked = run_arguments(LORENZ, **TWO, seed=3)
    assert asked.snapshots == 21
    given = asked.given()
    assert {name: given.get(name) for name in (*TWO, "t_end", "period", "seed")} == {
        **TWO, "t_end": None, "period": None, "seed": 3
    }  # fmt: skip
    assert run_arguments(LORENZ, **given) == asked
