"""`ergodica train forecast|koopman` and `apply`: from a run to forecasts, spectra and their scores by a shell."""

import json
from pathlib import Path

import numpy as np
import pytest

from ergodica import data, models
from ergodica.models.described import known
from ergodica.models.from_text import model_from_text, text_of
from ergodica.models.model import Model
from ergodica.numerics.errors import ParameterError
from ergodica.scripts.ending import USAGE
from ergodica.scripts.main import run

DECAY = np.array([0.9 * np.exp(0.3j), 0.9 * np.exp(-0.3j)])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A turning and decaying vector, a forecaster and a Koopman model of it."""
    made = tmp_path_factory.mktemp("models")
    t = np.arange(80.0)
    z = DECAY[0] ** (t / 10)
    ds = data.from_arrays(
        {"state": np.stack([z.real, z.imag], axis=1)},
        title="spiral",
        t=t,
        dims={"state": ("t", "component")},
        units={"state": "1"},
        coordinates={"component": ["u", "v"]},
    )
    data.write_dataset(ds, made / "run.nc")
    source = str(made / "run.nc")
    assert (
        run(
            [
                "train",
                "forecast",
                source,
                "--model",
                "persistence",
                "--leave-out",
                "20",
                "-o",
                str(made / "p"),
            ]
        )
        == 0
    )
    assert run(["train", "koopman", source, "--model", "dmd(rank=2)", "-o", str(made / "k")]) == 0
    return made


@pytest.fixture(autouse=True)
def elsewhere(folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ERGODICA_DEBUG", raising=False)


def test_a_forecast_is_written_scored_and_drawn(folder, capsys):
    source = str(folder / "run.nc")
    assert run(["apply", str(folder / "p"), source, "--test", "20", "--members", "8", "-o", "f.nc"]) == 0
    said = capsys.readouterr().out
    assert "nrmse" in said
    assert "valid prediction time" in said
    with data.open("f.nc") as ds, data.open(source) as before:
        assert ds.state.dims == ("t", "realization", "component")
        np.testing.assert_array_equal(ds.state_truth, before.state[-20:])
        assert float(ds.t[0]) == 60.0
    assert run(["plot", "f.nc", "-o", "f.png"]) == 0
    assert run(["apply", str(folder / "p"), source, "--members", "0", "--horizon", "3", "-o", "g.nc"]) == 0
    with data.open("g.nc") as ds:
        np.testing.assert_array_equal(ds.state, np.repeat(before.state[-1:], 3, axis=0))
        assert float(ds.t[0]) == 80.0


def test_a_linear_system_is_forecast_exactly_and_its_eigenvalues_are_printed(folder, capsys):
    source = str(folder / "run.nc")
    assert run(["apply", str(folder / "k"), source, "-o", "k.nc"]) == 0
    said = capsys.readouterr().out
    with data.open("k.nc") as ds:
        np.testing.assert_allclose(
            np.sort_complex(ds.ergodica.eigenvalue.values), np.sort_complex(DECAY**0.1), atol=1e-12
        )
        assert "state" in ds.ergodica.kinds
    assert f"{abs(DECAY[0]) ** 0.1:.5f}" in said
    for rollout in ("linear", "reencoded"):
        assert (
            run(
                [
                    "apply",
                    str(folder / "k"),
                    source,
                    "--rollout",
                    rollout,
                    "--test",
                    "30",
                    "-o",
                    f"{rollout}.nc",
                ]
            )
            == 0
        )
        with data.open(f"{rollout}.nc") as ds:
            np.testing.assert_allclose(ds.state, ds.state_truth, atol=1e-12)


@pytest.mark.parametrize("count", [1, 3])
def test_errors_of_a_short_test_are_in_deviations_of_the_run(folder, capsys, count):
    source = str(folder / "run.nc")
    words = ["--test", str(count), "--members", "0", "-o", f"f{count}.nc"]
    assert run(["apply", str(folder / "p"), source, *words]) == 0
    said = {line.split()[0]: line.split()[-1] for line in capsys.readouterr().out.splitlines()[1:]}
    with data.open(source) as ds, data.open(f"f{count}.nc") as made:
        away, whole = (made.state - made.state_truth).values, ds.state.values
    wanted = np.sqrt(((away / whole.std(axis=0)) ** 2).mean())
    assert float(said["nrmse"]) == pytest.approx(wanted, rel=1e-3)
    naive = abs(np.diff(whole, axis=0)).mean(axis=0)
    assert float(said["mase"]) == pytest.approx((abs(away).mean(axis=0) / naive).mean(), rel=1e-3)


def test_what_was_seen_in_training_is_no_test(folder, capsys):
    source = str(folder / "run.nc")
    assert run(["apply", str(folder / "p"), source, "--test", "30", "-o", "f.nc"]) == 0
    said = capsys.readouterr().err
    assert "up to t = 59, and is tested from 49 on; train it with --leave-out 30" in said


def test_as_many_snapshots_may_be_tested_as_leave_the_ones_a_forecast_begins_from(folder):
    source = str(folder / "run.nc")
    assert run(["apply", str(folder / "p"), source, "--test", "78", "--members", "0", "-o", "f.nc"]) == 0
    with data.open("f.nc") as ds:
        assert ds.sizes["t"] == 78


@pytest.mark.parametrize(
    ("words", "lines"),
    [
        (
            ["forecast", "--model", "nvar(delays=2)", "--leave-out", "20", "-o", "{p}"],
            [
                "model      nvar(delays=2)",
                "features   2: u, v",
                "snapshots  60, from t = 0 to 59; 20 later ones are left out",
                "fit        to all of them at once",
                "p holds a model: --force would replace it",
            ],
        ),
        (
            ["koopman", "--model", "koopman-autoencoder(latent=3, horizon=2)", "--steps", "30"],
            [
                "model      koopman_autoencoder(latent=3, horizon=2)",
                "steps      30 of up to 256 windows",
                "time",
            ],
        ),
        (
            [
                "forecast",
                "--model",
                "ensemble(of=lstm(width=4, lookback=8, ahead=4), size=2)",
                "--variables",
                "v",
            ],
            [
                "features   1: v",
                "steps      500 of up to 64 windows, fewer after 12 checks",
                "disk",
                "nets/run",
            ],
        ),
    ],
)
def test_a_dry_run_says_what_would_be_fitted_and_writes_nothing(
    folder, tmp_path, capsys, monkeypatch, words, lines
):
    monkeypatch.setattr("ergodica.scripts.train_model_dry_run.PROBE_STEPS", 1)
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    asked = [word.format(p=folder / "p") for word in words]
    assert run(["train", asked[0], str(folder / "run.nc"), *asked[1:], "--dry-run"]) == 0
    said = capsys.readouterr().out
    assert f"{asked[0]}, dry run: nothing is written" in said
    for line in lines:
        assert line in said
    assert list(tmp_path.iterdir()) == []
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["lstm", "--steps", "0"], "steps: must be a whole number of at least 1, got 0"),
        (["lstm(lookback=70, ahead=30)", "--steps", "5"], "ds: must have at least the 100 snapshots"),
        (["lstm", "--device", "gpu"], "device: must be one of"),
        (["nvar", "--steps", "5"], "steps: is for models that are trained by gradients"),
        (["nvar", "--leave-out", "79"], "ds: must have at least 2 snapshots, got 1"),
        (["nvar", "--variables", "w"], "variables: w: must be"),
    ],
)
def test_a_dry_run_refuses_what_the_training_would(folder, tmp_path, capsys, words, message):
    model, *options = words
    asked = ["train", "forecast", str(folder / "run.nc"), "--model", model, *options]
    assert run([*asked, "--dry-run"]) == USAGE
    dry = capsys.readouterr().err
    assert message in dry
    assert run(asked) == USAGE
    assert capsys.readouterr().err == dry
    assert list(tmp_path.iterdir()) == []


def test_models_are_listed_and_described(folder, capsys):
    assert run(["list", "networks", "--json"]) == 0
    found = {one["name"]: one for one in json.loads(capsys.readouterr().out)}
    assert {"mlp", "persistence", "dmd"} <= found.keys()
    assert found["dmd"]["options"] == {"rank": None}
    assert run(["list", "networks", "dmd"]) == 0
    assert run(["info", str(folder / "k")]) == 0
    said = capsys.readouterr().out
    assert "DMD(rank=None)" in said
    assert "run.nc" in said


def test_a_model_that_replaces_a_trained_one_has_no_training(folder, capsys):
    asked = ["train", "forecast", str(folder / "run.nc"), "-o", "m", "--no-progress", "--model"]
    assert run([*asked, "lstm(width=4, lookback=8, ahead=4)", "--steps", "4"]) == 0
    assert (Path("m") / "training" / "state.safetensors").exists()
    assert "4 steps" in capsys.readouterr().out
    assert run([*asked, "persistence", "--force"]) == 0
    assert "steps" not in capsys.readouterr().out
    assert not (Path("m") / "training").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["train", "forecast", "{run}", "--model", "persistnce"], "did you mean 'persistence'"),
        (["train", "forecast", "{run}", "--model", "dmd"], "got 'dmd', a Koopman model, as ergodica"),
        (
            ["train", "koopman", "{run}", "--model", "dmd(rnk=2)"],
            "rnk: is no setting of dmd; did you mean 'rank'",
        ),
        (["train", "koopman", "{run}", "--model", "dmd(2)"], "settings of dmd must be given by name, got 2"),
        (["train", "koopman", "{run}", "--model", "dmd(rank=2"], "cannot be read"),
        (
            ["train", "koopman", "{run}", "--model", "dmd", "--steps", "5"],
            "steps: is for models that are trained",
        ),
        (
            ["train", "forecast", "{run}", "--model", "persistence", "--resume"],
            "resume: is for models that are",
        ),
        (
            ["train", "forecast", "{run}", "--model", "persistence", "--leave-out", "80"],
            "leave_out: must be at",
        ),
        (
            ["train", "forecast", "{run}", "--model", "persistence", "--variables", "w"],
            "variables: w: must be",
        ),
        (["train", "koopman", "{run}", "--model", "dmd", "-o", "{k}"], "holds a model"),
        (["apply", "{p}", "{run}", "--test", "79"], "test: must leave 2 or more of the 80 snapshots"),
        (["apply", "{p}", "{run}", "--horizon", "0"], "horizon: must be at least 1, got 0"),
        (["apply", "{p}", "{run}", "--horizon", "3", "--test", "3"], "test: must be given without --horizon"),
        (["apply", "{p}", "{run}", "--rollout", "linear"], "rollout: does nothing for persistence"),
        (
            ["apply", "{k}", "{run}", "--horizon", "5"],
            "horizon: does nothing for dmd, got 5; give --rollout too",
        ),
        (["apply", "{k}", "{run}", "--blocks", "5"], "blocks: is for score networks, got it with dmd"),
        (["apply", "{k}", "{run}", "-o", "{run}", "--force"], "out: must be another file than the run"),
    ],
)
def test_bad_input_is_told_in_one_line_and_nothing_is_written(folder, tmp_path, capsys, words, message):
    places = {"run": folder / "run.nc", "k": folder / "k", "p": folder / "p"}
    before = (folder / "run.nc").read_bytes()
    assert run([word.format(**places) for word in words]) == USAGE
    said = capsys.readouterr().err
    assert message in said
    assert "Traceback" not in said
    assert list(tmp_path.iterdir()) == []
    assert (folder / "run.nc").read_bytes() == before


@pytest.mark.parametrize("more", [[], ["--dry-run"]])
def test_data_without_snapshots_over_time_are_refused(folder, tmp_path, capsys, more):
    still = str(tmp_path / "still.nc")
    with data.open(folder / "run.nc") as ds:
        data.write_dataset(ds.isel(t=0, drop=True), still)
    assert run(["train", "koopman", still, "--model", "dmd", "-o", str(tmp_path / "m"), *more]) == USAGE
    assert "must have snapshots over t" in capsys.readouterr().err
    assert not (tmp_path / "m").exists()


def test_text_and_models_say_the_same():
    text = "edmd(dictionary=polynomial(degree=2), delays=3)"
    found = model_from_text(text, models.koopman.KoopmanModel)
    assert (found.dictionary.degree, found.delays) == (2, 3)
    assert text_of(found) == text
    assert text_of(model_from_text("dmd")) == "dmd"
    # a dash is part of a name, with settings too, and no difference
    assert model_from_text("optimised-dmd(rank=3)").rank == 3
    deep = model_from_text("ensemble(of=echo-state(units=30), size=3)")
    assert (deep.of.units, deep.size) == (30, 3)
    assert model_from_text("koopman-autoencoder(skip=false)").skip is False
    assert model_from_text("neural-kalman(delays=none)").delays is None
    assert model_from_text("kernel-edmd(kernel=gaussian-kernel(width=1e-2))").kernel.width == 0.01
    both = model_from_text("edmd(dictionary=polynomial(degree=1) + random-fourier(features=5) + identity)")
    assert [one.name for one in both.dictionary.parts] == ["polynomial", "random-fourier", "identity"]
    assert model_from_text("edmd(dictionary=radial(kind=thin-plate))").dictionary.kind == "thin-plate"
    for wrong, words in (
        ("optimised-dmd + edmd", "optimised-dmd [+] edmd must be a sum of dictionaries"),
        ("dmd(rank=1, rank=2)", "rank: must be given once"),
        ("edmd(ridge=None)", "ridge: must be 0 or more"),
        ("edmd(tolerance='a')", "tolerance: must be between 0 and 1"),
    ):
        with pytest.raises(ParameterError, match=words):
            model_from_text(wrong)
    with pytest.raises(ParameterError, match="model: must be a model, got 'polynomial', a piece of a model"):
        model_from_text("polynomial")


def test_each_name_alone_is_the_text_of_its_model_as_it_is_made():
    # a conservation law has no usual quantity, so its name alone says no model
    own = {name: one for name, one in known().items() if one.__module__.startswith("ergodica.")}
    names = {name for name, one in own.items() if issubclass(one, Model)} - {"conserved"}
    for name in sorted(names):
        made = model_from_text(name)
        again = model_from_text(text_of(made))
        assert text_of(made) == name.replace("-", "_"), name
        assert again.config == made.config, name
