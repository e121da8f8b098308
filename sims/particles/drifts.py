"""Pair forces and their divergences at given places. Import only to run: imports numba."""

from __future__ import annotations

import functools

import numpy as np

from ergodica.numerics.cells import Array, Indices, Integers
from ergodica.numerics.geometry import Box, nearest_image
from ergodica.numerics.kernel import Kernel, kernel
from ergodica.numerics.neighbours import neighbours_within
from ergodica.sims.engines.ode.calls import call_at
from ergodica.sims.particles.pair_force import PairForce

FEW = 64  # particles; below, a search for neighbours takes longer than looking at all pairs


def pair_drifts(force: PairForce, numbers: tuple[float, ...], places: Array, box: Box) -> tuple[Array, Array]:
    """Forces `(n, d)` and divergences `(n,)` of each particle's force by its own position.

    The divergence of a central force F(r) in d dimensions is F'(r) + (d - 1) F(r)/r, summed over neighbours.
    """
    n, d = places.shape
    reach = force.reach(numbers)
    if n <= FEW:
        offsets, indices = _everyone(n)
    else:
        listed = neighbours_within(places, reach, box)
        offsets, indices = listed.offsets, listed.indices
    out, divergence = np.zeros_like(places), np.zeros(n)
    value, slope = force.addresses
    _gathered(d)(
        np.ascontiguousarray(places), offsets, indices, box.periods, reach**2, value, slope, np.array(numbers),
        out, divergence,
    )  # fmt: skip
    return out, divergence


@functools.cache
def _everyone(count: int) -> tuple[Integers, Indices]:
    """Lists in which all others stand."""
    others = [[j for j in range(count) if j != i] for i in range(count)]
    return np.arange(count + 1) * (count - 1), np.array(others, np.int32).reshape(-1)


@functools.cache
def _gathered(axes: int) -> Kernel:
    @kernel
    def gathered(
        places: Array, offsets: Integers, indices: Indices, periods: Array, limit: float, value: int,
        slope: int, numbers: Array, out: Array, divergence: Array,
    ) -> None:  # fmt: skip
        n = places.shape[0]
        longest = 1
        for i in range(n):
            longest = max(longest, offsets[i + 1] - offsets[i])
        squared, strength, change = np.empty(longest), np.empty(longest), np.empty(longest)
        away = np.empty((longest, axes))
        for i in range(n):
            first = offsets[i]
            m = 0
            for k in range(first, offsets[i + 1]):
                j = indices[k]
                square = 0.0
                for c in range(axes):
                    away[m, c] = nearest_image(places[i, c] - places[j, c], periods[c])
                    square += away[m, c] * away[m, c]
                squared[m] = square
                m += 1 if square <= limit else 0
            call_at(value, 0.0, squared[:m], numbers, strength[:m])
            call_at(slope, 0.0, squared[:m], numbers, change[:m])
            for k in range(m):
                for c in range(axes):
                    out[i, c] += strength[k] * away[k, c]
                divergence[i] += change[k] + (axes - 1) * strength[k]

    return gathered
