"""Information from distances to neighbours, after Kraskov, Stoegbauer and Grassberger."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.random import Generator

from ergodica.estimators.arrays import Array
from ergodica.estimators.claims import Claims, Exact
from ergodica.estimators.continuous.digamma import digamma_table
from ergodica.estimators.continuous.ksg_counts import (
    copies,
    mean_digamma,
    neighbours,
    over_varying,
    threads_share_lanes,
)
from ergodica.estimators.continuous.neighbour_information import NeighbourInformation


def correlated_pair(rng: Generator, n: int, correlation: float) -> tuple[Array, Array]:
    """Two normal variables `(n, 1)`, I = -ln(1 - correlation^2)/2."""
    x, noise = rng.normal(size=(2, n, 1))
    return x, correlation * x + np.sqrt(1 - correlation**2) * noise


@dataclass(frozen=True, kw_only=True)
class KSG(NeighbourInformation):
    """Mutual information from the neighbours that a cube around each sample holds (algorithm 1).

    I(X; Y) = psi(k) + psi(n) - <psi(n_x + 1) + psi(n_y + 1)>
    I(X; Y | Z) = psi(k) - <psi(n_xz + 1) + psi(n_yz + 1) - psi(n_z + 1)>
    I(X_1; ...; X_m) = psi(k) + (m - 1) psi(n) - <sum_i psi(n_i + 1)>

    n_x is the number of other samples whose x is nearer than the k-th neighbour in the joint space, strictly, in the
    maximum norm. Differences are compared as they are; nothing is added to the data.

    **Scale.** At finite n the estimate depends on the scale of x against that of y (and of the components of a vector),
    since one distance compares them. So every component is divided by its standard deviation at first, and a lane with
    a constant component is NaN.

    Args:
        k: neighbours, 1 to n - 1: the standard deviation falls and the bias grows with it.
        standardize: False leaves the units as they are, for data whose distances mean something together.

    Raises:
        ValueError: k out of range, or more than k samples that are exact copies of each other.

    Warns:
        RoundedValuesWarning: values are rounded to steps like the distance between neighbours.
        TooFewSamplesWarning: neighbours are so far in so many dimensions that the estimate is far too low.

    Good values: k = 3; k = 10 to 30 for a test of independence. Up to about 5 components in all.

    Source: Kraskov, Stoegbauer, Grassberger 2004, Phys. Rev. E 69, 066138, eqs. 8 and 22; the conditional form is
    Frenzel and Pompe 2007, Phys. Rev. Lett. 99, 204101, eq. 5.
    """

    claims: ClassVar[Claims] = Claims(
        needs="n > k samples of a continuum; about 10^(d/2) or more for d components in all",
        cost="O(n k log n) for few components, up to O(n^2 d) for many",
        invariances={"shift": 1e-9, "scale": 1e-9, "sign": 1e-9, "order": 1e-9, "exchange": 1e-9},
        exact=(
            Exact(
                name="correlated normal variables",
                sample=lambda rng: correlated_pair(rng, 1000, 0.6),
                value=-0.5 * float(np.log(1 - 0.36)),
                bias=0.005,
                spread=0.032,
                source="Cover and Thomas 2006, example 8.5.1",
            ),
            Exact(
                name="independent normal variables",
                sample=lambda rng: correlated_pair(rng, 1000, 0.0),
                value=0.0,
                bias=0.002,
                spread=0.024,
            ),
        ),
    )

    def conditional_mutual_information(self, x: Array, y: Array, given: Array) -> Array:
        """I(X; Y | Z) of each lane, in nats."""
        return over_varying([x, y, given], self.k, self.standardize, self._conditional)

    def of_varying(self, parts: Sequence[Array]) -> Array:
        """The multi-information of lanes without a constant component, in nats."""
        n = parts[0].shape[1]
        psi = digamma_table(n)
        if len(parts) == 2 and all(x.shape[2] == 1 for x in parts):
            terms = _plane(parts[0][..., 0], parts[1][..., 0], self.k, psi)
        else:
            from ergodica.numerics.point_tree import count_near

            radii, _ = neighbours(parts, self.k)
            terms = sum((mean_digamma(count_near(x, radii) + 1) for x in parts), np.zeros(len(radii)))
        return np.asarray(psi[self.k] + (len(parts) - 1) * psi[n] - terms)

    def _conditional(self, parts: Sequence[Array]) -> Array:
        from ergodica.numerics.point_tree import count_near

        x, y, given = parts
        radii, _ = neighbours(parts, self.k)
        terms = np.zeros(len(radii))
        for other in (x, y):
            terms += mean_digamma(count_near(np.concatenate([other, given], axis=-1), radii) + 1)
        terms -= mean_digamma(count_near(given, radii) + 1)
        return digamma_table(self.k)[self.k] - terms


def _plane(x: Array, y: Array, k: int, psi: Array) -> Array:
    """<psi(n_x + 1) + psi(n_y + 1)> of two scalars `(lanes, n)`, in strips of the plane instead of a tree."""
    from ergodica.estimators.continuous.ksg_plane import cut, plane_lane, plane_lanes

    x, y = np.ascontiguousarray(x), np.ascontiguousarray(y)
    terms = np.empty(len(x))
    if threads_share_lanes(len(x)):
        plane_lanes(x, y, k, psi, terms)
    else:
        for lane in range(len(x)):
            terms[lane] = plane_lane(cut(x[lane], y[lane], k), k, psi)
    if not np.isfinite(terms).all():
        raise copies(k)
    return terms
