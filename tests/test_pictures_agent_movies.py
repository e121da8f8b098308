"""Animations of agents: frames, a camera that turns, a group that is followed, many as a map."""

from __future__ import annotations

import numpy as np
import pytest
from crowds import crowd
from solitons import frames_of

from ergodica.data import pictures
from ergodica.data.pictures.canvas import new_figure
from ergodica.data.pictures.crowd_raster import RASTER
from ergodica.data.pictures.select import variables

rng = np.random.default_rng(8)


def moving(ds, axes=2, **options):
    """The animation of the positions of a dataset and its axes."""
    ax = new_figure(5, 5).add_subplot(projection="3d" if axes == 3 else None)
    frames = np.arange(ds.sizes["t"])
    return pictures.picture("agents").movie(variables(ds)["position"], ax, frames, **options), ax


@pytest.mark.parametrize("axes", [1, 2, 3])
def test_agents_move_in_one_two_and_three_dimensions(axes, tmp_path):
    ds = crowd(rng.random((6, 8, axes)), rng.normal(size=(6, 8, axes)), box=1.0)
    turn = {"turn": 90.0} if axes == 3 else {}
    assert frames_of(pictures.plot(ds, tmp_path / "run.gif", frames=3, dpi=50, **turn)) == 3


def test_marks_of_a_frame_replace_those_before():
    x = rng.random((4, 5, 2))
    movie, ax = moving(crowd(x))
    for frame in (3, 1):
        movie.update(frame)
        (dots,) = ax.collections
        np.testing.assert_array_equal(dots.get_offsets(), x[frame])


def test_the_camera_turns_evenly_about_the_vertical():
    movie, ax = moving(crowd(rng.random((4, 5, 3))), 3, view=(30.0, 10.0), turn=360.0)
    found = []
    for frame in range(4):
        movie.update(frame)
        found.append((ax.elev, ax.azim))
    np.testing.assert_allclose(found, [(30.0, 10.0), (30.0, 100.0), (30.0, 190.0), (30.0, 280.0)])


def test_a_group_that_wanders_off_is_followed_and_one_that_stays_is_not():
    school = rng.normal(size=(1, 20, 2))
    away = school + 40.0 * np.arange(5)[:, None, None]
    movie, ax = moving(crowd(away))
    widths = set()
    for frame in range(5):
        movie.update(frame)
        np.testing.assert_allclose(np.mean(ax.get_xlim()), away[frame, :, 0].mean(), rtol=1e-9)
        widths.add(round(float(np.diff(ax.get_xlim())[0]), 9))
    assert len(widths) == 1
    assert widths.pop() < 15
    movie, ax = moving(crowd(school + 0.1 * np.arange(5)[:, None, None]))
    before = ax.get_xlim()
    movie.update(4)
    assert ax.get_xlim() == before


def test_colours_mean_the_same_in_all_frames():
    values = np.linspace(1.0, 9.0, 4)[:, None] * np.ones(6)
    ds = crowd(rng.random((4, 6, 2)), q=(("t", "particle"), values, {"units": "1", "long_name": "q"}))
    movie, ax = moving(ds, color="q")
    shown = []
    for frame in range(4):
        movie.update(frame)
        shown.append(tuple(ax.collections[0].get_facecolor()[0]))
    assert len(set(shown)) == 4


def test_very_many_move_as_a_map():
    movie, ax = moving(crowd(rng.random((2, RASTER[2] + 1, 2)), box=1.0))
    movie.update(1)
    (image,) = ax.images
    assert np.nansum(image.get_array().filled(np.nan)) > 0


def test_a_camera_that_cannot_be_is_refused(tmp_path):
    flat, space = crowd(rng.random((2, 5, 2))), crowd(rng.random((2, 5, 3)))
    with pytest.raises(ValueError, match="turn: only a picture in space has a camera, got 90"):
        pictures.plot(flat, tmp_path / "run.gif", turn=90)
    with pytest.raises(ValueError, match="turn: must be an angle in degrees, got nan"):
        pictures.plot(space, tmp_path / "run.gif", turn=float("nan"))
    with pytest.raises(ValueError, match="turn: only an animation"):
        pictures.plot(space, tmp_path / "run.png", turn=90)
    assert list(tmp_path.iterdir()) == []


def test_the_command_line_takes_colours_and_cameras(tmp_path, monkeypatch, capsys):
    from ergodica.scripts.main import run as command

    monkeypatch.chdir(tmp_path)
    crowd(rng.random((3, 5, 3)), rng.normal(size=(3, 5, 3))).assign_attrs(
        ergodica_schema=1, ergodica_config="{}", title="five"
    ).to_netcdf("run.nc", engine="h5netcdf")
    assert command(["plot", "run.nc", "--color", "speed", "--view", "60,0"]) == 0
    assert command(["plot", "run.nc", "-o", "run.gif", "--turn", "90", "--view", "-10,0", "--dpi", "50"]) == 0
    capsys.readouterr()
    for words, message in (
        (["--view", "60"], "view: must be two angles in degrees, got '60'"),
        (["--color", "mass"], "color: must be one of"),
        (["--turn", "90"], "turn: only an animation has it"),
    ):
        assert command(["plot", "run.nc", "-o", "other.png", *words]) == 2
        assert message in capsys.readouterr().err
