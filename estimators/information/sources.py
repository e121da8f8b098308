"""Sources whose information is known, for what the functions here claim."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from ergodica.estimators.arrays import Array

Symbols = NDArray[np.int64]
Sample = Callable[[Generator], tuple[Any, ...]]

FLIPS = 0.1
"""Share of bits that a noisy channel turns over."""
LEFT = -FLIPS * math.log(FLIPS) - (1 - FLIPS) * math.log(1 - FLIPS)
"""Entropy of a bit behind the channel, given the one before it."""
CHANNEL = math.log(2) - LEFT
"""Information that the channel passes, .368064 nat."""
TWO_STATES = np.array([[0.9, 0.1], [0.3, 0.7]])
"""A Markov chain whose entropy rate is .396528 nat."""
TWO_STATES_RATE = 0.39652830555730956


def channel(rng: Generator, n: int = 4000) -> tuple[Symbols, Symbols]:
    """Fair bits, and the same behind the channel."""
    sent = rng.integers(0, 2, n)
    return sent, sent ^ (rng.random(n) < FLIPS)


def delayed_channel(rng: Generator, n: int = 4000) -> tuple[Symbols, Symbols]:
    """Fair bits, and the same behind the channel one step later."""
    sent, received = channel(rng, n + 1)
    return sent[1:], received[:-1]


def parity(rng: Generator, n: int = 4000) -> tuple[Symbols, Symbols, Symbols]:
    """Two fair bits and their sum modulo 2: any two are independent, and all three are not."""
    x, y = rng.integers(0, 2, (2, n))
    return x, y, x ^ y


def coins(rng: Generator) -> tuple[Symbols]:
    """Independent fair bits."""
    return (rng.integers(0, 2, 20_000),)


def two_states(rng: Generator, n: int = 4000) -> tuple[Symbols]:
    """A stationary series of the chain."""
    draws, series = rng.random(n), np.empty(n, dtype=np.int64)
    series[0] = draws[0] < 0.25
    for t in range(1, n):
        series[t] = draws[t] < TWO_STATES[series[t - 1], 1]
    return (series,)


def gaussian_pair(rng: Generator, n: int = 1000) -> tuple[Array, Array]:
    """Gaussian scalars of correlation .6."""
    x, noise = rng.normal(size=(2, n))
    return x, 0.6 * x + 0.8 * noise


def gaussian_fork(rng: Generator, n: int = 1000) -> tuple[Array, Array, Array]:
    """x = z + a, y = x + z + b: given z, x and y have the correlation sqrt(1/2)."""
    z, a, b = rng.normal(size=(3, n))
    return z + a, 2 * z + a + b, z


def as_vectors(sample: Sample) -> Sample:
    """The same source with vectors of one component, `(n, 1)`."""

    def columns(rng: Generator) -> tuple[Any, ...]:
        return tuple(part[:, np.newaxis] for part in sample(rng))

    return columns
