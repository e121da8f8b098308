"""The end of an orbit that creeps towards a blow-up, for every loop over steps. Imports numba."""

from __future__ import annotations

import numpy as np

from ergodica.numerics import kernel
from ergodica.sims.chaos.record import GROWN
from ergodica.sims.engines.ode.growth_kernel import creeps

Array = np.ndarray

LOOK = 64
"""Steps between two looks."""


@kernel
def blows_up(record: Array, step: float, taken: int, point: Array) -> bool:
    """Whether an orbit at `point` (d,) has grown a million times and gets no further; looked at every 64 steps."""
    return taken % LOOK == 0 and creeps(record[GROWN:], step, LOOK, point.reshape(point.size, 1), 0)
