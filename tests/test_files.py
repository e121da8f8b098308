"""Recording, reading and extending runs, in both formats."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from recordings import (
    FORMATS,
    POINTS,
    assert_frames,
    assert_same_bits,
    make_frames,
    make_header,
    make_state,
    record,
)

from ergodica.data import files
from ergodica.data.chunks import CHUNK_BYTES, chunk_shape
from ergodica.data.files import OutputBusy, OutputExists, Recording


@pytest.mark.parametrize("members", [None, 1, 3])
@pytest.mark.parametrize("suffix", FORMATS)
def test_a_run_reads_the_same_while_it_is_recorded_and_after(tmp_path, suffix, members):
    path = tmp_path / "run" / f"a{suffix}"
    recording = record(path, (), members)
    with files.open(path) as ds:
        assert_frames(ds, 0)
        assert ds.encoding["unfinished"]
    for end in (1, 4, 5, 13):
        recording.append(make_frames(recording.header, recording.frames, end), make_state(end))
        with files.open(path) as ds:
            assert_frames(ds, end)
            unfinished = ds.load()
    with recording.finish() as finished:
        assert finished.load().identical(unfinished)
        assert not finished.encoding.get("unfinished")
        static = make_header(members).drop_dims("t")
        assert (
            finished[list(static.variables)]
            .drop_dims("t", errors="ignore")
            .drop_attrs()
            .equals(static.drop_attrs())
        )
    assert os.listdir(path.parent) == [path.name]


@pytest.mark.parametrize("suffix", FORMATS)
def test_any_selection_of_an_unfinished_run_is_that_of_its_frames(tmp_path, suffix):
    recording = record(tmp_path / f"a{suffix}", (3, 4, 9), 2)
    ds = files.open(recording.path)
    truth = make_frames(recording.header, 0, 9)
    for key in [
        {"t": -1},
        {"t": slice(None, None, 4)},
        {"t": slice(None, None, -2)},
        {"t": slice(5, 5)},
        {"t": [8, 1, 3]},
        {"t": 4, "x": 2, "member": 1},
        {"t": slice(1, 8, 3), "x": slice(2, 6), "member": 0},
        {"t": [7, 0], "x": [3, 1]},
        {"t": xr.DataArray([0, 5], dims="p"), "x": xr.DataArray([1, 7], dims="p")},
    ]:
        np.testing.assert_array_equal(ds["u"].isel(key), truth["u"].isel(key))
    np.testing.assert_array_equal(files.open(recording.path, chunks={})["u"], truth["u"])


def test_blocks_that_were_joined_meanwhile_are_read_from_the_finished_file(tmp_path):
    recording = record(tmp_path / "a.nc", (3, 8))
    ds = files.open(recording.path)
    recording.finish().close()
    assert_frames(ds, 8)
    # and from its extension, of which it is the first block
    recording.append(make_frames(recording.header, 8, 9), make_state(9))
    assert_frames(ds, 8)


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_reopened_run_goes_on_from_its_exact_state(tmp_path, suffix):
    path = record(tmp_path / f"a{suffix}", (2, 7)).path
    recording = Recording.reopen(path)
    assert (recording.frames, recording.finished) == (7, False)
    assert_same_bits(recording.checkpoint, make_state(7))
    assert recording.header.sizes["t"] == 0
    recording.append(make_frames(recording.header, 7, 10), make_state(10))
    with recording.finish() as ds:
        assert_frames(ds, 10)


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_finished_run_is_extended_and_equals_one_made_in_one_go(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    record(path, (2, 7)).finish().close()
    recording = Recording.reopen(path)
    assert (recording.frames, recording.finished) == (7, True)
    assert_same_bits(recording.checkpoint, make_state(7))
    recording.replace_attrs({"ergodica_config": "longer"})
    assert os.listdir(tmp_path) == [path.name], "a finished run is not touched before it is extended"
    recording.append(make_frames(recording.header, 7, 12), make_state(12))
    with files.open(path) as ds:
        assert_frames(ds, 12)
        assert ds.attrs["ergodica_config"] == "longer"
    with recording.finish() as ds:
        extended = ds.load()
    with record(tmp_path / f"b{suffix}", (12,)).finish() as ds:
        assert extended.identical(ds.load().assign_attrs(ergodica_config="longer"))
    assert_same_bits(Recording.reopen(path).checkpoint, make_state(12))


@pytest.mark.parametrize("suffix", FORMATS)
def test_reopening_drops_frames_that_no_checkpoint_vouches_for(tmp_path, suffix, monkeypatch):
    recording = record(tmp_path / f"a{suffix}", (2, 5))
    # as if the process had ended between the block and its checkpoint
    recording._store.append(5, make_frames(recording.header, 5, 9))
    with files.open(recording.path) as ds:
        assert_frames(ds, 9)
    again = Recording.reopen(recording.path)
    assert again.frames == 5
    with files.open(recording.path) as ds:
        assert_frames(ds, 5)
    again.append(make_frames(again.header, 5, 6), make_state(6))
    with again.finish() as ds:
        assert_frames(ds, 6)


@pytest.mark.parametrize("suffix", FORMATS)
def test_attributes_of_an_unfinished_run_can_be_replaced(tmp_path, suffix):
    recording = record(tmp_path / f"a{suffix}", (3,))
    recording.replace_attrs({"ergodica_config": "{new}", "vector": np.arange(2)})
    assert Recording.reopen(recording.path).header.attrs["ergodica_config"] == "{new}"
    with files.open(recording.path) as ds:
        assert_frames(ds, 3)
        np.testing.assert_array_equal(ds.attrs["vector"], [0, 1])


@pytest.mark.parametrize("suffix", FORMATS)
def test_chunks_are_begun_filled_and_crossed(tmp_path, suffix):
    ends = (1, 2, 7, 8, 9, 30, 33)
    recording = record(tmp_path / f"a{suffix}", ends, 3, chunk_bytes=4 * 3 * POINTS * 8)
    with recording.finish() as ds:
        assert_frames(ds, 33)
        assert ds["u"].encoding["chunks" if suffix == ".zarr" else "chunksizes"] == (3, 4, POINTS)


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_run_without_frames_can_be_finished(tmp_path, suffix):
    with record(tmp_path / f"a{suffix}", ()).finish() as ds:
        assert_frames(ds, 0)


def test_plain_readers_see_the_same_numbers(tmp_path):
    import netCDF4

    record(tmp_path / "a.nc", (2, 6)).finish().close()
    with netCDF4.Dataset(tmp_path / "a.nc") as raw:
        np.testing.assert_array_equal(raw["u"][:], make_frames(make_header(), 0, 6)["u"])
        assert not raw["u"].filters()["zlib"]
        assert "_FillValue" not in raw["t"].ncattrs()
    recording = record(tmp_path / "a.zarr", (2, 6))
    for consolidated in (True, False):
        with xr.open_zarr(recording.path, chunks=None, consolidated=consolidated) as ds:
            assert_frames(ds, 6)
            assert ds.attrs["ergodica_frames"] == 6
            assert "_FillValue" not in ds["t"].encoding


def test_the_restart_group_is_not_seen_by_a_plain_open(tmp_path):
    for suffix in FORMATS:
        record(tmp_path / f"a{suffix}", (2,)).finish().close()
    with xr.open_dataset(tmp_path / "a.nc") as ds:
        assert "checkpoint" not in ds.variables
    with xr.open_zarr(tmp_path / "a.zarr", chunks=None) as ds:
        assert "checkpoint" not in ds.variables


@pytest.mark.parametrize("suffix", FORMATS)
def test_an_output_is_not_overwritten_unless_asked(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    unfinished = record(path, (3,))
    for _ in range(2):
        with pytest.raises(OutputExists, match="overwrite=True"):
            record(path, ())
        unfinished.finish().close() if not unfinished.finished else None
    record(path, (1,), 2, overwrite=True).close()
    with files.open(path) as ds:
        assert_frames(ds, 1)
        assert ds.sizes["member"] == 2
    record(path, (2,), overwrite=True).finish().close()
    with files.open(path) as ds:
        assert_frames(ds, 2)
    assert os.listdir(tmp_path) == [path.name]


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_run_belongs_to_one_process(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    code = (
        "import sys; sys.path.insert(0, sys.argv[2])\n"
        "from recordings import record\n"
        "from pathlib import Path\n"
        "recording = record(Path(sys.argv[1]), (2,))\n"
        "print('ready', flush=True); sys.stdin.readline()\n"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", code, str(path), str(Path(__file__).parent)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert other.stdout.readline() == "ready\n"
    for attempt in (lambda: Recording.reopen(path), lambda: record(path, (), overwrite=True)):
        with pytest.raises(OutputBusy, match=f"process {other.pid} ") as refused:
            attempt()
        assert "\n" not in str(refused.value)
    other.kill()
    other.communicate()
    assert Recording.reopen(path).frames == 2


@pytest.mark.parametrize("suffix", FORMATS)
def test_within_a_process_the_later_recording_takes_over(tmp_path, suffix):
    earlier = record(tmp_path / f"a{suffix}", (2,))
    later = Recording.reopen(earlier.path)
    later.append(make_frames(later.header, 2, 4), make_state(4))
    with pytest.raises(OutputBusy, match="later one"):
        earlier.append(make_frames(later.header, 2, 4), make_state(4))
    with later.finish() as ds:
        assert_frames(ds, 4)


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_block_that_does_not_fit_is_refused_before_it_is_written(tmp_path, suffix):
    recording = record(tmp_path / f"a{suffix}", (2,))
    good = make_frames(recording.header, 2, 4)
    for bad, match in [
        (good.drop_vars("u"), "block: must hold u"),
        (good.isel(x=slice(3)), "block: u must be"),
        (good.assign(count=good["count"].astype(float)), "block: count must be int64"),
        (good.isel(t=slice(0)), "block: must have one frame or more"),
    ]:
        with pytest.raises(ValueError, match=match):
            recording.append(bad, make_state(4))
    with pytest.raises(ValueError, match="checkpoint: notes must hold numbers"):
        recording.append(good, {"notes": np.array([{}])})
    recording.append(good, make_state(4))
    with recording.finish() as ds:
        assert_frames(ds, 4)


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("where", ["_store.append", "_parts.save_checkpoint", "after"])
def test_an_interrupt_within_append_leaves_a_run_that_goes_on(tmp_path, suffix, where, monkeypatch):
    recording = record(tmp_path / f"a{suffix}", (3,))
    owner = recording._parts if "_parts" in where or where == "after" else recording._store
    name = "append" if where == "_store.append" else "save_checkpoint"
    done = getattr(owner, name)

    def interrupted(*args):
        if where == "after":
            done(*args)
        raise KeyboardInterrupt

    monkeypatch.setattr(owner, name, interrupted)
    with pytest.raises(KeyboardInterrupt):
        recording.append(make_frames(recording.header, 3, 8), make_state(8))
    monkeypatch.setattr(owner, name, done)
    assert recording.frames == (8 if where == "after" else 3)
    with files.open(recording.path) as ds:
        assert_frames(ds, recording.frames)
    recording.append(make_frames(recording.header, recording.frames, 10), make_state(10))
    with recording.finish() as ds:
        assert_frames(ds, 10)


def test_a_run_outlives_a_change_of_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    recording = record(Path("a.nc"), (2,))
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    recording.append(make_frames(recording.header, 2, 3), make_state(3))
    recording.finish().close()
    with files.open(tmp_path / "a.nc") as ds:
        assert_frames(ds, 3)


@pytest.mark.parametrize("suffix", FORMATS)
def test_recorded_tells_whether_there_is_something_to_reopen(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    assert not files.recorded(path)
    recording = record(path, ())
    assert files.recorded(path)
    recording.finish().close()
    assert files.recorded(path)


@pytest.mark.parametrize(
    ("dims", "shape", "itemsize"),
    [
        (("t",), (0,), 8),
        (("t", "x"), (0, 512), 8),
        (("member", "t", "x"), (64, 0, 4096), 8),
        (("t", "y", "x"), (0, 2048, 2048), 4),
        (("member", "t", "y", "x"), (7, 0, 1000, 1001), 8),
        (("t", "x"), (0, 10**7), 8),
        (("t", "x"), (0, 300_001), 8),
    ],
)
def test_chunks_hold_one_to_four_megabytes(dims, shape, itemsize):
    chunk = chunk_shape(dims, shape, itemsize)
    size = np.prod(chunk) * itemsize
    assert CHUNK_BYTES / 2 <= size <= 2 * CHUNK_BYTES
    assert all(
        1 <= length <= max(1, full) or dim == "t"
        for dim, length, full in zip(dims, chunk, shape, strict=True)
    )
