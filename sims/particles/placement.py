"""Where particles start: evenly at random in a ball or in a box, with directions evenly over the sphere.

Each particle has random numbers of its own, so that the first ones of a larger group start where those of a smaller one
would, scaled by the size of the region.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from ergodica.sims.simulation import Draw

POSITIONS, DIRECTIONS = 0, 1  # steps of the stream of the initial state


def directions(draw: Draw, count: int, dimensions: int, step: int = DIRECTIONS) -> np.ndarray:
    """Unit vectors `(count, dimensions)`, isotropic."""
    vectors = draw.normals(3 * count, step).reshape(count, 3)[:, :dimensions].copy()
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors[norms[:, 0] == 0.0] = np.eye(dimensions)[0]
    unit: np.ndarray = vectors / np.where(norms > 0.0, norms, 1.0)
    return unit


def in_ball(draw: Draw, count: int, dimensions: int, radius: float) -> np.ndarray:
    """Places `(count, dimensions)`, evenly at random in a ball (a disc in the plane) around the origin."""
    distance = _uniforms(draw, count, 1) ** (1.0 / dimensions)
    places: np.ndarray = radius * distance * directions(draw, count, dimensions, POSITIONS)
    return places


def in_box(draw: Draw, count: int, lengths: np.ndarray) -> np.ndarray:
    """Places `(count, dimensions)`, evenly at random in [0, length) along each axis; `lengths` `(dimensions,)`."""
    places: np.ndarray = lengths * _uniforms(draw, count, 3)[:, : len(lengths)]
    return places


def ball_radius(count: int, dimensions: int, spacing: float) -> float:
    """The radius of a ball in which each of `count` particles has the volume spacing^dimensions to itself."""
    share = {2: np.pi, 3: 4 * np.pi / 3}[dimensions]
    return float(spacing * (count / share) ** (1.0 / dimensions))


def _uniforms(draw: Draw, count: int, each: int) -> np.ndarray:
    from ergodica.numerics.random import uniforms

    return uniforms(draw.seed, draw.member, 2, each * count, purpose=draw.purpose).reshape(count, each)
