"""What the tests of the catalogue share: orbits of its systems, and how close a point is to one."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from ergodica.sims.chaos.orbit import orbit
from ergodica.sims.chaos.subject import Subject, subject
from ergodica.sims.chaos.survey import Survey
from ergodica.sims.dynamics.catalogue import definitions

AREA_PRESERVING = {
    "bickley-jet",
    "blinking-rotlet",
    "blinking-vortex",
    "double-gyre",
    "interior-squirmer",
    "lid-driven-cavity",
    "oscillating-flow",
    "torus",
}
"""Forced flows without an attractor: paths in a fluid of constant density, and a prescribed one."""
PERIODS = {"circadian-rhythm": lambda p: p["ps"], "turchin-hanski": lambda p: 1 / p["nu"]}
"""Period of the forcing by the parameters, where it is not 2 pi/omega."""
SHARP = {"liu-chen": 1e-60}
"""Share of its size below which a component may be wrong; some orbits come close to invariant lines."""


def at_its_own_values(name: str, kind: str) -> Subject:
    """A system at its own values."""
    return subject(definitions(kind)[name], {})  # type: ignore[index]


def forcing_period(chosen: Subject) -> float | None:
    """The period of the forcing; None for an autonomous system and a path in a fluid."""
    if chosen.definition.autonomous or chosen.name in AREA_PRESERVING:
        return None
    period = PERIODS.get(chosen.name, lambda p: 2 * np.pi / p["omega"])
    return float(period(chosen.values))


def followed(chosen: Subject, seen: Survey, count: int, transient: float) -> np.ndarray:
    """An orbit from the initial point after `transient` typical times, `count` samples (count, d).

    Samples are a fifth of a typical time apart, but those of a forced system a whole number of the
    forcing's periods, so that they lie in one section, and those of a map one iteration.
    """
    spacing = 1.0 if chosen.is_map else 0.217 * seen.time
    every = forcing_period(chosen)
    if every is not None:
        spacing = every * np.ceil(spacing / every)
    return orbit(
        chosen,
        chosen.definition.initial_point(chosen.values),
        spacing=spacing,
        count=count,
        transient=transient * seen.time,
        scale=seen.scale * SHARP.get(chosen.name, 1.0),
        threads=1,
    )


def embedded(chosen: Subject, points: np.ndarray) -> np.ndarray:
    """Points (n, d) with angles on the circle."""
    angles = points[:, ~chosen.bounded]
    return np.concatenate([points[:, chosen.bounded], np.cos(angles), np.sin(angles)], 1)


def closeness(chosen: Subject, samples: np.ndarray) -> tuple[float, np.ndarray]:
    """Distance of the initial point to the orbit's first four fifths, and those of 800 samples of its last fifth.

    Each component counts in units of its standard deviation.
    """
    held = len(samples) // 5
    points = embedded(chosen, samples)
    size = points.std(0)
    size[size < 1e-12 * (1 + np.abs(points).max(0))] = 1.0
    tree = cKDTree(points[:-held] / size)
    start = embedded(chosen, chosen.definition.initial_point(chosen.values)[None]) / size
    return float(tree.query(start)[0][0]), tree.query(points[-held :: max(1, held // 800)] / size)[0]


def jacobians(chosen: Subject, points: np.ndarray, scale: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Jacobians (n, d, d) at points (n, d) by central differences, an independent look at them."""
    rhs, vector = chosen.kernels.rhs, chosen.vector
    found = np.empty((*points.shape, points.shape[1]))
    ahead, behind = np.empty((2, points.shape[1]))
    for k, (point, t) in enumerate(zip(points, times, strict=True)):
        for i, step in enumerate(1e-5 * scale):
            moved = point.copy()
            moved[i] += step
            rhs(t, moved, vector, ahead)
            moved[i] -= 2 * step
            rhs(t, moved, vector, behind)
            found[k, :, i] = (ahead - behind) / (2 * step)
    return found
