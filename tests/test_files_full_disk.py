"""A full disk ends a run with one clear error, and the run goes on when there is room again."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from recordings import FORMATS, assert_frames, make_frames, make_header, make_state, record

from ergodica.data import files
from ergodica.data.files import DiskFullError, Recording

ENDS = (2, 5, 9)


class Disk:
    """A disk with room for a number of bytes, which writes the part that fits, as real ones do.

    `pieces` counts the bytes of each file, in the order in which they were written.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch, room: float) -> None:
        self.room = room
        self.write = os.pwrite
        self.pieces: dict[tuple[int, int], int] = {}
        monkeypatch.setattr(os, "pwrite", self.pwrite)

    def pwrite(self, handle: int, content: memoryview, offset: int) -> int:
        fitting = content[: int(min(self.room, len(content)))]
        if len(content) and not len(fitting):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self.room -= len(fitting)
        status = os.fstat(handle)
        piece = status.st_dev, status.st_ino
        self.pieces[piece] = self.pieces.get(piece, 0) + len(fitting)
        return self.write(handle, fitting, offset)


def go_on(path: Path) -> None:
    recording = Recording.reopen(path) if files.recorded(path) else record(path, ())
    for end in ENDS:
        if recording.frames < end:
            recording.append(make_frames(recording.header, recording.frames, end), make_state(end))
    recording.finish().close()


@pytest.mark.parametrize("suffix", FORMATS)
def test_wherever_the_disk_is_full_the_run_is_safe_and_goes_on(tmp_path, suffix, monkeypatch):
    disk = Disk(monkeypatch, np.inf)
    go_on(tmp_path / f"whole{suffix}")
    with files.open(tmp_path / f"whole{suffix}") as ds:
        whole = ds.load()
    sizes = np.array(list(disk.pieces.values()))
    # of a piece that is written, header, block, checkpoint, joined file, half fits or all but a byte
    rooms = np.cumsum(sizes)[:, None] - np.stack([sizes - sizes // 2, np.ones_like(sizes)], 1)
    for number, room in enumerate(rooms.ravel()[:: max(1, rooms.size // 20)].tolist()):
        path = tmp_path / f"run{number}{suffix}"
        disk.room = room
        with pytest.raises(DiskFullError, match=rf"{path.name}: no room .* frames are safe") as full:
            go_on(path)
        assert "\n" not in str(full.value)
        assert full.value.errno == errno.ENOSPC
        assert full.value.nothing_more_fits
        assert not list(tmp_path.rglob("*.writing")), "a temporary file is left"
        safe = int(str(full.value).split(" frames are safe")[0].split()[-1])
        if files.recorded(path):
            with files.open(path) as ds:
                # a store may show a block whose checkpoint had no room; it is true all the same
                assert ds.sizes["t"] == safe or (suffix == ".zarr" and ds.sizes["t"] in ENDS)
                assert ds.sizes["t"] >= safe
                assert_frames(ds, ds.sizes["t"])
        else:
            assert safe == 0
        disk.room = np.inf
        go_on(path)
        with files.open(path) as ds:
            assert ds.load().identical(whole)


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_block_that_met_a_full_disk_can_be_appended_again(tmp_path, suffix, monkeypatch):
    recording = record(tmp_path / f"a{suffix}", (2,))
    block = make_frames(recording.header, 2, 6)
    disk = Disk(monkeypatch, 100)
    for _ in range(2):
        with pytest.raises(DiskFullError, match="2 frames are safe"):
            recording.append(block, make_state(6))
    disk.room = np.inf
    recording.append(block, make_state(6))
    with recording.finish() as ds:
        assert_frames(ds, 6)


def test_writing_a_dataset_to_a_full_disk_changes_nothing(tmp_path, monkeypatch):
    path = tmp_path / "a.nc"
    old = xr.Dataset({"u": ("x", np.arange(4.0))})
    files.write_dataset(old, path)
    Disk(monkeypatch, 3000)
    with pytest.raises(DiskFullError, match="nothing was changed"):
        files.write_dataset(xr.Dataset({"u": ("x", np.zeros(10_000))}), path, overwrite=True)
    with files.open(path) as ds:
        np.testing.assert_array_equal(ds["u"], old["u"])
    assert os.listdir(tmp_path) == ["a.nc"]


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_limit_of_the_system_on_file_sizes_is_met_cleanly(tmp_path, suffix):
    """The HDF5 library ends the process with a segmentation fault when it cannot close a file."""
    code = (
        "import resource, sys; sys.path.insert(0, sys.argv[2])\n"
        "import numpy as np, xarray as xr\n"
        "from ergodica.data.files import DiskFullError, Recording\n"
        "header = xr.Dataset({'u': (('t', 'x'), np.zeros((0, 1000)))}, {'t': np.zeros(0)}, {'ergodica_schema': 1})\n"
        "recording = Recording.create(sys.argv[1], header, block_frames=10)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))\n"
        "random = np.random.default_rng(0)\n"
        "try:\n"
        "    for first in range(0, 100, 10):\n"
        "        block = xr.Dataset({'u': (('t', 'x'), random.random((10, 1000)))}, {'t': first + np.arange(10.)})\n"
        "        recording.append(block, {'at': np.array(first)})\n"
        "    recording.finish()\n"
        "except DiskFullError as error:\n"
        "    print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / f"a{suffix}"), str(Path(__file__).parent)],
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "File too large" in done.stdout
    # parts stay below the limit, so that only the joined file is too large; the Zarr chunk grows over it earlier
    safe = 100 if suffix == ".nc" else 20
    assert f"{safe} frames are safe" in done.stdout
    with files.open(tmp_path / f"a{suffix}") as ds:
        assert np.isfinite(ds["u"].values).all()
        assert ds.sizes["t"] == safe
    if suffix == ".nc":
        Recording.reopen(tmp_path / "a.nc").finish().close()
        assert os.listdir(tmp_path) == ["a.nc"]


def test_a_header_that_does_not_fit_leaves_nothing(tmp_path, monkeypatch):
    Disk(monkeypatch, 0)
    for suffix in FORMATS:
        with pytest.raises(DiskFullError, match="the header"):
            Recording.create(tmp_path / f"a{suffix}", make_header(), block_frames=1)
    assert os.listdir(tmp_path) == []
