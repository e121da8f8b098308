"""Bases of logarithms and the units that they give."""

import math
from numbers import Real

NAMED_BASES = {math.e: "nat", 2.0: "bit", 10.0: "dit"}


def base_unit(base: float) -> tuple[float, str]:
    """ln(base), to divide nats by, and the name of the unit.

    Args:
        base: base of the logarithm, > 1: e gives nat, 2 bit, 10 dit, another one a multiple of a nat.

    Raises:
        ValueError: base is not a finite number above 1.
    """
    if isinstance(base, bool) or not isinstance(base, Real) or not 1 < base < math.inf:
        raise ValueError(
            f"base: must be a finite number above 1, got {base!r}; use math.e (nat), 2 (bit) or 10 (dit)"
        )
    per_unit = 1.0 if base == math.e else math.log(base)
    return per_unit, NAMED_BASES.get(float(base), f"{per_unit:.12g} nat")


def per_time(unit: str, time: str) -> str:
    """The unit of a rate, in words where time has no unit: `nat/s`, `nat per unit of time`."""
    return f"{unit} per unit of time" if time in ("", "1") else f"{unit}/{time}"
