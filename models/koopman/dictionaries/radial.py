"""Radial functions around centres in the data."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Real
from typing import TYPE_CHECKING

import numpy as np

from ergodica.models.described import named
from ergodica.models.koopman.dictionaries.dictionary import Dictionary, refuse_many
from ergodica.models.koopman.dictionaries.scaling import scaled, spread_of
from ergodica.numerics.errors import ParameterError, nearest, whole_number

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

KINDS = ("gaussian", "thin-plate")
SAMPLED = 4096
"""Points that centres are looked for among."""


@named
@dataclass(kw_only=True, eq=False)
class Radial(Dictionary):
    """1, the features, and a function of the distance from each of a number of centres.

    thin-plate: r^2 ln r;  gaussian: exp(-r^2 / 2 w^2)

    r is measured where every feature has the spread 1. Centres are those of k-means, so that they lie where the data
    are.

    Args:
        centres: number of centres, 1 or more; at most as many as there are snapshots are found.
        kind: "thin-plate" or "gaussian".
        width: w of a Gaussian, > 0, in spreads; None for the median distance between centres.
        seed: of k-means.

    Good values: 50 to 1000 centres.

    Source: Williams, Kevrekidis and Rowley 2015, J. Nonlinear Sci. 25, 1307 (thin plates around k-means centres).
    """

    name = "radial"
    centres: int = 100
    kind: str = "thin-plate"
    width: float | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        self.centres = whole_number("centres", self.centres, 1)
        self.seed = whole_number("seed", self.seed, 0)
        refuse_many(self.centres, "use fewer centres")
        if self.kind not in KINDS:
            raise ParameterError(
                f"kind: must be {' or '.join(KINDS)}, got {self.kind!r}; {nearest(self.kind, KINDS)}"
            )
        if self.width is not None and not (isinstance(self.width, Real) and 0 < self.width < math.inf):
            raise ParameterError(f"width: must be above 0, got {self.width!r}; use None for one by the data")

    def learn(self, points: Array) -> dict[str, Array]:
        from scipy.cluster.vq import kmeans2

        learned = spread_of(points)
        rng = np.random.default_rng(self.seed)
        sample = np.unique(scaled(points, learned), axis=0)
        if len(sample) > max(SAMPLED, self.centres):
            sample = rng.choice(sample, max(SAMPLED, self.centres), axis=0, replace=False)
        found = sample
        if len(sample) > self.centres:
            start = rng.choice(sample, self.centres, axis=0, replace=False)
            with warnings.catch_warnings():
                # a centre without points stays where it was
                warnings.filterwarnings("ignore", message="One of the clusters is empty")
                found = np.unique(kmeans2(sample, start, minit="matrix")[0], axis=0)
        width = self.width
        if width is None:
            between = np.sqrt(_squares(found, found))[np.triu_indices(len(found), 1)]
            width = float(np.median(between)) if len(between) else 1.0
        return learned | {"centres": found, "width": np.array([width])}

    def observables(self, points: Array, learned: Mapping[str, Array]) -> Array:
        u = scaled(points, learned)
        squares = _squares(u, learned["centres"])
        if self.kind == "gaussian":
            radial = np.exp(-squares / (2 * learned["width"][0] ** 2))
        else:
            radial = np.zeros_like(squares)
            np.log(squares, out=radial, where=squares > 0)
            radial *= squares / 2
        return np.concatenate([np.ones((len(u), 1)), u, radial], axis=1)


def _squares(points: Array, centres: Array) -> Array:
    from scipy.spatial.distance import cdist

    return np.asarray(cdist(points, centres, "sqeuclidean"))
