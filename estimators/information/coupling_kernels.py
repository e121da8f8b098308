"""Joint distributions of small entropy with given marginals."""

import numpy as np
from numpy.typing import NDArray

from ergodica.estimators.arrays import Array
from ergodica.numerics import kernel


@kernel
def greedy_coupling(p: Array, q: Array, joint: Array) -> None:
    """Put the smaller of the two largest masses that are left where they meet, until none is left.

    Args:
        p, q: probabilities `(lanes, m)` and `(lanes, n)`; left empty.
        joint: zeros `(lanes, m, n)`, filled.
    """
    for lane in range(len(p)):
        left, right, out = p[lane], q[lane], joint[lane]
        for _ in range(len(left) + len(right)):
            i, j = np.argmax(left), np.argmax(right)
            mass = min(left[i], right[j])
            if not mass > 0:
                break
            out[i, j] += mass
            left[i] -= mass
            right[j] -= mass


@kernel
def absorbing_code(p: Array, rate: float, cells: NDArray[np.float64]) -> None:
    """Cells of outcomes whose entropy is at most `rate`, in nats, and near it.

    The most likely outcome takes in one other, then the likeliest that leave the entropy above the rate, and at last
    the least likely that bring it below; the best one to begin with is taken. Each outcome that is taken in lowers the
    entropy by no more than the binary entropy of its own probability.

    Args:
        p: probabilities `(lanes, m)`.
        cells: number of the cell of each outcome `(lanes, m)`, filled: 0 for the absorbing one.
    """
    for lane in range(len(p)):
        order = np.argsort(-p[lane])
        masses = p[lane][order]
        m = len(masses)
        entropy = 0.0
        for mass in masses:
            entropy -= mass * np.log(mass) if mass > 0 else 0.0
        alone, best = np.ones(m, dtype=np.bool_), np.ones(m, dtype=np.bool_)
        if entropy > rate:
            highest = -1.0
            for first in range(1, m):
                found = _absorbed(masses, entropy, rate, first, alone)
                if found > highest:
                    highest = found
                    best[:] = alone
        best[0] = False
        number = 0
        for i in range(m):
            number += best[i]
            cells[lane, order[i]] = number if best[i] else 0


@kernel
def _absorbed(masses: Array, entropy: float, rate: float, first: int, alone: NDArray[np.bool_]) -> float:
    """Entropy at most `rate` once the largest mass has taken in `first` and others; `alone` says which are left."""
    m = len(masses)
    alone[:] = True
    alone[0], alone[first] = False, False
    entropy -= _loss(masses[0], masses[first])
    heavy = masses[0] + masses[first]
    for i in range(1, m):
        loss = _loss(heavy, masses[i])
        if alone[i] and entropy - loss > rate:
            entropy -= loss
            heavy += masses[i]
            alone[i] = False
    for i in range(m - 1, 0, -1):
        if alone[i] and entropy > rate:
            entropy -= _loss(heavy, masses[i])
            heavy += masses[i]
            alone[i] = False
    # all in one cell has no entropy, whatever round-off says
    return entropy if alone.any() else 0.0


@kernel
def _loss(a: float, b: float) -> float:
    """Entropy that is lost where two masses become one."""
    if not (a > 0 and b > 0):
        return 0.0
    return (a + b) * np.log(a + b) - a * np.log(a) - b * np.log(b)
