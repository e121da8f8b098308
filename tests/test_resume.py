"""What a resumed file tells of its making, and what a command says about a file that it cannot go on with."""

import re
import subprocess
import sys

import numpy as np
import pytest

import ergodica
from ergodica import sims
from ergodica.data.configuration import from_json, to_json
from ergodica.data.files import Recording
from ergodica.numerics.errors import ParameterError
from ergodica.scripts.main import run
from ergodica.sims.plan import Plan
from ergodica.sims.sampling import RunArguments

SMALL = {"points": 64, "length": 20.0, "initial": "gaussian", "initial_parameters": {"amplitude": 0.5}}
WORDS = ["simulate", "nlse", "--points", "64", "--length", "20", "--initial", "gaussian"]
LINE = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ: \S.*"


def history(out):
    with ergodica.open(out) as ds:
        return ds.attrs["history"].splitlines()


@pytest.mark.parametrize("suffix", [".nc", ".zarr"])
def test_each_command_that_wrote_to_a_file_is_in_its_history(suffix, tmp_path, monkeypatch):
    out = tmp_path / f"run{suffix}"
    simulation = sims.NLSE(**SMALL)
    interrupted = KeyboardInterrupt()
    commands = [["ergodica", "first"], ["ergodica", "second", "--resume"], ["ergodica", "third", "--resume"]]

    def stopped(self, state, record):
        if len(frames) == 2:
            raise interrupted
        frames.append(1)
        return observe(self, state, record)

    frames, observe = [], sims.NLSE.observe
    with monkeypatch.context() as patched:
        patched.setattr(sims.NLSE, "observe", stopped)
        patched.setattr(sys, "argv", commands[0])
        with pytest.raises(KeyboardInterrupt):
            simulation.run(t_end=0.4, snapshots=5, out=out)
    for argv, t_end, snapshots in ((commands[1], 0.4, 5), (commands[2], 0.8, 9)):
        monkeypatch.setattr(sys, "argv", argv)
        simulation.run(t_end=t_end, snapshots=snapshots, out=out, resume=True).close()
    lines = history(out)
    assert all(re.fullmatch(LINE, line) for line in lines)
    assert [line.partition(": ")[2] for line in lines] == [" ".join(argv) for argv in commands]
    # nothing is written to a run that is whole already
    simulation.run(t_end=0.8, snapshots=9, out=out, resume=True).close()
    assert history(out) == lines
    with ergodica.open(out) as ds:
        whole = simulation.run(t_end=0.8, snapshots=9)
        np.testing.assert_array_equal(ds["psi_real"], whole["psi_real"])
        assert ds.ergodica.run_arguments["snapshots"] == 9


def test_a_refused_resume_lets_others_write(tmp_path):
    out = tmp_path / "run.nc"
    simulation = sims.NLSE(**SMALL)
    plan = Plan(simulation, RunArguments(t_end=0.4, snapshots=5), None)
    Recording.create(out, plan.header, block_frames=1).close()
    lines = history(out)
    with pytest.raises(ValueError, match="points: must be as in") as refused:
        sims.NLSE(**(SMALL | {"points": 128})).run(t_end=0.4, snapshots=5, out=out, resume=True)
    assert history(out) == lines
    code = f"from ergodica.data.files import Recording; Recording.reopen({str(out)!r})"
    # while the error, and with it the refused recording, is still there
    assert subprocess.run([sys.executable, "-c", code], timeout=300).returncode == 0, refused


@pytest.mark.parametrize(("key", "held"), [("device", "cuda:0"), ("version", "0.0.1")])
def test_a_run_of_another_device_or_version_is_refused_with_a_remedy_that_works(key, held, tmp_path):
    out = tmp_path / "run.nc"
    simulation, asked = sims.NLSE(**SMALL), {"t_end": 0.4, "snapshots": 5, "device": "auto"}
    simulation.run(**asked, out=out).close()
    with Recording.reopen(out) as recording:
        config = from_json(recording.header.attrs["ergodica_config"])
        recording.replace_attrs({"ergodica_config": to_json(config | {key: held})})
        recording.finish().close()
    with pytest.raises(ParameterError) as refused:
        simulation.run(**asked | {"device": "cpu"}, out=out, resume=True)
    line = str(refused.value)
    assert line.startswith(f"{key}: must be as in ")
    assert held in line
    assert "initial=ds.isel(t=-1)" in line
    assert "\n" not in line
    with ergodica.open(out) as ds:
        further = simulation.changed(initial=ds.isel(t=-1), initial_parameters={}).run(**asked)
        np.testing.assert_array_equal(further["psi_real"][0], ds["psi_real"][-1])


def test_the_device_that_computed_decides_and_not_the_word_for_it(tmp_path, monkeypatch):
    out = tmp_path / "run.nc"
    simulation = sims.NLSE(**SMALL)
    monkeypatch.setattr("ergodica.numerics.arrays._why_no_cuda", lambda index: "there is none")
    simulation.run(t_end=0.4, snapshots=5, device="auto", out=out).close()
    more = simulation.run(t_end=0.8, snapshots=9, device="cpu", out=out, resume=True)
    np.testing.assert_array_equal(more["psi_real"], simulation.run(t_end=0.8, snapshots=9)["psi_real"])


def one_line(capsys, *words):
    assert run([*WORDS, "--t-end", "0.4", "--snapshots", "5", *words]) != 0
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1, lines
    return lines[0]


@pytest.mark.parametrize("content", ["text", "cut", "empty"])
@pytest.mark.parametrize("option", ["--resume", "--force"])
def test_no_command_goes_on_with_a_file_that_is_at_fault(content, option, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    if content == "cut":
        sims.NLSE(**SMALL).run(t_end=0.4, snapshots=5, out="run.nc").close()
        whole = (tmp_path / "run.nc").read_bytes()
        (tmp_path / "run.nc").write_bytes(whole[: len(whole) // 2])
    else:
        (tmp_path / "run.nc").write_text("hello" if content == "text" else "")
    if option == "--resume":
        assert "run.nc: " in one_line(capsys, "-o", "run.nc", "--resume")
    (tmp_path / "run.zarr").mkdir()
    (tmp_path / "run.zarr" / "notes.txt").write_text("x")
    assert "run.zarr" in one_line(capsys, "-o", "run.zarr", option)
    assert (tmp_path / "run.zarr" / "notes.txt").exists()


def test_a_run_that_another_process_writes_is_to_be_waited_for(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    out = tmp_path / "run.nc"
    code = (
        "import sys; from ergodica import sims\n"
        "from ergodica.sims.plan import Plan; from ergodica.sims.sampling import RunArguments\n"
        "from ergodica.data.files import Recording\n"
        f"plan = Plan(sims.NLSE(**{SMALL!r}), RunArguments(t_end=0.4, snapshots=5), None)\n"
        f"held = Recording.create({str(out)!r}, plan.header, block_frames=1)\n"
        "print('held', flush=True); sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout.readline() == b"held\n"
        line = one_line(capsys, "-o", "run.nc", "--resume")
        other.stdin.close()
    assert f"is being written by process {other.pid}" in line
    assert "wait until it ends" in line
    Recording.reopen(out).close()


def test_an_earlier_run_is_not_taken_for_the_one_that_was_interrupted(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    words = [*WORDS, "--t-end", "0.4", "--snapshots", "5", "-o", "run.nc"]
    assert run(words) == 0
    capsys.readouterr()

    def interrupted(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr("ergodica.sims.loop.Plan", interrupted)
    assert run([*words, "--force"]) == 130
    assert capsys.readouterr().err.splitlines() == ["ergodica: interrupted"]
