"""Whatever is asked of a linear process, it runs, with the same bits in any company, or ends in our own error."""

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
from ergodica.sims.engines import linear

LinearSDE = sims.LinearSDE
ONE = [[-1.0]]
REFUSED = [
    ({"process": "gyrator"}, r"process: 'gyrator' is not known; did you mean 'brownian-gyrator'"),
    ({"parameters": {"K": 1}}, r"parameters: brownian-gyrator has no 'K'; did you mean 'k'"),
    ({"parameters": {"k": 0}}, r"parameters\.k: must be above 0 .*, got 0; the default is 1"),
    ({"parameters": {"c": 1}}, r"drift_matrix: must have eigenvalues of negative real part .*; give a start"),
    ({"parameters": {"T1": [1, 2], "k": [1, 2, 3]}}, r"parameters: must have one length"),
    ({"drift_matrix": [[0.0]]}, r"drift_matrix: must have eigenvalues .*, got 0; .* initial=\[0\]"),
    ({"drift_matrix": [[0, 1], [-1, 0]]}, r"drift_matrix: must have eigenvalues of negative real part"),
    ({"drift_matrix": [[1, 2]]}, r"drift_matrix: must have shape"),
    ({"drift_matrix": [[math.inf]]}, r"drift_matrix: must be finite"),
    ({"drift_matrix": "a"}, r"drift_matrix: must be a square matrix of numbers"),
    ({"drift_matrix": "from-file"}, r"drift_matrix: 'from-file' needs its file"),
    ({"drift_matrix": ONE, "diffusion_matrix": [[-1]]}, r"diffusion_matrix: must have no negative eigenvalue, got -1"),
    ({"drift_matrix": -np.eye(2), "diffusion_matrix": [[1, 2], [0, 1]]}, r"diffusion_matrix: must be symmetric"),
    ({"drift_matrix": -np.eye(2), "diffusion_matrix": [[1]]}, r"diffusion_matrix: must fit a drift_matrix"),
    ({"drift_matrix": ONE, "parameters": {"k": 1}}, r"parameters: are for a process by name, got k"),
    ({"drift_matrix": ONE, "component_names": ("a", "b")}, r"component_names: must be 1 different names, got 2"),
    ({"diffusion_matrix": ONE}, r"diffusion_matrix: is for a drift_matrix of your own"),
    ({"initial": "statoinary"}, r"initial: must be stationary or numbers, got .*; give a value for each of x, y"),
    ({"initial": [1, 2, 3]}, r"initial: must have shape \(2,\)"),
    ({"initial": {"z": 1}}, r"initial: has no component 'z'"),
    ({"initial": [1, math.nan]}, r"initial: must be finite, got nan"),
    ({"initial": xr.Dataset()}, r"initial: must be one snapshot"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "message"), REFUSED)
def test_what_cannot_work_is_refused_with_its_remedy(changes, message):
    with pytest.raises(ParameterError, match=message) as caught:
        LinearSDE(**changes)
    assert "\n" not in str(caught.value)


def test_growth_beyond_all_numbers_is_refused_before_the_first_step():
    with pytest.raises(
        ParameterError, match=r"drift_matrix: must not grow beyond all numbers between two snapshots"
    ):
        LinearSDE(drift_matrix=[[1e3]], initial=[0.0]).run(t_end=1.0, snapshots=2)


def test_times_at_which_round_off_is_all_are_refused_and_shorter_ones_end_in_the_stationary_law():
    with pytest.raises(ParameterError, match=r"t_end: must be below .* between snapshots, got"):
        LinearSDE().run(t_end=1e300, snapshots=2)
    ds = LinearSDE().run(t_end=1e100, snapshots=2, members=4000)
    # 5 standard errors of a variance; the two snapshots have nothing in common
    np.testing.assert_allclose(
        ds.state[:, 1].var("member"), np.diag(ds.covariance), rtol=5 * np.sqrt(2 / 4000)
    )
    assert abs(np.corrcoef(ds.state[:, 0, 0], ds.state[:, 1, 0])[0, 1]) < 5 / np.sqrt(4000)


def same(one, other):
    for name in other.data_vars:
        assert one[name].values.tobytes() == other[name].values.tobytes(), name


@pytest.mark.parametrize("d", [1, 2, 3, 40])
def test_members_have_the_same_bits_on_any_threads_in_any_company_and_in_any_cut(d, monkeypatch):
    monkeypatch.setattr(linear, "WORTH_THREADS", 0)
    rng = np.random.default_rng(d)
    system = LinearSDE(drift_matrix=rng.normal(size=(d, d)) - 3 * np.sqrt(d) * np.eye(d))
    asked = {"t_end": 70.0, "snapshots": 701, "seed": 3, "record": ("drift", "drift_divergence")}
    alone = system.run(members=1, **asked)
    same(system.run(members=7, threads=2, **asked).isel(member=[0]), alone)
    monkeypatch.setattr(linear, "NUMBERS_A_CALL", 1)  # one step a call
    same(system.run(members=1, **asked), alone)
    moved = np.einsum("ij,mtj->mti", alone.drift_matrix.values, alone.state.values)
    np.testing.assert_allclose(alone.drift, moved, atol=1e-12 * np.abs(moved).max())
    np.testing.assert_allclose(alone.drift_divergence, np.trace(alone.drift_matrix), rtol=1e-14)


def test_members_with_matrices_of_their_own_are_those_of_one():
    each = LinearSDE(parameters={"k": [0.6, 30.0]}).run(t_end=5.0, snapshots=51, members=2)
    np.testing.assert_array_equal(each.k, [0.6, 30.0])
    assert each.covariance.dims == ("member", "component", "by_component")
    for j, stiff in enumerate((0.6, 30.0)):
        one = LinearSDE(parameters={"k": stiff}).run(t_end=5.0, snapshots=51, members=2)
        assert each.state[j].values.tobytes() == one.state[j].values.tobytes()
        assert float(each.entropy_production_rate[j]) == float(one.entropy_production_rate)


@pytest.mark.parametrize(
    ("given", "members"),
    [
        ({"drift_matrix": "0,1; -1,-1", "diffusion_matrix": "0,0;0,1", "component_names": ("x", "v")}, None),
        ({"drift_matrix": -np.ones((2, 1, 1)), "initial": [[1.0], [2.0]]}, 2),
        ({"process": "rotation", "parameters": {"w": [1.0, 2.0]}}, 2),
        ({"initial": {"y": 2.0}}, None),
    ],
)
def test_a_file_gives_its_simulation_back_and_is_extended_bit_for_bit(given, members, tmp_path):
    system = LinearSDE(**given)
    with system.run(t_end=5.0, snapshots=6, members=members, warm_up=0.7, out=tmp_path / "a.nc") as ds:
        assert sims.from_dataset(ds) == system
        assert ds.ergodica.check() == []
        whole = sims.from_dataset(ds).run(**ds.ergodica.run_arguments | {"t_end": 9.0, "snapshots": 10})
    asked = {"members": members, "warm_up": 0.7, "out": tmp_path / "a.nc", "resume": True}
    with system.run(t_end=9.0, snapshots=10, **asked) as more:
        same(more, whole)


def test_a_run_starts_from_a_snapshot_of_another():
    ds = LinearSDE().run(t_end=9.0, snapshots=2, members=4)
    more = LinearSDE(initial=ds.isel(t=-1)).run(t_end=1.0, snapshots=2, members=4)
    np.testing.assert_array_equal(more.state[:, 0], ds.state[:, -1])


def test_a_drift_matrix_and_a_process_by_name_take_each_other_s_place():
    own = LinearSDE.preset("rotation", drift_matrix=ONE, component_names=("a",))
    assert own.parameters == {}
    assert own.changed(process="brownian-gyrator") == LinearSDE()
    assert LinearSDE(parameters={"k": 3.0}).changed(drift_matrix=ONE).components == ("x0",)


def test_the_shell_runs_and_draws_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    asked = ["--t-end", "20", "--snapshots", "21", "--members", "2"]
    named = ["--preset", "rotation", "--parameters.w", "0.5,2", "--record", "drift,drift_divergence"]
    assert command(["simulate", "linear-sde", *named, *asked, "-o", "a.nc"]) == 0
    own = ["--drift-matrix", "-1,-2; 2,-1", "--initial", "3,-4"]
    assert command(["simulate", "linear-sde", *own, *asked, "-o", "b.nc"]) == 0
    with ergodica.open("b.nc") as ds:
        assert (ds.state[:, 0] == [3.0, -4.0]).all()
        assert ds.drift_matrix.values.tolist() == [[-1, -2], [2, -1]]
    for file in ("a", "b"):
        assert command(["plot", f"{file}.nc", "-o", f"{file}.png"]) == 0
    assert command(["simulate", "--like", "b.nc", "-o", "c.nc"]) == 0
    with ergodica.open("b.nc") as one, ergodica.open("c.nc") as other:
        assert (one.state == other.state).all()


awkward = st.sampled_from(
    [None, "", "x", "nan", [], {}, -1, 0, 1.5, True, 1e308, math.inf, b"x", 2**70, "1,2"]
)
entry = st.sampled_from([0, 1, -2, -0.5, 1e3, -1e-3])
matrix = st.one_of(
    awkward,
    st.lists(st.lists(entry, min_size=2, max_size=2), min_size=2, max_size=2),
    st.sampled_from(["-1,0;0,-1", "-1", ";", np.zeros((2, 2)), -np.ones((2, 1, 1)), np.ones((2, 2))]),
)
fields = {
    "process": st.one_of(st.sampled_from(["rotation", "aoup-in-a-trap", "mine"]), awkward),
    "parameters": st.one_of(
        awkward,
        st.dictionaries(
            st.sampled_from(["k", "c", "T1", "w", "v0", "eps", "x"]),
            st.one_of(st.floats(-3, 3), awkward, st.lists(st.floats(0, 2), max_size=3)),
            max_size=2,
        ),
    ),
    "drift_matrix": matrix,
    "diffusion_matrix": matrix,
    "component_names": st.one_of(st.sampled_from([("a", "b"), ("a",)]), awkward),
    "initial": st.one_of(st.sampled_from(["stationary", [0, 1], np.ones((2, 2)), {"x": 1.0}]), awkward),
}
run_fields = {
    "members": st.sampled_from([None, 1, 2, 3]),
    "record": st.sampled_from([(), "drift", "covariance"]),
    "warm_up": st.sampled_from([0.0, 0.3, -1.0]),
    "threads": st.sampled_from([None, 1, 2, 0]),
}


@settings(max_examples=300, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(values=st.fixed_dictionaries({}, optional=fields), run=st.fixed_dictionaries({}, optional=run_fields))
def test_every_configuration_runs_or_ends_in_our_own_error(values, run):
    refused = None
    try:
        ds = LinearSDE(**values).run(t_end=1.0, snapshots=3, **run)
    except ErgodicaError as error:
        refused = str(error)
    if refused is not None:
        assert "\n" not in refused
        assert len(refused) < 400
        return
    assert np.isfinite(ds.state).all()
