"""`ergodica train`, `apply` and what goes with them: the way from a run to its entropy production by a shell."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
from scipy.linalg import solve_continuous_lyapunov

from ergodica import data, estimators, models
from ergodica.scripts import demo, demo_network
from ergodica.scripts.ending import USAGE
from ergodica.scripts.main import run

SYSTEM = [
    "simulate",
    "linear-sde",
    "--t-end",
    "200",
    "--snapshots",
    "201",
    "--members",
    "4",
    "--warm-up",
    "20",
]
SMALL = ["--network-options.width", "8", "--steps", "4", "--batch", "32", "--no-progress", "--threads", "1"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A run, and a network that was trained on it a little."""
    folder = tmp_path_factory.mktemp("networks")
    before = os.getcwd()
    os.chdir(folder)
    try:
        assert run([*SYSTEM, "--record", "drift,drift_divergence", "-o", "run.nc"]) == 0
        assert run([*SYSTEM, "-o", "bare.nc"]) == 0
        assert run(["train", "score", "run.nc", "-o", "nets/one", *SMALL]) == 0
    finally:
        os.chdir(before)
    return folder


@pytest.fixture(autouse=True)
def elsewhere(folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ERGODICA_DEBUG", raising=False)


def test_from_a_run_to_a_picture_of_its_entropy_production(folder, capsys):
    run_file, network = str(folder / "run.nc"), str(folder / "nets" / "one")
    assert run(["apply", network, run_file, "-o", "epr.nc", "--no-progress"]) == 0
    said = capsys.readouterr().out
    assert "entropy production rate, without a score" in said
    with data.open("epr.nc") as ds, data.open(run_file) as source:
        exact = float(source.entropy_production_rate.mean())
        # the reference alone is the score of a Gaussian; 800 correlated states scatter by some percent
        assert abs(float(ds.total) - exact) < 0.2 * exact
        assert f"{float(ds.total):.2f}"[:3] in said
        assert ds.attrs["history"].count("\n") == 1
        assert data.check(ds) == []
    assert run(["check", "epr.nc"]) == 0
    assert run(["plot", "epr.nc"]) == 0
    assert os.path.getsize("epr.png") > 10_000
    assert run(["info", "epr.nc"]) == 0


def test_without_a_name_the_rates_lie_beside_the_run_and_are_kept(folder, capsys):
    command = ["apply", str(folder / "nets" / "one"), str(folder / "run.nc"), "--no-progress"]
    assert run(command) == 0
    assert (folder / "run-production.nc").exists()
    assert run(command) == USAGE
    assert "--force overwrites it" in capsys.readouterr().err
    assert run([*command, "--force"]) == 0


def test_a_network_says_what_it_is_and_what_it_was_trained_on(folder, capsys):
    assert run(["info", str(folder / "nets" / "one")]) == 0
    said = capsys.readouterr().out
    network = models.load(folder / "nets" / "one")
    for words in ("score-mlp", f"{network.parameter_count} parameters", "linear-sde", "x,y", "4 steps"):
        assert words in said
    assert run(["info", "--json", str(folder / "nets" / "one")]) == 0
    assert json.loads(capsys.readouterr().out)["notes"]["snapshots"] == 201


def test_what_the_shell_trains_is_what_python_trains(folder):
    assert run(["train", "score", str(folder / "run.nc"), "-o", "net", "--seed", "5", *SMALL]) == 0
    mine = models.score.train(
        folder / "run.nc", seed=5, network_options={"width": 8}, steps=4, batch=32, progress=False
    )
    theirs = models.load("net")
    for name, tensor in mine.state_dict().items():
        np.testing.assert_array_equal(tensor, theirs.state_dict()[name])


def test_training_goes_on_and_is_replaced_only_when_asked(folder, capsys):
    command = ["train", "score", str(folder / "run.nc"), "-o", "net", *SMALL]
    assert run(command) == 0
    assert run(command) == USAGE
    assert "--resume goes on with it, --force replaces it" in capsys.readouterr().err
    longer = [*command, "--resume"]
    longer[longer.index("--steps") + 1] = "6"
    assert run(longer) == 0
    assert "6 steps" in capsys.readouterr().out
    assert run([*command, "--force"]) == 0
    assert "4 steps" in capsys.readouterr().out
    assert run([*command, "--force", "--ensemble", "2", "--loss", "denoising", "--sigma", "0.1"]) == 0
    said = capsys.readouterr().out
    assert "score-ensemble" in said
    assert "1: 4 steps" in said


def test_a_dry_run_says_what_it_would_do_and_writes_nothing(folder, capsys, monkeypatch):
    monkeypatch.setattr("ergodica.scripts.train_dry_run.PROBE_SECONDS", 0.0)
    assert run(["train", "score", str(folder / "run.nc"), "--residual", "0.1", "--dry-run", *SMALL]) == 0
    said = capsys.readouterr().out
    for words in (
        "nothing is written",
        "components: x, y",
        "4 of 32 snapshots",
        "FokkerPlanckResidual",
        "time",
    ):
        assert words in said
    assert os.listdir() == []


def test_networks_are_listed_with_their_sizes(capsys):
    assert run(["list", "networks"]) == 0
    assert "neighbours=16" in capsys.readouterr().out
    assert run(["list", "networks", "transformer"]) == 0
    assert "Boffi" in capsys.readouterr().out
    assert run(["list", "networks", "score-mlp"]) == 0  # as summaries of trainings name it
    assert capsys.readouterr().out.startswith("mlp: ScoreMLP(")
    assert run(["list", "networks", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [one["name"] for one in found if one["kind"] == "score"] == ["mlp", "transformer"]


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        (["train", "score", "none.nc"], "no such file"),
        (["train", "score", "RUN", "--network", "mpl"], "Invalid value"),
        (
            ["train", "score", "RUN", "--network-options.wdith", "3"],
            "'wdith' is not known; did you mean 'width'",
        ),
        (["train", "score", "RUN", "--steps", "0"], "steps: must be a whole number of at least 1"),
        (["train", "score", "RUN", "--force", "--resume"], "force: must not be given with --resume"),
        (["train", "score", "RUN", "--sigma", "0.1"], "sigma: is for --loss denoising"),
        (["train", "score", "RUN", "--device", "cuda:7"], "device"),
        (["train", "score", "RUN", "-o", "RUN"], "must be a folder"),
        (["train", "score", "RUN", "--threads", "0"], "threads"),
        (["train", "score", "BARE", "--residual", "1"], "--record drift,drift_divergence"),
        (["train", "score", "NET"], "got a network in"),
        (["plot", "NET"], "got a network in"),
        (["train", "score", "RUN", "--batch", "0"], "batch: must be a whole number of at least 1"),
        (["train", "sore", "RUN"], "score"),
        (["apply", "NET", "BARE"], "--record drift,drift_divergence"),
        (["apply", "RUN", "RUN"], "holds no network.json"),
        (["apply", "NET", "none.nc"], "no such file"),
        (["apply", "NET", "RUN", "-o", "epr.txt"], "must end in .nc or .zarr"),
        (["apply", "NET", "RUN", "-o", "RUN", "--force"], "must be another file than the run"),
        (["apply", "NET", "RUN", "-o", "epr.nc", "--parity.x7", "odd"], "x7"),
        (["apply", "NET", "RUN", "-o", "epr.nc", "--record", "velocities"], "did you mean 'velocity'"),
        (["apply", "NET", "RUN", "-o", "epr.nc", "--blocks", "1"], "blocks"),
        (["list", "networks", "transfomer"], "did you mean 'transformer'"),
    ],
    ids=range(23),
)
def test_what_cannot_be_is_refused_with_its_remedy(words, rule, folder, capsys):
    places = {"RUN": folder / "run.nc", "BARE": folder / "bare.nc", "NET": folder / "nets" / "one"}
    assert run([str(places.get(word, word)) for word in words]) == USAGE
    said = capsys.readouterr().err
    assert rule in said
    assert said.count("\n") == 1
    assert os.listdir() == []


def test_a_damaged_network_is_told_from_one_of_another_process(folder, capsys):
    (folder / "nets" / "bad").mkdir(exist_ok=True)
    for name in ("network.json", "network.safetensors"):
        content = (folder / "nets" / "one" / name).read_bytes()
        (folder / "nets" / "bad" / name).write_bytes(content if name.endswith("json") else content[:-100])
    assert run(["apply", str(folder / "nets" / "bad"), str(folder / "run.nc"), "-o", "epr.nc"]) == USAGE
    assert "damaged" in capsys.readouterr().err
    preset = ["simulate", "linear-sde", "--preset", "aoup-in-a-trap", "--t-end", "5", "--snapshots", "21"]
    assert run([*preset, "--record", "drift,drift_divergence", "-o", "other.nc"]) == 0
    assert run(["apply", str(folder / "nets" / "one"), "other.nc"]) == USAGE
    assert "was made for x, y, got a dataset of x, g; train one for it" in capsys.readouterr().err


def test_an_interrupt_says_how_to_go_on(folder, capsys, monkeypatch):
    from ergodica.models.training.step import Stepper

    taken = []
    update = Stepper.update

    def interrupted(self, *arguments):
        taken.append(arguments)
        if len(taken) == 3:
            raise KeyboardInterrupt
        return update(self, *arguments)

    monkeypatch.setattr(Stepper, "update", interrupted)
    command = ["train", "score", str(folder / "run.nc"), "-o", "net", *SMALL]
    assert run(command) == 130
    said = capsys.readouterr().err
    assert "go on with: ergodica train score" in said
    assert "--resume" in said
    assert run([*command, "--resume"]) == 0
    assert run([*command, "--resume", "--ensemble", "2"]) == USAGE
    said = capsys.readouterr().err
    assert "holds the training of one network" in said
    assert "go on with:" not in said


def test_two_processes_train_together_and_one_speaks(folder, tmp_path):
    rendezvous = ["--rdzv-backend", "c10d", "--rdzv-endpoint", "localhost:0"]
    words = ["-m", "ergodica", "train", "score", str(folder / "run.nc"), "-o", "net", *SMALL]
    done = subprocess.run(
        [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", *rendezvous, *words],
        cwd=tmp_path,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("net: score-mlp") == 1
    assert "warning" not in done.stderr


def test_the_demonstration_compares_with_the_rates_of_its_linear_process():
    total, propulsion = demo_network.exact_rates(dimensions=1)
    speed, trap, rate, noise = (getattr(demo_network, name) for name in ("SPEED", "TRAP", "RATE", "NOISE"))
    drift, diffusion = np.array([[-trap, speed], [0.0, -rate]]), np.diag([noise, rate])
    np.testing.assert_allclose(total, estimators.linear_entropy_production(drift, diffusion), rtol=1e-12)
    covariance = solve_continuous_lyapunov(drift, -2 * diffusion)
    flow = drift + diffusion @ np.linalg.inv(covariance)
    np.testing.assert_allclose(propulsion, (flow @ covariance @ flow.T)[1, 1] / rate, rtol=1e-12)


def test_a_table_shows_standard_errors_where_there_are_some():
    lines = demo.table([demo.Comparison("a", 1.25, 1.0), demo.Comparison("b", 2.0, 2.5, 0.25)]).splitlines()
    assert lines[0].endswith("standard error")
    assert lines[1].split() == ["a", "1.2500000", "1.0000000", "2.5e-01"]
    assert lines[2].split() == ["b", "2.0000000", "2.5000000", "-5.0e-01", "2.5e-01"]
