"""Colours of angles: a circle of hues of one lightness, so that no direction stands out and none looks like paper."""

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from matplotlib.colors import ListedColormap, Normalize

LIGHTNESS, CHROMA = 0.70, 0.12
"""Of Oklab (Ottosson 2020); with more chroma cyan would leave the colours of a screen."""
FIRST = np.radians(29.0)
"""Hue of angle 0, a red."""
LEVELS = 256
TO_CONES = np.array(
    [
        [1.0, 0.3963377774, 0.2158037573],
        [1.0, -0.1055613458, -0.0638541728],
        [1.0, -0.0894841775, -1.2914855480],
    ]
)
TO_SCREEN = np.array(
    [
        [4.0767416621, -3.3077115913, 0.2309699292],
        [-1.2684380046, 2.6097574011, -0.3413193965],
        [-0.0041960863, -0.7034186147, 1.7076147010],
    ]
)
TICKS = (
    (-np.pi, r"$-\pi$"),
    (-np.pi / 2, r"$-\pi/2$"),
    (0.0, "0"),
    (np.pi / 2, r"$\pi/2$"),
    (np.pi, r"$\pi$"),
)


@cache
def hues() -> "ListedColormap":
    """The colour map of angles from -pi to pi, the same at both ends."""
    from matplotlib.colors import ListedColormap

    angle = FIRST + 2 * np.pi * (np.arange(LEVELS) + 0.5) / LEVELS - np.pi
    oklab = np.stack([np.full(LEVELS, LIGHTNESS), CHROMA * np.cos(angle), CHROMA * np.sin(angle)])
    linear = np.clip(TO_SCREEN @ (TO_CONES @ oklab) ** 3, 0.0, 1.0)
    screen = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return ListedColormap(screen.T, name="hues")


def full_turn(order: int = 1) -> "Normalize":
    """From angles to colours: -pi to pi, or this over the order of a symmetry."""
    from matplotlib.colors import Normalize

    return Normalize(-np.pi / order, np.pi / order)
