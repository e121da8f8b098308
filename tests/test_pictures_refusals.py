"""What cannot be drawn is refused in one line that says why."""

from __future__ import annotations

import pytest
import xarray as xr
from solitons import soliton_run

from ergodica.data import pictures


@pytest.fixture
def soliton():
    return soliton_run()


def test_zero_frames_are_refused(soliton, tmp_path):
    empty = soliton.isel(t=slice(0, 0))
    with pytest.raises(ValueError, match="at least 1 frame over t, got 0; run it first"):
        pictures.figure(empty)
    with pytest.raises(ValueError, match="at least 2 frames over t, got 0"):
        pictures.animate(empty, tmp_path / "run.gif")


def test_one_frame_is_drawn_but_not_animated(soliton, tmp_path):
    one = soliton.isel(t=[0])
    pictures.figure(one).canvas.draw()
    with pytest.raises(ValueError, match=r"at least 2 frames over t, got 1; .*still"):
        pictures.animate(one, tmp_path / "run.gif")


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("run.xyz", {}, r"path: must end with one of .*\.gif"),
        ("no/run.png", {}, r"path: must be in a folder that is there"),
        ("run.png", {"variable": "phi"}, r"variable: must be one of the dataset's \(.*psi.*\), got 'phi'"),
        ("run.png", {"fps": 10}, r"fps: only an animation"),
        ("run.gif", {"fps": 0}, r"fps: must be above 0"),
        ("run.gif", {"fps": 60}, r"at most 50 for \.gif, got 60"),
        ("run.gif", {"frames": 1}, r"frames: must be at least 2, got 1"),
        ("run.gif", {"dpi": 1e6}, r"dpi: must be between 20 and 600, got 1e\+06; choose 100"),
        ("run.png", {"dpi": 0}, r"dpi: must be between 20 and 1200, got 0; choose 150"),
        ("run.png", {"dpi": -5}, r"dpi: must be between 20 and 1200, got -5"),
        ("run.png", {"dpi": float("nan")}, r"dpi: must be between 20 and 1200, got nan"),
        ("run.svg", {"dpi": 1e9}, r"dpi: must be between 20 and 1200, got 1e\+09"),
        ("run.gif", {"dpi": float("inf")}, r"dpi: must be between 20 and 600, got inf"),
        ("run.png", {"dpi": "300"}, r"dpi: must be between 20 and 1200, got '300'"),
        ("run.gif", {"variable": "width"}, r"variable: must be a field.*got width"),
    ],
)
def test_what_cannot_be_drawn_is_refused_in_one_line(soliton, tmp_path, name, options, message):
    with pytest.raises(ValueError, match=message) as caught:
        pictures.plot(soliton, tmp_path / name, **options)
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_unknown_kind_names_the_known_ones(soliton):
    soliton["width"].attrs["ergodica_kind"] = "hologram"
    with pytest.raises(ValueError, match=r"agents, .*drift, .*field, .*got 'hologram'"):
        pictures.figure(soliton)


def test_empty_dataset_is_refused():
    with pytest.raises(ValueError, match="must hold a variable that can be drawn"):
        pictures.figure(xr.Dataset())
