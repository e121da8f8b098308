"""A first look at an orbit: size of each component and a typical time, which set scales and lengths of runs."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from ergodica.numerics.errors import RunError
from ergodica.sims.chaos.record import FAILED, TIME, records
from ergodica.sims.chaos.subject import Subject
from ergodica.sims.engines.ode.codes import ALIVE, DIVERGES

Array = np.ndarray

FIRST_STEPS, MOST_STEPS = 1000, 400_000
ENOUGH_PERIODS = 40.0
TOLERANCE = 1e-6
AT_REST = 1e-9
FADED = 1e-6
"""An orbit that changes less in a typical time, in units of its size before, has come to rest."""
UNBOUNDED = 1e12
"""An orbit that grows so many times has diverged."""
FAR, GROWTH, GROWING = 1e3, 3.0, 4
"""So has one that is far beyond its start and grows by such a factor in so many looks in a row."""
SMALLEST_SHARE = 1e-6
"""A component that varies less than this share of the largest one is measured against that."""


@dataclass(frozen=True)
class Survey:
    """What a first look at an orbit gives."""

    scale: Array
    """Standard deviation of each component, shape (d,); never zero."""
    mean: Array
    """Mean of each component, shape (d,)."""
    time: float
    """A typical time: 2 pi over the rate of change, the period of a harmonic oscillation."""
    point: Array
    """Where the look ended, shape (d,)."""
    step: float
    """Mean length of a step at the survey's tolerance."""
    diverges: float = math.inf
    """When the orbit was seen to grow without bound."""
    end: float = 0.0
    """When the look ended."""


def survey(chosen: Subject, point: Array, *, horizon: float = math.inf) -> Survey:
    """Follow a flow or a map from `point` (d,) until some 40 typical times are seen.

    Raises RunError when the orbit leaves the finite numbers or grows without bound. Growth that is seen after
    `horizon` only is no error: `diverges` tells it, and the scale is that of the start.
    """
    from ergodica.sims.chaos.survey_kernel import look, look_map
    from ergodica.sims.engines.ode.calls import SCALAR, address

    place = address(chosen.kernels.rhs, SCALAR)
    u = np.array(point, np.float64)
    first = scale = np.abs(u) + 1e-2 * np.abs(u).max(initial=0.0) + 1e-6
    record, steps, growing = records(u[None])[0], FIRST_STEPS, 0
    before: Survey | None = None
    while True:
        sums = np.zeros((4, u.size))
        if chosen.is_map:
            look_map(place, u, chosen.vector, record, steps, sums)
        else:
            look(place, u, chosen.vector, scale, TOLERANCE, record, steps, sums)
        if record[FAILED] not in (ALIVE, DIVERGES) or not np.isfinite(u).all():
            raise RunError(
                f"{chosen.name}: the orbit leaves the finite numbers at t={record[TIME]:.6g}; start elsewhere "
                "or change the parameters"
            )
        seen = replace(_summary(chosen, u, sums, steps), end=float(record[TIME]))
        size = float(np.abs(u[chosen.bounded]).max(initial=0.0)) / (1.0 + float(np.abs(point).max()))
        # a straight line at steady speed is no divergence
        size /= max(1.0, record[TIME])
        grows = before is not None and float(seen.scale.max()) > GROWTH * float(before.scale.max())
        growing = growing + 1 if grows and size > FAR and not chosen.is_map else 0
        creeps = record[FAILED] == DIVERGES
        if creeps or growing == GROWING or (size > UNBOUNDED and not chosen.is_map):
            if record[TIME] <= horizon:
                raise RunError(
                    f"{chosen.name}: the orbit diverges at t={record[TIME]:.4g}, it grows without bound, to "
                    f"{np.abs(u).max():.1e}; start elsewhere, change the parameters or end before"
                )
            return replace(before or seen, scale=first, point=np.array(point), diverges=float(record[TIME]))
        rate = np.sqrt(sums[3] / sums[0])
        if before is not None and (rate * before.time <= FADED * before.scale).all():
            # what has come to rest is as large as it was before
            return replace(before, point=seen.point, end=seen.end)
        enough = sums[0, 0] > ENOUGH_PERIODS * seen.time
        if (enough and steps > FIRST_STEPS and not growing) or chosen.is_map or steps >= MOST_STEPS:
            return seen
        before, scale, steps = seen, seen.scale, 2 * steps


def _summary(chosen: Subject, u: Array, sums: Array, steps: int) -> Survey:
    span = sums[0, 0]
    mean, square, rate = sums[1] / span, sums[2] / span, np.sqrt(sums[3] / span)
    deviation = np.sqrt(np.maximum(square - mean * mean, 0.0))
    size = np.maximum(deviation, 1e-3 * np.abs(mean))
    # a component that winds up is as large as what it covers in a typical time
    loose = ~chosen.bounded
    moving = chosen.bounded & (rate > AT_REST * (1.0 + np.sqrt(square)) / max(span, 1.0)) & (deviation > 0)
    if moving.any():
        time = float(np.median(2.0 * math.pi * deviation[moving] / rate[moving]))
    else:
        time = float(2.0 * math.pi / rate.max()) if rate.max() > 0 else 1.0
    if chosen.is_map:
        time = 1.0
    if loose.any():
        size[loose] = np.minimum(size[loose], np.maximum(rate[loose] * time / (2.0 * math.pi), 1e-3))
    largest = size.max()
    size = np.maximum(size, SMALLEST_SHARE * largest) if largest > 0 else np.ones_like(size)
    return Survey(size, mean, time, u.copy(), float(span / steps))
