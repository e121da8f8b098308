"""`ergodica measure`, `plot`, `info`, `check` and `demo`: what they write and say."""

import json
import math

import numpy as np
import pytest
import xarray as xr

import ergodica
from ergodica import estimators, sims
from ergodica.scripts.main import run
from ergodica.scripts.summary import largest_drifts, summary


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Two members of a small run, once for this module."""
    folder = tmp_path_factory.mktemp("made")
    simulation = sims.NLSE.preset("gaussian", points=64, length=20.0, initial_parameters={"amplitude": 0.5})
    simulation.run(t_end=0.2, snapshots=5, members=2, out=folder / "run.nc").close()
    return folder / "run.nc"


@pytest.fixture
def file(made, tmp_path, monkeypatch):
    """A copy of the run in an empty folder, which is the current one."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "run.nc").write_bytes(made.read_bytes())
    return "run.nc"


@pytest.mark.parametrize(
    ("tokens", "base"), [([], math.e), (["--base", "2"], 2.0), (["--base", "e"], math.e)]
)
def test_measure_writes_what_python_returns(file, tokens, base, capsys):
    assert run(["measure", file, "-o", "entropy.nc", *tokens]) == 0
    assert "5 snapshots" in capsys.readouterr().out
    with ergodica.open("entropy.nc") as tree, ergodica.open(file) as ds:
        expected = estimators.measure(ds, base=base)
        assert isinstance(tree, xr.DataTree)
        for node in expected.subtree:
            for name, values in node.data_vars.items():
                np.testing.assert_array_equal(tree[node.path][name], values)
                assert tree[node.path][name].attrs["units"] == values.attrs["units"]
        assert len(tree.attrs["history"].splitlines()) == 2


def test_measure_and_plot_name_their_files_after_the_run(file, tmp_path):
    assert run(["measure", file]) == 0
    assert run(["plot", file]) == 0
    assert run(["plot", "run-entropy.nc"]) == 0
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"run.nc", "run-entropy.nc", "run.png", "run-entropy.png"}


@pytest.mark.parametrize("ending", [".png", ".pdf", ".svg", ".gif"])
def test_plot_writes_the_format_that_the_ending_names(file, ending, tmp_path, capsys):
    start = {".png": b"\x89PNG", ".pdf": b"%PDF", ".svg": b"<?xml", ".gif": b"GIF89a"}
    out = f"pictures/run{ending}"
    assert run(["plot", file, "-o", out, "--variable", "psi", "--member", "1"]) == 0
    assert (tmp_path / out).read_bytes().startswith(start[ending])
    assert capsys.readouterr().out.startswith(f"{out}: ")


@pytest.mark.parametrize("command", ["measure", "plot"])
def test_results_are_not_overwritten_without_force(file, command, tmp_path, capsys):
    out = "there.nc" if command == "measure" else "there.png"
    (tmp_path / out).write_text("precious")
    assert run([command, file, "-o", out]) == 2
    assert "there already; --force overwrites it" in capsys.readouterr().err
    assert (tmp_path / out).read_text() == "precious"
    assert run([command, file, "-o", out, "--force"]) == 0
    assert (tmp_path / out).read_bytes() != b"precious"


def test_measure_never_overwrites_the_run(file, capsys):
    assert run(["measure", file, "-o", "./run.nc", "--force"]) == 2
    assert "out: must be another file than the run" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("tokens", "words"),
    [
        (["plot", "-o", "run.txt"], "out: must end in .png"),
        (["plot", "--variable", "ps"], "variable: must be one of the dataset's"),
        (["plot", "--member", "7"], "member: "),
        (["plot", "--fps", "10"], "fps: only an animation has it"),
        (["plot", "-o", "run.gif", "--fps", "0"], "fps: must be above 0"),
        (["plot", "-o", "run.gif", "--frames", "1"], "frames: must be at least 2"),
        (["plot", "-o", "run.gif", "--member", "-1"], "member: must be between 0 and 1, got -1"),
        (["plot", "--dpi", "many"], '"many"'),
        (["plot", "--dpi", "0"], "dpi: must be between 20 and 1200, got 0"),
        (["plot", "--dpi", "-5"], "dpi: must be between 20 and 1200, got -5"),
        (["plot", "--dpi", "nan"], "dpi: must be between 20 and 1200, got nan"),
        (["plot", "--dpi", "1e9"], "dpi: must be between 20 and 1200, got 1e+09"),
        (["plot", "-o", "run.gif", "--dpi", "1e9"], "dpi: must be between 20 and 600, got 1e+09"),
        (["measure", "-o", "entropy.csv"], "out: must end in .nc or .zarr"),
        (["measure", "--base", "1"], "base: must be e or a number above 1, got '1'"),
        (["measure", "--base", "two"], "base: must be e or a number above 1, got 'two'"),
    ],
)
def test_what_cannot_be_drawn_or_measured_is_one_line(file, tokens, words, capsys):
    assert run([tokens[0], file, *tokens[1:]]) == 2
    error = capsys.readouterr().err
    assert words in error
    assert error.count("\n") == 1


def test_the_parts_of_a_complex_field_are_drawn_by_the_names_that_info_lists(file, capsys):
    assert run(["info", file, "--json"]) == 0
    for name in json.loads(capsys.readouterr().out)["variables"]:
        assert run(["plot", file, "--variable", name, "-o", f"{name}.png", "--dpi", "40"]) == 0


@pytest.mark.parametrize("ending", [".png", ".gif"])
def test_a_member_of_a_run_without_members_is_refused(tmp_path, monkeypatch, capsys, ending):
    monkeypatch.chdir(tmp_path)
    simulation = sims.NLSE.preset("gaussian", points=64, length=20.0, initial_parameters={"amplitude": 0.5})
    simulation.run(t_end=0.2, snapshots=3, out="run.nc").close()
    assert run(["plot", "run.nc", "-o", f"run{ending}", "--member", "7"]) == 2
    error = capsys.readouterr().err
    assert "member: must be left out where there are no members, got 7" in error
    assert error.count("\n") == 1


@pytest.mark.parametrize(("count", "words"), [(1, "of 1 member,"), (2, "of 2 members,")])
def test_members_are_counted_in_words(tmp_path, count, words):
    simulation = sims.NLSE.preset("gaussian", points=64, length=20.0, initial_parameters={"amplitude": 0.5})
    ds = simulation.run(t_end=0.2, snapshots=3, members=count)
    assert words in summary(ds, tmp_path, 1.0)


def test_drift_is_told_in_the_scale_of_the_attribute():
    simulation = sims.NLSE.preset("gaussian", points=64, length=20.0, initial_parameters={"amplitude": 0.5})
    ds = simulation.run(t_end=0.2, snapshots=3, members=2)
    ds["momentum"][:] = [[1e-9, 2e-9, 5e-9], [0.0, 0.0, 0.0]]
    ds["momentum"].attrs["ergodica_scale"] = 4.0
    assert largest_drifts(ds)["momentum"] == pytest.approx(1e-9, rel=1e-12)


def test_info_says_what_the_file_holds(file, capsys):
    assert run(["info", file]) == 0
    text = capsys.readouterr().out
    for words in (
        "finished",
        "member 2",
        "t 5",
        "x 64",
        "psi_real(member, t, x)",
        "amplitude",
        "gaussian",
        "seed",
    ):
        assert words in text
    assert "not finished" not in text


def test_info_as_json_is_what_the_dataset_says(file, capsys):
    assert run(["info", file, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    with ergodica.open(file) as ds:
        assert found["finished"] is True
        assert found["dimensions"] == dict(ds.sizes)
        assert set(found["variables"]) == set(ds.data_vars)
        assert found["config"] == json.loads(ds.attrs["ergodica_config"])
        assert found["variables"]["mass"]["kind"] == "series"
        assert found["variables"]["mass"]["units"] == ds["mass"].attrs["units"]
        assert found["attributes"]["Conventions"] == "CF-1.11"


def test_info_of_measured_quantities_shows_each_group(file, capsys):
    assert run(["measure", file, "-o", "entropy.nc"]) == 0
    capsys.readouterr()
    assert run(["info", "entropy.nc", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {"spatial", "spectral"} <= set(found["groups"])
    assert run(["info", "entropy.nc"]) == 0
    assert "spatial: " in capsys.readouterr().out


def test_check_of_what_ergodica_wrote_finds_nothing_missing(file, capsys):
    assert run(["measure", file, "-o", "entropy.nc"]) == 0
    for name in (file, "entropy.nc"):
        capsys.readouterr()
        assert run(["check", name]) == 0
        assert capsys.readouterr().out == f"{name}: nothing is missing\n"


@pytest.mark.parametrize("engine", ["netcdf4", "h5netcdf", "zarr"])
def test_check_lists_what_another_programs_file_lacks(tmp_path, engine, capsys):
    ds = xr.Dataset({"u": (("time", "x"), np.zeros((2, 3)))}, coords={"time": [0.0, 1.0]})
    path = tmp_path / "foreign"
    if engine == "zarr":
        ds.to_zarr(path, zarr_format=3, consolidated=False)
    else:
        ds.to_netcdf(path, engine=engine)
    assert run(["check", str(path)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) > 3
    assert any("time: the sampled dimension must be named 't'" in line for line in lines)
    assert any("units must be filled text" in line for line in lines)


def test_demo_keeps_what_is_in_its_folder_without_force(tmp_path, capsys):
    (tmp_path / "mine.txt").write_text("precious")
    assert run(["demo", "--out", str(tmp_path)]) == 2
    assert "is not empty; --force overwrites its files" in capsys.readouterr().err
    assert run(["demo", "--out", str(tmp_path / "mine.txt")]) == 2
    assert "must be a folder" in capsys.readouterr().err
