"""Flows and maps of the catalogue at the command line: shown, run for a fitting length, several members, refused."""

import json
import re

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import ergodica
from ergodica import sims
from ergodica.scripts import system_command
from ergodica.scripts.ending import USAGE
from ergodica.scripts.main import run
from ergodica.sims import periods
from ergodica.sims.registry import systems


def period(name):
    return sims.Flow(system=name).period


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ERGODICA_DEBUG", raising=False)


@pytest.fixture
def asked(monkeypatch):
    """The simulation and the run that a command line comes to."""
    found = []
    monkeypatch.setattr(
        system_command, "_run", lambda simulation, run, *rest, **more: found.append((simulation, run))
    )

    def of(*tokens):
        assert run(["simulate", *tokens]) == 0
        return found.pop()

    return of


def refused(capsys, *tokens):
    assert run(tokens) == USAGE
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1, said.err
    return said.err.removeprefix("ergodica: error: ").strip()


def test_a_system_without_preset_runs_for_fifty_of_its_periods(asked):
    simulation, run = asked("flow", "--system", "rossler")
    assert simulation.system == "rossler"
    assert run.snapshots == 5001
    assert run.t_end == pytest.approx(50 * period("rossler"), rel=1e-5)
    # noise has no period
    assert asked("flow", "--system", "ornstein-uhlenbeck")[1].snapshots == 5001
    assert (asked("map", "--system", "tent")[1].t_end, asked("map")[1].snapshots) == (10_000, 10_001)


def test_the_system_of_the_default_preset_keeps_its_length(asked):
    for tokens in ([], ["--system", "lorenz63"], ["--system", "Lorenz"], ["--preset", "lorenz63"]):
        run = asked("flow", *tokens)[1]
        assert (run.t_end, run.snapshots) == (100.0, 10_001)
    assert asked("flow", "--preset", "rossler")[1].t_end == 500.0


def test_what_is_given_of_a_length_keeps_the_usual_spacing(asked):
    spacing = period("rossler") / 100
    run = asked("flow", "--system", "rossler", "--t-end", "10")[1]
    assert (run.t_end, run.snapshots) == (10.0, round(10 / spacing) + 1)
    run = asked("flow", "--system", "rossler", "--snapshots", "11")[1]
    assert run.t_end == pytest.approx(10 * spacing, rel=1e-5)
    assert asked("map", "--system", "tent", "--t-end", "500")[1].snapshots == 501


def test_periods_take_the_place_of_the_presets_length(asked):
    run = asked("flow", "--periods", "20", "--points-per-period", "30")[1]
    assert (run.periods, run.points_per_period, run.snapshots) == (20, 30, 601)
    assert run.t_end == pytest.approx(20 * period("lorenz63"), rel=1e-5)
    assert asked("flow", "--periods", "20")[1].points_per_period == 100
    assert asked("flow", "--points-per-period", "8")[1].snapshots == 401


def test_options_win_over_a_file_in_either_way_to_say_a_length(asked, tmp_path):
    (tmp_path / "run.toml").write_text('system = "rossler"\nperiods = 3\npoints_per_period = 10\n')
    assert asked("--config", "run.toml")[1].snapshots == 31
    assert asked("flow", "--config", "run.toml", "--periods", "4")[1].snapshots == 41
    run = asked("flow", "--config", "run.toml", "--t-end", "5", "--snapshots", "6")[1]
    assert (run.t_end, run.snapshots) == (5.0, 6)


@pytest.mark.parametrize("name", ["rossler", "Rossler", "henon"])
def test_a_file_with_nothing_but_a_system_names_its_command(name, asked, tmp_path):
    (tmp_path / "run.toml").write_text(f'system = "{name}"\n')
    simulation, _ = asked("--config", "run.toml")
    assert simulation.name == ("map" if name == "henon" else "flow")
    assert simulation.system == name.lower()
    assert asked("--system", name)[0] == simulation


def test_a_run_by_periods_is_written_repeated_and_extended(capsys):
    small = ["simulate", "flow", "--scheme", "rk4", "--points-per-period", "20"]
    assert run([*small, "--periods", "2", "-o", "run.nc"]) == 0
    assert "41 snapshots" in capsys.readouterr().out
    assert run(["simulate", "--like", "run.nc", "-o", "again.nc"]) == 0
    assert run(["simulate", "--like", "run.nc", "--periods", "3", "-o", "longer.nc"]) == 0
    assert run([*small, "--periods", "3", "-o", "run.nc", "--resume"]) == 0
    with ergodica.open("run.nc") as extended, ergodica.open("longer.nc") as longer:
        np.testing.assert_array_equal(extended.t, longer.t)
        np.testing.assert_array_equal(extended.state, longer.state)
    with ergodica.open("again.nc") as again:
        assert again.sizes["t"] == 41


def test_one_value_and_one_for_each_member(asked):
    simulation, run = asked("flow", "--parameters.rho", "20,28", "--members", "2", "--initial", "1,2,3")
    np.testing.assert_array_equal(simulation.parameter_rows(2), [[10, 20, 8 / 3], [10, 28, 8 / 3]])
    np.testing.assert_array_equal(simulation.initial, [1, 2, 3])
    assert run.members == 2
    assert asked("flow", "--parameters.rho", "20", "--members", "2")[0].parameters["rho"] == 20


def test_every_parameter_of_the_catalogue_can_be_set(monkeypatch):
    heard = {}
    monkeypatch.setattr(system_command, "simulate", lambda system, given: heard.update(given))
    for command, catalogue in (("flow", sims.FLOWS), ("map", sims.MAPS)):
        names = {name for definition in catalogue.values() for name in definition.parameters}
        assert run(["simulate", command, *[w for n in names for w in (f"--parameters.{n}", "2.5")]]) == 0
        assert set(heard.pop("parameters")) == names


def test_list_shows_the_catalogue_and_the_schemes(capsys):
    assert run(["list", "flow"]) == 0
    text = capsys.readouterr().out
    assert all(name in text for name in (*sims.FLOWS, "suzuki-4", "ergodica list flow --system NAME"))
    assert run(["list", "map", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["catalogue"] == list(sims.MAPS)


@pytest.mark.parametrize("command", ["flow", "map"])
def test_list_shows_each_system_of_the_catalogue(command, capsys):
    for name, definition in (sims.FLOWS if command == "flow" else sims.MAPS).items():
        assert run(["list", "--system", name]) == 0
        text = capsys.readouterr().out
        flat = " ".join(text.split())
        for expected in (definition.title, definition.reference, *definition.equations.values()):
            assert " ".join(expected.split()) in flat, (name, expected)
        assert all(re.search(rf"^  {re.escape(one)} ", text, re.M) for one in definition.parameters)
        assert f"ergodica simulate {command} --system {name}" in text
    assert run(["list", command, "--system", name, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["name"] == name


def test_list_shows_what_is_computed(capsys):
    assert run(["list", "--system", "lorenz63"]) == 0
    text = capsys.readouterr().out
    facts = sims.FLOWS["lorenz63"].facts
    assert f"{facts.period:.6g}" in text
    assert f"{facts.exponents[0]:.4g}" in text


WRONG = {
    "unknown flow": (["simulate", "flow", "--system", "lorens63"], r"system: .*did you mean 'lorenz63'"),
    "unknown map": (["simulate", "map", "--system", "lorenz63"], r"system: 'lorenz63' is no map"),
    "flow for a command": (["simulate", "lorenz63"], r"system: .*use ergodica simulate flow --system lorenz63"),
    "misspelt flow for a command": (["simulate", "lorens63"], r"system: .*did you mean 'lorenz63'"),
    "unknown system alone": (["simulate", "--system", "rosler"], r"system: .*did you mean 'rossler'"),
    "system to list": (["list", "--system", "rosler"], r"system: 'rosler' is not known; did you mean 'rossler'"),
    "system of another": (["list", "map", "--system", "rossler"], r"system: 'rossler' is no map"),
    "no catalogue": (["list", "nlse", "--system", "henon"], r"system: nlse has no catalogue.*list --system henon"),
    "both lengths": (["simulate", "flow", "--periods", "3", "--t-end", "3"], r"periods: must not be given with t_end"),
    "periods of a map": (["simulate", "map", "--periods", "3"], r"periods: Henon map has no period"),
    "periods of noise": (["simulate", "flow", "--system", "brownian", "--periods", "3"], r"periods: .* has no"),
    "periods of a field": (["simulate", "nlse", "--periods", "3"], r"Unknown option: --periods"),
    "no periods": (["simulate", "flow", "--periods", "0"], r"periods: must be greater than 0, got '0'"),
    "half a point": (["simulate", "flow", "--points-per-period", "0.5"], r"points_per_period: must be a valid integer"),
    "too many": (["simulate", "flow", "--periods", "1e12"], r"snapshots: must be less than or equal to"),
    "time as text": (["simulate", "flow", "--system", "rossler", "--t-end", "x"], r"t_end: must be a valid number"),
    "count as text": (["simulate", "flow", "--system", "rossler", "--snapshots", "x"], r"snapshots: must be a valid"),
    "part of a map": (["simulate", "map", "--t-end", "10.5"], r"snapshots: must divide t_end"),
    "no name": (["simulate", "flow", "--parameters", "rho=3"], r'--parameters: must name .*"rho=3"; use'),
    "unknown parameter": (["simulate", "flow", "--parameters.rh", "3"], r"parameters: lorenz63 has no 'rh'.*'rho'"),
    "parameter as text": (["simulate", "flow", "--parameters.rho", "x"], r"parameters.rho: "),
    "members missing": (["simulate", "flow", "--parameters.rho", "1,2"], r"members: must equal the 2 values of rho"),
    "point as text": (["simulate", "flow", "--initial", "a,b,c"], r"initial: must be numbers"),
    "point too short": (["simulate", "flow", "--initial", "1,2"], r"initial: must have shape \(3,\)"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_what_cannot_work_is_one_line(case, capsys):
    tokens, expected = WRONG[case]
    assert re.match(expected, refused(capsys, *tokens))


FILES = {
    "unknown system": ('system = "rosler"', r"system: 'rosler' is not known; did you mean 'rossler'"),
    "flow for a command": ('simulate = "rossler"', r"system: .*use ergodica simulate flow --system rossler"),
    "number": ("system = 3", r"system: must be text, got 3 in run.toml"),
    "both lengths": ('system = "rossler"\nperiods = 3\nt_end = 4', r"periods: must not be given with t_end"),
    "misspelt": (
        'system = "rossler"\nperiod = 3',
        r"period: run.toml holds this key.*did you mean 'periods'",
    ),
}


@pytest.mark.parametrize("case", FILES)
def test_a_wrong_file_is_one_line(case, capsys, tmp_path):
    text, expected = FILES[case]
    (tmp_path / "run.toml").write_text(text)
    assert re.match(expected, refused(capsys, "simulate", "--config", "run.toml"))


OPTIONS = [
    "--system", "--parameters", "--parameters.rho", "--parameters.c", "--parameters.a", "--initial", "--spread",
    "--scheme", "--tolerance", "--dt", "--periods", "--points-per-period", "--t-end", "--snapshots", "--members",
    "--seed", "--warm-up", "--preset", "--config", "--like", "--definition-table.x", "--function", "--record", "-o",
    "--calculus", "--force", "--resume", "--",
]  # fmt: skip
VALUES = [
    "lorenz63", "rossler", "henon", "logistic", "Lorenz", "rk4", "radau", "3", "1,2,3", "0.5", "-1", "0", "nan",
    "inf", "1e400", "none", "x", ",", "", "a.nc", "1e300", "0x10", "١",
]  # fmt: skip


@settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    command=st.sampled_from(["flow", "map"]),
    words=st.lists(
        st.one_of(
            st.tuples(st.sampled_from(OPTIONS), st.sampled_from(VALUES)),
            st.tuples(st.text(max_size=8).filter(lambda word: word != "--debug")),
        ),
        max_size=4,
    ),
)
def test_any_words_run_or_end_in_one_line(command, words, capsys, monkeypatch):
    # what a run does has its own fuzz test, and so has the period; here it is what leads to them
    monkeypatch.setattr(system_command, "_run", lambda *given, **more: None)
    monkeypatch.setattr(periods, "_computed", lambda *given: 1.0)
    capsys.readouterr()
    flat = [word for pair in words for word in pair]
    code = run(["simulate", command, *flat])
    said = capsys.readouterr()
    assert code in (0, USAGE), (flat, said.err)
    if code:
        assert said.err.startswith("ergodica: error: ")
        assert said.err.count("\n") == 1


def test_every_system_that_may_have_a_period_can_be_asked_by_it(capsys):
    for name, cls in systems().items():
        assert run(["simulate", name, "--help"]) == 0
        has = cls.period is not sims.simulation.Simulation.period
        assert ("--periods" in capsys.readouterr().out) == has
