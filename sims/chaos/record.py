"""What the compiled loops keep of an orbit from one call to the next."""

TIME, STEP, FAILED = 0, 1, 2
"""Columns: the time that it has reached, its next step, and the code of what stopped it."""
NOW = STEP
"""Where steps are all alike, the slot of the present point in the orbit's past."""
COLUMNS = 3
