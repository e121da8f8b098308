"""What the compiled loops keep of an orbit from one call to the next."""

from __future__ import annotations

import numpy as np

from ergodica.sims.engines.ode.codes import FIRST_SIZE, GROWTH

Array = np.ndarray

TIME, STEP, FAILED = 0, 1, 2
"""Columns: the time that it has reached, its next step, and the code of what stopped it."""
NOW = STEP
"""Where steps are all alike, the slot of the present point in the orbit's past."""
GROWN = 3
"""The first column of what tells whether it creeps towards a blow-up."""
COLUMNS = GROWN + GROWTH


def records(points: Array) -> Array:
    """Records (members, COLUMNS) of orbits that start at `points` (members, d)."""
    record = np.zeros((len(points), COLUMNS))
    record[:, GROWN + FIRST_SIZE] = np.abs(points).max(axis=1, initial=0.0)
    return record
