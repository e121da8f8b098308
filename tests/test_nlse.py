"""Physics of the nonlinear Schroedinger equation: what is known in closed form is met."""

import warnings

import numpy as np
import pytest

from ergodica import sims
from ergodica.numerics.errors import ParameterError
from ergodica.sims.nlse_states import STATES, ModulationInstability, TwoSoliton, wrap

NLSE = sims.NLSE
FIXED = list(NLSE.orders)


def last(ds):
    """The complex field of the last snapshot."""
    return ds.ergodica.psi.isel(t=-1).values


def shifted(psi, distance, length):
    """psi(x - distance) by Fourier interpolation."""
    k = 2 * np.pi * np.fft.fftfreq(psi.size, length / psi.size)
    return np.fft.ifft(np.fft.fft(psi) * np.exp(-1j * k * distance))


def test_invariants_of_a_soliton_are_the_closed_forms():
    amplitude, velocity = 2.0, 1.0
    ds = NLSE.preset("soliton").run(t_end=1.0, snapshots=2)
    # mass 2A, momentum 2Av, energy A v^2 - A^3/3; spectral accuracy, so round-off of a sum of 512 terms
    np.testing.assert_allclose(ds.mass, 2 * amplitude, rtol=1e-12)
    np.testing.assert_allclose(ds.momentum, 2 * amplitude * velocity, rtol=1e-12)
    np.testing.assert_allclose(ds.energy, amplitude * velocity**2 - amplitude**3 / 3, rtol=1e-10)


@pytest.mark.parametrize(
    ("first", "second"), [((2.0, 2.0), (1.5, -2.0)), ((1.2, 1.5), (1.8, -1.0)), ((1.5, 0.5), (1.5, -1.5))]
)
def test_collision_displaces_solitons_by_the_closed_form(first, second):
    (a1, v1), (a2, v2) = first, second
    t_end = 20 / (v1 - v2) * 2
    simulation = NLSE.preset(
        "two-soliton",
        initial_parameters={"amplitude_1": a1, "velocity_1": v1, "amplitude_2": a2, "velocity_2": v2},
        dt=0.005,
    )
    ds = simulation.run(t_end=t_end, snapshots=2)
    density, x = np.abs(last(ds)) ** 2, ds.x.values
    middle = (-10 + v1 * t_end + 10 + v2 * t_end) / 2  # of the free flights, so between the two
    right = wrap(x - middle, simulation.length) > 0
    measured = [
        np.sum(density[side] * x[side]) / np.sum(density[side]) - start - v * t_end
        for side, start, v in ((right, -10, v1), (~right, 10, v2))
    ]
    ratio = np.log(((v1 - v2) ** 2 + (a1 + a2) ** 2) / ((v1 - v2) ** 2 + (a1 - a2) ** 2))
    # the tails of one soliton under the other: exp(-2 A distance), and the field error at dt=.005
    np.testing.assert_allclose(measured, [ratio / a1, -ratio / a2], atol=2e-5)


def test_collision_shifts_of_the_default_are_those_published():
    assert TwoSoliton().shifts() == pytest.approx((0.2765003, 0.3686670), abs=1e-7)


@pytest.mark.parametrize("mode", [1, 2, 4, 5, 6])
def test_modulation_grows_at_the_closed_rate(mode):
    length, background = 20.0, 1.0
    simulation = NLSE.preset(
        "modulation-instability",
        points=128,
        length=length,
        initial_parameters={"mode": mode, "perturbation": 1e-6},
    )
    k = 2 * np.pi * mode / length
    rate = k / 2 * np.sqrt(4 * background**2 - k**2)
    ds = simulation.run(t_end=3.0, snapshots=31)
    amplitude = np.abs(np.fft.fft(ds.ergodica.psi.values, axis=-1))[:, mode]
    measured = np.polyfit(ds.t, np.log(amplitude), 1)[0]
    # second order in the perturbation, which grows to 1e-6 e^3
    assert measured == pytest.approx(rate, abs=1e-6)


def test_modulation_above_the_threshold_does_not_grow():
    length = 20.0
    mode = 7  # k = 2.2 > 2
    state = ModulationInstability(mode=mode, perturbation=1e-6)
    assert state.wavenumber(length) > 2
    simulation = NLSE.preset(
        "modulation-instability",
        points=128,
        length=length,
        initial_parameters={"mode": mode, "perturbation": 1e-6},
    )
    ds = simulation.run(t_end=20.0, snapshots=101)
    amplitude = np.abs(np.fft.fft(ds.ergodica.psi.values, axis=-1))[:, mode]
    # a neutral ellipse: u oscillates between eps and eps times a number of order one
    assert amplitude.max() < 3 * amplitude[0]


@pytest.mark.parametrize("scheme", [*FIXED, "dop853"])
def test_time_reversal(scheme):
    forward = NLSE.preset("noise", points=256, length=40.0, scheme=scheme, dt=0.005, tolerance=1e-12)
    there = forward.run(t_end=2.0, snapshots=3, seed=4)
    back = forward.changed(initial=np.conj(last(there))).run(t_end=2.0, snapshots=3)
    start = there.ergodica.psi.isel(t=0).values
    # compositions are reversible: round-off of 400 steps, amplified by the modulation instability e^{2t};
    # the adaptive scheme is reversible only to its tolerance, amplified alike
    tolerance = 1e-11 if scheme != "dop853" else 1e-8
    np.testing.assert_allclose(np.conj(last(back)), start, atol=tolerance)


@pytest.mark.parametrize("scheme", ["strang", "kahan-li-8", "dop853"])
@pytest.mark.parametrize("windings", [-3, 1, 4])
def test_galilean_invariance(scheme, windings):
    rest = NLSE.preset("gaussian", points=1024, length=50.0, scheme=scheme, dt=0.004, tolerance=1e-12)
    velocity, t_end = 2 * np.pi * windings / rest.length, 3.0  # a velocity that fits the box
    start = rest.run(t_end=t_end, snapshots=2)
    boost = np.exp(1j * velocity * rest.x)
    moving = rest.changed(initial=start.ergodica.psi.isel(t=0).values * boost)
    moved = last(moving.run(t_end=t_end, snapshots=2))
    expected = (
        shifted(last(start), velocity * t_end, rest.length) * boost * np.exp(-0.5j * velocity**2 * t_end)
    )
    # what the grid does not resolve of the boosted field
    np.testing.assert_allclose(moved, expected, atol=1e-8)


def test_coupling_scales_the_field():
    reference = last(NLSE.preset("soliton").run(t_end=2.0, snapshots=2))
    for coupling in (0.25, 4.0):
        scaled = last(NLSE.preset("soliton", coupling=coupling).run(t_end=2.0, snapshots=2))
        # powers of two: nothing rounds differently
        np.testing.assert_allclose(scaled * np.sqrt(coupling), reference, atol=1e-13)


def test_free_packet_spreads_by_the_closed_form():
    free = NLSE.preset("gaussian", coupling=0.0, initial_parameters={"width": 1.5, "velocity": 1.0})
    ds = free.run(t_end=5.0, snapshots=6)
    for i, t in enumerate(ds.t.values):
        # the linear part is exact: round-off of 500 steps
        np.testing.assert_allclose(ds.ergodica.psi.isel(t=i), free.exact(t), atol=1e-11)


def test_coherent_state_of_a_harmonic_trap_oscillates():
    omega, displaced = 1.0, 2.0
    trapped = NLSE(
        coupling=0.0,
        initial=lambda x: np.pi**-0.25 * np.exp(-((x - displaced) ** 2) / 2),
        potential="0.5*x**2",
        points=256,
        length=30.0,
        dt=0.02,
    )
    ds = trapped.run(t_end=2 * np.pi, snapshots=33)
    density = abs(ds.ergodica.psi) ** 2
    centre = (density * ds.x).sum("x") / density.sum("x")
    # splitting of order 8 at dt=.02
    np.testing.assert_allclose(centre, displaced * np.cos(omega * ds.t), atol=1e-9)
    np.testing.assert_allclose(ds.energy, 0.5 * omega + 0.5 * displaced**2, atol=1e-9)
    assert "potential" in ds
    assert trapped.conserved == ("mass", "energy")


@pytest.mark.parametrize("scheme", ["strang", "kahan-li-8", "dop853"])
@pytest.mark.parametrize("filtering", ["1/2", "2/3", "exponential"])
def test_filter_keeps_its_own_hamiltonian(scheme, filtering):
    steep = NLSE.preset(
        "bound-state", points=96, length=20.0, filter=filtering, scheme=scheme, dt=0.001, tolerance=1e-12
    )
    with pytest.warns(UserWarning, match="points: the grid does not resolve"):
        ds = steep.run(t_end=1.0, snapshots=11)
    drift = abs(ds.filtered_energy - ds.filtered_energy[0]).max() / abs(ds.filtered_energy[0])
    plain = abs(ds.energy - ds.energy[0]).max() / abs(ds.energy[0])
    assert drift < {"strang": 2e-4, "kahan-li-8": 1e-9, "dop853": 1e-9}[scheme]
    assert plain > 10 * drift  # the filter acts, and the plain energy is not its invariant
    np.testing.assert_allclose(ds.mass, ds.mass[0], rtol=1e-10)


def test_adaptive_scheme_obeys_its_tolerance():
    errors = []
    for tolerance in (1e-7, 1e-9, 1e-11):
        simulation = NLSE.preset("soliton", scheme="dop853", tolerance=tolerance)
        ds = simulation.run(t_end=5.0, snapshots=2)
        errors.append(np.abs(last(ds) - simulation.exact(5.0)).max())
    assert all(error < 1e3 * tolerance for error, tolerance in zip(errors, (1e-7, 1e-9, 1e-11), strict=True))
    assert errors[0] > 10 * errors[1] > 100 * errors[2]


def test_noise_continues_on_a_finer_grid():
    coarse = NLSE.preset("noise", points=256, length=50.0).run(t_end=0.1, snapshots=2, seed=3)
    fine = NLSE.preset("noise", points=512, length=50.0).run(t_end=0.1, snapshots=2, seed=3)
    # wavenumbers that only the finer grid has carry exp(-(k l)^2/2) < 1e-55 of the power
    np.testing.assert_allclose(
        coarse.ergodica.psi.isel(t=0).values, fine.ergodica.psi.isel(t=0).values[::2], atol=1e-13
    )


def test_noise_has_its_strength():
    ds = NLSE.preset("noise", initial_parameters={"background": 0.0, "strength": 0.3}).run(
        t_end=0.01, snapshots=2, members=64, seed=1
    )
    power = (abs(ds.ergodica.psi.isel(t=0)) ** 2).mean("x")
    error = float(power.std() / np.sqrt(64))
    assert abs(float(power.mean()) - 0.09) < 4 * error


def test_members_differ_by_their_parameters_and_equal_single_runs():
    amplitudes = [1.0, 1.5, 2.0]
    together = NLSE.preset("soliton", initial_parameters={"amplitude": amplitudes}).run(
        t_end=1.0, snapshots=3, members=3, record="spectral_tail"
    )
    np.testing.assert_array_equal(together.amplitude, amplitudes)
    for j, amplitude in enumerate(amplitudes):
        alone = NLSE.preset("soliton", initial_parameters={"amplitude": amplitude}).run(
            t_end=1.0, snapshots=3, record="spectral_tail"
        )
        for name in alone.data_vars:
            np.testing.assert_array_equal(together[name][j], alone[name], err_msg=name)


def test_threads_do_not_change_a_bit():
    runs = [
        NLSE.preset("noise", points=256).run(t_end=1.0, snapshots=3, members=6, seed=2, threads=n)
        for n in (1, 2)
    ]
    np.testing.assert_array_equal(runs[0].psi_real, runs[1].psi_real)
    np.testing.assert_array_equal(runs[0].psi_imag, runs[1].psi_imag)


def test_new_run_starts_from_any_snapshot():
    simulation = NLSE.preset("two-soliton")
    whole = simulation.run(t_end=2.0, snapshots=5)
    second = simulation.changed(initial=whole.isel(t=2)).run(t_end=1.0, snapshots=3)
    np.testing.assert_array_equal(second.psi_real, whole.psi_real[2:])


def test_function_is_evaluated_once_and_the_file_rebuilds_it(tmp_path):
    calls = []

    def bump(x):
        calls.append(len(x))
        return np.exp(-(x**2))

    ds = NLSE(initial=bump, potential=lambda x: 0.1 * x**2).run(
        t_end=0.5, snapshots=3, out=tmp_path / "run.nc"
    )
    assert calls == [512]
    again = sims.from_dataset(ds).run(**ds.ergodica.run_arguments)
    np.testing.assert_array_equal(again.psi_real, ds.psi_real)
    np.testing.assert_array_equal(again.potential, ds.potential)


def test_function_cannot_move_the_grid():
    def careless(x):
        x -= 3
        return np.exp(-(x**2))

    ds = NLSE(initial=careless, length=40.0).run(t_end=0.1, snapshots=2)
    assert float(ds.x[0]) == -20
    assert float(abs(ds.ergodica.psi.isel(t=0)).idxmax()) == pytest.approx(3, abs=0.05)
    with pytest.raises(ParameterError, match=r"^initial: 'arctan' takes 1 argument, got 2"):
        NLSE(initial="exp(-arctan(x, x)**2)")


def test_adaptive_scheme_warms_up_by_what_was_asked():
    adaptive = NLSE.preset("soliton", scheme="dop853", tolerance=1e-11)
    ds = adaptive.run(t_end=10.0, snapshots=2, warm_up=0.5)
    # as for the fixed step: the tolerance over some hundred steps
    np.testing.assert_allclose(ds.ergodica.psi.isel(t=0), adaptive.exact(0.5), atol=1e-8)


def test_float32_file_says_that_it_cannot_rebuild_its_initial_field():
    ds = NLSE(initial=lambda x: np.exp(-(x**2)), precision="float32").run(t_end=0.1, snapshots=2)
    with pytest.raises(ParameterError, match=r"^initial: is stored in float32"):
        sims.from_dataset(ds)


def test_one_field_for_all_members_is_rebuilt_as_one():
    simulation = NLSE(initial=lambda x: np.exp(-(x**2)))
    assert sims.from_dataset(simulation.run(t_end=0.1, snapshots=2, members=3)) == simulation


def test_expressions_are_stored_as_they_are():
    ds = NLSE(initial="2*sech(2*x)*exp(1j*x)", potential="0").run(t_end=0.5, snapshots=3)
    exact = NLSE.preset("soliton").exact(0.0)
    np.testing.assert_allclose(ds.ergodica.psi.isel(t=0), exact, atol=1e-14)
    assert sims.from_dataset(ds).initial == "2*sech(2*x)*exp(1j*x)"


def test_recorded_variables_agree_with_the_field():
    ds = NLSE.preset("soliton").run(t_end=1.0, snapshots=3, record=("density", "spectrum", "spectral_tail"))
    np.testing.assert_allclose(ds.density, abs(ds.ergodica.psi) ** 2, rtol=1e-14)
    # Parseval: the sum of the power is the mass over the length
    np.testing.assert_allclose(ds.spectrum.sum("k"), ds.mass / 50.0, rtol=1e-13)
    assert (ds.k.diff("k") > 0).all()
    assert (ds.spectral_tail < 1e-6).all()


def test_single_precision_is_the_rounded_double():
    double = NLSE.preset("soliton").run(t_end=1.0, snapshots=3)
    single = NLSE.preset("soliton", precision="float32").run(t_end=1.0, snapshots=3)
    assert single.psi_real.dtype == np.float32
    np.testing.assert_array_equal(single.psi_real, double.psi_real.astype(np.float32))


def test_coarse_grid_is_reported_with_the_remedy():
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        NLSE.preset("soliton", points=64).run(t_end=1.0, snapshots=30)
    messages = [str(w.message) for w in said]
    assert sum(m.startswith("points: the grid does not resolve") for m in messages) == 1  # once, not 30 times
    assert "use points=128" in messages[0]


def test_coarse_step_is_reported_with_the_remedy():
    # the step used is 0.1667, the largest below 0.2 that divides the spacing 0.5
    with pytest.warns(UserWarning, match=r"energy: drifts by .* use dt=0\.0833333"):
        NLSE.preset("soliton", scheme="strang", dt=0.2, initial_parameters={"velocity": 0.0}).run(
            t_end=4.0, snapshots=9
        )


@pytest.mark.parametrize(
    ("scheme", "times", "grows"),
    [("strang", 2.3, True), ("strang", 0.9, False), ("yoshida-4", 2.3, True), ("kahan-li-8", 2.3, False)],
)
def test_resonance_of_the_splitting_on_a_plane_wave(scheme, times, grows):
    points, length = 256, 30.0
    limit = 2 * length**2 / (np.pi * points**2)
    # defocusing, so that the plane wave itself is stable and only the splitting can amplify
    simulation = NLSE(
        initial="noise",
        initial_parameters={"strength": 1e-10},
        coupling=-1.0,
        points=points,
        length=length,
        scheme=scheme,
        dt=times * limit,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ds = simulation.run(t_end=50.0, snapshots=2, seed=1)
    modes = np.abs(np.fft.fft(ds.ergodica.psi.values, axis=-1))[:, 1:].max(axis=-1)
    assert (modes[1] > 1e3 * modes[0]) == grows


def test_step_beyond_the_resonance_is_reported_at_the_start_where_a_wave_fills_the_box():
    limit = 2 * 40.0**2 / (np.pi * 256**2)
    filled = {"initial": "noise", "initial_parameters": {"strength": 1e-4}, "points": 256, "length": 40.0}
    with pytest.warns(UserWarning, match=r"dt: the field fills the box.*use dt=0\.015 .*\(t=0\)"):
        NLSE(**filled, dt=1.1 * limit).run(t_end=0.1, snapshots=2)
    # none of these warns, or the test would fail
    NLSE(**filled, dt=0.9 * limit).run(t_end=0.1, snapshots=2)
    NLSE(**filled, dt=1.1 * limit, scheme="dop853").run(t_end=0.1, snapshots=2)
    NLSE(points=256, length=40.0, dt=1.1 * limit, initial_parameters={"amplitude": 1.0}).run(
        t_end=0.1, snapshots=2
    )


def test_drift_is_relative_to_what_the_field_could_have():
    # the energy A v^2 - A^3/3 of this soliton is 0, and none of its drifts is a concern
    simulation = NLSE(initial="soliton", initial_parameters={"amplitude": 3**0.5, "velocity": 1.0})
    ds = simulation.run(t_end=5.0, snapshots=5)
    assert abs(float(ds.energy[0])) < 1e-12
    # kinetic energy A v^2 + A^3/3 and interaction -2 A^3/3 in size; momentum at most sqrt(2 M K)
    amplitude = 3**0.5
    scale = amplitude + amplitude**3
    assert ds.energy.attrs["ergodica_scale"] == pytest.approx(scale, rel=1e-9)
    assert ds.momentum.attrs["ergodica_scale"] == pytest.approx((2 * 2 * amplitude * scale) ** 0.5, rel=1e-9)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            {"initial_parameters": {"velocity": 64.3}},
            r"^velocity: must be below the largest wavenumber.*32\.17",
        ),
        ({"initial_parameters": {"velocity": [0.0, -40.0]}}, "^velocity: must be below.*use points=638"),
        (
            {
                "initial": "two-soliton",
                "initial_parameters": {"amplitude_2": 2.0, "velocity_2": 2.0 + 1e-9},
            },
            "^velocity_2: must differ from velocity_1",
        ),
    ],
)
def test_states_that_the_grid_or_the_formula_cannot_hold_are_refused(fields, message):
    with pytest.raises(ParameterError, match=message):
        NLSE(**fields)


def test_needed_points_of_the_remedy_suffice():
    assert NLSE(points=638, initial_parameters={"velocity": -40.0}).points == 638


@pytest.mark.parametrize(
    ("preset", "changes", "until"),
    [
        ("two-soliton", {}, 21.0),
        ("dark-soliton", {}, 45.0),
        ("gaussian", {"coupling": 0.0}, 18.0),
    ],
)
def test_exact_solutions_hold_as_long_as_they_are_given(preset, changes, until):
    simulation = NLSE.preset(preset, **changes)
    ds = simulation.run(t_end=until, snapshots=2)
    # overlaps of e^-5 with the end of the box or another soliton, squared where they interact
    assert np.abs(last(ds) - simulation.exact(until)).max() < 5e-3
    with pytest.raises(ParameterError, match=r"^t: must be before"):
        simulation.exact(2 * until)


def test_box_that_cuts_the_tails_is_reported_with_the_remedy():
    with pytest.warns(
        UserWarning, match=r"^length: the initial field has not decayed.*use length=100"
    ) as said:
        NLSE(initial="soliton", initial_parameters={"amplitude": 0.3}).run(t_end=0.1, snapshots=2)
    assert len(said) == 1


def test_amplitude_of_a_plane_wave_has_no_entropy():
    from ergodica import estimators

    wave = NLSE(initial="1", coupling=-1.0, points=256, length=20.0, dt=0.003)
    amplitude = estimators.measure(wave.run(t_end=1.0, snapshots=11))["amplitude"]
    # what the steps round is a millionth of a bin
    np.testing.assert_array_equal(amplitude.shannon, 0.0)


@pytest.mark.parametrize("name", sorted(STATES))
def test_every_initial_state_can_be_started_by_name(name):
    coupling = STATES[name].sign or 1
    length = NLSE.preset("akhmediev").length if name == "akhmediev" else 60.0
    psi = NLSE(initial=name, coupling=coupling, length=length, dt=0.005).initial_state(
        [sims.simulation.Draw(seed=0, member=0)]
    )["psi"]
    assert psi.shape == (1, 512)
    assert 0.5 < np.abs(psi).max() < 5  # each has its amplitude of one or two, a breather up to three
