"""Where soft particles start: random without heavy overlap, on a lattice, or close together in one cluster."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

import numpy as np

from ergodica.numerics.errors import ParameterError
from ergodica.numerics.geometry import Box
from ergodica.sims.particles import placement

if TYPE_CHECKING:
    from ergodica.sims.simulation import Draw

LOOSE = 0.45  # packing fraction of a start in open space
SWEEPS = 400  # of relaxation, in which overlaps at moderate fractions are long gone
RELAXED = 0.03  # overlap in diameters at which a random start is done
SHARED_FROM = 100_000  # particles; below, waking threads so many times costs more than it saves
PUSH = 0.2  # of an overlap that a particle moves in a sweep


def volume(radius: float, dimensions: int) -> float:
    """Length, area or volume of one particle."""
    return float({1: 2 * radius, 2: math.pi * radius**2, 3: 4 * math.pi / 3 * radius**3}[dimensions])


def box_length(count: int, radius: float, dimensions: int, fraction: float) -> float:
    """The length of a periodic cube that `count` particles fill to this packing fraction."""
    return float((count * volume(radius, dimensions) / fraction) ** (1.0 / dimensions))


def random(draw: Draw, count: int, radius: float, box: Box) -> np.ndarray:
    """Places `(count, d)` evenly at random, pushed apart until hardly any overlap; in open space in a ball."""
    return apart(spread(draw, count, radius, box), 2 * radius, box)


def spread(draw: Draw, count: int, radius: float, box: Box) -> np.ndarray:
    """Places `(count, d)` evenly at random in the box; in open space in a ball."""
    d = box.dimensions
    if any(box.periodic):
        return placement.in_box(draw, count, np.array(box.lengths))
    size = (count * volume(radius, d) / LOOSE / volume(1.0, d)) ** (1.0 / d)
    return _in_ball(draw, count, d, size)


def apart(places: np.ndarray, diameter: float, box: Box) -> np.ndarray:
    """Places `(n, d)` after each has been pushed from those that it overlaps, many times or until none do much."""
    from ergodica.numerics.neighbours import pairs_within
    from ergodica.numerics.threads import using_threads

    places = box.wrap(places)
    reach = min(diameter, box.shortest / 2)
    for _ in range(SWEEPS):
        with using_threads(1 if len(places) < SHARED_FROM else None):
            pairs = pairs_within(places, reach, box)
        distances = np.maximum(pairs.distances, 1e-12 * diameter)
        overlaps = diameter - distances
        if not overlaps.size or overlaps.max() < RELAXED * diameter:
            break
        push = (PUSH * overlaps / distances)[:, None] * pairs.displacements
        shift = np.zeros_like(places)
        for c in range(places.shape[1]):
            shift[:, c] += np.bincount(pairs.second, push[:, c], len(places))
            shift[:, c] -= np.bincount(pairs.first, push[:, c], len(places))
        places = box.wrap(places + shift)
    return places


def lattice(count: int, radius: float, box: Box) -> np.ndarray:
    """Places `(count, d)` on a lattice: triangular in the plane, stretched to the box, cubic in space, even on a line.

    In open space the lattice has the packing fraction of a loose random start and lies around the origin.
    """
    d = box.dimensions
    periodic = any(box.periodic)
    length = box.shortest if periodic else box_length(count, radius, d, LOOSE)
    if d == 2:
        rows = max(1, round(math.sqrt(2 * count / math.sqrt(3)) / 2) * 2)
        each = math.ceil(count / rows)
        row, place = np.divmod(np.arange(rows * each), each)
        grid = np.stack([(place + 0.5 * (row % 2)) / each, (row + 0.5) / rows], axis=1)
    else:
        each = math.ceil(count ** (1.0 / d) - 1e-9)
        grid = (np.array(list(itertools.product(range(each), repeat=d))) + 0.5) / each
    # what is left out is spread evenly
    chosen = np.round(np.linspace(0, len(grid) - 1, count)).astype(int)
    places = length * grid[chosen]
    return box.wrap(places) if periodic else places - places.mean(0)


def clustered(count: int, radius: float, box: Box) -> np.ndarray:
    """Places `(count, d)` that touch their neighbours on a lattice, in a disc or ball in the middle of the box.

    Raises:
        ParameterError: the cluster does not fit into the box.
    """
    d, diameter = box.dimensions, 2 * radius
    most = math.ceil((3 * count) ** (1.0 / d)) + 3
    cell = np.array(list(itertools.product(range(-most, most + 1), repeat=d)), dtype=np.float64)
    if d == 2:
        cell = cell @ np.array([[1.0, 0.0], [0.5, math.sqrt(3) / 2]])
    distance = (cell**2).sum(1)
    near = np.argsort(distance, kind="stable")[:count]
    places: np.ndarray = diameter * cell[near]
    if not any(box.periodic):
        return places
    width = 2 * math.sqrt(distance[near[-1]]) * diameter + diameter
    if width > box.shortest * (1 + 1e-9):
        raise ParameterError(
            f"initial: the cluster must fit into the box, got a diameter of {width:g} in {box.shortest:g}; use "
            "initial='lattice' or a smaller packing_fraction"
        )
    return box.wrap(places + box.shortest / 2)


def closest(places: np.ndarray, diameter: float, box: Box) -> tuple[float, int, int]:
    """The smallest distance below a diameter, and the pair; inf where all are farther apart."""
    from ergodica.numerics.neighbours import pairs_within

    pairs = pairs_within(places, min(diameter, box.shortest / 2), box)
    if not len(pairs.first):
        return math.inf, -1, -1
    k = int(np.argmin(pairs.distances))
    return float(pairs.distances[k]), int(pairs.first[k]), int(pairs.second[k])


def _in_ball(draw: Draw, count: int, dimensions: int, size: float) -> np.ndarray:
    if dimensions == 1:
        return 2 * size * (placement.in_box(draw, count, np.ones(1)) - 0.5)
    return placement.in_ball(draw, count, dimensions, size)
