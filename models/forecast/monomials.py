"""All monomials of some variables up to a total degree, each by one multiplication."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations_with_replacement
from math import comb
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


def monomial_count(variables: int, degree: int) -> int:
    """Monomials of total degree 1 to `degree`: (n + p)! / (n! p!) - 1."""
    return comb(variables + degree, degree) - 1


@dataclass(frozen=True, eq=False)
class Monomials:
    """x_i, x_i x_j (i <= j), ... : by degree, then in the order of the variables.

    Attributes:
        variables: number n of them.
        parent: for each monomial the one that it is a multiple of, (count,).
        factor: and the variable that this one is multiplied by, (count,).
        levels: first and last + 1 of each degree from 2 on.
    """

    variables: int
    parent: NDArray[np.intp]
    factor: NDArray[np.intp]
    levels: tuple[tuple[int, int], ...]

    @staticmethod
    def up_to(variables: int, degree: int) -> Monomials:
        """Those of total degree 1 to `degree`."""
        at: dict[tuple[int, ...], int] = {(): 0}
        parent: list[int] = []
        factor: list[int] = []
        levels: list[tuple[int, int]] = []
        for power in range(1, degree + 1):
            first = len(parent)
            for one in combinations_with_replacement(range(variables), power):
                at[one] = len(parent)
                parent.append(at[one[:-1]])
                factor.append(one[-1])
            if power > 1:
                levels.append((first, len(parent)))
        return Monomials(variables, np.array(parent, np.intp), np.array(factor, np.intp), tuple(levels))

    def __call__(self, x: Array) -> Array:
        """(..., variables) to (..., count)."""
        made = np.empty((*x.shape[:-1], len(self.parent)))
        made[..., : self.variables] = x
        for first, last in self.levels:
            own = slice(first, last)
            np.multiply(made[..., self.parent[own]], x[..., self.factor[own]], out=made[..., own])
        return made
