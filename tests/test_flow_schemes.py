"""Every scheme of flows: the same bits on any threads, alone and resumed; warm-up, failures, steps too coarse."""

from typing import get_args

import numpy as np
import pytest

from ergodica import sims
from ergodica.numerics.errors import ParameterError, RunError
from ergodica.sims.engines.ode import fixed
from ergodica.sims.engines.schemes import SCHEMES
from ergodica.sims.loop import MemberWarning, ResolutionWarning

SYSTEM = {"delay": "mackey-glass", "sra1": "noisy-double-well"}
SYSTEM |= dict.fromkeys(("euler-maruyama", "heun"), "geometric-brownian")
SYSTEM |= dict.fromkeys(("dop853", "radau", "rk4"), "lorenz63")
FLOWS = {name: sims.Flow(system=SYSTEM.get(name, "pendulum"), scheme=name, spread=1e-3) for name in SCHEMES}
ADAPTIVE = [name for name, scheme in SCHEMES.items() if scheme.dt is None]
FLOWS |= {name: FLOWS[name].changed(tolerance=1e-10) for name in ADAPTIVE}
every_scheme = pytest.mark.parametrize("flow", FLOWS.values(), ids=FLOWS)


def test_a_flow_can_name_every_scheme():
    assert set(get_args(sims.Flow.model_fields["scheme"].annotation)) == {"auto", *SCHEMES}


@every_scheme
def test_a_member_has_the_same_bits_in_any_ensemble_on_any_threads(flow, monkeypatch):
    monkeypatch.setattr(fixed, "WORTH_THREADS", 0)  # else so little work stays on one thread
    arguments = {"t_end": 2.0, "snapshots": 5, "seed": 5, "warm_up": 0.5}
    one = flow.run(**arguments, members=1, threads=1)
    many = flow.run(**arguments, members=40, threads=2)
    np.testing.assert_array_equal(one.state[0], many.state[0])
    np.testing.assert_array_equal(many.state, flow.run(**arguments, members=40, threads=1).state)
    assert len(np.unique(many.state[:, -1, 0])) == 40


@every_scheme
def test_a_run_goes_on_bit_for_bit(flow, tmp_path):
    arguments = {"members": 2, "seed": 1, "warm_up": 1.0}
    flow.run(t_end=2.0, snapshots=9, out=tmp_path / "run.nc", **arguments).close()
    with flow.run(t_end=4.0, snapshots=17, out=tmp_path / "run.nc", resume=True, **arguments) as longer:
        whole = flow.run(t_end=4.0, snapshots=17, **arguments)
        np.testing.assert_array_equal(longer.state, whole.state)


@every_scheme
def test_a_warm_up_leaves_out_the_first_part_of_a_run(flow):
    warm = flow.run(t_end=1.0, snapshots=5, warm_up=2.0)
    plain = flow.run(t_end=3.0, snapshots=13)
    assert warm.t[0] == 0
    # the same steps, for noise with the same numbers; adaptive ones shifted by round-off, which grows like
    # exp(0.9 t) on values of 20
    np.testing.assert_allclose(warm.state, plain.state[8:], rtol=1e-11, atol=1e-10)


@pytest.mark.parametrize(
    ("name", "dt"),
    [("strang", 0.02), ("yoshida-4", 0.05), ("suzuki-4", 0.05), ("kahan-li-6", 0.1), ("kahan-li-8", 0.2)],
)
def test_symplectic_schemes_keep_the_energy_for_long(name, dt):
    ds = sims.Flow(system="henon-heiles", scheme=name, dt=dt).run(t_end=5000.0, snapshots=1001)
    error = np.abs(ds.energy - ds.energy[0])
    # some 800 periods; a drift would make the last quarter's largest error four times the first one's
    assert error[-250:].max() < 1.5 * error[1:251].max()
    # in units of the potential at the saddle, 1/6; the constants of the compositions are below 1
    assert error.max() < dt ** sims.Flow.orders[name] / 6


def test_a_fast_oscillation_is_followed_to_the_order_of_each_scheme_after_many_periods():
    ends = {}
    for name, steps in (("strang", 400), ("yoshida-4", 100), ("kahan-li-8", 25)):
        flow = sims.Flow(system="harmonic-oscillator", scheme=name, dt=2 * np.pi / steps)
        ends[name] = flow.run(t_end=200 * np.pi, snapshots=2).state.values[-1] - [1.0, 0.0]
    # phase errors after 100 periods: 2 pi 100 (h^p / 24), with the constants of the compositions
    assert np.abs(ends["strang"]).max() < 628 * (2 * np.pi / 400) ** 2 / 20
    assert np.abs(ends["yoshida-4"]).max() < 628 * (2 * np.pi / 100) ** 4 / 5
    assert np.abs(ends["kahan-li-8"]).max() < 628 * (2 * np.pi / 25) ** 8


SQUARE = {"title": "own", "equations": {"x": "a*x**2"}, "initial": {"x": 1.0}, "parameters": {"a": [1.0, ""]}}
NOISY = SQUARE | {"noise": {"x": "0.01"}}
DELAYED = SQUARE | {"equations": {"x": "a*x**2 + 0.001*lag(x, tau)"}}
DELAYED["parameters"] = SQUARE["parameters"] | {"tau": [0.5, ""]}
DIVERGING = {"delay": DELAYED, "sra1": NOISY, "heun": NOISY, "euler-maruyama": NOISY}


@pytest.mark.filterwarnings("ignore::ergodica.sims.loop.ResolutionWarning")  # near infinity no step is small
@pytest.mark.parametrize("name", [name for name in SCHEMES if name in SYSTEM])
def test_a_member_that_diverges_is_named_with_its_time_and_masked(name):
    flow = sims.Flow(system="own", definition_table=DIVERGING.get(name, SQUARE), scheme=name)
    remedy = "" if name in ADAPTIVE else r".*the step may be too coarse, use dt="
    with pytest.warns(MemberWarning, match=rf"member 0 stopped by t=(0\.\d*|1|1\.\d*),.*{remedy}"):
        ds = flow.changed(parameters={"a": [1.0, -1.0]}).run(t_end=2.0, snapshots=5, members=2)
    assert np.isnan(ds.state[0, -1]).all()
    assert np.isfinite(ds.state[1]).all()
    with pytest.raises(RunError, match=r"state: stopped at t=.*; start elsewhere"):
        flow.run(t_end=2.0, snapshots=5)


def test_a_member_that_is_lost_before_t_0_and_many_parameters_leave_the_others_alone():
    flow = sims.Flow(
        system="own", definition_table=SQUARE, scheme="rk4", parameters={"a": [1.0, *[-1.0] * 39]}
    )
    with pytest.warns(MemberWarning, match=r"member 0 stopped by t=(-0\.\d*|0),"):
        ds = flow.run(t_end=1.0, snapshots=3, members=40, warm_up=1.5)
    assert np.isnan(ds.state[0]).all()
    np.testing.assert_allclose(ds.state[1:, :, 0], np.tile(1 / (2.5 + ds.t), (39, 1)), rtol=1e-9)  # 0.01^4


@pytest.mark.filterwarnings("ignore:energy")
@pytest.mark.parametrize(
    ("system", "scheme", "dt"),
    [
        ("lorenz63", "rk4", 0.05),
        ("swinging-atwood", "rk4", None),
        ("pendulum", "strang", 0.3),
        ("mackey-glass", "delay", 10.0),
        ("pink-noise", "sra1", 0.5),
        ("ornstein-uhlenbeck", "euler-maruyama", 0.5),
    ],
)
def test_a_step_that_is_too_coarse_is_warned_of(system, scheme, dt):
    flow = sims.Flow(system=system, scheme=scheme, dt=dt)
    half = (0.01 if dt is None else dt) / 2
    with pytest.warns(
        ResolutionWarning, match=rf"dt: half the step changes the state by .*; use dt={half:g}"
    ):
        flow.run(t_end=20.0, snapshots=3)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            {"system": "rossler", "scheme": "strang"},
            r"scheme: strang needs .* a Hamiltonian .*'dop853' or 'auto'",
        ),
        ({"system": "double-pendulum", "scheme": "kahan-li-8"}, r"kinetic\(momenta\) \+ potential"),
        ({"system": "rossler", "scheme": "delay"}, r"scheme: delay needs a system that has a delay"),
        ({"system": "rossler", "scheme": "heun"}, r"scheme: heun needs a system that is driven by noise"),
        (
            {"system": "mackey-glass", "scheme": "rk4"},
            r"scheme: rk4 needs .* no delay, got mackey-glass; .*'delay'",
        ),
        (
            {"system": "brownian", "scheme": "dop853"},
            r"scheme: dop853 needs .* no noise, got brownian; .*'sra1'",
        ),
        ({"system": "geometric-brownian", "scheme": "sra1"}, r"noise that names no component, .*'heun'"),
        (
            {"system": "mackey-glass", "dt": 18.0},
            r"dt: must be above 0 and at most the shortest delay, 17, got 18",
        ),
        ({"system": "lorenz63", "dt": 0.0}, r"dt: must be greater than 0"),
        (
            {"system": "lorenz63", "dt": 1e-6},
            r"dt: is for fixed steps, got 1e-06 .*dop853; use tolerance or max",
        ),
        ({"system": "robertson", "dt": 0.01}, r"dt: .* adaptive scheme radau; .*'rk4'"),
        (
            {"system": "lorenz63", "scheme": "rk4", "tolerance": 1e-12},
            r"tolerance: .* fixed steps of scheme rk4; use dt",
        ),
        ({"system": "mackey-glass", "max_step": 0.1}, r"max_step: .* fixed steps of scheme delay; use dt"),
        (
            {"system": "lorenz63", "calculus": "stratonovich"},
            r"calculus: is for systems with noise, got 'stratonovich' for lorenz63; leave it out",
        ),
    ],
)
def test_a_scheme_that_does_not_fit_is_refused_with_one_that_does(options, said):
    with pytest.raises(ParameterError, match=said) as caught:
        sims.Flow(**options).run(t_end=1.0, snapshots=2)
    assert "\n" not in str(caught.value)


def test_delay_and_noise_together_are_refused():
    table = {"title": "own", "equations": {"x": "-lag(x, tau)"}, "initial": {"x": 1.0}}
    table |= {"parameters": {"tau": [1.0, ""]}, "noise": {"x": "1"}}
    with pytest.raises(
        ParameterError, match=r"equations: must have one of .*, got noise and delay; leave one"
    ):
        sims.Flow(system="own", definition_table=table)


@pytest.mark.parametrize("device", ["cuda", "cuda:1"])
def test_cuda_is_refused_for_a_scheme_without_it(device):
    with pytest.raises(
        ParameterError, match=r"device: scheme dop853 has no CUDA version, .*use scheme='rk4'"
    ):
        sims.Flow(system="lorenz63").run(t_end=1.0, snapshots=2, device=device)


def test_any_device_will_do_for_every_scheme():
    ds = sims.Flow(system="lorenz63").run(t_end=0.1, snapshots=2, device="auto")
    assert np.isfinite(ds.state).all()


def test_linear_systems_know_their_exact_solution():
    # x'' + 2 c x' + k x = f from rest at 0
    damped = sims.Flow.from_equations(
        {"x": "v", "v": "f - k*x - 2*c*v"},
        initial={"x": 0.0, "v": 0.0},
        parameters={"k": 4.0, "c": 0.5, "f": 2.0},
        tolerance=1e-12,
    )
    omega = np.sqrt(4.0 - 0.25)
    t = 1.7
    x = 0.5 * (1 - np.exp(-0.5 * t) * (np.cos(omega * t) + 0.5 / omega * np.sin(omega * t)))
    np.testing.assert_allclose(damped.exact(t)[0], x, rtol=1e-13)  # round-off of an exponential of a matrix
    ds = damped.changed(parameters={"f": [0.0, 2.0]}).run(t_end=t, snapshots=2, members=2)
    np.testing.assert_allclose(
        ds.state[1, -1], damped.exact(t), atol=1e-10
    )  # 1e-12 in each of a hundred steps
    np.testing.assert_allclose(
        damped.changed(parameters={"f": [0.0, 2.0]}).exact(t, member=1), damped.exact(t)
    )


@pytest.mark.parametrize("system", ["lorenz63", "duffing", "ornstein-uhlenbeck", "mackey-glass"])
def test_systems_that_are_not_linear_have_no_exact_solution(system):
    with pytest.raises(ParameterError, match=r"exact: must be a linear system"):
        sims.Flow(system=system).exact(1.0)


def test_noise_sites_and_names_of_parts_can_be_given_with_equations_of_your_own():
    ring = sims.Flow.from_equations(
        {"x[i]": "-rate*x[i]"},
        initial={"x[i]": "1 + 0*i"},
        parameters={"s": 0.2},
        define={"rate": "1 + i"},
        noise={"x[i]": "s"},
        sites=4,
    )
    assert ring.chosen.name == "sra1"
    ds = ring.run(t_end=1.0, snapshots=2, members=1000, seed=6)
    rates = 1 + np.arange(4)
    spread = 0.2 * np.sqrt((1 - np.exp(-2 * rates)) / (2 * rates))
    # means of a thousand normals, four standard errors
    assert (np.abs(ds.state[:, -1].mean("member") - np.exp(-rates)) < 4 * spread / np.sqrt(1000)).all()


@pytest.mark.parametrize("scheme", ["dop853", "radau"])
def test_a_short_pulse_is_met_with_a_bound_on_the_step(scheme):
    pulse = sims.Flow.from_equations({"x": "exp(-((t - 50)/0.1)**2)"}, initial={"x": 0.0}, scheme=scheme)
    ds = pulse.changed(max_step=0.2).run(t_end=100.0, snapshots=2)
    # the area of the pulse; without a bound the steps of a slope of 0 pass over it
    np.testing.assert_allclose(ds.state[-1, 0], 0.1 * np.sqrt(np.pi), rtol=1e-6)
    assert sims.from_dataset(ds) == pulse.changed(max_step=0.2)
    assert pulse.run(t_end=100.0, snapshots=2).state[-1, 0] < 1e-6
