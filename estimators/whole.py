"""The check of whole numbers that parameters share."""

from typing import Any

import numpy as np

from ergodica.numerics.errors import ParameterError


def whole(name: str, value: Any, least: int, remedy: str) -> int:
    """`value` as an int, if it is a whole number >= `least`.

    Raises:
        ParameterError: it is not.
    """
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
        raise ParameterError(f"{name}: must be a whole number >= {least}, got {value!r}; {remedy}")
    return int(value)
