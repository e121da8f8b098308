"""Why a member stopped: codes that the compiled integrators write and their words."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray

ALIVE, STEP_TOO_SMALL, NOT_FINITE, TOO_MANY_STEPS, NOT_SOLVED, SLIDES = 0, 1, 2, 3, 4, 5

REASONS = {
    STEP_TOO_SMALL: "the step fell below the spacing of numbers at t: a singularity, a discontinuity or a stiff system",
    NOT_FINITE: "the state or its slope is no longer finite",
    TOO_MANY_STEPS: "too many steps between two snapshots",
    NOT_SOLVED: "the equations of an implicit step could not be solved",
    SLIDES: "the orbit slides along a jump of its slope, where neighbouring ones merge",
}


def failures(state: dict[str, Any]) -> dict[int, tuple[float, str]]:
    """Member -> (time it stopped, why), of every member that stopped; empty when all go on."""
    codes: Array = state["failed"]
    return {
        int(member): (float(state["failed_at"][member]), REASONS[int(codes[member])])
        for member in np.flatnonzero(codes)
    }
