"""Windows of snapshots: every one once, the same order whatever the start, never across members, from any source."""

import itertools

import numpy as np
import pytest
import xarray as xr
from recordings import record

from ergodica import data
from ergodica.data.files import MissingFile
from ergodica.numerics.errors import ParameterError

MEMBERS, SNAPSHOTS, COMPONENTS = 3, 50, 2
SMALL = 1200  # bytes: a buffer of a few blocks of a few frames
LENGTHS = [(None, 1), (4, 3)]


def labelled_state(members: int | None = MEMBERS, dtype: str = "f8") -> xr.Dataset:
    """Each value tells its member, snapshot and component."""
    member, t, component = np.ogrid[: members or 1, :SNAPSHOTS, :COMPONENTS]
    state = (1000 * member + t + component / 4).astype(dtype)
    dims = ("member", "t", "component") if members else ("t", "component")
    return data.from_arrays(
        {"state": state if members else state[0]},
        title="labels",
        t=np.arange(SNAPSHOTS) / 2,
        dims={"state": dims},
        units={"state": "1"},
    )


@pytest.fixture(params=["memory", "lazy", ".nc", ".zarr", "dask"], scope="module")
def source(request, tmp_path_factory):
    ds = labelled_state()
    if request.param == "memory":
        return ds
    suffix = request.param if request.param.startswith(".") else ".nc"
    path = tmp_path_factory.mktemp("windows") / f"labels{suffix}"
    data.write_dataset(ds, path)
    if request.param == "lazy":
        return data.open(path)
    return data.open(path, chunks={"t": 7, "member": 2}) if request.param == "dask" else path


def first_frames(batches) -> np.ndarray:
    """Member * 1000 + snapshot of the first frame of each window."""
    state = np.concatenate([batch["state"] for batch in batches])
    return state.reshape(len(state), -1, COMPONENTS)[:, 0, 0]


def one_pass(windows, batch=7, seed=5):
    return itertools.islice(windows.batches(batch=batch, seed=seed), -(-len(windows) // batch))


@pytest.mark.parametrize("buffer_bytes", [SMALL, 2**20])
@pytest.mark.parametrize(("length", "stride"), LENGTHS)
def test_windows_are_the_frames_of_one_member(source, length, stride, buffer_bytes):
    windows = data.Windows(source, ["state"], length=length, stride=stride, buffer_bytes=buffer_bytes)
    span = stride * ((length or 1) - 1)
    assert len(windows) == MEMBERS * (SNAPSHOTS - span)
    for batch in [*one_pass(windows), *windows.in_order(batch=11), windows.sample(13)]:
        state = batch["state"]
        assert state.shape[1:] == (COMPONENTS,) if length is None else (length, COMPONENTS)
        if length is not None:
            # a step over a border of members would be 1000 - SNAPSHOTS
            assert (np.diff(state, axis=1) == stride).all()
        assert (state[..., 1] - state[..., 0] == 0.25).all()


@pytest.mark.parametrize("buffer_bytes", [SMALL, 2**20])
@pytest.mark.parametrize(("length", "stride"), LENGTHS)
def test_each_pass_gives_every_window_once_in_a_new_order(source, length, stride, buffer_bytes):
    windows = data.Windows(source, ["state"], length=length, stride=stride, buffer_bytes=buffer_bytes)
    count = len(windows)
    frames = first_frames(itertools.islice(windows.batches(batch=7, seed=0), 2 * count // 7 + 1))
    passes = frames[:count], frames[count : 2 * count]
    starts = SNAPSHOTS - stride * ((length or 1) - 1)
    every = (1000 * np.arange(MEMBERS)[:, None] + np.arange(starts)).ravel()
    for one in passes:
        np.testing.assert_array_equal(np.sort(one), every)
    assert not np.array_equal(*passes)


@pytest.mark.parametrize("buffer_bytes", [SMALL, 2**20])
def test_a_batch_does_not_depend_on_where_the_stream_starts(source, buffer_bytes):
    windows = data.Windows(source, ["state"], length=3, buffer_bytes=buffer_bytes)
    stream = list(itertools.islice(windows.batches(batch=16, seed=2), 40))
    for start in (1, 8, 9, 10, 27, 39):
        again = next(windows.batches(batch=16, seed=2, start=start))
        np.testing.assert_array_equal(again["state"], stream[start]["state"])
    other = next(windows.batches(batch=16, seed=3))
    assert not np.array_equal(other["state"], stream[0]["state"])


def test_in_order_is_by_time_and_all_members_of_a_snapshot_together(source):
    for buffer_bytes in (SMALL, 2**20):
        windows = data.Windows(source, ["state"], buffer_bytes=buffer_bytes)
        batches = list(windows.in_order(batch=64))
        assert [len(batch["state"]) for batch in batches] == [64, 64, 22]
        number = np.arange(len(windows))
        np.testing.assert_array_equal(first_frames(batches), 1000 * (number % MEMBERS) + number // MEMBERS)


def test_a_sample_is_spread_over_time_and_members(source):
    # 30 or 25 of 50 snapshots of 3 members: one in each stretch of 5 or 6 windows, of 2 snapshots at most; stretches
    # of 6 all begin with the first member
    for buffer_bytes, count in itertools.product((SMALL, 2**20), (25, 30)):
        windows = data.Windows(source, ["state"], buffer_bytes=buffer_bytes)
        frames = first_frames([windows.sample(count)])
        members, times = np.divmod(frames, 1000)
        assert np.diff(times).max() <= 4
        assert times[0] <= 2
        assert times[-1] >= SNAPSHOTS - 3
        assert np.bincount(members.astype(int), minlength=MEMBERS).min() >= 5
        assert len(set(first_frames([windows.sample(10**6)]))) == len(windows)


def test_a_sample_does_not_depend_on_the_buffer(source):
    # few enough that each is read alone, from a member that is not the first one
    small, large = (
        data.Windows(source, ["state"], length=4, buffer_bytes=size).sample(5) for size in (SMALL, 2**20)
    )
    np.testing.assert_array_equal(small["state"], large["state"])
    assert large["state"].max() > 1000


def test_a_buffer_mixes_blocks_from_all_over_the_file(tmp_path):
    data.write_dataset(labelled_state(), tmp_path / "labels.nc")
    windows = data.Windows(tmp_path / "labels.nc", ["state"], buffer_bytes=SMALL)
    members, times = np.divmod(first_frames(one_pass(windows)), 1000)
    first = times[: len(times) // 4]
    # a stream that is not shuffled has the first quarter of the snapshots here
    assert first.max() > 0.75 * SNAPSHOTS
    assert first.min() < 0.25 * SNAPSHOTS
    assert set(members[: len(times) // 4]) == set(range(MEMBERS))


def test_a_batch_larger_than_the_data_goes_on_with_the_next_pass():
    windows = data.Windows(labelled_state(members=None), ["state"])
    frames = first_frames([next(windows.batches(batch=120, seed=0))])
    assert (np.bincount(frames.astype(int)) >= 2).all()
    assert len(frames) == 120


@pytest.mark.parametrize("format_", [".nc", ".zarr"])
def test_a_run_that_is_not_finished_is_read(tmp_path, format_):
    recording = record(tmp_path / f"run{format_}", (4, 8, 12, 14), members=2)
    recording.close()
    for buffer_bytes in (200, 2**20):
        windows = data.Windows(
            tmp_path / f"run{format_}", ["u", "count"], length=3, buffer_bytes=buffer_bytes
        )
        count = np.concatenate([batch["count"] for batch in windows.in_order(batch=5)]) - 2**60
        number = np.arange(len(windows))
        assert len(windows) == 2 * 12
        np.testing.assert_array_equal(count, (number // 2 + number % 2)[:, None] + np.arange(3))


def test_a_variable_without_members_is_the_same_for_all_of_them(source):
    for buffer_bytes in (SMALL, 2**20):
        windows = data.Windows(source, ["state", "t"], length=2, buffer_bytes=buffer_bytes)
        for batch in [*one_pass(windows), *windows.in_order(batch=9), windows.sample(5)]:
            np.testing.assert_array_equal(batch["t"], batch["state"][..., 0] % 1000 / 2)


def test_components_and_complex_variables_have_the_names_of_the_accessor(tmp_path):
    wave = np.exp(1j * np.arange(60)).reshape(20, 3)
    ds = data.from_arrays(
        {"psi": wave}, title="a wave", t=np.arange(20.0), dims={"psi": ("t", "x")}, units={"psi": "1", "x": "1"},
        coordinates={"x": np.arange(3.0)},
    )  # fmt: skip
    data.write_dataset(ds, tmp_path / "wave.nc")
    for source in (ds, tmp_path / "wave.nc"):
        for buffer_bytes in (200, 2**20):
            windows = data.Windows(source, ["psi"], buffer_bytes=buffer_bytes)
            np.testing.assert_array_equal(next(windows.in_order(batch=20))["psi"], wave)


def test_types_are_kept_in_the_byte_order_of_the_machine():
    ds = labelled_state(dtype="f4")
    assert next(data.Windows(ds, ["state"]).batches(batch=2, seed=0))["state"].dtype == np.float32
    swapped = ds.assign(state=ds.state.astype(">f8"))
    assert next(data.Windows(swapped, ["state"]).batches(batch=2, seed=0))["state"].dtype == np.dtype("=f8")


def test_every_batch_passes_the_transform_and_a_split_keeps_it():
    windows = data.Windows(labelled_state(), ["state"], transform=lambda raw: {"x": raw["state"][..., 0]})
    for part in (windows, *windows.split(0.3)):
        assert next(part.batches(batch=3, seed=0))["x"].shape == (3,)
        assert next(part.in_order(batch=3))["x"].shape == (3,)
        assert part.sample(4)["x"].shape == (4,)


@pytest.mark.parametrize("buffer_bytes", [SMALL, 2**20])
@pytest.mark.parametrize(("length", "stride"), LENGTHS)
def test_held_out_windows_are_the_end_of_each_member_after_a_gap_of_a_window(
    source, length, stride, buffer_bytes
):
    windows = data.Windows(source, ["state"], length=length, stride=stride, buffer_bytes=buffer_bytes)
    span = stride * ((length or 1) - 1)
    training, held_out = (
        np.concatenate([batch["state"][..., 0] for batch in part.in_order(batch=8)]).reshape(-1) % 1000
        for part in windows.split(0.3)
    )
    assert set(held_out) == set(range(35, SNAPSHOTS))
    assert set(training) == set(range(35 - span - 1))
    for part in windows.split(0.3):
        shuffled, ordered = first_frames(one_pass(part, batch=1)), first_frames(part.in_order(batch=4))
        np.testing.assert_array_equal(np.sort(shuffled), np.sort(ordered))


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"variables": []}, "variables"),
        ({"length": 0}, "length"),
        ({"length": 2.5}, "length"),
        ({"stride": 0}, "stride"),
        ({"stride": True}, "stride"),
        ({"length": 51}, "51 snapshots, got 50"),
        ({"length": 26, "stride": 2}, "51 snapshots, got 50"),
        ({"variables": ["force"]}, "force: must be a variable of the dataset, got state"),
        ({"variables": ["stat"]}, "did you mean 'state'"),
        ({"variables": ["component"]}, "component: must be a variable over t"),
        ({"source": np.ones(3)}, "source"),
        ({"source": "nothing.nc"}, "nothing.nc"),
    ],
)
def test_what_cannot_work_is_refused_at_once(change, named):
    with pytest.raises((ParameterError, MissingFile), match=named):
        data.Windows(**({"source": labelled_state(), "variables": ["state"]} | change))


@pytest.mark.parametrize("call", [{"batch": 0}, {"batch": 1.5}, {"seed": -1}, {"start": -1}])
def test_a_batch_seed_or_start_out_of_range_is_refused_before_the_first_batch(call):
    windows = data.Windows(labelled_state(), ["state"])
    with pytest.raises(ParameterError, match=next(iter(call))):
        windows.batches(**({"batch": 2, "seed": 0} | call))


@pytest.mark.parametrize("share", [0, 1, -0.5, 2, 0.001, 0.99])
def test_a_split_that_leaves_a_part_empty_is_refused(share):
    with pytest.raises(ParameterError, match="share"):
        data.Windows(labelled_state(), ["state"], length=5).split(share)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_frame_that_is_not_finite_is_named(tmp_path, value):
    ds = labelled_state()
    ds.state[1, 17, 0] = value
    data.write_dataset(ds, tmp_path / "bad.nc")
    named = "state: must be finite, got NaN or infinity in snapshot 17 of member 1"
    for source, buffer_bytes in itertools.product([ds, tmp_path / "bad.nc"], [SMALL, 2**20]):
        with pytest.raises(ParameterError, match=named):
            list(one_pass(data.Windows(source, ["state"], buffer_bytes=buffer_bytes)))
        with pytest.raises(ParameterError, match=named):
            list(data.Windows(source, ["state"], buffer_bytes=buffer_bytes).in_order(batch=9))


def test_what_is_no_number_is_refused():
    ds = labelled_state().assign(word=("t", np.array(["a"] * SNAPSHOTS)))
    with pytest.raises(ParameterError, match="word: must be numbers"):
        data.Windows(ds, ["word"])


def test_a_gap_in_data_that_are_checked_in_pieces_is_named_by_its_own_snapshot(monkeypatch):
    monkeypatch.setattr("ergodica.data.window_frames.CHECKED_BYTES", 1)
    ds = labelled_state()
    ds["state"][2, 31, 1] = np.nan
    with pytest.raises(
        ParameterError, match="state: must be finite, got NaN or infinity in snapshot 31 of member 2"
    ):
        data.Windows(ds, ["state"])
