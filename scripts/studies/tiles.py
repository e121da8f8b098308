"""Small pictures of orbits on a dark ground: how often each place is visited, as brightness of one colour."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from PIL import Image

Array = np.ndarray

SIZE = 192
"""Dots along a side of a tile."""
FINER, MARGIN = 2, 0.06
LEVELS = 40
"""Brightnesses of a tile's palette: more are not told apart and cost space."""
GROUND = (16, 20, 34)
WHITE = (255, 252, 240)
COLOURS = {
    "dissipative": (58, 150, 232),
    "conservative": (72, 190, 120),
    "hamiltonian": (240, 160, 56),
    "forced": (230, 92, 140),
    "delay": (160, 120, 236),
    "noise": (150, 166, 186),
}
"""A colour for each class of systems."""
ONE_LINE = 0.42
"""Brightness of a line that is drawn once."""
GLOW = 0.22
LONGEST_STEP = 0.5


def ink(x: Array, y: Array, breaks: float = 0.5, box: Sequence[float] | None = None) -> Array:
    """Lines through points, as the length of line in each dot.

    Args:
        x: shape `(n,)`, or `(n, lines)`; NaN interrupts a line.
        y: the same shape.
        breaks: a step longer than this share of the picture is a jump, as of an angle, and is not drawn.
        box: `(left, right, bottom, top)`; that of the points unless told.

    Returns:
        Shape `(SIZE * FINER, SIZE * FINER)`, rows upwards.
    """
    dots = SIZE * FINER
    across, up = _placed(x, y, box)
    across, up = across.reshape(len(x), -1), up.reshape(len(y), -1)
    step = np.hypot(np.diff(across, axis=0), np.diff(up, axis=0))
    drawn = np.isfinite(step) & (step <= breaks * dots) & (step > 0)
    pieces = np.ceil(step[drawn] / LONGEST_STEP).astype(np.int64)
    which = np.repeat(np.arange(len(pieces)), pieces)
    first = np.cumsum(pieces) - pieces
    share = (np.arange(len(which)) - first[which] + 0.5) / pieces[which]
    ends = [(one[:-1][drawn], one[1:][drawn]) for one in (across, up)]
    a, b = (low[which] + share * (high - low)[which] for low, high in ends)
    return _deposit(a, b, (step[drawn] / pieces)[which], dots)


def dots(x: Array, y: Array, box: Sequence[float] | None = None) -> Array:
    """Points, as their number in each dot; shape `(SIZE * FINER, SIZE * FINER)`, rows upwards."""
    across, up = (one.ravel() for one in _placed(x, y, box))
    seen = np.isfinite(across) & np.isfinite(up)
    return _deposit(across[seen], up[seen], np.ones(int(seen.sum())), SIZE * FINER)


def lines_tile(density: Array, colour: tuple[int, int, int], one: float = ONE_LINE) -> Image.Image:
    """A tile of what `ink` gives: a single line is seen, many on top of each other shine."""
    level = _smaller(density)
    full = max(float(np.quantile(level[level > 0], 0.995)), 3.0) if (level > 0).any() else 3.0
    bright = one * np.minimum(level, 1.0) + (1 - one) * np.clip(
        np.log(np.maximum(level, 1)) / np.log(full), 0, 1
    )
    return tile(bright, colour)


def dots_tile(density: Array, colour: tuple[int, int, int]) -> Image.Image:
    """A tile of what `dots` gives: brightness by the logarithm of the density."""
    level = _smaller(density)
    some = level[level > 0]
    if not some.size:
        return tile(level, colour)
    # where points are rare each must be seen; where the set is filled its usual density is of middle brightness
    usual, full = float(np.median(some)), float(np.quantile(some, 0.998))
    bright = 0.55 * level / (level + 0.5 * usual) + 0.45 * np.clip(
        np.log1p(level / usual) / np.log1p(full / usual), 0, 1
    )
    return tile(bright, colour)


def image_tile(values: Array, colour: tuple[int, int, int], *, smooth: bool = False) -> Image.Image:
    """A tile of values over two axes, such as place and time: dark for the lowest, bright for the highest."""
    from scipy.ndimage import map_coordinates

    low, high = np.nanquantile(values, [0.005, 0.995])
    level = np.clip((np.nan_to_num(values, nan=low) - low) / ((high - low) or 1.0), 0, 1)
    places = np.meshgrid(*((np.arange(SIZE) + 0.5) / SIZE * n - 0.5 for n in values.shape), indexing="ij")
    seen = map_coordinates(level, places, order=1 if smooth else 0, mode="nearest")
    return tile(seen, colour, glow=0.0)


def tile(bright: Array, colour: tuple[int, int, int], glow: float = GLOW) -> Image.Image:
    """Brightness from 0 to 1, shape `(SIZE, SIZE)` with rows upwards, as a picture with a palette."""
    from PIL import Image
    from scipy.ndimage import gaussian_filter

    shine = gaussian_filter(bright, 2.2) * glow if glow else 0.0
    level = np.clip(bright + shine * (1 - bright), 0, 1)
    index = np.round(level[::-1] * (LEVELS - 1)).astype(np.uint8)
    drawn = Image.fromarray(index).convert("P")
    drawn.putdata(index.ravel().tolist())
    drawn.putpalette([part for step in ramp(colour) for part in step])
    return drawn


def ramp(colour: tuple[int, int, int]) -> list[tuple[int, int, int]]:
    """The palette: from the ground over the colour to nearly white."""
    stops = np.array([GROUND, np.array(colour) * 0.55 + np.array(GROUND) * 0.2, colour, WHITE], np.float64)
    place = np.linspace(0, 1, LEVELS)
    parts = [np.interp(place, [0.0, 0.3, 0.62, 1.0], stops[:, k]) for k in range(3)]
    return [(int(r), int(g), int(b)) for r, g, b in zip(*np.round(parts), strict=True)]


def png(drawn: Image.Image, words: Mapping[str, str]) -> bytes:
    """The file's content, with words by key beside the picture."""
    from PIL.PngImagePlugin import PngInfo

    out, info = io.BytesIO(), PngInfo()
    for key, text in words.items():
        info.add_text(key, text)
    drawn.save(out, format="PNG", optimize=True, pnginfo=info)
    return out.getvalue()


def box_of(x: Array, y: Array, *, equal: bool = False) -> tuple[float, float, float, float]:
    """The smallest box around points, `(left, right, bottom, top)`; `equal` keeps the proportions."""
    found = [(float(np.nanmin(one)), float(np.nanmax(one))) for one in (x, y)]
    centre = [(low + high) / 2 for low, high in found]
    half = [(high - low) / 2 or 1.0 for low, high in found]
    if equal:
        half = [max(half)] * 2
    return centre[0] - half[0], centre[0] + half[0], centre[1] - half[1], centre[1] + half[1]


def _placed(x: Array, y: Array, box: Sequence[float] | None) -> tuple[Array, Array]:
    left, right, bottom, top = box_of(x, y) if box is None else box
    room, span = MARGIN * SIZE * FINER, (1 - 2 * MARGIN) * SIZE * FINER
    return room + span * (x - left) / (right - left), room + span * (y - bottom) / (top - bottom)


def _deposit(across: Array, up: Array, weight: Array, dots: int) -> Array:
    """Weights shared between the four dots around each point, so that thin lines have smooth edges."""
    column, row = np.floor(across - 0.5).astype(np.int64), np.floor(up - 0.5).astype(np.int64)
    right, above = across - 0.5 - column, up - 0.5 - row
    total = np.zeros(dots * dots)
    for dc, dr, share in (
        (0, 0, (1 - right) * (1 - above)),
        (1, 0, right * (1 - above)),
        (0, 1, (1 - right) * above),
        (1, 1, right * above),
    ):
        c, r = column + dc, row + dr
        there = (c >= 0) & (c < dots) & (r >= 0) & (r < dots)
        total += np.bincount(r[there] * dots + c[there], weight[there] * share[there], minlength=dots * dots)
    return total.reshape(dots, dots)


def _smaller(density: Array) -> Array:
    # a line of full length through a dot counts 1
    return np.asarray(density.reshape(SIZE, FINER, SIZE, FINER).sum((1, 3)) / FINER)
