"""The run loop fits what it has never seen: a flow and a map, defined here, run like any system."""

import json
import warnings
from collections.abc import Sequence
from typing import ClassVar

import numpy as np
import pytest
from pydantic import Field

from ergodica import sims
from ergodica.data.schema import Coordinate, Variable
from ergodica.numerics.errors import ParameterError, RunError
from ergodica.numerics.random import uniforms
from ergodica.sims import plan, registry
from ergodica.sims.loop import MemberWarning
from ergodica.sims.parameters import PerMember
from ergodica.sims.sampling import fixed_steps, whole_steps
from ergodica.sims.simulation import Concern, Simulation


class Components(Simulation):
    """What the two systems below share: one component, named `u`."""

    def coordinates(self, record: Sequence[str]) -> tuple[Coordinate, ...]:
        return (
            Coordinate(
                name="component", dims=("component",), values=np.arange(1), units="1", long_name="component"
            ),
        )

    def variables(self, record: Sequence[str]) -> tuple[Variable, ...]:
        return (Variable(name="state", dims=("t", "component"), units="1", long_name="state", kind="states"),)

    def observe(self, state, record):
        return {"state": state["u"]}

    def initial_state(self, draws):
        return {"u": np.array([[self.start + self.noise * d.normals(1)[0]] for d in draws])}


class Decay(Components):
    """du/dt = -rate u, by the classical Runge-Kutta method."""

    name = "toy-decay"
    title = "Decay"
    equation = "u' = -r u"
    references = "none"
    orders: ClassVar = {"rk4": 4}
    start: float = 1.0
    noise: float = 0.0
    rate: PerMember = Field(1.0, gt=0)
    dt: float = Field(0.1, gt=0)

    def stepper(self, spacing, *, draws, device, threads):
        steps, dt = fixed_steps(spacing, self.dt)
        rates = np.array([self.for_member(j).rate for j in range(len(draws))])[:, None]

        class RungeKutta:
            steps_per_snapshot = steps
            slice_steps = 7

            def __init__(self):
                self.dt = dt

            def advance(self, state, first, count):
                for _ in range(count):
                    z = -rates * dt
                    state["u"] *= 1 + z + z**2 / 2 + z**3 / 6 + z**4 / 24

        return RungeKutta()


class Logistic(Components):
    """u -> r u (1 - u)."""

    name = "toy-logistic"
    title = "Logistic map"
    equation = "u -> r u (1 - u)"
    references = "May 1976, Nature 261, 459"
    time_name = "iterations"
    start: float = 0.3
    noise: float = 0.0
    r: PerMember = 4.0

    def stepper(self, spacing, *, draws, device, threads):
        r = np.array([self.for_member(j).r for j in range(len(draws))])[:, None]

        class Iteration:
            steps_per_snapshot = whole_steps(spacing)
            slice_steps = 3
            dt = 1.0

            def advance(self, state, first, count):
                for _ in range(count):
                    state["u"] = r * state["u"] * (1 - state["u"])

        return Iteration()


class Walk(Components):
    """A random walk whose every step has its own random number, by the global index of the step."""

    name = "toy-walk"
    title = "Walk"
    equation = "u -> u + noise"
    references = "none"
    start: float = 0.0
    noise: float = 0.0
    slice_steps: int = 5

    def stepper(self, spacing, *, draws, device, threads):
        size = self.slice_steps

        class Steps:
            steps_per_snapshot = whole_steps(spacing)
            slice_steps = size
            dt = 1.0

            def advance(self, state, first, count):
                for step in range(first, first + count):
                    state["u"] += uniforms(7, 0, step, 1) - 0.5

        return Steps()


@pytest.fixture(autouse=True)
def toys(monkeypatch):
    """Both systems registered, for this file only."""
    registry.systems()
    monkeypatch.setattr(
        registry,
        "_SYSTEMS",
        {**registry._SYSTEMS, "toy-decay": Decay, "toy-logistic": Logistic, "toy-walk": Walk},
    )


def identical(a, b):
    """Variables and coordinates bit for bit."""
    assert set(a.variables) == set(b.variables)
    for name in a.variables:
        np.testing.assert_array_equal(a[name].values, b[name].values, err_msg=str(name))
        assert a[name].dims == b[name].dims
        assert a[name].attrs == b[name].attrs


def test_flow_reaches_its_closed_form_at_the_sampled_times():
    ds = Decay(dt=0.05).run(t_end=2.0, snapshots=5)
    np.testing.assert_array_equal(ds.t, [0, 0.5, 1, 1.5, 2])
    # 40 steps of RK4 with a local error of dt^5/120 make 1.04e-7
    np.testing.assert_allclose(ds.state[:, 0], np.exp(-ds.t), rtol=1.1e-7)


def test_map_counts_iterations():
    ds = Logistic().run(t_end=12, snapshots=13)
    expected = [0.3]
    for _ in range(12):
        expected.append(4 * expected[-1] * (1 - expected[-1]))
    np.testing.assert_array_equal(ds.state[:, 0], expected)
    assert ds.t.attrs["long_name"] == "iterations"


def test_map_refuses_a_spacing_that_is_not_whole():
    with pytest.raises(ParameterError, match=r"snapshots: must divide t_end into whole iterations, got 2\.5"):
        Logistic().run(t_end=10, snapshots=5)


@pytest.mark.parametrize("system", [Decay(noise=0.1), Logistic(noise=0.01)])
@pytest.mark.parametrize("ending", ["nc", "zarr"])
def test_file_holds_what_memory_holds(system, ending, tmp_path):
    arguments = {"t_end": 20, "snapshots": 21, "members": 3, "seed": 5}
    in_memory = system.run(**arguments)
    on_disk = system.run(**arguments, out=tmp_path / f"run.{ending}")
    identical(in_memory, on_disk.load())
    assert in_memory.state.dims == ("member", "t", "component")


@pytest.mark.parametrize("system", [Decay(noise=0.1), Logistic(noise=0.01)])
def test_member_is_the_same_in_an_ensemble_of_any_size(system):
    few = system.run(t_end=4, snapshots=5, members=2, seed=7)
    many = system.run(t_end=4, snapshots=5, members=6, seed=7)
    alone = system.run(t_end=4, snapshots=5, seed=7)
    np.testing.assert_array_equal(few.state, many.state[:2])
    np.testing.assert_array_equal(alone.state, many.state[0])
    assert len(np.unique(many.state[:, 0, 0])) == 6


def test_parameter_per_member_is_a_coordinate():
    ds = Decay(rate=[1.0, 2.0]).run(t_end=1, snapshots=3, members=2)
    np.testing.assert_array_equal(ds.rate, [1, 2])
    assert ds.rate.dims == ("member",)
    np.testing.assert_allclose(ds.state[:, -1, 0], np.exp([-1, -2]), rtol=1e-4)  # RK4 at dt=.1


def test_parameter_per_member_must_have_the_ensembles_length():
    with pytest.raises(
        ParameterError, match=r"members: must equal the 2 values of rate, got None; use members=2"
    ):
        Decay(rate=[1.0, 2.0]).run(t_end=1, snapshots=3)


@pytest.mark.parametrize("ending", ["nc", "zarr"])
@pytest.mark.parametrize("system", [Decay(noise=0.1), Logistic(noise=0.01)])
def test_interrupted_run_resumes_bit_for_bit(system, ending, tmp_path, monkeypatch):
    arguments = {"t_end": 30, "snapshots": 31, "members": 2, "seed": 1, "warm_up": 2}
    whole = system.run(**arguments)
    out = tmp_path / f"run.{ending}"
    observe, calls = type(system).observe, 0

    def stop_once(self, state, record):
        nonlocal calls
        calls += 1
        if calls == 11:
            raise KeyboardInterrupt
        return observe(self, state, record)

    monkeypatch.setattr(type(system), "observe", stop_once)
    with pytest.raises(KeyboardInterrupt) as stopped:
        system.run(**arguments, out=out)
    assert "10 of 31 snapshots are safe; resume=True goes on" in stopped.value.__notes__
    identical(system.run(**arguments, out=out, resume=True).load(), whole)


@pytest.mark.parametrize("ending", ["nc", "zarr"])
def test_finished_run_is_returned_and_can_be_extended(ending, tmp_path):
    out = tmp_path / f"run.{ending}"
    system = Decay(noise=0.1)
    system.run(t_end=10, snapshots=11, seed=3, out=out)
    system.run(t_end=10, snapshots=11, seed=3, out=out, resume=True).close()
    longer = system.run(t_end=20, snapshots=21, seed=3, out=out, resume=True)
    identical(longer.load(), system.run(t_end=20, snapshots=21, seed=3))
    assert longer.ergodica.run_arguments["t_end"] == 20


@pytest.mark.parametrize(
    ("changes", "run", "message"),
    [
        ({"rate": 2.0}, {}, "rate: must be as in"),
        ({}, {"seed": 4}, "seed: must be as in"),
        ({}, {"snapshots": 12}, "snapshots: must keep the spacing 1 "),
        ({}, {"t_end": 5, "snapshots": 6}, "t_end: must be at least the 10 "),
    ],
)
def test_resume_refuses_another_run(changes, run, message, tmp_path):
    out = tmp_path / "run.nc"
    Decay().run(t_end=10, snapshots=11, seed=3, out=out)
    with pytest.raises(ParameterError, match=message):
        Decay(**changes).run(**{"t_end": 10, "snapshots": 11, "seed": 3, **run}, out=out, resume=True)


def test_existing_file_is_not_overwritten_unasked(tmp_path):
    out = tmp_path / "run.nc"
    Decay().run(t_end=1, snapshots=2, out=out)
    with pytest.raises(FileExistsError, match="overwrite"):
        Decay().run(t_end=1, snapshots=2, out=out)
    Decay(rate=2.0).run(t_end=1, snapshots=2, out=out, overwrite=True)
    assert (
        json.loads(__import__("xarray").open_dataset(out).attrs["ergodica_config"])["parameters"]["rate"] == 2
    )


def test_file_rebuilds_its_run(tmp_path):
    ds = Decay(noise=0.1, rate=[1.0, 3.0]).run(t_end=3, snapshots=4, members=2, seed=9, warm_up=1)
    again = sims.from_dataset(ds)
    assert again == Decay(noise=0.1, rate=[1.0, 3.0])
    identical(again.run(**ds.ergodica.run_arguments), ds)


def test_warm_up_moves_the_start():
    warm = Decay(dt=0.1).run(t_end=1, snapshots=11, warm_up=0.5)
    cold = Decay(dt=0.1).run(t_end=1.5, snapshots=16)
    np.testing.assert_allclose(
        warm.state[:, 0], cold.state[5:, 0], rtol=1e-14
    )  # the same steps, round-off apart


def test_values_that_are_not_finite_stop_the_run_and_keep_what_was_true(tmp_path):
    out = tmp_path / "run.nc"
    with (
        np.errstate(all="ignore"),
        pytest.raises(RunError, match=r"state: is not finite in member 1 at t=\d+"),
    ):
        Logistic(r=[4.0, 5.0]).run(t_end=100, snapshots=101, members=2, out=out)
    from ergodica.data import open

    kept = open(out)
    assert 1 < kept.sizes["t"] < 101
    assert np.isfinite(kept.state).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"t_end": -1, "snapshots": 2}, "t_end: must be greater than 0, got -1"),
        ({"t_end": float("nan"), "snapshots": 2}, "t_end: must be"),
        ({"t_end": 1, "snapshots": 1}, "snapshots: must be greater than or equal to 2, got 1"),
        ({"t_end": 1, "snapshots": 2.5}, "snapshots: must be a valid integer"),
        ({"t_end": 1, "snapshots": 2, "seed": -1}, "seed: must be"),
        ({"t_end": 1, "snapshots": 2, "members": 0}, "members: must be"),
        ({"t_end": 1, "snapshots": 2, "device": "gpu"}, "device: "),
        (
            {"t_end": 1, "snapshots": 2, "record": "statte"},
            "record: toy-decay has no optional variable 'statte'",
        ),
        ({"t_end": 1, "snapshots": 2, "threads": 0}, "threads: "),
        ({"t_end": 1, "snapshots": 2, "resume": True}, "resume: needs the file"),
        ({"t_end": 1e9, "snapshots": 2**31 - 1, "members": 1000}, "snapshots: must fit into memory"),
        ({"t_end": 1, "snapshots": 2, "out": "run.csv"}, "out: "),
    ],
)
def test_arguments_that_cannot_work_are_refused_in_one_line(arguments, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ParameterError) as refused:
        Decay().run(**arguments)
    assert str(refused.value).startswith(message)
    assert "\n" not in str(refused.value)
    assert list(tmp_path.iterdir()) == []


def test_concern_is_raised_again_when_it_has_grown_a_hundredfold(monkeypatch):
    sizes = iter([0.0, 1.0, 50.0, 101.0, 5000.0, 20000.0])

    def watch(self, first, now, dt):
        size = next(sizes)
        return [Concern(about="dt", size=size, message=f"is off by {size:g}; use less")] if size else []

    monkeypatch.setattr(Decay, "watch", watch)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        Decay().run(t_end=5, snapshots=6)
    assert [str(w.message) for w in said] == [
        "dt: is off by 1; use less (t=1)",
        "dt: is off by 101; use less (t=3)",
        "dt: is off by 20000; use less (t=5)",
    ]
    assert said[0].filename == __file__


def test_drift_is_measured_from_the_start_also_after_a_resume(tmp_path, monkeypatch):
    seen = []

    def watch(self, first, now, dt):
        seen.append((float(first["total"][0]), float(now["total"][0])))
        return []

    def observe(self, state, record):
        return {"state": state["u"], "total": state["u"].sum(axis=1)}

    monkeypatch.setattr(Decay, "watch", watch)
    monkeypatch.setattr(Decay, "observe", observe)
    Decay().run(t_end=2, snapshots=3, out=tmp_path / "run.nc").close()
    Decay().run(t_end=4, snapshots=5, out=tmp_path / "run.nc", resume=True)
    assert [first for first, _ in seen] == [1.0] * 5
    assert len({now for _, now in seen}) == 5


def test_failed_members_are_reported_and_the_others_go_on(monkeypatch):
    def failures(self, state):
        return {1: (0.5, "it broke")} if np.isnan(state["u"][1, 0]) else {}

    def observe(self, state, record):
        if abs(state["u"][0, 0] - np.exp(-1)) < 1e-3:
            state["u"][1] = np.nan
        return {"state": state["u"]}

    monkeypatch.setattr(Decay, "failures", failures)
    monkeypatch.setattr(Decay, "observe", observe)
    with pytest.warns(MemberWarning, match=r"member 1 stopped by t=0\.5.*it broke"):
        ds = Decay().run(t_end=3, snapshots=4, members=3)
    assert np.isfinite(ds.state[[0, 2]]).all()
    assert np.isnan(ds.state[1, 1:]).all()
    assert np.isfinite(ds.state[1, 0]).all()


def test_members_that_stop_are_told_of_in_few_lines(monkeypatch):
    def failures(self, state):
        stopped = round(-10 * np.log(state["u"][-1, 0]))  # one more every 0.1
        return {j: (0.1 * (j + 1), "it broke") for j in range(stopped)}

    monkeypatch.setattr(Decay, "failures", failures)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        Decay().run(t_end=9.0, snapshots=91, members=100)
    assert [w.category for w in said] == [MemberWarning] * len(said)
    assert all(w.filename == __file__ for w in said)
    told = [str(w.message) for w in said]
    assert [t.split(" stopped")[0] for t in told[:4]] == [f"member {j}" for j in range(4)]
    # at each doubling from 8 on, and at the end
    assert [int(t.split()[0]) for t in told[4:]] == [4, 8, 16, 32, 26]
    assert told[5].startswith(
        "8 of 16 members that stopped, their values after that are no numbers: 8 by t=0.9, "
    )
    assert told[5].endswith("11 by t=1.2 and 4 more; the first: it broke")


def test_step_index_is_global_whatever_slices_warm_up_and_snapshots():
    numbers = np.cumsum([0.0, *(uniforms(7, 0, step, 1)[0] - 0.5 for step in range(40))])
    for slices in (1, 3, 100):
        ds = Walk(slice_steps=slices).run(t_end=40, snapshots=5)
        np.testing.assert_allclose(ds.state[:, 0], numbers[::10], atol=1e-13)  # round-off of a sum
    warm = Walk().run(t_end=30, snapshots=4, warm_up=10)
    np.testing.assert_allclose(warm.state[:, 0], numbers[10::10], atol=1e-13)


def test_memory_of_a_streamed_run_is_bounded_by_a_block(tmp_path, monkeypatch):
    from ergodica.data.files import Recording

    held, append = [], Recording.append

    def counted(self, block, checkpoint):
        held.append(block.sizes["t"])
        append(self, block, checkpoint)

    monkeypatch.setattr(plan, "BLOCK_BYTES", 10 * 16)  # ten frames of t and one component
    monkeypatch.setattr(Recording, "append", counted)
    Walk().run(t_end=45, snapshots=46, out=tmp_path / "run.nc")
    assert held == [10, 10, 10, 10, 6]


@pytest.mark.parametrize(
    ("first", "last"), [((0.7, 8), (1.1, 12)), ((0.3, 4), (0.8, 9)), ((1.4, 15), (2.0, 21))]
)
def test_extension_is_exact_for_spacings_that_binary_numbers_do_not_hold(first, last, tmp_path):
    system, out = Decay(noise=0.1, dt=0.03), tmp_path / "run.nc"
    system.run(t_end=first[0], snapshots=first[1], out=out).close()
    longer = system.run(t_end=last[0], snapshots=last[1], out=out, resume=True)
    identical(longer.load(), system.run(t_end=last[0], snapshots=last[1]))


def test_spaced_gives_points_per_period():
    chosen = sims.spaced(period=0.5, points_per_period=20, periods=3)
    ds = Decay().run(**chosen)
    np.testing.assert_allclose(np.diff(ds.t), 0.5 / 20, rtol=1e-12)  # round-off of the times
    assert ds.t[-1] == 1.5


def test_file_says_which_step_was_used():
    ds = Decay(dt=0.03).run(t_end=1, snapshots=11)
    assert ds.ergodica.config["step"] == {"dt": 0.025, "steps_per_snapshot": 4}
    assert ds.ergodica.config["device"] == "cpu"


def test_largest_step_divides_the_spacing():
    for spacing, dt in [(0.1, 0.1), (0.1, 0.03), (0.3, 0.1), (1.0, 1e-3), (0.7, 0.07)]:
        steps, used = fixed_steps(spacing, dt)
        assert used <= dt * (1 + 1e-12)
        assert steps == 1 or spacing / (steps - 1) > dt
