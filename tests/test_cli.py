"""The command line as a whole: what it loads, what it lists, how it starts and ends."""

import json
import os
import subprocess
import sys

import pytest

import ergodica
from ergodica.scripts.ending import BROKEN_PIPE
from ergodica.scripts.main import app, run
from ergodica.sims.registry import systems
from ergodica.sims.sampling import RunArguments

HEAVY = ("numba", "torch", "xarray", "pandas", "matplotlib", "netCDF4", "zarr", "scipy")
ELSEWHERE = {"ERGODICA_DEBUG": "", "COLUMNS": "100"}


def command(*tokens, cwd=None, **options):
    """Run the command line in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "ergodica", *tokens],
        cwd=cwd,
        env={**os.environ, **ELSEWHERE},
        capture_output=True,
        text=True,
        timeout=300,
        **options,
    )


def help_of(capsys, *tokens):
    assert run([*tokens, "--help"]) == 0
    return capsys.readouterr().out


def test_the_installed_command_and_the_module_work_from_another_folder(tmp_path):
    script = os.path.join(os.path.dirname(sys.executable), "ergodica")
    answer = subprocess.run([script, "--version"], cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert (answer.returncode, answer.stdout.strip()) == (0, ergodica.__version__)
    assert command("--version", cwd=tmp_path).stdout.strip() == ergodica.__version__


@pytest.mark.parametrize(
    "tokens",
    [
        ["--help"],
        ["list"],
        ["simulate", "nlse", "--help"],
        ["simulate", "--help"],
        ["train", "--help"],
        ["train", "score", "--help"],
        ["apply", "--help"],
        ["benchmark", "--help"],
        ["benchmark", "forecast", "--help"],
    ],
)
def test_help_loads_nothing_heavy(tokens):
    code = (
        "import sys; from ergodica.scripts.main import run; "
        f"code = run({tokens!r}); "
        f"print('loaded', code, [name for name in {HEAVY!r} if name in sys.modules])"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300)
    assert answer.stdout.splitlines()[-1] == "loaded 0 []", answer.stderr


def test_the_whole_help_loads_no_system():
    code = (
        "import sys; from ergodica.scripts.main import run; run(['--help']); "
        "print('loaded', [name for name in sys.modules if name.startswith('ergodica.sims') or name == 'pydantic'])"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300)
    assert answer.stdout.splitlines()[-1] == "loaded []", answer.stderr


def test_every_command_has_a_help(capsys):
    names = [name for name in app if not name.startswith("-")]
    assert names == [
        *(
            "list",
            "simulate",
            "exponents",
            "measure",
            "train",
            "apply",
            "plot",
            "info",
            "check",
            "demo",
            "benchmark",
        )
    ]
    whole = help_of(capsys)
    for name in names:
        assert name in whole
        assert f"Usage: ergodica {name}" in help_of(capsys, name)


@pytest.mark.parametrize("name", sorted(systems()))
def test_every_field_of_every_system_and_of_the_run_is_an_option_with_its_help(name, capsys):
    text = help_of(capsys, "simulate", name)
    flat = " ".join(text.replace("│", " ").split())
    for model in (systems()[name], RunArguments):
        for field, declared in model.model_fields.items():
            assert f"--{field.replace('_', '-')}" in text
            assert " ".join(declared.description.split()[:4]) in flat


def test_help_shows_ranges_and_defaults_of_the_model(capsys):
    flat = " ".join(help_of(capsys, "simulate", "nlse").replace("│", " ").split())
    assert "[8 to 2^27; default 512]" in flat
    assert "[above 0; default 50]" in flat
    assert "default that of the preset" in flat


def test_list_names_systems_and_presets(capsys):
    assert run(["list"]) == 0
    text = capsys.readouterr().out
    for name, system in systems().items():
        assert name in text
        assert all(preset in text for preset in system.presets)


@pytest.mark.parametrize("name", sorted(systems()))
def test_list_shows_everything_that_can_be_set(name, capsys):
    system = systems()[name]
    assert run(["list", name]) == 0
    text = capsys.readouterr().out
    for known in (*system.model_fields, *system.presets, *system.optional):
        assert known in text


def test_list_as_json_holds_what_the_models_say(capsys):
    assert run(["list", "nlse", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert run(["list", "--json"]) == 0
    assert found in json.loads(capsys.readouterr().out)
    rows = {row["name"]: row for row in found["parameters"]}
    assert rows["points"]["range"] == {"min": 8, "max": 2**27}
    assert rows["coupling"]["per_member"]
    assert rows["length"]["units"] == "1"
    assert "dop853" in rows["scheme"]["choices"]
    states = {state["name"]: state for state in found["initial_states"]}
    assert "amplitude_1" in [row["name"] for row in states["two-soliton"]["parameters"]]
    assert {preset["name"] for preset in found["presets"]} == set(systems()["nlse"].presets)


def test_a_reader_that_stops_reading_is_no_error():
    with subprocess.Popen(
        [sys.executable, "-m", "ergodica", "list", "nlse", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        process.stdout.close()  # before the first line
        assert process.stderr.read() == b""
        assert process.wait(300) == BROKEN_PIPE


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a device of Linux")
def test_a_full_disk_behind_stdout_is_one_line():
    with open("/dev/full", "w") as full:
        answer = subprocess.run(
            [sys.executable, "-m", "ergodica", "list"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=300,
        )
    assert answer.returncode == 1
    assert answer.stderr.count("\n") == 1
    assert answer.stderr.startswith("ergodica: error: no space left on device")
