"""The exact rules that a spectrum must obey, and whether it does."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ergodica.sims.chaos.plan import Plan
from ergodica.sims.chaos.propagate import Windows

Array = np.ndarray

WITHIN = 4.0
"""Standard errors within which a rule must hold."""
DIED_AWAY, NIL = 1e-3, 1e-9
FEWEST_TIMES, SHARE = 10.0, 0.1
"""Typical times of a run, and errors of its first and of its vanishing exponent in units of the first, or of one over
the typical time: what a run needs to tell something."""
BLOCKS, DOUBLED, VISIBLE = 8, 2.0, 1e-3
"""Stretches whose extent grows or shrinks from one to the next, by a factor in all, of an orbit that is no speck."""
STRAIGHT = 0.3
"""Distance between two windows over speed and time, of an orbit that does not return."""
SUM_TOLERANCE = 1e-4
"""Of the sum, in units of the largest exponent or of one over the typical time."""


@dataclass(frozen=True)
class Rules:
    """What the rules gave."""

    holds: bool
    known: bool
    """Whether the run is long and settled enough for a dimension and an entropy."""
    resting: bool
    tolerance: float
    """Error of the sum that is put down to the integration."""
    words: str


def closure(planned: Plan, measured: Windows, exponent: Array, errors: Array, divergence: float) -> Rules:
    """Check the sum rule, the zero of an autonomous flow, the pairs of a Hamiltonian one, and the run's length."""
    chosen = planned.subject
    definition = chosen.definition
    rate = max(np.abs(exponent).max(initial=0.0), 1.0 / planned.survey.time)
    tolerance = SUM_TOLERANCE * rate
    found: list[tuple[bool, str]] = []
    full = planned.exponents == chosen.size and not definition.lags
    if full:
        gap = abs(exponent.sum() - divergence)
        found.append((bool(gap <= tolerance), f"sum minus mean divergence {gap:.1e}"))
    moves = definition.kind == "flow" and definition.autonomous
    resting = moves and rests(planned, measured)
    if moves and not resting and (full or exponent[-1] < 0):
        place = int(np.argmin(np.abs(exponent)))
        size, error = abs(exponent[place]), errors[place]
        # what the length of the orbit alone allows: a factor of e in the speed
        near = max(WITHIN * error, 1.0 / planned.t_end)
        found.append((bool(size <= near), f"zero exponent {size:.1e} +- {error:.1e}"))
    if definition.hamiltonian is not None and full:
        pairs = np.abs(exponent + exponent[::-1])
        near = WITHIN * np.hypot(errors, errors[::-1]) + tolerance
        found.append((bool((pairs <= near).all()), f"pairs sum to {pairs.max():.1e}"))
    if resting:
        found.append((True, "the orbit rests at an equilibrium, no zero exponent is due"))
    lacking = too_short(planned, exponent, errors)
    if not resting and changes(planned, measured):
        lacking.append("transient: the orbit drifts or its extent changes from block to block")
    words = "; ".join(f"{'' if held else 'FAILED: '}{text}" for held, text in found)
    words = "; ".join(filter(None, (words or "no exact rule applies", *lacking)))
    holds = all(held for held, _ in found) and not lacking
    return Rules(holds, not lacking, resting, tolerance, words)


def too_short(planned: Plan, exponent: Array, errors: Array) -> list[str]:
    """What a run is too short for, in words."""
    time = planned.survey.time
    if planned.t_end < FEWEST_TIMES * time:
        return [f"too short: {planned.t_end / time:.2g} typical times"]
    share = SHARE * max(abs(exponent[0]), 1.0 / time)
    for place in (0, int(np.argmin(np.abs(exponent)))):
        if not errors[place] <= share:
            return [f"too short: exponent {exponent[place]:.1e} +- {errors[place]:.1e}"]
    return []


def changes(planned: Plan, measured: Windows) -> bool:
    """Whether an orbit is on its way: it never returns, or its extent grows or shrinks all the time."""
    chosen = planned.subject
    free = chosen.bounded
    if chosen.is_map or planned.windows < 2 * BLOCKS or not free.any():
        return False
    return any(
        _creeps(planned, member, free) or _swells(member[:, free] / planned.survey.scale[free])
        for member in measured.points
    )


def _creeps(planned: Plan, points: Array, free: Array) -> bool:
    chosen, scale = planned.subject, planned.survey.scale[free]
    if chosen.definition.lags:
        return False
    steps = np.diff(points[:, free], axis=0) / scale
    if not ((steps >= 0).all(0) | (steps <= 0).all(0)).all():
        return False
    # strobed at its period an orbit seems to creep, but goes a longer way
    times = planned.transient + planned.window * np.arange(1, planned.windows)
    speed = np.array(
        [chosen.kernels(u, float(t), chosen.values) for u, t in zip(points[:-1], times, strict=True)]
    )
    way = np.linalg.norm(speed[:, free] / scale, axis=1) * planned.window
    return bool(np.median(np.linalg.norm(steps, axis=1) - STRAIGHT * way) > 0)


def _swells(points: Array) -> bool:
    extent = np.array([np.linalg.norm(part.std(0)) for part in np.array_split(points, BLOCKS)])
    turns = np.diff(extent)
    one_way = (turns > 0).all() or (turns < 0).all()
    return bool(one_way and extent.max() > max(VISIBLE, DOUBLED * extent.min()))


def rests(planned: Plan, measured: Windows) -> bool:
    """Whether every orbit comes to rest: its speed dies away between the first and the last quarter, or is nil."""
    chosen, points = planned.subject, measured.points
    if chosen.definition.lags:
        speed = np.abs(np.diff(points, axis=1, prepend=planned.points[:, None])) / planned.window
    else:
        speed = np.abs([[chosen.kernels(u, 0.0, chosen.values) for u in member] for member in points])
    quarter = max(1, speed.shape[1] // 4)
    first, last = speed[:, :quarter].max((1, 2)), speed[:, -quarter:].max((1, 2))
    size = np.maximum(np.abs(points[:, -quarter:]), planned.survey.scale)
    still = speed[:, -quarter:] * planned.survey.time <= NIL * size
    return bool(((last <= DIED_AWAY * first) | still.all((1, 2))).all())
