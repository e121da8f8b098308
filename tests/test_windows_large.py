"""Files larger than the buffer: memory stays bounded, little is read twice, and another process may read along."""

import itertools
import subprocess
import sys
import tracemalloc

import numpy as np
import pytest

from ergodica import data
from ergodica.data.window_blocks import layout
from ergodica.data.window_frames import Reader

MEMBERS, COMPONENTS = 4, 64
FRAME = MEMBERS * COMPONENTS * 8
BUFFER = 256 * 1024


def write_run(path, snapshots):
    state = np.arange(MEMBERS * snapshots * COMPONENTS, dtype=float).reshape(MEMBERS, snapshots, COMPONENTS)
    ds = data.from_arrays(
        {"state": state},
        title="numbers",
        t=np.arange(float(snapshots)),
        dims={"state": ("member", "t", "component")},
        units={"state": "1"},
    )
    if path.suffix == ".zarr":
        ds.state.encoding = {"chunks": (MEMBERS, 16, COMPONENTS)}
    data.write_dataset(ds, path)
    return path


@pytest.fixture(scope="module", params=[".nc", ".zarr"])
def path(request, tmp_path_factory):
    """Of a file 8 times as large as the buffer."""
    return write_run(tmp_path_factory.mktemp("large") / f"run{request.param}", 8 * BUFFER // FRAME)


@pytest.fixture
def frames_read(monkeypatch):
    """Frames of one member, added up over all reads."""
    counts = []
    read = Reader.read

    def counted(self, members, snapshots):
        counts.append((members.stop - members.start) * (snapshots.stop - snapshots.start))
        return read(self, members, snapshots)

    monkeypatch.setattr(Reader, "read", counted)
    return counts


def one_pass(windows, batch):
    return itertools.islice(windows.batches(batch=batch, seed=0), len(windows) // batch)


@pytest.mark.parametrize("length", [None, 8])
def test_memory_is_bounded_by_the_buffer(path, length):
    windows = data.Windows(path, ["state"], length=length, buffer_bytes=BUFFER)
    next(windows.batches(batch=8, seed=0))  # what is imported on the way
    for use in (
        lambda: [None for _ in one_pass(windows, 16)],
        lambda: [None for _ in windows.in_order(batch=16)],
        lambda: windows.sample(16),
    ):
        tracemalloc.start()
        use()
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        # besides the buffer two batches of 1/4 of it, and what is read at a time, once as it comes from the file
        assert peak < 3 * BUFFER, f"{peak / BUFFER:.1f} buffers"


def test_a_pass_reads_each_snapshot_once(path, frames_read):
    windows = data.Windows(path, ["state"], buffer_bytes=BUFFER)
    for _ in one_pass(windows, 64):
        pass
    assert sum(frames_read) == len(windows)
    frames_read.clear()
    for _ in windows.in_order(batch=64):
        pass
    assert sum(frames_read) == len(windows)


@pytest.mark.parametrize("stride", [1, 2])
def test_a_pass_over_windows_reads_few_snapshots_twice(path, frames_read, stride):
    windows = data.Windows(path, ["state"], length=5, stride=stride, buffer_bytes=BUFFER)
    for _ in one_pass(windows, 64):
        pass
    # neighbouring blocks share a window less one frame, a third of what begins in a block; a block that is cut to whole
    # chunks has at least half as many beginnings
    assert len(windows) <= sum(frames_read) < (1 + 2 / 3) * len(windows)


def test_a_late_batch_is_reached_without_reading_what_comes_before(path, frames_read):
    windows = data.Windows(path, ["state"], buffer_bytes=BUFFER)
    next(windows.batches(batch=64, seed=0, start=100 * len(windows) // 64))
    assert sum(frames_read) * FRAME / MEMBERS <= BUFFER


def test_a_small_sample_reads_little_of_a_long_file(path, frames_read, monkeypatch):
    monkeypatch.setattr("ergodica.data.windows.NEAR_BYTES", FRAME)
    windows = data.Windows(path, ["state"], buffer_bytes=BUFFER)
    windows.sample(40)
    assert sum(frames_read) == 40


def test_two_processes_read_one_file_at_the_same_time(path):
    here = data.Windows(path, ["state"], buffer_bytes=BUFFER).in_order(batch=64)
    first = next(here)["state"]  # the file stays open until the last batch
    code = f"""
from ergodica import data
windows = data.Windows({str(path)!r}, ["state"], buffer_bytes={BUFFER})
print(next(windows.batches(batch=64, seed=3, start=17))["state"].sum())
print(next(windows.in_order(batch=64))["state"].sum())
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    stream = data.Windows(path, ["state"], buffer_bytes=BUFFER).batches(batch=64, seed=3, start=17)
    assert [float(line) for line in done.stdout.split()] == [next(stream)["state"].sum(), first.sum()]


def test_a_file_that_becomes_shorter_while_it_is_read_is_named(tmp_path):
    path = write_run(tmp_path / "run.nc", 4 * BUFFER // FRAME)
    windows = data.Windows(path, ["state"], buffer_bytes=BUFFER)
    path.unlink()
    write_run(path, 16)
    with pytest.raises(ValueError, match="must keep its 512 snapshots"):
        next(windows.batches(batch=8, seed=0))


@pytest.mark.parametrize("members", [1, 7, 50])
@pytest.mark.parametrize("span", [0, 3, 100])
@pytest.mark.parametrize("chunk", [(1, 1), (7, 1), (50, 64), (3, 4096)])
@pytest.mark.parametrize("frame_bytes", [8, 10_000, 10**8])
def test_blocks_hold_every_window_once_and_fit_the_buffer(members, span, chunk, frame_bytes):
    chunk = (min(chunk[0], members), chunk[1])
    plan = layout(
        members=members,
        first=5,
        last=203,
        span=span,
        frame_bytes=frame_bytes,
        chunk=chunk,
        buffer_bytes=2**28,
    )
    seen = np.zeros((members, 210), int)
    for block in plan.blocks:
        seen[block.low : block.high, block.first : block.last] += 1
        assert block.high - block.low <= plan.members
        assert block.last - block.first + span <= plan.frames
    assert (seen[:, 5:203] == 1).all()
    assert seen.sum() == members * 198
    block_bytes = plan.members * plan.frames * frame_bytes
    # what cannot be cut further: the members of a chunk, and a window with a quarter more
    least = chunk[0] * (span + 1 + span // 4) * frame_bytes
    assert plan.held * block_bytes <= max(2**28, least)
