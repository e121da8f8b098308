"""Many snapshots a call are the snapshots taken one by one: values, files, warnings, errors and what survives them."""

import warnings

import numpy as np
import pytest

import ergodica
from ergodica import sims
from ergodica.numerics.errors import RunError
from ergodica.sims import loop, plan, stretches

SYSTEMS = {
    "dop853": sims.Flow(system="lorenz63", spread=0.1),
    "radau": sims.Flow(system="rossler", scheme="radau", spread=0.1),
    "rk4": sims.Flow(system="lorenz63", scheme="rk4", spread=0.1),
    "symplectic": sims.Flow(system="henon-heiles", scheme="suzuki-4", spread=1e-3),
    "delay": sims.Flow(system="mackey-glass", spread=1e-3),
    "noise": sims.Flow(system="ornstein-uhlenbeck", spread=0.1),
    "map": sims.Map(system="henon", spread=1e-3),
    "random map": sims.Map(system="ar1"),
}
SQUARE = sims.Flow.from_equations({"x": "a*x**2"}, initial={"x": 1.0}, parameters={"a": 1.0})


def one_by_one(monkeypatch, run):
    """What a run gives without stretches."""
    with monkeypatch.context() as patched:
        patched.setattr(loop, "_most_frames", lambda stepper: 1)
        return run()


def paced(monkeypatch, *counts):
    """Stretches of these lengths in turn, whatever the clock says."""
    turn = iter(range(10**9))
    monkeypatch.setattr(stretches.Pace, "end", lambda self, frames: None)
    monkeypatch.setattr(
        stretches.Pace,
        "frames",
        property(lambda self: counts[next(turn) % len(counts)], lambda self, value: None),
        raising=False,
    )


def identical(one, other):
    assert set(one.variables) == set(other.variables)
    for name in one.variables:
        np.testing.assert_array_equal(one[name].values, other[name].values, err_msg=str(name))


@pytest.mark.parametrize("system", SYSTEMS.values(), ids=SYSTEMS)
def test_stretches_of_any_length_give_the_same_bits_and_leave_the_same_state(system, monkeypatch, tmp_path):
    arguments = {"t_end": 60.0, "snapshots": 61, "members": 3, "seed": 4}
    single = one_by_one(monkeypatch, lambda: system.run(**arguments))
    paced(monkeypatch, 2, 17, 5)
    identical(system.run(**arguments), single)
    system.run(t_end=23.0, snapshots=24, members=3, seed=4, out=tmp_path / "run.nc").close()
    with system.run(**arguments, out=tmp_path / "run.nc", resume=True) as longer:
        identical(longer, single)


def said(run):
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        run()
    return [(str(one.message), one.filename) for one in heard]


@pytest.mark.parametrize(
    "system",
    [
        SQUARE.changed(parameters={"a": [-1.0, 0.301, 0.17, -0.2, 0.105]}),
        sims.Map.from_equations({"x": "a*x*x"}, initial={"x": 2.0}, parameters={"a": 0.5}).changed(
            parameters={"a": [0.1, 0.55, 0.2, 0.3, 0.6]}
        ),
        # too coarse a step: the energy drifts, and more and more
        sims.Flow(system="henon-heiles", scheme="rk4", dt=1.0, spread=1e-3),
    ],
    ids=["blow-ups", "overflows", "drift"],
)
def test_warnings_are_those_of_single_snapshots(system, monkeypatch):
    arguments = {"t_end": 200.0, "snapshots": 201, "members": 5, "progress": False}
    single = one_by_one(monkeypatch, lambda: said(lambda: system.run(**arguments)))
    assert len(single) >= 2
    assert single[0][1] == __file__
    assert said(lambda: system.run(**arguments)) == single
    paced(monkeypatch, 100)
    assert said(lambda: system.run(**arguments)) == single


def test_an_error_within_a_stretch_keeps_every_snapshot_before_it(monkeypatch, tmp_path):
    def run(name, **options):
        with pytest.raises(RunError) as stopped:
            SQUARE.run(t_end=2.0, snapshots=201, out=tmp_path / name, **options)
        return str(stopped.value), stopped.value.__notes__

    single = one_by_one(monkeypatch, lambda: run("single.nc"))
    paced(monkeypatch, 50)
    assert run("run.nc") == single
    assert run("run.nc", resume=True) == single
    with ergodica.open(tmp_path / "run.nc") as kept, ergodica.open(tmp_path / "single.nc") as before:
        identical(kept, before)
        assert kept.sizes["t"] > 99  # the pole of 1/(1-t) is at t = 1


@pytest.mark.parametrize("ending", ["nc", "zarr", None])
def test_an_interrupt_within_a_stretch_loses_that_stretch_alone(ending, monkeypatch, tmp_path):
    system, out = SYSTEMS["dop853"], ending and tmp_path / f"run.{ending}"
    arguments = {"t_end": 60.0, "snapshots": 61, "members": 2}
    whole = system.run(**arguments)
    paced(monkeypatch, 7)
    observe, calls = sims.Flow.observe_many, 0

    def interrupted(self, states, record):
        nonlocal calls
        calls += 1
        if calls == 5:
            raise KeyboardInterrupt
        return observe(self, states, record)

    with monkeypatch.context() as patched:
        patched.setattr(sims.Flow, "observe_many", interrupted)
        # the first snapshot is observed alone, then three times seven
        with pytest.raises(KeyboardInterrupt) as stopped:
            system.run(**arguments, out=out)
    if out is None:
        assert "the 22 of 61 snapshots before it are in the error's `dataset`" in stopped.value.__notes__
        identical(stopped.value.dataset, whole.isel(t=slice(22)))
        return
    assert "22 of 61 snapshots are safe; resume=True goes on" in stopped.value.__notes__
    with system.run(**arguments, out=out, resume=True) as longer:
        identical(longer, whole)


def test_blocks_are_those_of_single_snapshots(monkeypatch, tmp_path):
    from ergodica.data.files import Recording

    held, append = [], Recording.append

    def counted(self, block, checkpoint):
        held.append(block.sizes["t"])
        append(self, block, checkpoint)

    monkeypatch.setattr(plan, "BLOCK_BYTES", 10 * 32)  # ten frames of t and three components
    monkeypatch.setattr(Recording, "append", counted)
    for counts in ((1,), (4,), (100,)):
        held.clear()
        with monkeypatch.context() as patched:
            paced(patched, *counts)
            system = sims.Flow(system="lorenz63")
            system.run(t_end=4.5, snapshots=46, out=tmp_path / "run.nc", overwrite=True).close()
        assert held == [10, 10, 10, 10, 6]


def test_an_old_block_is_handed_over_before_it_is_full(monkeypatch, tmp_path):
    from ergodica.data.files import Recording

    held, append = [], Recording.append

    def counted(self, block, checkpoint):
        held.append(block.sizes["t"])
        append(self, block, checkpoint)

    monkeypatch.setattr(stretches, "SECONDS_BETWEEN_BLOCKS", -1.0)
    monkeypatch.setattr(Recording, "append", counted)
    paced(monkeypatch, 4)
    sims.Flow(system="lorenz63").run(t_end=2.0, snapshots=21, out=tmp_path / "run.nc").close()
    assert held == [1, 4, 4, 4, 4, 4]


def test_the_number_asked_for_follows_the_time_that_snapshots_take(monkeypatch):
    clock = [0.0]
    monkeypatch.setattr(stretches.time, "monotonic", lambda: clock[0])
    pace, asked = stretches.Pace(), []
    for seconds_a_frame in [1e-5] * 5 + [1.0] * 6:
        asked.append(pace.frames)
        pace.begin()
        clock[0] += pace.frames * seconds_a_frame
        pace.end(pace.frames)
    # eight times as many each time until a call takes 0.05 s; one when each takes longer
    assert asked == [1, 8, 64, 512, 4096, 5000, 1, 1, 1, 1, 1]
