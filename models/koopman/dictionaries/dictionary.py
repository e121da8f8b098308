"""What all dictionaries share, and their sum."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ergodica.models.described import Described, named
from ergodica.numerics.errors import ParameterError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

MOST = 5_000
"""Observables that a dictionary may have: their factor takes 0.8 GB, and some minutes."""


class Dictionary(Described):
    """Observables psi of vectors of features; those of delayed snapshots stand beside each other, oldest first.

    A dictionary of your own is a dataclass of its settings with `@named` and `@dataclass(kw_only=True, eq=False)`, a
    `name`, and `observables`.
    """

    def learn(self, points: Array) -> dict[str, Array]:
        """What `observables` needs of the data, such as centres: arrays by name. Nothing by default.

        Args:
            points: vectors of the training data, (rows, features), thinned to some ten thousands.
        """
        return {}

    @abstractmethod
    def observables(self, points: Array, learned: Mapping[str, Array]) -> Array:
        """psi of vectors: (rows, features) to (rows, size); `learned` is what `learn` gave."""

    def __add__(self, other: Dictionary) -> Sum:
        if not isinstance(other, Dictionary):
            return NotImplemented
        return Sum(parts=(*_parts(self), *_parts(other)))


def _parts(one: Dictionary) -> tuple[Dictionary, ...]:
    return one.parts if isinstance(one, Sum) else (one,)


@named
@dataclass(kw_only=True, eq=False)
class Sum(Dictionary):
    """The observables of several dictionaries; what two of them share counts once, since EDMD drops repetitions."""

    name = "sum"
    parts: tuple[Dictionary, ...]

    def __post_init__(self) -> None:
        self.parts = tuple(self.parts)
        if not self.parts or not all(isinstance(one, Dictionary) for one in self.parts):
            raise ParameterError(
                f"parts: must be dictionaries, got {self.parts!r}; use Identity() + Polynomial()"
            )

    def learn(self, points: Array) -> dict[str, Array]:
        return {
            f"{number}.{name}": values
            for number, one in enumerate(self.parts)
            for name, values in one.learn(points).items()
        }

    def observables(self, points: Array, learned: Mapping[str, Array]) -> Array:
        made = []
        for number, one in enumerate(self.parts):
            own = {
                name.removeprefix(f"{number}."): a
                for name, a in learned.items()
                if name.startswith(f"{number}.")
            }
            made.append(one.observables(points, own))
        return np.concatenate(made, axis=1)


def refuse_many(count: int, remedy: str) -> None:
    """Check that a dictionary can be held.

    Raises:
        ParameterError: it has more than `MOST` observables.
    """
    if count > MOST:
        raise ParameterError(f"dictionary: must have at most {MOST} observables, got {count}; {remedy}")
