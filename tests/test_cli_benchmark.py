"""`ergodica benchmark forecast`: what it shows to models, what it writes, and that it goes on where it stopped."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from concurrent.futures import Executor, Future
from contextlib import nullcontext
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from ergodica import data
from ergodica import estimators as est
from ergodica.data.pictures.overview import chosen
from ergodica.data.pictures.scores import scores
from ergodica.numerics.errors import ParameterError
from ergodica.scripts import forecast_benchmark, forecast_benchmark_jobs
from ergodica.scripts.benchmark_forecast import split
from ergodica.scripts.forecast_benchmark_conditions import CONDITIONS
from ergodica.scripts.forecast_benchmark_data import chaotic_flows, orbit, shown
from ergodica.scripts.forecast_benchmark_jobs import Job, Plan, done, known_models, perform
from ergodica.scripts.forecast_benchmark_results import dataset_of, labels, results
from ergodica.scripts.forecast_benchmark_table import PUBLISHED, medians, summary, text
from ergodica.scripts.main import run

OWN = '''
import os
import time
from dataclasses import dataclass

import numpy as np

from ergodica.models.described import named
from ergodica.models.forecast import Forecaster


@named
@dataclass(kw_only=True, eq=False)
class Onward(Forecaster):
    """The last step again and again, after a pause; where a folder `held` is, one alone goes on until it is gone."""

    name = "onward"
    pause: float = 0.0
    lookback = 2

    def _learn(self, values, **training):
        if os.path.exists("held"):
            try:
                os.rmdir("held/first")
            except OSError:
                while os.path.exists("held"):
                    time.sleep(0.01)
        time.sleep(self.pause)
        self.arrays["step"] = values[0, -1] - values[0, -2]

    def _rollout(self, context, steps, draws):
        return context[:, -1:] + self.arrays["step"] * 1e-3 * np.arange(1, steps + 1)[:, None]


@named
@dataclass(kw_only=True, eq=False)
class Broken(Onward):
    """Fails."""

    name = "broken"

    def _learn(self, values, **training):
        raise ValueError("broken: must fail, got data; use none")
'''
SCORED = ("smape", "nrmse", "mase", "valid_time")


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    path = tmp_path_factory.mktemp("own") / "own_models.py"
    path.write_text(OWN)
    return str(path)


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_chaotic_flows_of_the_catalogue_are_those_with_a_positive_exponent():
    flows = chaotic_flows()
    assert 120 <= len(flows) <= 135
    assert {"lorenz63", "mackey-glass", "henon-heiles"} <= set(flows)
    assert not {"van-der-pol", "brownian", "torus", "kepler", "pendulum"} & set(flows)


def test_every_condition_is_tested_on_the_same_clean_future():
    whole = orbit("lorenz63", 0, 2)
    assert whole.sizes["t"] == 62 * 100 + 1
    seen = {name: shown(whole, one, seed=1) for name, one in CONDITIONS.items()}
    for name, one in seen.items():
        columns = slice(1 if name == "one-component" else 3)
        np.testing.assert_array_equal(one.truth, whole.state.values[6000:6200, columns])
        assert one.training.sizes["t"] == 100 * CONDITIONS[name].periods
        # what is given ends one step before what is asked
        assert float(one.training.t[-1]) == float(whole.t[5999])
    clean, noisy = seen["clean"], seen["noise-5"]
    np.testing.assert_array_equal(noisy.clean, clean.training.state.values)
    noise = (noisy.training.state.values - noisy.clean) / clean.clean.std(axis=0)
    # of 1000 samples the deviation scatters by 1/sqrt(2000)
    np.testing.assert_allclose(noise.std(axis=0), 0.05, rtol=4 / np.sqrt(2000))
    assert not np.array_equal(
        noise, (shown(whole, CONDITIONS["noise-5"], seed=2).training.state - noisy.clean)
    )


def test_starts_are_other_stretches_of_the_attractor():
    first, second = (orbit("lorenz63", start, 2).state for start in (0, 1))
    assert first.shape == second.shape
    assert not np.isclose(first, second).all(axis=1).any()
    # 62 turns give the size of an attractor to some per cent
    np.testing.assert_allclose(first.std("t"), second.std("t"), rtol=0.2)


def test_a_job_holds_the_scores_of_its_forecast(tmp_path, own):
    plan = Plan(folder=tmp_path, ahead=2, modules=(own,))
    job = Job("lorenz63", "onward", "one-component", 0)
    assert perform(job, plan) is None
    said = done(job, plan)
    whole = orbit("lorenz63", 0, 2)
    seen = shown(whole, CONDITIONS["one-component"], seed=0)
    model = forecast_benchmark_jobs.model_of("onward", (own,)).fit(seen.training)
    forecast = model.forecast(horizon=200).state.values
    wanted = est.smape(forecast, seen.truth, dim=0, feature_dim=1)
    assert said["smape"][-1] == pytest.approx(float(wanted), rel=1e-12)
    assert said["smape"][0] == pytest.approx(
        float(est.smape(forecast[:10], seen.truth[:10], dim=0, feature_dim=1))
    )
    errors = abs(forecast - seen.truth)[:, 0] / whole.state.values[:, 0].std()
    steps = int((errors > 0.4).argmax())
    # the exponent of the table and the spacing of the run
    assert said["valid_time"] == pytest.approx(steps * 0.9052 * float(whole.t[1]), rel=0.02)
    naive = abs(np.diff(seen.clean[:, 0])).mean()
    assert said["mase"][-1] == pytest.approx(abs(forecast - seen.truth).mean() / naive, rel=1e-12)


@pytest.fixture
def within(monkeypatch):
    """Jobs one after the other in this process, where how they are spread is not the point."""

    class Here(Executor):
        def submit(self, call, *args):
            done_now = Future()
            done_now.set_result(call(*args))
            return done_now

    monkeypatch.setattr(forecast_benchmark, "_workers", lambda processes: nullcontext(Here()))


def test_a_run_holds_what_its_jobs_give_and_failures_do_not_end_it(elsewhere, own, capsys, within):
    asked = ["--systems", "Lorenz", "--models", "onward(pause=0.001),broken", "--models", "persistence"]
    asked += ["--conditions", "clean,noise-5", "--ahead", "2", "--module", own, "--no-progress"]
    assert run(["benchmark", "forecast", "-o", "bench", *asked, "--jobs", "1"]) == 0
    said = capsys.readouterr().out
    assert "published: N-BEATS" in said
    assert "2 jobs failed, each counted as the worst score" in said
    assert "failed: lorenz63, broken, clean: ValueError: broken: must fail" in said
    plan = Plan(folder=elsewhere / "here", ahead=2, modules=(own,))
    jobs = forecast_benchmark.jobs_of(
        ["lorenz63"], ["onward(pause=0.001)", "persistence"], ["clean", "noise-5"], 1, (own,)
    )
    for job in jobs:
        perform(job, plan)
    with data.open("bench/benchmark.nc") as ds:
        assert labels(ds, "model") == ["onward(pause=0.001)", "broken", "persistence"]
        assert labels(ds, "system") == ["lorenz63"]
        alone = dataset_of(results(elsewhere / "here"), {})
        for name in SCORED:
            np.testing.assert_array_equal(ds[name].isel(model=[0, 2]), alone[name])
        np.testing.assert_array_equal(ds.failed.sel(model=1), 1)
        assert np.isnan(ds.smape.sel(model=1)).all()
        assert np.isfinite(ds.smape.sel(model=[0, 2])).all()
        assert ds.fit_seconds.sel(model=0).min() >= 0.001
    assert os.path.getsize("bench/benchmark.png") > 10_000
    assert run(["plot", "bench"]) == 2
    assert "got the folder of a benchmark, bench; use bench/benchmark.nc" in capsys.readouterr().err
    # a second call finds all done but the failures, and another protocol is refused
    assert run(["benchmark", "forecast", "-o", "bench", *asked, "--dry-run"]) == 0
    assert "6 jobs of broken, onward(pause=0.001), persistence; 2 to do" in capsys.readouterr().out
    assert run(["benchmark", "forecast", "-o", "bench", *asked, "--seed", "3"]) == 2
    assert "out: bench holds results of seed=0" in capsys.readouterr().err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGALRM])
def test_a_signal_waits_until_the_processes_have_begun(number):
    # else they would find the end of what they are told, and say so by a traceback
    done = []

    def interrupted():
        with forecast_benchmark.no_interrupt():
            signal.raise_signal(number)
            done.append("begun")

    before = signal.signal(number, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            interrupted()
    finally:
        signal.signal(number, before)
    assert done == ["begun"]


def test_a_run_of_processes_that_is_killed_goes_on_and_leaves_none(elsewhere, own, request):
    asked = ["benchmark", "forecast", "-o", "bench", "--systems", "lorenz63", "--ahead", "2"]
    asked += ["--models", "onward(pause=0.001)", "--starts", "6", "--module", own, "--jobs", "2"]
    os.makedirs("held/first")
    begun = subprocess.Popen([sys.executable, "-m", "ergodica", *asked], start_new_session=True)
    deadline = time.monotonic() + 600
    while not (first := sorted(elsewhere.glob("bench/results/*/*/*.json"))):
        assert begun.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)
    begun.send_signal(signal.SIGKILL)
    begun.wait()
    # the worker ends when it finds its parent gone
    while _alive(begun.pid):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    os.rmdir("held")
    kept = {path: path.read_bytes() for path in sorted(elsewhere.glob("bench/results/*/*/*.json"))}
    assert list(kept) == first
    assert len(kept) == 1
    assert not (elsewhere / "bench" / "benchmark.nc").exists()
    request.getfixturevalue("within")
    assert run(asked) == 0
    found = sorted(elsewhere.glob("bench/results/*/*/*.json"))
    assert len(found) == 6
    assert all(path.read_bytes() == content for path, content in kept.items())
    with data.open("bench/benchmark.nc") as ds:
        assert np.isfinite(ds.smape).all()
        assert ds.sizes["start"] == 6
    # what a process of its own made is what this one makes
    for content in kept.values():
        one = json.loads(content)
        again = Plan(folder=elsewhere / "again", ahead=2, modules=(own,))
        job = Job(one["system"], one["model"], one["condition"], one["start"])
        assert perform(job, again) is None
        assert {name: done(job, again)[name] for name in SCORED} == {name: one[name] for name in SCORED}


def test_ctrl_c_says_how_far_it_came_and_the_same_command_goes_on_to_the_end(elsewhere, own):
    words = ["benchmark", "forecast", "-o", "bench", "--systems", "lorenz63,rossler", "--ahead", "2"]
    words += ["--models", "onward(pause=0.001),broken", "--starts", "2", "--module", own, "--jobs", "2"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    os.makedirs("held/first")
    begun = subprocess.Popen([sys.executable, "-m", "ergodica", *words], start_new_session=True, **pipes)
    deadline = time.monotonic() + 600
    while not any(elsewhere.glob("bench/results/*/onward*/*.json")):
        assert begun.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)
    # a terminal sends it to every process of the command
    os.killpg(begun.pid, signal.SIGINT)
    _, said = begun.communicate(timeout=300)
    assert begun.returncode == 130
    assert "Traceback" not in said
    lines = said.splitlines()[-2:]
    assert lines[0] == "ergodica: interrupted"
    (count,) = re.fullmatch(
        r"ergodica: (\d+) of 8 jobs are done; the same command goes on", lines[1]
    ).groups()
    assert int(count) == 1
    os.rmdir("held")
    while _alive(begun.pid):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    ended = subprocess.run([sys.executable, "-m", "ergodica", *words], timeout=300, check=False, **pipes)
    assert ended.returncode == 0
    assert ended.stderr == ""
    assert "4 jobs failed, each counted as the worst score" in ended.stdout
    assert ended.stdout.count("\nfailed: ") == 4
    with data.open("bench/benchmark.nc") as ds:
        assert labels(ds, "model") == ["onward(pause=0.001)", "broken"]
        np.testing.assert_array_equal(ds.failed.isel(model=1), 1)
        assert np.isfinite(ds.smape.isel(model=0)).all()


def _alive(session):
    """Whether a process of a session is left, other than one that waits to be buried."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == session and fields[0] != "Z":
            return True
    return False


def test_a_model_of_many_settings_has_a_file_that_the_disk_can_name(tmp_path):
    jobs = [Job("lorenz63", f"nvar(note='{'x' * 300}{end}')", "clean", 0) for end in "ab"]
    places = {job.path(tmp_path).parent for job in jobs}
    assert len(places) == 2
    for place in places:
        place.mkdir(parents=True)


def test_what_another_setting_made_or_a_kill_damaged_is_done_again(tmp_path, own):
    plan = Plan(folder=tmp_path, ahead=2, modules=(own,))
    jobs = [Job("lorenz63", model, "clean", 0) for model in ("onward", "broken", "persistence")]
    for job in jobs:
        perform(job, plan)
    assert forecast_benchmark.missing(jobs, plan) == [jobs[1]]
    further = Plan(folder=tmp_path, ahead=3, modules=(own,))
    assert forecast_benchmark.missing(jobs, further) == jobs
    for damage in ('{"smape": [1', "{}", "[]", "3", '{"failure": null, "system": "lorenz63"}'):
        jobs[2].path(tmp_path).write_text(damage)
        assert forecast_benchmark.missing(jobs, plan) == jobs[1:]
        with pytest.raises(ParameterError, match="is damaged"):
            results(tmp_path)


def test_options_of_trainings_are_asked_of_models_that_have_one(tmp_path):
    jobs = [Job("lorenz63", model, "clean", 0) for model in ("nbeats", "persistence")]
    one, other = (Plan(folder=tmp_path, ahead=2, training={"steps": steps, "batch": 2}) for steps in (1, 2))
    for job in jobs:
        assert perform(job, one) is None
    assert forecast_benchmark.missing(jobs, one) == []
    # what is not trained is not done again
    assert forecast_benchmark.missing(jobs, other) == jobs[:1]
    assert len(results(tmp_path)) == 2
    assert perform(Job("rossler", "nbeats", "clean", 0), other) is None
    with pytest.warns(
        UserWarning, match=r"nbeats was trained with the options .*1} and .*2}, and its medians"
    ):
        results(tmp_path)


def test_models_that_are_added_stand_behind_those_before_and_so_keep_their_colours(elsewhere, own):
    words = ["benchmark", "forecast", "-o", "bench", "--systems", "lorenz63", "--ahead", "2", "--jobs", "1"]
    for models in ("persistence", "linear(lags=1, ridge=0.0),persistence"):
        assert run([*words, "--models", models]) == 0
    with data.open("bench/benchmark.nc") as ds:
        assert labels(ds, "model") == ["persistence", "linear(lags=1, ridge=0.0)"]


def test_modules_of_one_name_in_two_folders_are_both_there(tmp_path):
    for number in (1, 2):
        (tmp_path / str(number)).mkdir()
        text = OWN.replace("class Onward", f"class Onward{number}").replace('"onward"', f'"onward-{number}"')
        text = text.replace("Broken(Onward)", f"Broken{number}(Onward{number})")
        path = tmp_path / str(number) / "same.py"
        path.write_text(text.replace('"broken"', f'"broken-{number}"'))
        assert forecast_benchmark_jobs.model_of(f"onward_{number}", (str(path),)).name == f"onward-{number}"


def made(scores, failed=()):
    """Results of models by name, a score a system."""
    names = chaotic_flows()
    said = []
    for model, values in scores.items():
        for system, value in zip(names, values, strict=False):
            one = {"system": system, "model": model, "condition": "clean", "start": 0, "failure": None}
            one |= {name: [value] * 4 for name in ("smape", "nrmse", "mase")}
            one |= {"valid_time": 1.0, "parameters": 3, "fit_seconds": 1.0, "forecast_seconds": 0.5}
            said.append(one | ({"failure": "no"} if (model, system) in failed else {}))
    return dataset_of(said, {"seed": 0})


def test_the_table_holds_medians_with_failures_as_the_worst_beside_the_published():
    ds = made({"nvar": [1.0, 2.0, 30.0, 50.0, 3.0], "nbeats": [5.0, 1.5, 4.0, 5.0, 6.0]})
    rows = {row["model"]: row for row in summary(ds)["medians"]}
    assert (rows["nvar"]["smape"], rows["nbeats"]["smape"], rows["nvar"]["systems"]) == (3.0, 5.0, 5)
    (win,) = summary(ds)["wins"]
    # better on the second to fourth; both of the hard quarter, 30 and 50, are among them
    assert (win["model"], win["better"], win["better_in_hard_quarter"]) == ("nbeats", 0.6, 1.0)
    shown_text = text(ds)
    assert shown_text.index("nvar") < shown_text.index("nbeats") < shown_text.index("published: N-BEATS")
    assert all(f"{value:.1f}" in shown_text for value in PUBLISHED.values())
    first = chaotic_flows()
    worse = made({"nvar": [1.0, 2.0, 3.0]}, failed={("nvar", first[0]), ("nvar", first[1])})
    assert summary(worse)["medians"][0]["smape"] is None
    assert "failed" in text(worse)
    assert json.dumps(summary(worse))


def test_starts_are_compared_with_the_same_start_and_have_medians_of_their_own():
    one, other = chaotic_flows()[:2]
    values = {(one, 0): (1.0, 2.0), (other, 0): (3.0, 2.0), (one, 1): (5.0, None)}
    said = []
    for (system, start), pair in values.items():
        for model, value in zip(("nvar", "nbeats"), pair, strict=True):
            if value is not None:
                job = {
                    "system": system,
                    "model": model,
                    "condition": "clean",
                    "start": start,
                    "failure": None,
                }
                job |= {name: [value] * 4 for name in ("smape", "nrmse", "mase")}
                said.append(
                    job | {"valid_time": 1.0, "parameters": 3, "fit_seconds": 1.0, "forecast_seconds": 0.5}
                )
    found = summary(dataset_of(said, {"seed": 0}))
    (win,) = found["wins"]
    # the second start has no N-BEATS to compare with
    assert (win["compared"], win["better"]) == (2, 0.5)
    assert [(row["model"], row["smape"]) for row in found["by_start"]] == [("nvar", [2.0, 5.0])]


@pytest.mark.parametrize("name", ["smape", "valid_time"])
def test_the_picture_ranks_models_as_the_table_does(name):
    said, random = [], np.random.default_rng(4)
    for system, model, start in product(chaotic_flows()[:5], ["a", "b", "c"], range(4)):
        one = {"system": system, "model": model, "condition": "clean", "start": start}
        one |= {
            key: [value] * 4 for key, value in zip(("smape", "nrmse", "mase"), random.random(3), strict=True)
        }
        one |= {"valid_time": random.random(), "parameters": 3, "fit_seconds": 1.0, "forecast_seconds": 0.5}
        failed = random.random() < {"a": 0.6, "b": 0.3, "c": 0.0}[model]
        # of c not all starts are done
        if model != "c" or start < 2:
            said.append(one | {"failure": "no" if failed else None})
    ds = dataset_of(said, {"seed": 0})
    assert ds.failed.sum() > 5
    drawn = chosen(ds, name)[name]
    scores(drawn, ax := Figure().add_subplot())
    middle = medians(ds, name).isel(condition=0)
    ranked = middle.argsort().values[:: -1 if name == "valid_time" else 1]
    assert [one.get_text() for one in ax.get_yticklabels()] == [labels(ds, "model")[i] for i in ranked]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--systems", "lorentz63"], "systems: 'lorentz63' is not known; did you mean 'lorenz63'"),
        (["--systems", "van-der-pol"], "systems: 'van-der-pol' is not chaotic"),
        (["--models", "persistance"], "model: 'persistance' is not known; did you mean 'persistence'"),
        (["--models", ","], "models: must name at least one, got ','"),
        (["--models", "persistence", "--conditions", "noisy"], "conditions: 'noisy' is not known"),
        (["--models", "nvar(dgree=3)"], "dgree: is no setting of nvar; did you mean 'degree'"),
        (["--models", "lstm(width=0)"], "width: must be"),
        (
            ["--models", "lstm", "--training.stpes", "5"],
            "stpes: is no option of a training; did you mean 'steps'",
        ),
        (
            ["--models", "lstm", "--training.steps", "many"],
            "steps: must be a whole number of at least 1, got 'many'",
        ),
        (["--models", "lstm", "--training.resume", "1"], "resume: is no option of a training"),
        (["--models", "lstm", "--training.learning-rate", "-1"], "learning_rate: must be a number above 0"),
        (
            ["--models", "persistence", "--training.steps", "5"],
            "training: is for models that are trained by gradients, got steps=5 with persistence",
        ),
        (["--models", "persistence", "--starts", "0"], "starts: must be a whole number"),
        (["--models", "persistence", "--ahead", "1"], "ahead: must be a whole number"),
        (["--models", "persistence", "--jobs", "0"], "jobs: must be a whole number"),
        (["--models", "persistence", "--module", "absent.py"], "absent.py' is no Python file"),
        (["--models", "persistence", "--module", "absent"], "module: 'absent' cannot be imported"),
    ],
)
def test_what_cannot_be_is_said_in_one_line_before_anything_is_made(elsewhere, capsys, words, message):
    assert run(["benchmark", "forecast", "-o", "bench", *words]) == 2
    said = capsys.readouterr().err
    assert message in said
    assert said.count("\n") == 1
    assert not (elsewhere / "bench").exists()


def test_a_module_that_cannot_be_loaded_says_why(elsewhere, capsys):
    for content, why in (
        ("x = = 3", "SyntaxError"),
        ("import nothing_there", "No module named 'nothing_there'"),
    ):
        Path("mine.py").write_text(content)
        asked = ["--systems", "lorenz63", "--models", "persistence", "--module", "mine.py"]
        assert run(["benchmark", "forecast", "-o", "bench", *asked]) == 2
        said = capsys.readouterr().err
        assert "module: 'mine.py' cannot be imported" in said
        assert why in said


def test_a_dry_run_checks_the_folder_too(elsewhere, capsys):
    asked = [
        "benchmark",
        "forecast",
        "-o",
        "bench",
        "--systems",
        "lorenz63",
        "--models",
        "persistence",
        "--dry-run",
    ]
    assert run(asked) == 0
    assert not Path("bench").exists()
    Path("bench").mkdir()
    for content, why in (("{", "bench/benchmark.json is damaged"), ("{}", "holds results of benchmark=None")):
        Path("bench/benchmark.json").write_text(content)
        assert run(asked) == 2
        assert why in capsys.readouterr().err


def test_a_folder_of_other_things_is_left_alone(elsewhere, capsys):
    (elsewhere / "mine").mkdir()
    (elsewhere / "mine" / "notes.txt").write_text("keep")
    asked = ["--systems", "lorenz63", "--models", "persistence"]
    assert run(["benchmark", "forecast", "-o", "mine", *asked]) == 2
    assert "out: mine holds other things" in capsys.readouterr().err
    assert os.listdir("mine") == ["notes.txt"]


def test_names_are_parted_at_commas_outside_of_brackets():
    assert split("nvar, nbeats(width=3, layers=2),lstm") == ["nvar", "nbeats(width=3, layers=2)", "lstm"]


def test_all_forecasters_that_need_no_settings_take_part(own):
    found = known_models((own,))
    assert {"persistence", "nvar", "onward"} <= set(found)
    assert not {"conserved", "ensemble"} & set(found)
