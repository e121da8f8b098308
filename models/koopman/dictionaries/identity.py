"""The features themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ergodica.models.described import named
from ergodica.models.koopman.dictionaries.dictionary import Dictionary
from ergodica.models.koopman.dictionaries.scaling import size_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


@named
@dataclass(kw_only=True, eq=False)
class Identity(Dictionary):
    """psi(x) = x, in units of the root mean square of each feature; without a constant, as in DMD."""

    name = "identity"

    def learn(self, points: Array) -> dict[str, Array]:
        return {"scale": size_of(points)}

    def observables(self, points: Array, learned: Mapping[str, Array]) -> Array:
        return np.asarray(points / learned["scale"])
