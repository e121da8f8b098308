"""Animations: a still background and what moves over it, one frame after the other."""

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.data.pictures.asked import Asked, asked
from ergodica.data.pictures.canvas import MOVIES, check_dpi, checked_path, new_figure
from ergodica.data.pictures.encoders import check_encoder, encode
from ergodica.data.pictures.labels import stamp, title
from ergodica.data.pictures.overview import check_member, chosen
from ergodica.data.pictures.registry import Movie, kind_of, picture
from ergodica.data.pictures.select import member_words, require_frames
from ergodica.data.pictures.thin import evenly, positions

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

FRAMES = 150
FPS = 20.0
MOVIE_DPI = 100.0
MOST_MOVIE_DPI = 600.0
SIZE = (7.2, 4.4)
SQUARE = (6.0, 5.6)
# letters beside the time stamp
MOVIE_TITLE = 50

Progress = Callable[[int, int], None]


def animate(
    data: "xr.Dataset | xr.DataTree | xr.DataArray",
    path: str | os.PathLike[str],
    *,
    variable: str | None = None,
    member: int | None = None,
    color: str | None = None,
    view: Sequence[float] | None = None,
    turn: float | None = None,
    fps: float = FPS,
    frames: int = FRAMES,
    dpi: float = MOVIE_DPI,
    progress: bool | Progress | None = None,
) -> Path:
    """Write an animation of one variable over time.

    Args:
        data: a dataset, a tree of datasets or one variable.
        path: where to; .gif always works, .mp4 needs ffmpeg.
        variable: which variable; the first that can move unless told.
        member: which member of an ensemble; the first unless told.
        color: what agents are coloured by: "heading", "speed", "density", "none" or the name of a variable.
        view: elevation and azimuth in degrees from which agents in space are seen.
        turn: degrees by which the camera turns about the vertical in the whole animation of agents in space.
        fps: frames per second, above 0; at most 50 for .gif, whose clock has 1/100 s.
        frames: the most frames; a longer run is shown by evenly spread ones, the first and last among them.
        dpi: dots per inch; 100 makes 720 by 440 dots.
        progress: True or False for a bar or none; None for a bar on a terminal; or a function of (done, all).

    Returns:
        The path; the file appears whole or not at all.

    Raises:
        ValueError: fewer than two frames, nothing that moves, a wrong ending, no ffmpeg.
    """
    target = checked_path(path, MOVIES)
    _check(fps, frames, dpi, target.suffix.lower())
    check_encoder(target)
    check_member(data, member)
    one = _moving(data, variable)
    require_frames(one, 2)
    shown = evenly(one.sizes["t"], frames)
    wanted = asked(member, moving=True, color=color, view=view, turn=turn)
    wanted.check([one])
    scene, movie = _scene(one, shown, wanted, title(data.attrs, MOVIE_TITLE), dpi)
    count = len(shown)
    with _reporter(progress, count, target.name) as report:
        encode(target, _painter(scene, movie, count, report), count, fps)
    return target


def _scene(
    one: "xr.DataArray", shown: np.ndarray, wanted: Asked, heading: str, dpi: float
) -> "tuple[Figure, Movie]":
    drawn_as = picture(kind_of(one))
    make = drawn_as.movie
    assert make is not None
    wide = kind_of(one) not in ("agents", "states") and one.ndim - ("member" in one.dims) <= 2
    drawn = new_figure(*(SIZE if wide else SQUARE), dpi)
    ax = drawn.add_subplot(projection=drawn_as.projection(one) if drawn_as.projection else None)
    movie = make(one, ax, shown, **wanted.of(one))
    words = stamp(positions(one, "t")[shown], one.coords.get("t"))
    member_text = member_words(one, wanted.member)
    left = "\n".join(part for part in (heading, member_text) if part)
    ax.set_title(left, loc="left", fontsize="medium")
    # the longest stamp keeps its place free in the layout
    clock = ax.set_title(max(words, key=len), loc="right", fontsize="medium", family="monospace")

    def update(frame: int) -> None:
        movie.update(frame)
        clock.set_text(words[frame])

    return drawn, Movie(artists=[*movie.artists, clock], update=update)


def _painter(drawn: "Figure", movie: Movie, count: int, report: Progress) -> Callable[[int], np.ndarray]:
    canvas: Any = drawn.canvas
    # the layout sees all artists, axes of equal scales once more when it has found their size, and then stays
    drawn.draw_without_rendering()
    drawn.draw_without_rendering()
    drawn.set_layout_engine("none")
    for artist in movie.artists:
        artist.set_animated(True)
    canvas.draw()
    background = canvas.copy_from_bbox(drawn.bbox)
    done: list[int] = []

    def paint(frame: int) -> np.ndarray:
        movie.update(frame)
        canvas.restore_region(background)
        for artist in movie.artists:
            artist.draw(canvas.get_renderer())
        # frames come in order but for a few looks ahead, which are not counted
        if frame == len(done):
            done.append(frame)
            report(len(done), count)
        return np.array(canvas.buffer_rgba())[..., :3]

    return paint


def _moving(data: Any, variable: str | None) -> "xr.DataArray":
    found = chosen(data, variable)
    for one in found.values():
        if "t" in one.dims and picture(kind_of(one)).movie is not None:
            return one
    names = ", ".join(found) or "none"
    raise ValueError(
        f"variable: must be a field, spectrum, states or agents over t to be animated, got {names}; "
        "choose another or draw a still (.png)"
    )


def _check(fps: float, frames: int, dpi: float, suffix: str) -> None:
    fastest = 50 if suffix == ".gif" else 240
    if not 0 < fps <= fastest:
        raise ValueError(
            f"fps: must be above 0 and at most {fastest} for {suffix}, got {fps:g}; choose {FPS:g}"
        )
    if frames < 2:
        raise ValueError(f"frames: must be at least 2, got {frames}; use a still (.png) for one")
    check_dpi(dpi, MOST_MOVIE_DPI, MOVIE_DPI)


def _reporter(progress: bool | Progress | None, count: int, name: str) -> Any:
    if callable(progress):
        return nullcontext(progress)
    if progress is False or (progress is None and not sys.stderr.isatty()):
        return nullcontext(lambda done, total: None)
    return _Bar(count, name)


class _Bar:
    """A tqdm bar that counts finished frames."""

    def __init__(self, count: int, name: str) -> None:
        from tqdm import tqdm

        self.bar = tqdm(total=count, desc=name, unit="frame", leave=False)

    def __enter__(self) -> Progress:
        return lambda done, total: self.bar.update(done - self.bar.n) and None

    def __exit__(self, *error: object) -> None:
        self.bar.close()
