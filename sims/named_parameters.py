"""Parameters of named things, such as the networks of jump processes: a number each, or one for each member."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ergodica.numerics.errors import ParameterError, nearest
from ergodica.sims.parameters import Each

Values = dict[str, float | Each]


@dataclass(frozen=True)
class Named:
    """One parameter: its default, what it is, and the range that it must lie in."""

    value: float
    meaning: str
    least: float = -math.inf
    most: float = math.inf
    open: bool = False
    """Whether the least value itself is left out."""

    @property
    def range(self) -> str:
        """The range in words, empty where there is none."""
        low = f"{'above' if self.open else 'at least'} {self.least:g}" * (self.least > -math.inf)
        high = f"at most {self.most:g}" * (self.most < math.inf)
        return " and ".join(filter(None, (low, high)))

    def holds(self, value: float) -> bool:
        """Whether a value lies in the range."""
        return self.least <= value <= self.most and not (self.open and value == self.least)


def complete(owner: str, given: Mapping[str, Any], declared: Mapping[str, Named]) -> Values:
    """Every declared parameter with the given value or its default.

    Raises ParameterError for a name that `owner` does not have and for a value outside its range.
    """
    unknown = sorted(set(map(str, given)) - set(declared))
    if unknown:
        raise ParameterError(f"parameters: {owner} has no {unknown[0]!r}; {nearest(unknown[0], declared)}")
    return {name: _checked(name, given.get(name, one.value), one) for name, one in declared.items()}


def of_member(values: Mapping[str, float | Each], member: int) -> dict[str, float]:
    """The numbers of one member."""
    return {name: v[member] if isinstance(v, Each) else v for name, v in values.items()}


def members_of(values: Mapping[str, float | Each]) -> int:
    """How many sets of numbers there are; 1 where all members share theirs.

    Raises ParameterError for lists of different lengths.
    """
    counts = {name: len(v) for name, v in values.items() if isinstance(v, Each)}
    if len(set(counts.values())) > 1:
        raise ParameterError(
            f"parameters: must have one length of their lists, got {counts}; give one value a member"
        )
    return max(counts.values(), default=1)


def _checked(name: str, value: Any, declared: Named) -> float | Each:
    from ergodica.sims.dynamics.numeric import constant

    where = f"parameters.{name}"
    if hasattr(value, "tolist"):
        value = value.tolist()
    several = isinstance(value, list | tuple)
    if several and not value:
        raise ParameterError(f"{where}: must hold one number a member, got none; give a number")
    found = Each(constant(one, where) for one in (value if several else [value]))
    for one in found:
        if not declared.holds(one):
            raise ParameterError(
                f"{where}: must be {declared.range}, got {one:g}; the default is {declared.value:g}"
            )
    return found if several else found[0]
