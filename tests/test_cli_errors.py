"""Bad input at the command line: one line that names parameter, rule, value and remedy, and the right exit code."""

import os
import re

import numpy as np
import pytest
import xarray as xr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ergodica import sims
from ergodica.scripts.ending import FAILED, USAGE
from ergodica.scripts.main import run
from ergodica.sims.registry import systems


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ERGODICA_DEBUG", raising=False)


@pytest.fixture
def finished():
    """A small finished run in the current folder."""
    simulation = sims.NLSE.preset("gaussian", points=64, length=20.0, initial_parameters={"amplitude": 0.5})
    simulation.run(t_end=0.2, snapshots=3, out="run.nc").close()
    return "run.nc"


def refused(capsys, *tokens, code=USAGE):
    """The one line of an error; nothing on stdout, nothing written."""
    before = sorted(os.listdir())
    assert run(tokens) == code
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("ergodica: error: ")
    assert said.err.count("\n") == 1, said.err
    assert "Traceback" not in said.err
    assert sorted(os.listdir()) == before
    return said.err.removeprefix("ergodica: error: ").strip()


PARAMETERS = {
    "odd points": (["--points", "33"], r"points: must be even, got 33; use 32 or 34"),
    "tiny points": (["--points", "4"], r"points: .*8.*got '4'"),
    "points as text": (["--points", "many"], r"points: must be a valid integer.*'many'"),
    "points swallow an option": (["--points", "--length"], r"points: must be a valid integer.*'--length'"),
    "negative length": (["--length", "-3"], r"length: must be greater than 0, got '-3'"),
    "infinite length": (["--length", "inf"], r"length: must be a finite number, got 'inf'"),
    "misspelt initial": (["--initial", "solitn"], r"initial: 'solitn' is not known; did you mean 'soliton'"),
    "field not finite": (["--initial", "1/x"], r"initial: must be finite, got .* at grid point 256"),
    "unknown function": (["--initial", "foo(x)"], r"initial: 'foo' is no function"),
    "open bracket": (["--initial", "exp(-x**2"], r"initial: must be an expression"),
    "complex potential": (["--potential", "1j*x"], r"potential: must be real"),
    "misspelt state parameter": (["--initial-parameters.amplitud", "3"], r"amplitud: .*did you mean 'amplitude'"),
    "negative amplitude": (["--initial-parameters.amplitude", "-3"], r"amplitude: must be .*0, got -3"),
    "sign of the coupling": (["--coupling", "-1"], r"coupling: must be above 0 .*soliton.*got -1"),
    "members missing": (["--coupling", "1,2,3"], r"members: must equal the 3 values of coupling"),
    "members do not fit": (["--coupling", "1,2,3", "--members", "2"], r"members: must equal the 3 values .*got 2"),
    "one member is text": (["--coupling", "1,x", "--members", "2"], r"coupling: must be a valid number.*'x'"),
    "no members": (["--members", "0"], r"members: must be .*1, got '0'"),
    "one snapshot": (["--snapshots", "1"], r"snapshots: must be .*2, got '1'"),
    "time does not end": (["--t-end", "inf"], r"t_end: must be a finite number"),
    "time runs back": (["--t-end", "-1"], r"t_end: must be greater than 0, got '-1'"),
    "unknown record": (["--record", "densty"], r"record: .*'densty'.*did you mean 'density'"),
    "unknown device": (["--device", "gpu"], r"device: must be one of cpu, cuda.*got 'gpu'"),
    "no threads": (["--threads", "0"], r"threads: must be a whole number from 1"),
    "seed too large": (["--seed", str(2**64)], r"seed: must be less than"),
    "step of zero": (["--dt", "0"], r"dt: must be greater than 0, got '0'"),
    "steps beyond counting": (["--dt", "1e-300"], r"dt: must leave at most"),
    "unknown preset": (["--preset", "solitn"], r'"solitn" for --preset.*Did you mean "soliton"\?'),
    "unknown scheme": (["--scheme", "euler"], r'"euler" for --scheme. Choose from: "strang"'),
    "unknown option": (["--pionts", "64"], r"Unknown option: --pionts. Did you mean --points\?"),
    "option without value": (["--points"], r"--points requires an argument"),
    "option twice": (["--points", "64", "--points", "32"], r"--points specified multiple times"),
    "stray word": (["run.nc"], r"Unused Tokens: \['run.nc'\]; see ergodica simulate nlse --help"),
    "unknown ending": (["-o", "run.txt"], r"out: must end in .nc or .zarr, got 'run.txt'; use run.nc"),
    "no ending": (["-o", "run"], r"out: must end in .nc or .zarr, got 'run'; use run.nc"),
    "nothing but an ending": (["-o", ".nc"], r"out: must end in .nc or .zarr, got '.nc'; use run.nc"),
    "folder that cannot be": (["-o", "/dev/null/run.nc"], r"out: its folder /dev/null cannot be"),
    "resume and force": (["--resume", "--force"], r"force: must not be given with --resume"),
    "no such config": (["--config", "no.toml"], r"config: no.toml cannot be read, no such file"),
    "no such run": (["--like", "no.nc", "-o", "b.nc"], r"no.nc: no such file"),
}  # fmt: skip


@pytest.mark.parametrize("case", PARAMETERS)
def test_a_wrong_parameter_is_one_line_before_the_first_step(case, capsys):
    tokens, expected = PARAMETERS[case]
    assert re.match(rf"^.*{expected}", refused(capsys, "simulate", "nlse", *tokens))


COMMANDS = {
    "unknown command": (["simulat"], r'Unknown command "simulat". Did you mean "simulate"'),
    "unknown system": (["simulate", "nls"], r"system: 'nls' is not known; did you mean 'nlse'\?"),
    "no system": (["simulate", "--points", "64"], r"system: must be named, got --points; use .*nlse"),
    "unknown system to list": (["list", "nls"], r"system: 'nls' is not known; did you mean 'nlse'\?"),
    "no system to list": (["list", "koopman"], r"'koopman' is not known; .*\(.*ergodica list networks\)"),
    "no file": (["info"], r"FILE requires an argument; see ergodica info --help"),
    "a word too much": (["info", "a.nc", "b.nc"], r"Unused Tokens: \['b.nc'\]"),
}


@pytest.mark.parametrize("case", COMMANDS)
def test_a_wrong_command_is_one_line(case, capsys):
    tokens, expected = COMMANDS[case]
    assert re.match(rf"^.*{expected}", refused(capsys, *tokens))


TOML = {
    "unknown key": ("pionts = 64", r"pionts: run.toml holds this key.*did you mean 'points'"),
    "not TOML": ("points = = 64", r"config: run.toml is not valid TOML.*line 1"),
    "wrong value": ("points = 33", r"points: must be even, got 33"),
    "wrong type": ("points = [64]", r"points: must be a valid integer, got \[64\]"),
    "another system": ('system = "kdv"', r"system: must be 'nlse' .*got 'kdv' in run.toml"),
    "another command": ('simulate = "flow"', r"simulate: must be 'nlse' .*got 'flow' in run.toml"),
    "preset as number": ("preset = 3", r"preset: must be text, got 3 in run.toml"),
    "unknown preset": ('preset = "solitn"', r"preset: nlse has no 'solitn'; did you mean 'soliton'"),
    "unknown state parameter": ("[initial_parameters]\nwdth = 1", r"wdth: .*has no such parameter"),
    "table for a number": ("[points]\nx = 1", r"points: must be a valid integer"),
    "threads as text": ('threads = "all"', r"threads: must be a whole number"),
    "bad output": ('out = "run.txt"', r"out: must end in .nc or .zarr"),
}


@pytest.mark.parametrize("case", TOML)
def test_a_wrong_configuration_file_is_one_line(case, capsys, tmp_path):
    text, expected = TOML[case]
    (tmp_path / "run.toml").write_text(text)
    assert re.match(rf"^.*{expected}", refused(capsys, "simulate", "nlse", "--config", "run.toml"))


def test_a_configuration_file_that_is_no_text(capsys, tmp_path):
    (tmp_path / "run.toml").write_bytes(b"\xff\xfe\x00")
    assert "not valid TOML" in refused(capsys, "simulate", "nlse", "--config", "run.toml")


def test_a_configuration_file_without_system_needs_one(capsys, tmp_path):
    (tmp_path / "run.toml").write_text("points = 64")
    assert "system: must be named" in refused(capsys, "simulate", "--config", "run.toml")
    (tmp_path / "run.toml").write_text('system = "nlsee"')
    assert "did you mean 'nlse'" in refused(capsys, "simulate", "--config", "run.toml")


READERS = [
    ["info", "FILE"],
    ["info", "FILE", "--json"],
    ["plot", "FILE", "-o", "out.png"],
    ["measure", "FILE", "-o", "out.nc"],
    ["check", "FILE"],
    ["simulate", "--like", "FILE", "-o", "out.nc"],
]


@pytest.mark.parametrize("tokens", READERS, ids=lambda tokens: "-".join(tokens[:2]))
def test_files_that_cannot_be_read_are_one_line(tokens, finished, capsys, tmp_path):
    (tmp_path / "cut.nc").write_bytes((tmp_path / finished).read_bytes()[:5000])
    (tmp_path / "empty.nc").write_bytes(b"")
    (tmp_path / "notes.nc").write_text("not a data file")
    (tmp_path / "folder").mkdir()
    expected = {
        "cut.nc": r"cut.nc: is truncated or damaged",
        "empty.nc": r"empty.nc: is empty",
        "notes.nc": r"notes.nc: was not written by ergodica",
        "folder": r"folder: was not written by ergodica",
        "ru.nc": r"ru.nc: no such file; did you mean 'run.nc'\?",
        "no/run.nc": r"no/run.nc: no such file, nor its folder",
    }
    for name, words in expected.items():
        given = [name if token == "FILE" else token for token in tokens]
        assert re.match(words, refused(capsys, *given))


def test_a_file_of_another_program_is_refused_by_all_but_check(capsys):
    xr.Dataset({"a": ("x", np.arange(3.0))}).to_netcdf("foreign.nc", engine="h5netcdf")
    for tokens in (["info"], ["plot"], ["measure"]):
        assert "was not written by ergodica" in refused(capsys, *tokens, "foreign.nc")
    assert run(["check", "foreign.nc"]) == 1
    assert "error: ergodica_schema: must be a global attribute" in capsys.readouterr().out


def test_a_file_of_a_later_version_is_refused(finished, capsys):
    import h5py

    with h5py.File(finished, "a") as file:
        file.attrs["ergodica_schema"] = 10**6
    assert "for this version of ergodica" in refused(capsys, "info", finished)


def test_resuming_another_run_is_refused(finished, capsys):
    small = ["--preset", "gaussian", "--points", "64", "--length", "20", "--initial-parameters.amplitude"]
    command = ["simulate", "nlse", "-o", finished, "--resume", "--snapshots", "3", *small]
    assert "amplitude" in refused(capsys, *command, "0.6", "--t-end", "0.2")
    assert "seed" in refused(capsys, *command, "0.5", "--t-end", "0.2", "--seed", "1")
    assert "snapshots: must keep the spacing" in refused(capsys, *command, "0.5", "--t-end", "0.4")


def test_like_and_preset_exclude_each_other(finished, capsys):
    tokens = ["simulate", "nlse", "--like", finished, "-o", "b.nc", "--preset", "soliton"]
    assert "preset: must not be given with --like" in refused(capsys, *tokens)


def test_a_run_is_never_written_over_the_one_it_repeats(finished, capsys):
    tokens = ["simulate", "--like", finished, "-o", f"./{finished}", "--force"]
    assert "out: must be another file" in refused(capsys, *tokens)


def test_like_needs_a_run(finished, capsys):
    assert run(["measure", finished, "-o", "entropy.nc"]) == 0
    capsys.readouterr()
    tokens = ["simulate", "--like", "entropy.nc", "-o", "b.nc"]
    assert "must be a run, got measured quantities" in refused(capsys, *tokens)


# Errors that nobody planned


def test_an_unexpected_error_is_one_line_with_a_hint(monkeypatch, capsys):
    def broken(*args, **options):
        raise ZeroDivisionError("a defect\nin two lines")

    monkeypatch.setattr(systems()["nlse"], "run", broken)
    said = refused_line(capsys)
    assert (
        said
        == "unexpected ZeroDivisionError: a defect in two lines; --debug or ERGODICA_DEBUG=1 shows where it comes from"
    )


def refused_line(capsys):
    assert run(["simulate", "nlse", "-o", "run.nc"]) == FAILED
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    return error.removeprefix("ergodica: error: ").strip()


def test_another_librarys_value_error_is_no_usage_error(monkeypatch, capsys):
    monkeypatch.setattr(systems()["nlse"], "run", lambda *args, **options: np.zeros(3).reshape(2, 2))
    assert refused_line(capsys).startswith("unexpected ValueError: cannot reshape")


@pytest.mark.parametrize("way", ["option", "variable"])
def test_the_traceback_is_there_when_asked_for(way, monkeypatch, capsys):
    def broken(*args, **options):
        raise ZeroDivisionError("a defect")

    monkeypatch.setattr(systems()["nlse"], "run", broken)
    tokens = ["simulate", "nlse", "-o", "run.nc"]
    if way == "option":
        tokens.insert(1, "--debug")
    else:
        monkeypatch.setenv("ERGODICA_DEBUG", "1")
    assert run(tokens) == FAILED
    error = capsys.readouterr().err
    assert "Traceback (most recent call last)" in error
    assert error.splitlines()[-1].startswith("ergodica: error: unexpected ZeroDivisionError: a defect")


def test_a_field_that_blows_up_is_a_failure_not_a_usage_error(monkeypatch, capsys):
    from ergodica.numerics.errors import RunError

    def broken(*args, **options):
        raise RunError("psi_real: is not finite in member 0 at t=1; the step or the grid is too coarse")

    monkeypatch.setattr(systems()["nlse"], "run", broken)
    assert refused_line(capsys).startswith("psi_real: is not finite")


def test_a_warning_is_one_line(capsys):
    coarse = ["--points", "64", "--t-end", "0.1", "--snapshots", "2", "-o", "run.nc"]
    assert run(["simulate", "nlse", *coarse]) == 0
    lines = capsys.readouterr().err.splitlines()
    assert lines
    assert all(line.startswith("ergodica: warning: ") for line in lines)
    assert "points: the grid does not resolve the field" in lines[0]


# Anything at all

WORDS = st.one_of(
    st.sampled_from(
        ["--points", "--length", "--coupling", "--initial", "--preset", "--members", "--dt", "--seed", "--record",
         "--snapshots", "--t-end", "--initial-parameters.amplitude", "--initial-parameters", "--config", "--like",
         "--resume", "--force", "--threads", "-o", "--", "-", "--no-progress", "--filter", "--warm-up", "-x"]
    ),
    st.sampled_from(["64", "-1", "0", "nan", "1e400", "soliton", "none", "x", "1,2", ",", "", "a.nc", "1_0", "١"]),
    # with --debug a traceback is what is asked for
    st.text(max_size=8).filter(lambda word: word != "--debug"),
)  # fmt: skip


@settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(words=st.lists(WORDS, max_size=6))
def test_any_words_run_or_end_in_one_line(words, capsys, monkeypatch):
    # the run itself has its own fuzz test; here it is what leads to it
    nothing = xr.Dataset(coords={"t": [0.0, 1.0]}, attrs={"ergodica_config": "{}"})
    monkeypatch.setattr(systems()["nlse"], "run", lambda self, **asked: nothing)
    capsys.readouterr()
    code = run(["simulate", "nlse", *words])
    said = capsys.readouterr()
    assert code in (0, USAGE), (words, said.err)
    if code:
        assert said.err.startswith("ergodica: error: ")
        assert said.err.count("\n") == 1
    else:
        assert said.err == ""
