"""What a path of a jump process does not depend on, and what its dataset keeps count of."""

import numpy as np
import pytest

import ergodica
from ergodica import sims
from ergodica.sims.engines import gillespie
from ergodica.sims.engines.gillespie_kernel import tables

JumpProcess = sims.JumpProcess
RATCHET = {"parameters": {"V": 1.5}}


def same(one, other):
    for name in other.data_vars:
        assert one[name].values.tobytes() == other[name].values.tobytes(), name


def test_tables_hold_the_probabilities_of_the_rates():
    for n, filled in ((2, 1.0), (5, 0.5), (40, 0.1), (40, 1.0)):
        rng = np.random.default_rng(n)
        rates = np.exp(5 * rng.normal(size=(3, n, n))) * (rng.random((3, n, n)) < filled)
        rates[:, np.arange(n), np.arange(n)] = 0.0
        columns = max(1, int((rates > 0).sum(axis=-1).max()))
        threshold, targets = np.empty((3, n, columns)), np.empty((3, n, columns, 2), np.int64)
        tables(rates, threshold, targets, waiting := np.empty((3, n)))
        total = rates.sum(axis=-1)
        left = total > 0
        np.testing.assert_allclose(waiting[left], 1 / total[left], rtol=1e-14)
        assert (waiting[~left] == np.inf).all()
        found = np.zeros(rates.shape)
        for (m, s, k), share in np.ndenumerate(threshold):
            found[m, s, targets[m, s, k, 0]] += share / columns
            found[m, s, targets[m, s, k, 1]] += (1 - share) / columns
        exact = np.divide(rates, total[..., None], out=np.zeros_like(rates), where=left[..., None])
        np.testing.assert_allclose(found[left], exact[left], atol=1e-14)


def test_every_event_is_counted_in_its_transition_its_time_and_its_state():
    system = JumpProcess(**RATCHET, events_per_snapshot=64)
    ds = system.run(t_end=50.0, snapshots=26, members=3, record="events", warm_up=1.0)
    np.testing.assert_allclose(ds.dwell_time.sum("from_state"), np.tile(ds.t, (3, 1)), rtol=1e-12)
    np.testing.assert_array_equal(ds.event_count.cumsum("t"), ds.transitions.sum(("from_state", "to_state")))
    for m in range(3):
        one = ds.isel(member=m)
        there = one.event_state.values >= 0
        np.testing.assert_array_equal(there.sum(axis=1), one.event_count)
        times, states = one.event_time.values[there], one.event_state.values[there]
        assert (np.diff(times) > 0).all()
        assert (one.event_time.values[~there] == -1).all()
        path = np.append(one.state.values[0], states)
        counts = np.zeros((6, 6), int)
        np.add.at(counts, (path[:-1], path[1:]), 1)
        np.testing.assert_array_equal(one.transitions.isel(t=-1), counts)
        np.testing.assert_array_equal(one.state, path[np.searchsorted(times, one.t.values, side="right")])
        stays = np.diff(np.concatenate([[0.0], times, [50.0]]))
        np.testing.assert_allclose(one.dwell_time.isel(t=-1), np.bincount(path, stays, 6), atol=1e-11)


def test_the_path_does_not_depend_on_when_it_is_looked_at():
    fine = JumpProcess(**RATCHET).run(t_end=40.0, snapshots=401, seed=2)
    coarse = JumpProcess(**RATCHET).run(t_end=40.0, snapshots=3, seed=2)
    for name in ("state", "transitions"):
        np.testing.assert_array_equal(fine[name].sel(t=[0, 20, 40]), coarse[name])
    np.testing.assert_allclose(fine.dwell_time.isel(t=-1), coarse.dwell_time.isel(t=-1), rtol=1e-12)


def test_a_warm_up_is_the_beginning_of_the_path_and_leaves_the_counts_at_zero():
    whole = JumpProcess(**RATCHET).run(t_end=30.0, snapshots=31, seed=3)
    warm = JumpProcess(**RATCHET).run(t_end=20.0, snapshots=21, seed=3, warm_up=10.0)
    np.testing.assert_array_equal(warm.state, whole.state[10:])
    np.testing.assert_array_equal(warm.transitions, (whole.transitions - whole.transitions[10])[10:])
    assert not warm.dwell_time[0].any()


@pytest.mark.parametrize("threads", [1, 2])
def test_members_have_the_same_bits_on_any_number_of_threads_and_in_any_company(threads, monkeypatch):
    monkeypatch.setattr(gillespie, "WORTH_THREADS", 0)
    system = JumpProcess(**RATCHET, events_per_snapshot=600)
    arguments = {"t_end": 300.0, "snapshots": 7, "seed": 5, "record": "events"}
    alone = system.run(members=1, **arguments)
    many = system.run(members=20, threads=threads, **arguments)
    same(many.isel(member=[0]), alone)
    same(many, system.run(members=20, threads=1, **arguments))
    assert len(np.unique(many.transitions[:, -1, 0, 1])) > 5


def test_the_length_of_calls_leaves_no_trace(monkeypatch):
    system = JumpProcess(**RATCHET)
    whole = system.run(t_end=2000.0, snapshots=3, members=2)
    assert whole.transitions[:, -1].sum() > 4 * 1024
    monkeypatch.setattr(gillespie, "EVENTS_A_CALL", 1)  # 1024 events a call
    same(system.run(t_end=2000.0, snapshots=3, members=2), whole)


def test_a_file_with_every_event_is_extended_bit_for_bit(tmp_path):
    system = JumpProcess(**RATCHET, events_per_snapshot=64)
    asked = {"members": 2, "record": "events", "seed": 7}
    whole = system.run(t_end=20.0, snapshots=21, **asked)
    with system.run(t_end=9.0, snapshots=10, out=tmp_path / "a.nc", **asked):
        pass
    with system.run(t_end=20.0, snapshots=21, out=tmp_path / "a.nc", resume=True, **asked) as more:
        same(more, whole)


def test_members_with_parameters_of_their_own_are_those_of_one_parameter():
    each = JumpProcess(parameters={"V": [0.5, 2.0], "b": [1.0, 3.0]}).run(t_end=50.0, snapshots=3, members=2)
    np.testing.assert_array_equal(each.V, [0.5, 2.0])
    assert each.rates.dims == ("member", "from_state", "to_state")
    assert each.entropy_production_rate.dims == ("member",)
    for j, parameters in enumerate(({"V": 0.5}, {"V": 2.0, "b": 3.0})):
        one = JumpProcess(parameters=parameters).run(t_end=50.0, snapshots=3, members=2)
        for name in ("state", "transitions", "dwell_time"):
            assert each[name][j].values.tobytes() == one[name][j].values.tobytes()
        np.testing.assert_allclose(each.rates[j], one.rates)


@pytest.mark.parametrize(
    ("given", "members"),
    [
        ({"rates": [[0, 1.0], [2.0, 0]], "state_names": ("shut", "open"), "initial": "open"}, None),
        ({"rates": np.ones((3, 4, 4)) - np.eye(4), "initial": [0, 1, 2]}, 3),
        ({"network": "three-state-ring", "parameters": {"affinity": [1.0, 2.0]}}, 2),
        ({"rates": "-1,1; 2,-2"}, None),
    ],
)
def test_a_file_gives_its_simulation_back(given, members, tmp_path):
    system = JumpProcess(**given)
    with system.run(t_end=5.0, snapshots=6, members=members, out=tmp_path / "a.nc") as ds:
        again = sims.from_dataset(ds)
        assert again == system
        assert ds.ergodica.check() == []
        same(again.run(**ds.ergodica.run_arguments), ds)
    assert ergodica.open(tmp_path / "a.nc").from_state_name.values.tolist() == list(system.states)


def test_a_run_starts_from_a_snapshot_of_another():
    ds = JumpProcess(**RATCHET).run(t_end=9.0, snapshots=2, members=4)
    more = JumpProcess(**RATCHET, initial=ds.isel(t=-1)).run(t_end=1.0, snapshots=2, members=4)
    np.testing.assert_array_equal(more.state[:, 0], ds.state[:, -1])
