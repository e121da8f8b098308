"""What cannot work is refused in one line that says why."""

import numpy as np
import pytest

import ergodica
from ergodica import sims
from ergodica.numerics.errors import ParameterError, RunError
from ergodica.scripts.main import run as command

FINE = np.stack([np.arange(6.0).reshape(2, 3), np.eye(3)[:2]], axis=1)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"particles": 0}, "particles: must be greater than or equal to 1"),
        ({"dimensions": 1}, "dimensions: "),
        ({"repulsion_radius": 0.0}, "repulsion_radius: must be greater than 0"),
        ({"repulsion_radius": -1.0}, "repulsion_radius: "),
        ({"orientation_width": -0.1}, "orientation_width: must be greater than or equal to 0"),
        ({"attraction_width": -1.0}, "attraction_width: "),
        ({"turning_rate": 0.0}, "turning_rate: must be greater than 0"),
        ({"turning_rate": -40.0}, "turning_rate: "),
        ({"field_of_view": 361.0}, "field_of_view: "),
        ({"noise": float("nan")}, "noise: "),
        ({"dt": 0.0}, "dt: "),
        ({"box": 30.0}, "attraction_width: must reach at most half .* use box=35"),
        ({"box": 35.0, "zone_deviation": 0.1}, "attraction_width: must reach at most half .* use box=45.5"),
        ({"box": 35.0, "orientation_width": [1.0, 3.0]}, "attraction_width: must reach at most half"),
        ({"initial": "box"}, "initial: 'box' needs a periodic box"),
        ({"initial": "spher"}, "initial: 'spher' is not known; did you mean 'sphere'"),
        ({"initial": "sphere", "box": 40.0, "particles": 100_000}, "initial: the sphere must fit"),
        ({"initial": FINE}, "initial: must have shape"),
        ({"initial": FINE * 2, "particles": 2}, "initial: headings must be unit vectors, .* for particle 0"),
        ({"initial": FINE * np.nan, "particles": 2}, "initial: must be finite"),
        ({"preferred_direction": (0.0, 0.0, 0.0)}, "preferred_direction: "),
        ({"informed": 1.5}, "informed: "),
    ],
)
def test_parameters_that_cannot_work_are_refused(changes, words):
    with pytest.raises(ParameterError, match=words) as caught:
        sims.Couzin(**changes)
    assert "\n" not in str(caught.value)


def test_one_fish_and_the_largest_radius_are_fine():
    ds = sims.Couzin(particles=1, box=35.0, initial="box").run(t_end=1.0, snapshots=2)
    assert ds.position.shape == (2, 1, 3)


def test_members_must_fit_the_start():
    start = np.stack([FINE, FINE])
    with pytest.raises(ParameterError, match="members: must equal the 2 values of initial"):
        sims.Couzin(particles=2, initial=start).run(t_end=1.0, snapshots=2)


def test_a_particle_that_is_lost_stops_the_run_and_leaves_its_file(tmp_path):
    start = np.zeros((2, 2, 3))
    start[:, 1, 0], start[1, 0, 0] = 1.0, 1.7e308  # one that leaves the range of numbers
    simulation = sims.Couzin(particles=2, initial=start, speed=1e9, noise=0.0, dt=1e299, turning_rate=1.0)
    words = "position: particle 1 of member 0 is no longer finite within the steps from 0 to 1"
    with pytest.raises(RunError, match=words) as caught:
        simulation.run(t_end=4e299, snapshots=5, out=tmp_path / "school.nc")
    assert "\n" not in str(caught.value)
    left = ergodica.open(tmp_path / "school.nc")
    assert 1 <= left.sizes["t"] < 5
    assert left.sizes["particle"] == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--preset", "toruss"], 'Did you mean "torus"?'),
        (["--box", "20"], "attraction_width: must reach at most half of the periodic box, got a largest radius"),
        (["--zones", "3,2,1"], "zones: must be an array of shape (100, 3), which only Python can give"),
        (["--orientation-radius", "3"], "Did you mean --orientation-width?"),
        (["--particles", "0"], "particles: must be greater than or equal to 1"),
        (["--predators", "1", "--pursuit", "center"], "pursuit: 'center' is not known; did you mean 'centre'?"),
    ],
)  # fmt: skip
def test_the_shell_says_what_is_wrong_in_one_line(words, said, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert command(["simulate", "couzin", *words]) != 0
    told = capsys.readouterr().err
    assert said in told
    assert told.count("\n") == 1
