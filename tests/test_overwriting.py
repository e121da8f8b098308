"""Replacing an output never deletes what is not ergodica's to delete."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from recordings import FORMATS, assert_frames, make_header, record

from ergodica.data import files
from ergodica.data.files import OutputExists, Recording
from ergodica.numerics.errors import ParameterError


def as_run(path):
    record(path, (2,), overwrite=True).finish().close()


def as_dataset(path):
    files.write_dataset(xr.Dataset({"u": ("x", np.arange(3.0))}), path, overwrite=True)


def as_tree(path):
    files.write_tree(xr.DataTree(xr.Dataset({"u": ("x", np.arange(3.0))})), path, overwrite=True)


WRITERS = (as_run, as_dataset, as_tree)


def kept(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def notes(tmp_path):
    folder = tmp_path / "notes"
    (folder / "deep").mkdir(parents=True)
    (folder / "deep" / "a.txt").write_text("a")
    (folder / "b.txt").write_text("b")
    return folder


@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("link", [False, True])
def test_a_folder_of_other_files_is_kept(write, suffix, link, notes, tmp_path):
    before = kept(notes)
    out = tmp_path / f"run{suffix}"
    if link:
        out.symlink_to(notes)
    else:
        notes.rename(out)
    with pytest.raises(OutputExists, match=r"never deleted; use another name") as error:
        write(out)
    assert kept(out) == before
    assert "\n" not in str(error.value)
    assert ("leads to" in str(error.value)) == link
    assert not (tmp_path / f"run{suffix}.parts").exists()


@pytest.mark.parametrize("write", WRITERS)
def test_a_file_of_others_inside_a_store_is_kept(write, tmp_path):
    out = tmp_path / "run.zarr"
    as_run(out)
    (out / "notes.txt").write_text("x")
    with pytest.raises(OutputExists, match=r"holds notes\.txt beside its Zarr store"):
        write(out)
    assert (out / "notes.txt").read_text() == "x"
    (out / "notes.txt").unlink()
    write(out)


@pytest.mark.parametrize("write", WRITERS)
def test_a_file_is_no_store_and_a_link_leads_to_no_text(write, tmp_path):
    text = tmp_path / "text.txt"
    text.write_text("x")
    (tmp_path / "run.zarr").write_text("x")
    (tmp_path / "run.nc").symlink_to(text)
    for name in ("run.zarr", "run.nc"):
        with pytest.raises(OutputExists, match=r"is no (Zarr store|NetCDF file)"):
            write(tmp_path / name)
        assert (tmp_path / name).read_text() == "x"


@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize("suffix", FORMATS)
def test_stores_files_and_empty_folders_are_replaced(write, suffix, tmp_path):
    target = tmp_path / f"target{suffix}"
    if suffix == ".zarr":
        target.mkdir()
    write(target)
    write(target)
    link = tmp_path / f"link{suffix}"
    link.symlink_to(target)
    write(link)
    files.open(link).close()


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize("kind", ["notes", "run.json", "file"])
def test_a_folder_of_parts_that_is_not_ours_is_kept(suffix, overwrite, kind, tmp_path):
    folder = tmp_path / f"run{suffix}.parts"
    if kind == "file":
        folder.write_text("x")
    else:
        folder.mkdir()
        (folder / "notes.txt").write_text("x")
    if kind == "run.json":
        (folder / "run.json").write_text('{"name": "marathon"}')
    with pytest.raises(OSError, match=r"run\.(nc|zarr)\.parts") as error:
        record(tmp_path / f"run{suffix}", (2,), overwrite=overwrite)
    assert "\n" not in str(error.value)
    if overwrite:
        assert isinstance(error.value, OutputExists)
    assert folder.is_file() or (folder / "notes.txt").read_text() == "x"
    assert not (tmp_path / f"run{suffix}").exists()


@pytest.mark.parametrize("suffix", FORMATS)
def test_what_others_put_beside_the_pieces_of_a_run_is_kept(suffix, tmp_path):
    out, folder = tmp_path / f"run{suffix}", tmp_path / f"run{suffix}.parts"
    record(out, (2,)).close()
    (folder / "notes.txt").write_text("x")
    (folder / "0123abcd-header.nc").write_text("left by a run that never began")
    Recording.reopen(out).finish().close()
    assert [path.name for path in folder.iterdir()] == ["notes.txt"]
    with Recording.reopen(out) as finished, files.open(out) as ds:
        assert finished.finished
        assert_frames(ds, 2)
    assert [path.name for path in folder.iterdir()] == ["notes.txt"]


@pytest.mark.parametrize(
    ("out", "message"),
    [
        ("/proc/x.nc", r"/proc/x\.nc cannot be written"),
        ("/proc/x.zarr", r"/proc/x\.zarr cannot be written"),
        ("/dev/null/x.nc", "cannot be written"),
        (f"{'x' * 300}.nc", "cannot be written"),
        (3, "must be a path ending in .nc or .zarr, got 3"),
        (b"run.nc", "must be a path"),
        ("a\0.nc", "must be a path"),
    ],
)
def test_a_path_that_cannot_be_is_refused_in_one_line(out, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for write in (as_dataset, as_tree, lambda path: Recording.create(path, make_header(), block_frames=1)):
        with pytest.raises(ParameterError, match=message) as error:
            write(out)
        assert "\n" not in str(error.value)
    assert not list(tmp_path.iterdir())


def test_store_is_replaced_in_one_step(tmp_path, monkeypatch):
    from ergodica.data import writing

    for name in "ab":
        (tmp_path / name).mkdir()
    if not writing.exchanged(tmp_path / "a", tmp_path / "b"):
        pytest.skip("this system cannot exchange two paths")
    for name in "ab":
        (tmp_path / name).rmdir()
    out = tmp_path / "run.zarr"
    files.write_dataset(xr.Dataset({"u": ("x", [1.0])}), out)
    there = []
    rename = Path.rename

    def renamed(self, target):
        there.append((self, target))
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", renamed)
    files.write_dataset(xr.Dataset({"u": ("x", [2.0])}), out, overwrite=True)
    assert there == []  # no rename was needed, so at no instant was there nothing
    assert float(xr.open_zarr(out).u[0]) == 2.0
    assert [path.name for path in tmp_path.iterdir()] == ["run.zarr"]


def test_store_is_replaced_where_paths_cannot_be_exchanged(tmp_path, monkeypatch):
    from ergodica.data import writing

    out = tmp_path / "run.zarr"
    files.write_dataset(xr.Dataset({"u": ("x", [1.0])}), out)
    monkeypatch.setattr(writing, "exchanged", lambda one, other: False)
    files.write_dataset(xr.Dataset({"u": ("x", [2.0])}), out, overwrite=True)
    assert float(xr.open_zarr(out).u[0]) == 2.0
    assert [path.name for path in tmp_path.iterdir()] == ["run.zarr"]
