"""`ergodica exponents`: what the library measures, as words and as a file; and what a shell says on the way."""

from __future__ import annotations

import numpy as np
import pytest

from ergodica import data, sims
from ergodica.numerics import guarded
from ergodica.scripts import compiling
from ergodica.scripts.ending import USAGE
from ergodica.scripts.main import run


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ERGODICA_DEBUG", raising=False)


def test_exponents_are_those_of_the_library_and_the_file_is_drawn(capsys):
    command = ["exponents", "--system", "henon", "--parameters.a", "1.3", "--t-end", "4096", "-o", "h.nc"]
    assert run(command) == 0
    said = capsys.readouterr().out
    expected = sims.lyapunov_spectrum("henon", parameters={"a": 1.3}, t_end=4096)
    with data.open("h.nc") as ds:
        np.testing.assert_array_equal(ds.exponent, expected.exponent)
        assert ds.attrs["convergence"] in " ".join(said.split())
    assert f"{float(expected.kaplan_yorke_dimension):.6g}" in said
    # the sum is ln b exactly, whatever the orbit
    assert f"{np.log(0.3):.6g}" in said
    assert run(["plot", "h.nc"]) == 0
    assert run(command) == USAGE
    assert "--force overwrites it" in capsys.readouterr().err


def test_too_few_exponents_tell_no_dimension(capsys):
    assert run(["exponents", "--system", "henon", "--t-end", "1024", "--count", "1"]) == 0
    said = capsys.readouterr().out
    assert "too few exponents to tell" in said
    assert "exponent 2" not in said


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        (["exponents", "--system", "henonn"], "did you mean 'henon'"),
        (["exponents", "--system", "henon", "--parameters.c", "1"], "c"),
        (["exponents", "--system", "ornstein-uhlenbeck"], "noise"),
        (["exponents", "--system", "henon", "-o", "h.txt"], "must end in .nc or .zarr"),
        (["simulate", "flow", "--system", "lorenz63", "--rho", "3"], '"--parameters.rho"'),
        (["simulate", "flow", "--system=lorenz63", "--rho=3"], '"--parameters.rho"'),
        (["list", "--system", "foo"], "ergodica list flow and ergodica list map show all names"),
        (["list", "--system", "lorenz"], "did you mean 'lorenz"),
    ],
)
def test_what_cannot_be_is_refused_with_its_remedy(words, rule, capsys):
    assert run(words) == USAGE
    said = capsys.readouterr().err
    assert rule in said
    assert said.count("\n") == 1


def test_a_system_of_which_nothing_is_computed_has_no_empty_heading(capsys):
    assert run(["list", "--system", "ornstein-uhlenbeck"]) == 0
    assert "Computed" not in capsys.readouterr().out


class Missing:
    """A cache that has nothing."""

    def load_overload(self, sig, target_context):
        return None


@pytest.mark.parametrize("terminal", [True, False])
def test_compiling_is_told_of_once_and_only_at_a_terminal(terminal, monkeypatch, capsys):
    monkeypatch.setattr("sys.stderr.isatty", lambda: terminal)
    cache = guarded.GuardedCache(Missing())
    with compiling.said_once():
        assert cache.load_overload((), None) is None
        cache.load_overload((), None)
    cache.load_overload((), None)
    assert capsys.readouterr().err.count(compiling.WORDS) == int(terminal)
