"""What cannot be opened says why, in one line, and how to help it."""

import json
import shutil

import numpy as np
import pytest
import xarray as xr
from recordings import FORMATS, record

from ergodica.data import files
from ergodica.data.files import DamagedFile, MissingFile, NewerSchema, NotErgodicaFile, Recording
from ergodica.numerics.errors import ErgodicaError


def refused(path, kind, *words):
    for attempt in (files.open, Recording.reopen):
        with pytest.raises(kind) as error:
            attempt(path)
        text = str(error.value)
        assert "\n" not in text
        assert isinstance(error.value, ErgodicaError)
        assert str(path) in text
        for word in words:
            assert word in text


def test_a_missing_file_names_the_nearest_one(tmp_path):
    record(tmp_path / "soliton.nc", (1,)).finish().close()
    record(tmp_path / "plane.zarr", (1,)).close()
    refused(tmp_path / "solitn.nc", MissingFile, "did you mean 'soliton.nc'?")
    refused(tmp_path / "plane.zar", MissingFile, "did you mean 'plane.zarr'?")
    refused(tmp_path / "x.nc", MissingFile, "known: plane.zarr, soliton.nc")
    refused(tmp_path / "none" / "x.nc", MissingFile, "nor its folder")
    assert issubclass(MissingFile, FileNotFoundError)


def test_a_run_that_ended_before_its_header_says_so(tmp_path):
    (tmp_path / "a.nc.parts").mkdir()
    refused(tmp_path / "a.nc", MissingFile, "nothing is recorded yet")
    assert not files.recorded(tmp_path / "a.nc")
    record(tmp_path / "a.nc", (1,)).finish().close()


def test_any_truncation_of_a_netcdf_file_is_found(tmp_path):
    path = tmp_path / "a.nc"
    record(path, (3,)).finish().close()
    content = path.read_bytes()
    for size in [0, 1, 7, 8, 9, 50, 100, 1000, len(content) // 2, len(content) - 1]:
        path.write_bytes(content[:size])
        refused(path, DamagedFile)


def test_a_damaged_piece_of_an_unfinished_run_is_found(tmp_path):
    recording = record(tmp_path / "a.nc", (3,))
    recording.close()
    header = next(recording._parts.folder.glob("*header.nc"))
    whole = header.read_bytes()
    header.write_bytes(whole[:100])
    for attempt in (files.open, Recording.reopen):
        with pytest.raises(DamagedFile, match="a piece of the run cannot be read"):
            attempt(recording.path)
    header.write_bytes(whole)
    checkpoint = next(recording._parts.folder.glob("*checkpoint.npz"))
    checkpoint.write_bytes(checkpoint.read_bytes()[:-10])
    with pytest.raises(DamagedFile, match="its checkpoint cannot be read"):
        Recording.reopen(recording.path)
    (recording._parts.folder / "run.json").write_text("{")
    with pytest.raises(DamagedFile, match=r"run.json: cannot be read"):
        files.open(recording.path)
    record(tmp_path / "a.nc", (1,), overwrite=True).finish().close()


@pytest.mark.parametrize(
    "content",
    [b"hello, this is text", b"CDF\x01" + bytes(100), b"\x89PNG\r\n\x1a\n" + bytes(50)],
    ids=["text", "classic", "picture"],
)
def test_another_kind_of_file_is_not_ours(tmp_path, content):
    path = tmp_path / "a.nc"
    path.write_bytes(content)
    refused(path, NotErgodicaFile, "ergodica.data.from_arrays")


def test_a_dataset_of_others_is_not_ours(tmp_path):
    foreign = xr.Dataset({"u": ("x", np.arange(3.0))}, attrs={"title": "measured"})
    foreign.to_netcdf(tmp_path / "a.nc", engine="h5netcdf")
    refused(tmp_path / "a.nc", NotErgodicaFile, "ergodica_schema", "ergodica.data.from_arrays")
    foreign.to_zarr(tmp_path / "a.zarr", zarr_format=3, consolidated=False)
    refused(tmp_path / "a.zarr", NotErgodicaFile, "ergodica.data.from_arrays")
    foreign.attrs["ergodica_schema"] = "new"
    foreign.to_netcdf(tmp_path / "b.nc", engine="h5netcdf")
    refused(tmp_path / "b.nc", NotErgodicaFile, "no number")


def test_a_folder_that_is_no_store_is_not_ours(tmp_path):
    (tmp_path / "a.zarr").mkdir()
    refused(tmp_path / "a.zarr", NotErgodicaFile, "without a Zarr store")


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_newer_schema_asks_for_an_update(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    files.write_dataset(xr.Dataset(attrs={"ergodica_schema": 99}), path)
    refused(path, NewerSchema, "at most 1", "got 99")


def test_a_missing_or_broken_piece_of_a_store_is_found(tmp_path):
    path = tmp_path / "a.zarr"
    record(path, (3,)).finish().close()
    kept = tmp_path / "kept"
    shutil.copytree(path, kept)
    (path / "u" / "c" / "0" / "0").unlink()
    refused(path, DamagedFile, "u/c/0/0 is gone")
    shutil.rmtree(path)
    shutil.copytree(kept, path)
    text = (path / "zarr.json").read_text()
    (path / "zarr.json").write_text(text[:-40])
    refused(path, DamagedFile, "zarr.json")


def test_an_unfinished_store_that_was_moved_away_says_so(tmp_path):
    recording = record(tmp_path / "a.zarr", (3,))
    recording.close()
    shutil.rmtree(recording.path)
    with pytest.raises(DamagedFile, match=r"delete that"):
        files.open(recording.path)


def test_an_ending_that_names_no_format_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"out: must end in .nc or .zarr, got .*run.dat"):
        record(tmp_path / "run.dat", ())
    with pytest.raises(ValueError, match=r"out: must end in .nc or .zarr"):
        files.write_dataset(xr.Dataset(), tmp_path / "run")


def test_a_run_without_its_final_state_is_not_extended(tmp_path):
    with record(tmp_path / "a.nc", (3,)).finish() as ds:
        files.write_dataset(ds.load(), tmp_path / "b.nc")
    recording = Recording.reopen(tmp_path / "b.nc")
    assert recording.finished
    with pytest.raises(ValueError, match="holds no final state"):
        recording.append(ds, {"a": np.zeros(1)})


@pytest.mark.parametrize("suffix", FORMATS)
def test_groups_come_back_as_a_tree(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    tree = xr.DataTree.from_dict(
        {
            "/": xr.Dataset(attrs={"title": "measured"}),
            "/entropy": xr.Dataset({"s": ("t", np.arange(3.0))}, {"t": np.arange(3.0)}),
            "/spectrum": xr.Dataset({"p": ("k", np.arange(5.0))}, {"name": ("k", np.array(list("abcde")))}),
        }
    )
    files.write_tree(tree, path)
    with files.open(path) as held:
        tree.attrs["ergodica_schema"] = 1
        xr.testing.assert_identical(held.load(), tree)
    with pytest.raises(files.OutputExists):
        files.write_tree(tree, path)
    files.write_tree(tree.isel(t=slice(2)), path, overwrite=True)
    with files.open(path) as held:
        assert held["entropy"].sizes["t"] == 2
    with files.open(path, group="entropy") as one:
        assert one["s"].sizes == {"t": 2}
    with pytest.raises(ValueError, match="measured groups"):
        Recording.reopen(path)


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_dataset_that_was_opened_lazily_can_replace_its_own_file(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    files.write_dataset(xr.Dataset({"u": ("x", np.arange(4.0))}), path)
    files.write_dataset(files.open(path) * 2, path, overwrite=True)
    files.write_dataset(files.open(path), path, overwrite=True)
    with files.open(path) as ds:
        np.testing.assert_array_equal(ds["u"], 2 * np.arange(4.0))
    if suffix == ".zarr":
        assert json.loads((path / "zarr.json").read_text())["consolidated_metadata"]
