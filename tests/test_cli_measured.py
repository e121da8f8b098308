"""What is measured by name is told on the terminal and can be drawn."""

import pytest

from ergodica import sims
from ergodica.scripts.main import run


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    sims.Flow(system="lorenz63").run(t_end=20.0, snapshots=401, members=4, seed=1, out=folder / "run.nc")
    return folder


def measured(folder, *quantities):
    words = [word for text in quantities for word in ("-q", text)]
    return run(["measure", str(folder / "run.nc"), *words, "--force"])


def test_few_numbers_are_shown_with_their_unit_and_many_by_their_range(folder, capsys):
    assert measured(folder, "mutual_information(x, z, base=2)", "permutation_entropy", "rank_me") == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith(f"{folder / 'run-entropy.nc'}: of 401 snapshots, ")
    (information,) = [line for line in said if "mutual_information/x_z = " in line]
    assert information.endswith(" bit over (member)")
    assert len(information.split("=")[1].split(",")) == 4
    (patterns,) = [line for line in said if "permutation_entropy/state = " in line]
    assert patterns.endswith(" nat over (member, component)")
    assert " to " in patterns
    assert "rank_me/state" in said[-1]


def test_numbers_of_components_and_of_members_can_be_drawn(folder, capsys):
    assert measured(folder, "permutation_entropy", "rank_me") == 0
    assert run(["plot", str(folder / "run-entropy.nc"), "-o", str(folder / "run.png"), "--force"]) == 0
    assert (folder / "run.png").stat().st_size > 10_000


def test_components_are_proposed_where_there_are_too_few_variables(folder, capsys):
    assert measured(folder, "transfer_entropy") == 2
    assert "as transfer_entropy(x, y)" in capsys.readouterr().err


def test_a_public_name_that_is_not_measured_by_name_says_where_it_is_described(capsys):
    assert run(["list", "estimators", "complexity_limits"]) == 2
    assert "help(ergodica.estimators.complexity_limits)" in capsys.readouterr().err
