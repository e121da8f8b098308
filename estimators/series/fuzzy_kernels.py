"""Sums of the membership of all pairs of templates, each pair once, in vector code."""

import numpy as np

from ergodica.estimators.arrays import Array
from ergodica.numerics.kernel import kernel, prange
from ergodica.numerics.logarithms import exp, power

WIDTH = 8
"""Partial sums that are added side by side; their number fixes the order of summation."""


@kernel
def centred_templates(x: Array, length: int, delay: int, count: int, templates: Array) -> None:
    """Templates of `length` values less their own mean, `(length, count)`."""
    for i in range(count):
        mean = 0.0
        for k in range(length):
            mean += x[i + k * delay]
        mean /= length
        for k in range(length):
            templates[k, i] = x[i + k * delay] - mean


@kernel(error_model="numpy")
def memberships(templates: Array, i: int, per_radius: float, exponent: float, near: Array) -> float:
    """Sum of exp(-(d/r)^p) over the templates behind the i-th, d the largest difference from it."""
    length, count = templates.shape
    number = count - i - 1
    near[:] = 0.0
    for k in range(length):
        own = templates[k, i]
        others = templates[k, i + 1 :]
        for j in range(number):
            near[j] = max(near[j], abs(others[j] - own))
    if exponent == 2.0:
        for j in range(number):
            scaled = near[j] * per_radius
            near[j] = exp(-scaled * scaled)
    else:
        for j in range(number):
            near[j] = exp(-power(near[j] * per_radius, exponent))
    near[number:] = 0.0
    sums = np.zeros(WIDTH)
    for block in range((number + WIDTH - 1) // WIDTH):
        part = near[block * WIDTH : (block + 1) * WIDTH]
        for lane in range(WIDTH):
            sums[lane] += part[lane]
    total = 0.0
    for lane in range(WIDTH):
        total += sums[lane]
    return total


@kernel(parallel=True)
def membership_sums(x: Array, radius: Array, order: int, delay: int, exponent: float, rows: Array) -> None:
    """Of each template, the sum of its memberships with those behind it, of `order` and `order + 1` values.

    Args:
        x: lanes, `(lanes, n)`.
        radius: width of the membership in each lane.
        order, delay: of the templates.
        exponent: p.
        rows: to be filled, `(lanes, 2, templates)`.
    """
    lanes = len(x)
    count = rows.shape[2]
    shorter = np.empty((lanes, order, count))
    longer = np.empty((lanes, order + 1, count))
    for lane in prange(lanes):
        centred_templates(x[lane], order, delay, count, shorter[lane])
        centred_templates(x[lane], order + 1, delay, count, longer[lane])
    for task in prange(lanes * count):
        lane = task // count
        i = task % count
        near = np.empty(count - i - 1 + WIDTH)
        rows[lane, 0, i] = memberships(shorter[lane], i, 1.0 / radius[lane], exponent, near)
        rows[lane, 1, i] = memberships(longer[lane], i, 1.0 / radius[lane], exponent, near)
