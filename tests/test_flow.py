"""Flows and maps by their equations: against closed forms, scipy and values by hand; members, files, warm-up."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.special import ellipk

import ergodica
from ergodica import sims
from ergodica.numerics.errors import ParameterError, RunError
from ergodica.scripts.studies.documents import ROOT
from ergodica.sims.loop import MemberWarning, ResolutionWarning

LORENZ = sims.Flow(system="lorenz63")
LOGISTIC = sims.Map(system="logistic", parameters={"r": 4.0})
RUNS = {"dop853": LORENZ, "rk4": LORENZ.changed(scheme="rk4"), "map": LOGISTIC}


def lorenz(t, u):
    x, y, z = u
    return [10 * (y - x), x * (28 - z) - y, x * y - 8 / 3 * z]


def test_lorenz_follows_scipy_for_a_short_time():
    ds = LORENZ.changed(tolerance=1e-12).run(t_end=2.0, snapshots=41)
    there = solve_ivp(
        lorenz, (0, 2), ds.state.values[0], method="DOP853", t_eval=ds.t.values, rtol=1e-12, atol=1e-12
    )
    # an error of 1e-12 a step, on values of 40, grows like exp(0.9 t)
    np.testing.assert_allclose(ds.state.values, there.y.T, atol=1e-8)


def test_harmonic_oscillator_turns_in_its_period():
    flow = sims.Flow(system="harmonic-oscillator", parameters={"m": 2.0, "omega": 3.0}, tolerance=1e-12)
    ds = flow.run(t_end=20 * np.pi, snapshots=31)
    # x = cos 3t, p = -6 sin 3t; some 1e3 steps of an error of 1e-12
    np.testing.assert_allclose(ds.state[:, 0], np.cos(3 * ds.t), atol=1e-9)
    np.testing.assert_allclose(ds.state[:, 1], -6 * np.sin(3 * ds.t), atol=1e-9)
    np.testing.assert_allclose(ds.energy, 9.0, rtol=1e-9)


def test_pendulum_swings_with_the_period_of_the_elliptic_integral():
    period = 4 * ellipk(np.sin(2.0 / 2) ** 2)
    ds = sims.Flow(system="pendulum", tolerance=1e-12).run(t_end=10 * period, snapshots=11)
    # from rest at theta = 2 and back there, ten times, with an error of 1e-12 a step
    np.testing.assert_allclose(ds.state, np.tile([2.0, 0.0], (11, 1)), atol=1e-8)


def test_henon_heiles_keeps_its_energy():
    ds = sims.Flow.preset("henon-heiles", tolerance=1e-12).run(t_end=200.0, snapshots=101)
    x, y, px, py = ds.state.values.T
    energy = (px**2 + py**2 + x**2 + y**2) / 2 + x**2 * y - y**3 / 3
    np.testing.assert_allclose(ds.energy, energy, rtol=1e-13)  # round-off of a dozen operations
    np.testing.assert_allclose(ds.energy, energy[0], rtol=1e-9)  # 1e-12 in each of some 1e3 steps


def test_stiff_systems_take_radau_by_themselves():
    flow = sims.Flow(system="robertson")
    ds = flow.run(t_end=40.0, snapshots=3)
    # Hairer and Wanner 1996, Solving Ordinary Differential Equations II, IV.10: values at t = 40
    np.testing.assert_allclose(ds.state[-1], [0.7158270688, 9.185534765e-6, 0.2841637457], rtol=1e-6)
    np.testing.assert_allclose(ds.state.sum("component"), 1.0, rtol=1e-12)  # linear invariants are kept
    asked = flow.changed(scheme="radau").run(t_end=40.0, snapshots=3)
    np.testing.assert_array_equal(ds.state, asked.state)


SQUARE = sims.Flow.from_equations({"x": "a*x**2"}, initial={"x": 1.0}, parameters={"a": 1.0})


@pytest.mark.parametrize("warm_up", [0.0, 1.5])
def test_a_member_that_blows_up_is_masked_and_the_others_go_on(warm_up):
    flow = SQUARE.changed(initial=np.array([[1.0], [-1.0], [0.1]]))
    with pytest.warns(MemberWarning, match=f"member 0 stopped by t={1 - warm_up:g}"):
        ds = flow.run(t_end=2.0, snapshots=5, members=3, warm_up=warm_up)
    t = ds.t.values + warm_up
    # x = x0 / (1 - x0 t) with the error of the default tolerance
    np.testing.assert_allclose(ds.state[1, :, 0], -1 / (1 + t), rtol=1e-7)
    np.testing.assert_allclose(ds.state[2, :, 0], 0.1 / (1 - 0.1 * t), rtol=1e-7)
    assert np.isnan(ds.state[0, t > 1]).all()


def test_a_run_without_members_left_ends():
    with pytest.raises(RunError, match=r"state: stopped at t=1: .*; start elsewhere") as caught:
        SQUARE.run(t_end=2.0, snapshots=6)
    kept = caught.value.dataset  # up to the pole of 1 / (1 - t)
    np.testing.assert_allclose(kept.state[:, 0], 1 / (1 - np.array([0, 0.4, 0.8])), rtol=1e-7)
    assert "the 3 of 6 snapshots before it are in the error's `dataset`" in caught.value.__notes__


@pytest.mark.parametrize("scheme", ["dop853", "rk4"])
def test_warm_up_starts_where_a_plain_run_is_at_that_time(scheme):
    flow = LORENZ.changed(**({"tolerance": 1e-12} if scheme == "dop853" else {"scheme": scheme}))
    warm = flow.run(t_end=1.0, snapshots=11, warm_up=5.0)
    plain = flow.run(t_end=6.0, snapshots=61)
    assert warm.t[0] == 0
    # 1e-12 a step grows like exp(0.9 t) over 6 units of time, twice on values of 40
    np.testing.assert_allclose(warm.state, plain.state[50:], atol=1e-6)


@pytest.mark.parametrize("scheme", ["dop853", "radau", "rk4"])
def test_a_warm_up_begins_before_t_0_where_the_equations_name_time(scheme):
    # x' = cos t from 0.3 at t = -2 on, so x = 0.3 + sin t + sin 2
    driven = sims.Flow.from_equations({"x": "cos(t)"}, initial={"x": 0.3}, scheme=scheme)
    ds = driven.run(t_end=1.0, snapshots=5, warm_up=2.0)
    # the tolerance of 1e-9 a step, and for rk4 0.01^4
    np.testing.assert_allclose(ds.state[:, 0], 0.3 + np.sin(ds.t) + np.sin(2.0), atol=1e-8)


def test_warm_up_of_a_map_drops_its_first_iterations():
    warm = LOGISTIC.run(t_end=10, snapshots=11, warm_up=7)
    plain = LOGISTIC.run(t_end=17, snapshots=18)
    np.testing.assert_array_equal(warm.state, plain.state[7:])


def test_equations_of_your_own_come_back_from_their_file(tmp_path):
    flow = SQUARE.changed(parameters={"a": [-1.0, -2.0]}, initial={"x": 0.5}, spread=0.01)
    arguments = {"t_end": 1.0, "snapshots": 5, "members": 2, "seed": 3}
    ds = flow.run(**arguments, out=tmp_path / "own.nc")
    with ergodica.open(tmp_path / "own.nc") as stored:
        again = sims.from_dataset(stored)
        assert again == flow
        np.testing.assert_array_equal(again.run(**stored.ergodica.run_arguments).state, ds.state)
    x0 = ds.state[:, :1, 0].values
    a = ds.a.values[:, None]
    np.testing.assert_allclose(ds.state[:, :, 0], x0 / (1 - a * x0 * ds.t.values), rtol=1e-8)


def test_a_parameter_for_each_member_is_a_coordinate_and_acts_on_its_member():
    rho = [0.5, 28.0]
    flow = LORENZ.changed(parameters={"rho": rho}, scheme="rk4")
    ds = flow.run(t_end=1.0, snapshots=5, members=2)
    assert ds.rho.dims == ("member",)
    np.testing.assert_array_equal(ds.rho, rho)
    for j, value in enumerate(rho):
        alone = flow.changed(parameters={"rho": value}).run(t_end=1.0, snapshots=5)
        np.testing.assert_array_equal(ds.state[j], alone.state)
    with pytest.raises(ParameterError, match=r"members: must equal the 2 values of rho, got 3"):
        flow.run(t_end=1.0, snapshots=5, members=3)


def test_maps_take_the_values_that_a_hand_computes():
    ds = sims.Map(system="henon", initial={"x": 0.0, "y": 0.0}).run(t_end=3, snapshots=4)
    # x' = 1 - 1.4 x^2 + y, y' = 0.3 x
    np.testing.assert_allclose(
        ds.state, [[0, 0], [1, 0], [-0.4, 0.3], [1.076, -0.12]], atol=1e-15
    )  # round-off of a few operations
    ds = LOGISTIC.changed(initial=[np.sin(0.2) ** 2]).run(t_end=10, snapshots=6)
    # sin^2 of an angle that doubles: round-off of 1e-16 doubles too, ten times
    np.testing.assert_allclose(ds.state[:, 0], np.sin(0.2 * 2.0**ds.t) ** 2, atol=1e-12)


def test_a_map_that_is_sampled_between_its_iterations_is_refused():
    with pytest.raises(ParameterError, match=r"snapshots: must divide t_end into whole iterations"):
        LOGISTIC.run(t_end=10, snapshots=4)


@pytest.mark.parametrize("simulation", RUNS.values(), ids=RUNS)
def test_a_member_gives_the_same_bits_in_any_ensemble_on_any_threads(simulation):
    arguments = {"t_end": 20, "snapshots": 5, "seed": 5}
    small = simulation.changed(spread=1e-3)
    one = small.run(**arguments, members=1, threads=1)
    many = small.run(**arguments, members=70, threads=2)
    np.testing.assert_array_equal(one.state[0], many.state[0])
    np.testing.assert_array_equal(many.state, small.run(**arguments, members=70, threads=1).state)


@pytest.mark.parametrize("simulation", RUNS.values(), ids=RUNS)
def test_a_run_goes_on_bit_for_bit(simulation, tmp_path):
    out = tmp_path / "run.nc"
    arguments = {"members": 2, "seed": 1, "warm_up": 2}
    simulation = simulation.changed(spread=1e-3)
    simulation.run(t_end=10, snapshots=11, out=out, **arguments).close()
    with simulation.run(t_end=20, snapshots=21, out=out, resume=True, **arguments) as longer:
        whole = simulation.run(t_end=20, snapshots=21, **arguments)
        np.testing.assert_array_equal(longer.state, whole.state)


def test_a_run_starts_where_another_has_ended():
    first = LORENZ.run(t_end=2.0, snapshots=3)
    then = LORENZ.changed(initial=first.isel(t=-1)).run(t_end=1.0, snapshots=2)
    np.testing.assert_array_equal(then.state[0], first.state[-1])


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: sims.Flow(system="lorens63"), r"lorens63.*did you mean.*'lorenz63'"),
        (lambda: sims.Map(system="lorenz63"), r"lorenz63"),
        (lambda: sims.Flow(parameters={"rh": 1.0}, system="lorenz63"), r"has no 'rh'; did you mean.*'rho'"),
        (lambda: sims.Flow(system="lorenz63", initial={"u": 1.0}), r"initial: has no component 'u'"),
        (lambda: sims.Flow(system="lorenz63", initial=[1.0]), r"initial: must have shape \(3,\)"),
        (lambda: LORENZ.changed(scheme="euler"), r"scheme: "),
        (lambda: sims.Flow("lorenz63"), r"system: .*use Flow\(system='lorenz63'\)"),
        (lambda: sims.Flow(system="Lorenz63"), r"did you mean 'lorenz63'"),
        (lambda: sims.Flow.from_equations({"x": "-x"}), r"initial.x: must be given"),
        (lambda: sims.Flow.from_equations({"x": "-x^2"}, initial={"x": 1}), r"powers .*write -x \*\* 2"),
        (
            lambda: sims.Flow.from_equations({"x": "-lambda*x"}, initial={"x": 1}, parameters={"lambda": 1}),
            r"names: 'lambda' is a reserved word of Python; rename it, as lambda_",
        ),
        (
            lambda: sims.Flow.from_equations(
                {"x": "-lag(x, tau)"}, initial={"x": 1}, parameters={"tau": -1.0}
            ),
            r"parameters.tau: a delay must be above 0, got -1; without a delay write",
        ),
        (lambda: LORENZ.changed(scheme="rk4", dt=1e-12).run(t_end=1, snapshots=2), r"dt: "),
    ],
)
def test_what_cannot_work_is_refused_in_one_line(make, said):
    with pytest.raises(ParameterError, match=said) as caught:
        make()
    assert "\n" not in str(caught.value)


@pytest.mark.filterwarnings("ignore:dt")
def test_a_parabolic_orbit_keeps_its_energy_as_well_as_its_parts_are_known():
    # E = p^2/2 - 1/r = 0 from r = 1; the change of 1e-10 is to be seen against 1, not against round-off
    ds = sims.Flow(system="kepler", initial=[1.0, 0.0, 0.0, np.sqrt(2.0)]).run(t_end=20.0, snapshots=11)
    assert np.abs(ds.energy).max() < 1e-8
    with pytest.warns(ResolutionWarning, match="energy: drifts by"):
        sims.Flow(system="kepler", scheme="rk4", dt=0.5).run(t_end=20.0, snapshots=11)


@pytest.mark.parametrize(
    ("system", "parts"),
    [
        ("henon-heiles", lambda x, y, px, py: [(px**2 + py**2) / 2, (x**2 + y**2) / 2 + x**2 * y - y**3 / 3]),
        ("kepler", lambda x, y, px, py: [(px**2 + py**2) / 2, -1 / np.hypot(x, y)]),
    ],
)
def test_energies_are_measured_against_their_largest_part(system, parts):
    flow = sims.Flow(system=system)
    u = np.random.default_rng(3).normal(size=(5, 4))
    found = flow.observe({"u": u}, ())
    sizes = np.array(parts(*u.T))
    np.testing.assert_allclose(found["energy_scale"], np.abs(sizes).max(axis=0), rtol=1e-14)  # round-off
    np.testing.assert_allclose(found["energy"], sizes.sum(axis=0), atol=1e-14)


def test_a_hamiltonian_of_your_own_is_separable_and_conserved():
    spring = {"positions": ["q"], "momenta": ["p"], "kinetic": "p**2/2", "potential": "k*q**2/2"}
    flow = sims.Flow.from_equations(hamiltonian=spring, initial={"q": 1.0, "p": 0.0}, parameters={"k": 4.0})
    ds = flow.changed(scheme="kahan-li-8", dt=0.05).run(t_end=10.0, snapshots=11)
    np.testing.assert_allclose(ds.state[:, 0], np.cos(2 * ds.t), atol=1e-8)  # 10 (2 dt)^8
    np.testing.assert_allclose(ds.energy, 2.0, rtol=1e-8)
    assert sims.from_dataset(ds) == flow.changed(scheme="kahan-li-8", dt=0.05)


def test_an_amplitude_of_noise_may_be_a_number():
    by_number, by_text = (
        sims.Flow.from_equations({"x": "-x"}, initial={"x": 1.0}, noise={"x": b}) for b in (0.5, "0.5")
    )
    np.testing.assert_array_equal(
        by_number.run(t_end=1.0, snapshots=3).state, by_text.run(t_end=1.0, snapshots=3).state
    )


def test_the_catalogue_is_at_hand():
    assert sims.FLOWS["lorenz63"].equations["x"] == "sigma*(y - x)"
    assert list(sims.MAPS["henon"].components()) == ["x", "y"]


def test_the_readme_counts_the_catalogue():
    text = (ROOT / "README.md").read_text()
    flows, maps = sims.FLOWS.values(), sims.MAPS.values()
    assert f"a catalogue of {len(flows)}\nflows and {len(maps)} maps" in text
