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
SUM_TOLERANCE = 1e-4
"""Of the sum, in units of the largest exponent or of one over the typical time."""


@dataclass(frozen=True)
class Rules:
    """What the rules gave."""

    holds: bool
    tolerance: float
    """Error of the sum that is put down to the integration."""
    words: str


def closure(planned: Plan, measured: Windows, exponent: Array, errors: Array, divergence: float) -> Rules:
    """Check the sum rule, the zero of an autonomous flow, the pairs of a Hamiltonian one."""
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
    words = "; ".join(f"{'' if held else 'FAILED: '}{text}" for held, text in found)
    return Rules(all(held for held, _ in found), tolerance, words or "no exact rule applies")


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
