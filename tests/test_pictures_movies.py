"""Animations: the frames asked for reach the file."""

from __future__ import annotations

import sys

import numpy as np
import pytest
import xarray as xr
from PIL import Image
from solitons import frames_of, soliton_run

from ergodica.data import pictures


@pytest.fixture
def soliton():
    return soliton_run()


@pytest.mark.parametrize(("frames", "expected"), [(150, 21), (6, 6), (2, 2)])
def test_gif_has_the_frames_asked_for_or_all_there_are(soliton, tmp_path, frames, expected):
    done = []
    path = pictures.animate(
        soliton,
        tmp_path / "run.gif",
        frames=frames,
        fps=25,
        progress=lambda count, total: done.append((count, total)),
    )
    assert frames_of(path) == expected
    assert done == [(count, expected) for count in range(1, expected + 1)]
    with Image.open(path) as image:
        assert image.info["duration"] == 40
        assert image.info["loop"] == 0


def test_gif_moves_and_keeps_its_axes_and_its_white(soliton, tmp_path):
    path = pictures.animate(soliton, tmp_path / "run.gif")
    with Image.open(path) as image:
        first = np.asarray(image.convert("RGB"), dtype=int)
        image.seek(20)
        last = np.asarray(image.convert("RGB"), dtype=int)
    assert (first[2, 2] == 255).all()
    changed = np.abs(first - last).sum(axis=2) > 0
    height = changed.shape[0]
    assert changed[: int(0.85 * height)].any()
    assert not changed[int(0.9 * height) :].any()


def test_ensemble_states_agents_and_spectra_move(soliton, tmp_path):
    rng = np.random.default_rng(9)
    cases = {
        "states": (("t", "component"), (4, 3)),
        "agents": (("member", "t", "particle", "space"), (2, 4, 9, 2)),
        "spectrum": (("t", "k"), (4, 16)),
        "field": (("t", "y", "x"), (4, 8, 9)),
    }
    for kind, (dims, shape) in cases.items():
        one = xr.DataArray(rng.random(shape), dims=dims, name="u", attrs={"ergodica_kind": kind})
        assert frames_of(pictures.plot(one, tmp_path / f"{kind}.gif", fps=10)) == 4


def test_still_data_keep_their_number_of_frames(soliton, tmp_path):
    soliton = soliton.copy(deep=True)
    soliton["psi_real"][:] = 1.0
    soliton["psi_imag"][:] = 0.0
    assert frames_of(pictures.animate(soliton, tmp_path / "still.gif")) == 21


def test_mp4_frames_reach_ffmpeg(soliton, tmp_path, monkeypatch):
    # stands in for ffmpeg: counts the bytes of the raw frames
    program = tmp_path / "ffmpeg"
    program.write_text(
        f"#!{sys.executable}\nimport sys\n"
        "open(sys.argv[-1], 'w').write(str(len(sys.stdin.buffer.read())) + ' ' + ' '.join(sys.argv))\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    path = pictures.animate(soliton, tmp_path / "run.mp4", frames=5)
    size, *arguments = path.read_text().split()
    width, height = map(int, arguments[arguments.index("-s") + 1].split("x"))
    assert int(size) == 5 * width * height * 3
    assert sorted(one.name for one in tmp_path.iterdir()) == ["ffmpeg", "run.mp4"]


def test_failing_ffmpeg_is_reported_in_its_words(soliton, tmp_path, monkeypatch):
    program = tmp_path / "ffmpeg"
    program.write_text(f"#!{sys.executable}\nimport sys\nsys.exit('Unknown encoder libx264')\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ValueError, match=r"Unknown encoder libx264.*\.gif"):
        pictures.animate(soliton, tmp_path / "run.mp4", frames=5)
    assert [one.name for one in tmp_path.iterdir()] == ["ffmpeg"]


def test_mp4_without_ffmpeg_names_the_remedy(soliton, tmp_path, monkeypatch):
    monkeypatch.setattr("ergodica.data.pictures.encoders.ffmpeg", lambda: None)
    with pytest.raises(ValueError, match=r"ffmpeg.*\.gif.*ergodica\[video\]"):
        pictures.animate(soliton, tmp_path / "run.mp4")
