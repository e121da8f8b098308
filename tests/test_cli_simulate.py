"""`ergodica simulate`: presets, options, TOML and earlier runs put together, and what a dry run says."""

import json

import numpy as np
import pytest
import xarray as xr

import ergodica
from ergodica import sims
from ergodica.scripts.main import run

# resolved in 64 points, so that no warning is due
SMALL = ["--preset", "gaussian", "--points", "64", "--length", "20", "--initial-parameters.amplitude", "0.5"]
SHORT = ["--t-end", "0.2", "--snapshots", "3"]


def simulated(tmp_path, *tokens, name="run.nc"):
    out = tmp_path / name
    assert run(["simulate", "nlse", *tokens, "-o", str(out)]) == 0
    return ergodica.open(out)


def same(one, other):
    """Equal in variables, coordinates and every attribute but the history."""
    drop = {"history"}
    xr.testing.assert_identical(
        one.load().assign_attrs(dict.fromkeys(drop, "")), other.load().assign_attrs(dict.fromkeys(drop, ""))
    )


def test_it_writes_what_python_returns(tmp_path, capsys):
    ds = simulated(tmp_path, *SMALL, *SHORT)
    said = capsys.readouterr()
    assert said.err == ""
    assert "3 snapshots, t = 0 to 0.2" in said.out
    assert "largest drift: mass" in said.out
    parameters = {"amplitude": 0.5}
    expected = sims.NLSE.preset("gaussian", points=64, length=20.0, initial_parameters=parameters).run(
        t_end=0.2, snapshots=3
    )
    same(ds.drop_encoding(), expected.drop_encoding())


def test_every_run_argument_reaches_the_run(tmp_path):
    ds = simulated(
        tmp_path, *SMALL, *SHORT, "--seed", "7", "--members", "2", "--record", "density,spectrum", "--record",
        "spectral_tail", "--warm-up", "0.1", "--device", "cpu", "--threads", "1",
    )  # fmt: skip
    arguments = ds.ergodica.run_arguments
    assert arguments == {
        "t_end": 0.2,
        "snapshots": 3,
        "seed": 7,
        "members": 2,
        "device": "cpu",
        "record": ("density", "spectrum", "spectral_tail"),
        "warm_up": 0.1,
    }
    assert {"density", "spectrum", "spectral_tail"} <= set(ds.data_vars)


def test_t_end_and_snapshots_are_those_of_the_preset(tmp_path, capsys):
    assert run(["simulate", "nlse", "--preset", "bound-state", "--dry-run"]) == 0
    said = capsys.readouterr().out
    assert "201, every 0.015708 from t = 0 to 3.14159" in said


def test_values_of_each_member_come_as_lists(tmp_path):
    ds = simulated(
        tmp_path, "--preset", "gaussian", "--points", "64", "--length", "20", *SHORT, "--members", "3",
        "--coupling", "-1,0,0.5", "--initial-parameters.amplitude", "0.1,0.2,0.3",
    )  # fmt: skip
    assert ds["coupling"].values.tolist() == [-1, 0, 0.5]
    assert ds["amplitude"].values.tolist() == [0.1, 0.2, 0.3]


def test_another_initial_state_leaves_the_parameters_of_the_presets_behind(tmp_path):
    # the default preset sets the velocity of a soliton, which a bound state does not have
    ds = simulated(tmp_path, "--initial", "bound-state", "--points", "256", "--length", "20", *SHORT)
    assert ds.ergodica.config["parameters"]["initial_parameters"] == {"amplitude": 1.0}


def test_one_parameter_of_the_presets_initial_state_changes_alone(tmp_path):
    ds = simulated(tmp_path, *SHORT, "--initial-parameters.amplitude", "1.5")
    found = ds.ergodica.config["parameters"]["initial_parameters"]
    assert (found["amplitude"], found["velocity"]) == (1.5, 1.0)


def test_fields_written_as_expressions(tmp_path):
    ds = simulated(
        tmp_path, "--initial", "-0.5*exp(-x**2/4)", "--potential", "0.1*cos(2*pi*x/20)", "--points", "64",
        "--length", "20", *SHORT,
    )  # fmt: skip
    np.testing.assert_allclose(ds["potential"], 0.1 * np.cos(np.pi * ds["x"] / 10), atol=1e-15)
    np.testing.assert_allclose(ds["psi_real"][0], -0.5 * np.exp(-(ds["x"] ** 2) / 4), atol=1e-15)


def test_zarr_holds_the_same(tmp_path):
    one = simulated(tmp_path, *SMALL, *SHORT)
    other = simulated(tmp_path, *SMALL, *SHORT, name="run.zarr")
    same(one.drop_encoding(), other.drop_encoding())


def test_folders_are_made_and_the_default_name_is_said(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert run(["simulate", "nlse", *SMALL, *SHORT]) == 0
    assert (tmp_path / "runs" / "nlse-gaussian.nc").exists()
    assert "runs/nlse-gaussian.nc" in capsys.readouterr().out


def test_what_is_there_is_kept_without_force(tmp_path, capsys):
    simulated(tmp_path, *SMALL, *SHORT).close()
    before = (tmp_path / "run.nc").read_bytes()
    command = ["simulate", "nlse", *SMALL, *SHORT, "--seed", "1", "-o", str(tmp_path / "run.nc")]
    assert run(command) == 2
    assert "is there already; --force overwrites it" in capsys.readouterr().err
    assert (tmp_path / "run.nc").read_bytes() == before
    assert run([*command, "--force"]) == 0
    with ergodica.open(tmp_path / "run.nc") as ds:
        assert ds.ergodica.run_arguments["seed"] == 1


def test_a_finished_run_is_extended(tmp_path):
    simulated(tmp_path, *SMALL, *SHORT).close()
    longer = ["--t-end", "0.4", "--snapshots", "5"]
    extended = simulated(tmp_path, *SMALL, *longer, "--resume")
    same(extended.drop_encoding(), simulated(tmp_path, *SMALL, *longer, name="whole.nc").drop_encoding())


# Configuration files


def test_toml_over_preset_and_command_line_over_toml(tmp_path):
    config = tmp_path / "run.toml"
    config.write_text(
        'preset = "gaussian"\npoints = 64\nlength = 20.0\nt-end = 0.2\nsnapshots = 3\nrecord = ["density"]\n'
        "seed = 5\n[initial_parameters]\namplitude = 0.4\nwidth = 1.5\n"
    )
    ds = simulated(tmp_path, "--config", str(config), "--seed", "6", "--initial-parameters.width", "1.75")
    found = ds.ergodica.config
    assert found["parameters"]["points"] == 64
    assert found["parameters"]["initial"] == "gaussian"
    assert found["parameters"]["initial_parameters"]["amplitude"] == 0.4
    assert found["parameters"]["initial_parameters"]["width"] == 1.75
    assert found["run"]["seed"] == 6
    assert found["run"]["record"] == ["density"]


def test_a_preset_on_the_command_line_wins_over_that_of_toml(tmp_path):
    config = tmp_path / "run.toml"
    config.write_text('preset = "noise"\n')
    ds = simulated(tmp_path, "--config", str(config), *SMALL, *SHORT)
    assert ds.ergodica.config["parameters"]["initial"] == "gaussian"


def test_toml_alone_names_system_and_output(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "run.toml").write_text(
        'system = "nlse"\nout = "there/toml.nc"\nthreads = 1\npreset = "gaussian"\npoints = 64\nlength = 20\n'
        "t_end = 0.2\nsnapshots = 2\ncoupling = [0.1, 0.2]\nmembers = 2\n[initial_parameters]\namplitude = 0.5\n"
    )
    assert run(["simulate", "--config", "run.toml"]) == 0
    with ergodica.open("there/toml.nc") as ds:
        assert ds["coupling"].values.tolist() == [0.1, 0.2]


def test_toml_names_the_command_and_the_system_of_a_flow(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "run.toml").write_text(
        'simulate = "flow"\nsystem = "rossler"\nscheme = "rk4"\nout = "r.nc"\nt_end = 1.0\nsnapshots = 11\n'
        "[parameters]\nc = 4.0\n"
    )
    assert run(["simulate", "--config", "run.toml"]) == 0
    with ergodica.open("r.nc") as ds:
        assert ds.ergodica.config["parameters"]["system"] == "rossler"
        assert ds.ergodica.config["parameters"]["parameters"]["c"] == 4.0


@pytest.mark.parametrize(
    ("tokens", "components"),
    [
        (["flow", "--system", "rossler", "--scheme", "rk4"], 3),
        (["map", "--system", "standard", "--parameters.K", "0.9"], 2),
    ],
)
def test_a_system_of_the_catalogue_runs_by_its_name(tmp_path, tokens, components):
    out = tmp_path / "r.nc"
    assert run(["simulate", *tokens, "--t-end", "10", "--snapshots", "11", "-o", str(out)]) == 0
    with ergodica.open(out) as ds:
        assert ds["state"].shape == (11, components)


def test_the_file_of_a_flow_is_named_after_its_system(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert run(["simulate", "flow", "--system", "rossler", "--scheme", "rk4", "--dry-run"]) == 0
    assert "runs/flow-rossler.nc" in capsys.readouterr().out


# Repeating


@pytest.mark.parametrize(
    "tokens",
    [
        SMALL,
        ["--preset", "noise", "--points", "256", "--length", "50", "--seed", "9", "--members", "2"],
        ["--preset", "soliton", "--scheme", "dop853", "--warm-up", "0.1", "--record", "spectrum"],
        ["--initial", "exp(-x**2)", "--points", "128", "--length", "20", "--potential", "0.1*x**2"],
    ],
    ids=["gaussian", "noise", "adaptive", "expression"],
)
@pytest.mark.filterwarnings("ignore")
def test_like_repeats_a_run_exactly(tmp_path, tokens):
    first = simulated(tmp_path, *tokens, *SHORT)
    again = tmp_path / "again.nc"
    assert run(["simulate", "--like", str(tmp_path / "run.nc"), "-o", str(again)]) == 0
    same(first.drop_encoding(), ergodica.open(again).drop_encoding())


def test_like_repeats_a_run_whose_field_came_from_python(tmp_path):
    simulation = sims.NLSE(points=64, length=20.0, initial=lambda x: 0.5 * np.exp(-(x**2) / 4 + 0.3j * x))
    first = simulation.run(t_end=0.2, snapshots=3, out=tmp_path / "run.nc")
    again = tmp_path / "again.nc"
    assert run(["simulate", "--like", str(tmp_path / "run.nc"), "-o", str(again)]) == 0
    same(first.drop_encoding(), ergodica.open(again).drop_encoding())


def test_like_takes_changes(tmp_path):
    simulated(tmp_path, *SMALL, *SHORT).close()
    changes = ["--coupling", "0.5", "--t-end=0.4", "--initial-parameters.width", "1.5"]
    assert run(["simulate", f"--like={tmp_path / 'run.nc'}", "-o", str(tmp_path / "b.nc"), *changes]) == 0
    with ergodica.open(tmp_path / "b.nc") as ds:
        found = ds.ergodica.config
        assert found["parameters"]["coupling"] == 0.5
        assert found["parameters"]["points"] == 64
        assert found["run"]["t_end"] == 0.4
        assert found["parameters"]["initial_parameters"]["amplitude"] == 0.5
        assert found["parameters"]["initial_parameters"]["width"] == 1.5


def test_like_of_a_field_from_python_takes_another_initial_state(tmp_path):
    simulation = sims.NLSE(points=64, length=20.0, initial=lambda x: 0.5 * np.exp(-(x**2) / 4))
    simulation.run(t_end=0.2, snapshots=3, out=tmp_path / "run.nc").close()
    command = ["simulate", "nlse", "--like", str(tmp_path / "run.nc"), "-o", str(tmp_path / "b.nc")]
    assert run([*command, "--initial", "gaussian", "--initial-parameters.amplitude", "0.5"]) == 0
    with ergodica.open(tmp_path / "b.nc") as ds:
        assert ds.ergodica.config["parameters"]["initial"] == "gaussian"


# Dry runs


@pytest.mark.parametrize("scheme", ["kahan-li-8", "dop853"])
def test_a_dry_run_says_what_it_would_cost_and_writes_nothing(tmp_path, monkeypatch, capsys, scheme):
    monkeypatch.chdir(tmp_path)
    assert (
        run(["simulate", "nlse", *SMALL, *SHORT, "--scheme", scheme, "--dry-run", "-o", "deep/run.nc"]) == 0
    )
    said = capsys.readouterr().out
    for word in ("snapshots", "steps", "memory", "disk", "time", "nothing is written"):
        assert word in said
    if scheme == "kahan-li-8":
        assert "20 of length 0.01, 10 a snapshot" in said
    assert list(tmp_path.iterdir()) == []


def test_the_size_that_a_dry_run_says_is_the_size_on_disk(tmp_path, capsys):
    from ergodica.sims.plan import Plan
    from ergodica.sims.sampling import RunArguments

    ds = simulated(tmp_path, "--points", "512", "--t-end", "2", "--snapshots", "201")
    simulation, arguments = sims.from_dataset(ds), RunArguments(**ds.ergodica.run_arguments)
    promised = Plan(simulation, arguments, None).total_bytes
    # headers, coordinates and the state for extending it come on top
    assert promised <= (tmp_path / "run.nc").stat().st_size <= 1.1 * promised
    assert json.loads(ds.attrs["ergodica_config"])["system"] == "nlse"
