"""Fields of a flow past a cylinder: where it starts, its velocity and vorticity, and the scale of its steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np

from ergodica.sims.engines.lattice_body import DIRECTIONS
from ergodica.sims.simulation import State

if TYPE_CHECKING:
    from ergodica.sims.cylinder_wake import CylinderWake

Array = np.ndarray
WEIGHTS = np.array([4 / 9] + [1 / 9] * 4 + [1 / 36] * 4)
PLACES = (1.0, 2.0, 3.0, 4.0)  # of the vortices that a flow starts with, diameters behind the cylinder
WIDTH = 0.7  # of such a vortex, in diameters


def velocity(f: Array) -> tuple[Array, Array]:
    """Components of the velocity of (9, rows, columns), in cells a step."""
    return (f[1] - f[2]) + ((f[5] - f[6]) + (f[7] - f[8])), (f[3] - f[4]) + ((f[5] - f[6]) - (f[7] - f[8]))


def curl(u: Array, v: Array, sides: str, stride: int = 1) -> Array:
    """dv/dx - du/dy by central differences, in 1 over steps, at every so many cells; one-sided at the ends."""
    across = np.gradient(v[::stride], axis=1)[:, ::stride]
    some = u[:, ::stride]
    low, high = {
        "periodic": (some[-1:], some[:1]),
        "slip": (some[:1], some[-1:]),
        "no-slip": (-some[:1], -some[-1:]),
    }[sides]
    padded = np.concatenate([low, some, high])
    along: Array = ((padded[2:] - padded[:-2]) / 2)[::stride]
    return across - along


def observed(wake: CylinderWake, f: Array, speed: float, record: Sequence[str]) -> dict[str, Array]:
    """Fields and coefficients of one member (9, rows, columns), and its largest speed in cells a step."""
    every, solid = slice(None, None, wake.stride), wake.body.solid
    u, v = velocity(f)
    u[solid] = v[solid] = 0.0
    found = {"vorticity": curl(u, v, wake.sides, wake.stride) * (wake.diameter / speed)}
    if "velocity_x" in record:
        found["velocity_x"] = u[every, every] / speed
    if "velocity_y" in record:
        found["velocity_y"] = v[every, every] / speed
    if "pressure" in record:
        found["pressure"] = f.sum(axis=0)[every, every] / (3 * speed**2)
    for values in found.values():
        values[solid[every, every]] = 0.0
    drag, lift = wake.body.force(f) * (2 / (speed**2 * wake.diameter))
    return found | {"drag": drag, "lift": lift, "fastest": np.sqrt(np.max(u * u + v * v))}


def start(wake: CylinderWake, strengths: Array, size: float) -> Array:
    """Populations of a flow around the cylinder, at rest on it, with vortices of random strengths behind it.

    The stream function is (1 - R^2/r^2)^2 (psi(y) + U D size sum_k s_k exp(-r_k^2/w^2)), psi that of the inflow and r_k
    the distance from a point behind the cylinder. Its even part is the odd flow from which shedding grows.
    """
    rows, columns = wake.shape
    y, x = np.mgrid[:rows, :columns].astype(float)
    x, y = (x - wake.centre[0]) / wake.diameter, (y - wake.centre[1]) / wake.diameter
    ratio = 0.25 / np.maximum(x * x + y * y, 0.25)
    rest, slope = (1 - ratio) ** 2, 16 * (1 - ratio) * ratio**2  # and its derivative by r^2 twice
    stream, along, across = wake.stream[:, None] + np.zeros(x.shape), wake.profile[1::2, None] + 0 * x, 0 * x
    for place, strength in zip(PLACES, strengths, strict=True):
        vortex = size * strength * np.exp(-((x - place) ** 2 + y * y) / WIDTH**2)
        stream += vortex
        along -= 2 * y / WIDTH**2 * vortex
        across += 2 * (x - place) / WIDTH**2 * vortex
    u, v = rest * along + y * slope * stream, rest * across - x * slope * stream
    solid = wake.body.solid
    u[solid] = v[solid] = 0.0
    return equilibrium(wake.speed * u, wake.speed * v)


def equilibrium(u: Array, v: Array) -> Array:
    """Populations g_i of a flow in equilibrium with pressure 0, (9, rows, columns)."""
    along = DIRECTIONS[:, :1, None] * u + DIRECTIONS[:, 1:, None] * v
    populations: Array = WEIGHTS[:, None, None] * (3 * along + 4.5 * along**2 - 1.5 * (u * u + v * v))
    return populations


class Fixed(Protocol):
    """Steps of a fixed length."""

    dt: float
    steps_per_snapshot: int
    slice_steps: int

    def advance(self, state: State, first: int, count: int) -> None:
        """Take `count` steps in place."""


class Rescaled:
    """Steps of a flow in cells, for which a flow that has another speed in cells a step is scaled first.

    A speed is odd in the directions, its square, as a pressure, even.
    """

    def __init__(self, steps: Fixed, speed: float) -> None:
        self.steps, self.speed = steps, speed
        self.dt, self.steps_per_snapshot, self.slice_steps = (
            steps.dt,
            steps.steps_per_snapshot,
            steps.slice_steps,
        )

    def advance(self, state: State, first: int, count: int) -> None:
        """Take `count` steps in place; `first` is the index of the first."""
        for f, inflow, speed in zip(state["f"], state["inflow"], state["speed"], strict=True):
            if speed != self.speed:
                ratio = self.speed / speed
                inflow *= ratio, ratio**2
                f[0] *= ratio**2
                for k in (1, 3, 5, 7):
                    even, odd = (f[k] + f[k + 1]) / 2 * ratio**2, (f[k] - f[k + 1]) / 2 * ratio
                    f[k], f[k + 1] = even + odd, even - odd
        state["speed"][:] = self.speed
        self.steps.advance(state, first, count)
