"""Whether a member creeps towards a blow-up: compiled, looked at after few and ever more steps. Imports numba."""

from __future__ import annotations

import numpy as np

from ergodica.numerics import kernel
from ergodica.sims.engines.ode.codes import DIVERGED, FIRST_SIZE, LONGEST_STEP, SHORT_STEPS

Array = np.ndarray

FIRST_LOOK = 64
SHORT = 1e-3  # of the longest step
PATIENCE = 2.0**16  # steps; a pulse of a laser or a collision takes some hundreds


@kernel(error_model="numpy")
def next_look(steps: int) -> int:
    """After how many steps since the last snapshot to look, so many being taken: 64, 128, 256 ..."""
    look = FIRST_LOOK
    while look <= steps:
        look *= 2
    return look


@kernel(error_model="numpy")
def is_look(steps: int) -> bool:
    """Whether to look after so many steps since the last snapshot."""
    return steps >= FIRST_LOOK and steps & (steps - 1) == 0


@kernel(error_model="numpy")
def creeps(history: Array, step: float, steps: int, points: Array, lane: int) -> bool:
    """Whether a member has grown by decades and gets no further: only short steps, and many of them.

    Its `history` keeps the longest step and the number of short ones, `step` is the present one, `steps` were taken
    since the last snapshot, the point is `points[:, lane]`. What is asked depends on the steps alone, so it is the
    same in an ensemble of any size; growth alone is not enough, for a component may be large by its unit.
    """
    if step > history[LONGEST_STEP]:
        history[LONGEST_STEP] = step
    size = 0.0
    if step < SHORT * history[LONGEST_STEP]:
        for i in range(points.shape[0]):
            size = max(size, abs(points[i, lane]))
    if not size > DIVERGED * max(1.0, history[FIRST_SIZE]):
        history[SHORT_STEPS] = 0.0
        return False
    look = next_look(steps - 1)
    history[SHORT_STEPS] += steps - look // 2 if look > FIRST_LOOK else steps
    return bool(history[SHORT_STEPS] > PATIENCE)
