"""The compiled count of close pairs."""

from __future__ import annotations

import math

import numpy as np

from ergodica.numerics import kernel, prange

Array = np.ndarray


@kernel(parallel=True)
def pair_counts(points: Array, radii: Array, window: int, euclidean: bool, pieces: int) -> Array:
    """Pairs (i, j > i + window) closer than each radius, (pieces, radii); i is shared out by turns."""
    n, d = points.shape
    found = np.zeros((pieces, radii.size), np.int64)
    limits = radii * radii if euclidean else radii
    low, ratio = math.log(limits[0]), (limits.size - 1) / (math.log(limits[-1]) - math.log(limits[0]))
    for piece in prange(pieces):
        bins = np.zeros(limits.size + 1, np.int64)
        for i in range(piece, n, pieces):
            for j in range(i + window + 1, n):
                distance = 0.0
                for c in range(d):
                    apart = points[i, c] - points[j, c]
                    if euclidean:
                        distance += apart * apart
                    else:
                        distance = max(distance, abs(apart))
                if distance >= limits[-1]:
                    continue
                # a guess that is right for even steps of the logarithm, then as many steps as it takes
                place = 0
                if distance > limits[0]:
                    place = min(limits.size - 1, int((math.log(distance) - low) * ratio))
                while place > 0 and distance < limits[place - 1]:
                    place -= 1
                while place < limits.size and distance >= limits[place]:
                    place += 1
                bins[place] += 1
        total = 0
        for place in range(limits.size):
            total += bins[place]
            found[piece, place] = total
    return found
