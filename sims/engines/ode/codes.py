"""Why a member stopped: codes that the compiled integrators write and their words."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray

ALIVE, STEP_TOO_SMALL, NOT_FINITE, TOO_MANY_STEPS, NOT_SOLVED, SLIDES, DIVERGES = 0, 1, 2, 3, 4, 5, 6

REASONS = {
    STEP_TOO_SMALL: "the step fell below the spacing of numbers at t: a singularity, a discontinuity or a stiff system",
    NOT_FINITE: "the state or its slope is no longer finite",
    TOO_MANY_STEPS: "too many steps between two snapshots",
    NOT_SOLVED: "the equations of an implicit step could not be solved",
    SLIDES: "the orbit slides along a jump of its slope, where neighbouring ones merge",
    DIVERGES: "the state grows without end",
}

# columns that the history of a member with steps of its own begins with
LONGEST_STEP, SHORT_STEPS, FIRST_SIZE = 0, 1, 2
GROWTH = 3

ELSEWHERE = "start elsewhere or change the parameters"
REMEDIES = {TOO_MANY_STEPS: "take more snapshots, an earlier t_end or a larger tolerance, or start elsewhere"}

DIVERGED = 1e6  # growth of the largest component from which a member that stopped is said to diverge


def failures(state: dict[str, Any]) -> dict[int, tuple[float, str]]:
    """Member -> (time it stopped, why and what to do), of every member that stopped; empty when all go on.

    Where the state holds `size` (members, 2), the largest component at the start and where the member stopped, one
    that grew by decades is said to diverge, whatever stopped it.
    """
    codes: Array = state["failed"]
    sizes: Array | None = state.get("size")
    found = {}
    for member in np.flatnonzero(codes).tolist():
        why = REASONS[int(codes[member])]
        if sizes is not None and sizes[member, 1] > DIVERGED * max(sizes[member, 0], 1.0):
            why = f"the state grew from {sizes[member, 0]:.3g} to {sizes[member, 1]:.3g} and diverges"
        remedy = REMEDIES.get(int(codes[member]), ELSEWHERE)
        found[member] = float(state["failed_at"][member]), f"{why}; {remedy}"
    return found
