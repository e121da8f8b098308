"""Whatever is asked of a jump process, it runs or ends in our own error of one line."""

import math

import numpy as np
import pytest
import xarray as xr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import ergodica
from ergodica import sims
from ergodica.numerics.errors import ErgodicaError, ParameterError
from ergodica.scripts.main import run as command

JumpProcess = sims.JumpProcess
SPLIT = [[0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0]]
REFUSED = [
    ({"network": "ratchet"}, r"network: 'ratchet' is not known; did you mean 'flashing-ratchet'"),
    ({"parameters": {"v": 1}}, r"parameters: flashing-ratchet has no 'v'; did you mean 'V'"),
    ({"parameters": {"r": -1}}, r"parameters\.r: must be at least 0 .*, got -1; the default is 1"),
    ({"parameters": {"V": []}}, r"parameters\.V: must hold one number a member"),
    ({"parameters": {"V": [1, 2], "r": [1, 2, 3]}}, r"parameters: must have one length"),
    ({"parameters": {"r": 0}}, r"rates: must lead .* unique, got several such sets; give the initial state"),
    ({"rates": SPLIT}, r"rates: must lead from every state to one set"),
    ({"rates": [[0, 1]]}, r"rates: must have shape"),
    ({"rates": [[0]]}, r"rates: must be between 2"),
    ({"rates": [[0, -1], [1, 0]]}, r"rates: must be 0 or from .*, got -1 at \[0, 1\]"),
    ({"rates": [[0, math.nan], [1, 0]]}, r"rates: must be 0 or from .*, got nan"),
    ({"rates": [[0, 1e200], [1, 0]]}, r"rates: must be 0 or from .*another unit of time"),
    ({"rates": [[0.5, 0.5], [0.5, 0.5]]}, r"rates: must have 0 or minus the sum of the row on the diagonal, got 0\.5"),
    ({"rates": "0,1;a,0"}, r"rates: must be a square matrix of numbers"),
    ({"rates": [[0, 1], [1]]}, r"rates: must be a square matrix of numbers"),
    ({"rates": "from-file"}, r"rates: 'from-file' needs its file"),
    ({"rates": [[0, 1], [1, 0]], "parameters": {"V": 1}}, r"parameters: are for a network by name, got V"),
    ({"rates": [[0, 1], [1, 0]], "state_names": ("a", "a")}, r"state_names: must be 2 different names"),
    ({"state_names": ("a", "b")}, r"state_names: are for rates of your own"),
    ({"initial": "statoinary"}, r"initial: must be stationary or a state, .*did you mean 'stationary'"),
    ({"initial": 6}, r"initial: must be stationary, .* from 0 to 5, got '6'"),
    ({"initial": 1.5}, r"initial: must be"),
    ({"initial": []}, r"initial: must hold a state for each member"),
    ({"initial": xr.Dataset()}, r"initial: must be one snapshot"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "message"), REFUSED)
def test_what_cannot_work_is_refused_with_its_remedy(changes, message):
    with pytest.raises(ParameterError, match=message) as caught:
        JumpProcess(**changes)
    assert "\n" not in str(caught.value)


def test_room_for_events_is_checked_before_the_first_step():
    arguments = {"t_end": 10.0, "snapshots": 2, "record": "events"}
    with pytest.raises(ParameterError, match=r"events_per_snapshot: must be at least \d+ for up to"):
        JumpProcess().run(**arguments)
    with pytest.raises(ParameterError) as caught:
        JumpProcess(events_per_snapshot=5).run(**arguments)
    room = int(str(caught.value).split("use events_per_snapshot=")[1].split()[0])
    JumpProcess(events_per_snapshot=room).run(**arguments)


@pytest.mark.parametrize("asked", [{"t_end": 1e300}, {"t_end": 1.0, "warm_up": 1e20}])
def test_more_events_than_can_be_numbered_are_refused_before_the_first(asked):
    with pytest.raises(ParameterError, match=r"t_end: must leave at most .* events between snapshots, got"):
        JumpProcess().run(snapshots=2, **asked)


def test_members_must_fit_what_is_given_for_each():
    for changes, name in (
        ({"initial": [0, 1]}, "initial"),
        ({"rates": np.ones((2, 3, 3)) - np.eye(3)}, "rates"),
        ({"parameters": {"V": [1.0, 2.0]}}, "V"),
    ):
        with pytest.raises(ParameterError, match=f"members: must equal the 2 values of {name}"):
            JumpProcess(**changes).run(t_end=1.0, snapshots=2, members=3)


def test_states_may_be_named_numbered_or_of_a_generator():
    named = JumpProcess(initial="1 off")
    assert named == JumpProcess(initial=4) == JumpProcess(initial="4") == JumpProcess(initial=np.array(4))
    generator = JumpProcess(rates=[[-3, 1, 2], [1, -1, 0], [0, 5, -5]])
    assert generator == JumpProcess(rates="0,1,2; 1,0,0; 0,5,0")
    assert generator.network == "user"


def test_the_shell_runs_draws_and_lists_it(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    asked = ["--t-end", "20", "--snapshots", "21", "--members", "2"]
    assert command(["simulate", "jump-process", "--parameters.V", "0.5,2", *asked, "-o", "a.nc"]) == 0
    assert (
        command(
            [
                "simulate",
                "jump-process",
                "--rates",
                "0,1,1; 2,0,1; 1,1,0",
                "--initial",
                "2",
                *asked,
                "-o",
                "b.nc",
            ]
        )
        == 0
    )
    with ergodica.open("b.nc") as ds:
        assert ds.rates.values.tolist() == [[0, 1, 1], [2, 0, 1], [1, 1, 0]]
        assert (ds.state[:, 0] == 2).all()
    for file in ("a", "b"):
        assert command(["plot", f"{file}.nc", "-o", f"{file}.png"]) == 0
    events = ["--events-per-snapshot", "40", "--record", "events"]
    assert (
        command(["simulate", "jump-process", "--preset", "three-state-ring", *events, *asked, "-o", "c.nc"])
        == 0
    )
    assert command(["plot", "c.nc", "-o", "c.png"]) == 0
    assert command(["simulate", "--like", "a.nc", "-o", "d.nc"]) == 0
    with ergodica.open("a.nc") as one, ergodica.open("d.nc") as other:
        assert (one.transitions == other.transitions).all()


awkward = st.sampled_from(
    [None, "", "x", "nan", [], {}, -1, 0, 1.5, True, 1e308, math.inf, b"x", 2**70, "1,2"]
)
fields = {
    "network": st.one_of(st.sampled_from(["three-state-ring", "hodgkin-huxley-potassium", "mine"]), awkward),
    "parameters": st.one_of(
        awkward,
        st.dictionaries(
            st.sampled_from(["V", "b", "r", "affinity", "k", "voltage", "x"]),
            st.one_of(st.floats(-3, 3), awkward, st.lists(st.floats(0, 2), max_size=3)),
            max_size=2,
        ),
    ),
    "rates": st.one_of(
        awkward,
        st.lists(
            st.lists(st.sampled_from([0, 1, 2.5, 1e-3]), min_size=3, max_size=3), min_size=3, max_size=3
        ),
        st.sampled_from(["0,1;1,0", "0,1;0,0", "1", ";", "0 1;1 0"]),
    ),
    "state_names": st.one_of(st.sampled_from([("a", "b", "c"), ("a",)]), awkward),
    "initial": st.one_of(st.sampled_from(["stationary", "0 on", 2, [0, 1], np.array([0, 1])]), awkward),
    "events_per_snapshot": st.one_of(st.sampled_from([0, 50]), awkward),
}
run_fields = {
    "members": st.sampled_from([None, 1, 2, 3]),
    "record": st.sampled_from([(), "events", "rates"]),
    "warm_up": st.sampled_from([0.0, 0.3, -1.0]),
    "threads": st.sampled_from([None, 1, 2, 0]),
}


@settings(max_examples=300, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(values=st.fixed_dictionaries({}, optional=fields), run=st.fixed_dictionaries({}, optional=run_fields))
def test_every_configuration_runs_or_ends_in_our_own_error(values, run):
    refused = None
    try:
        ds = JumpProcess(**values).run(t_end=1.0, snapshots=3, **run)
    except ErgodicaError as error:
        refused = str(error)
    if refused is not None:
        assert "\n" not in refused
        assert len(refused) < 400
        return
    last = ds.isel(t=-1)
    np.testing.assert_allclose(last.dwell_time.sum("from_state"), 1.0, rtol=1e-12)
    assert (
        last.transitions.values[np.broadcast_to(last.rates.values == 0, last.transitions.shape)] == 0
    ).all()


def test_own_rates_and_a_network_by_name_take_each_other_s_place():
    own = JumpProcess.preset("three-state-ring", rates=[[0, 1], [2, 0]], state_names=("a", "b"))
    assert own.parameters == {}
    assert own.changed(network="flashing-ratchet") == JumpProcess()
    assert JumpProcess(parameters={"V": 3.0}).changed(rates=[[0, 1], [2, 0]]).states == ("0", "1")


def test_a_start_from_the_stationary_law_is_in_no_state_of_no_probability(monkeypatch):
    from ergodica.numerics import random
    from ergodica.sims.jump_process_start import STATIONARY, states_at_start
    from ergodica.sims.simulation import Draw

    draws = [Draw(seed=0, member=0)]
    for u, state in ((0.0, 1), (1.0 - 2.0**-53, 2)):
        monkeypatch.setattr(random, "uniforms", lambda *a, u=u, **k: np.array([u]))
        found = states_at_start(STATIONARY, np.array([[0.0, 0.25, 0.75, 0.0]]), draws)
        assert found.tolist() == [state]
