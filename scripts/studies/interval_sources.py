"""Sources whose entropy, information or entropy production is known, and the estimators that are to find it."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ergodica import estimators as est

Source = Callable[[np.random.Generator, int, int], tuple[np.ndarray, ...]]


@dataclass(frozen=True)
class Case:
    """A source with a known value, and the estimator that is to find it in n samples."""

    name: str
    sample: Source
    n: int
    truth: float
    estimate: Callable[..., Any]
    neighbours: bool = False
    """Whether exact copies break it, and it is no smooth function of the sample: neither bootstrap nor jackknife."""
    ordered: bool = False
    """Whether samples follow one another, so that blocks must be longer than one."""
    alone: bool = False
    """Whether ensembles are left out, 16 times as much work."""
    dt: float = 1.0
    """Time between samples."""


def normal(rng: np.random.Generator, lanes: int, n: int) -> tuple[np.ndarray, ...]:
    """Independent standard normal numbers."""
    return (rng.normal(size=(lanes, n)),)


def correlated(rng: np.random.Generator, lanes: int, n: int) -> tuple[np.ndarray, ...]:
    """Two normal numbers with correlation .6."""
    x = rng.normal(size=(lanes, n))
    return x, 0.6 * x + 0.8 * rng.normal(size=(lanes, n))


def letters(rng: np.random.Generator, lanes: int, n: int) -> tuple[np.ndarray, ...]:
    """Letters of probabilities 1/2, 1/4, 1/8, 1/8."""
    return (np.digitize(rng.random((lanes, n)), [0.5, 0.75, 0.875]),)


def chain(rng: np.random.Generator, lanes: int, n: int) -> tuple[np.ndarray, ...]:
    """The Markov chain with P = [[.9, .1], [.3, .7]]."""
    u = rng.random((n, lanes))
    states = np.empty((n, lanes), int)
    states[0] = u[0] > 0.75
    for i in range(1, n):
        states[i] = u[i] < np.where(states[i - 1] == 0, 0.1, 0.7)
    return (states.T,)


def driven(rng: np.random.Generator, lanes: int, n: int) -> tuple[np.ndarray, ...]:
    """x_t = x/2 + e and y_t = y/2 + .4 x + e."""
    e = rng.normal(size=(n + 50, 2, lanes))
    state = np.zeros((2, lanes))
    path = np.empty((n + 50, 2, lanes))
    for i in range(n + 50):
        state = np.stack([0.5 * state[0] + e[i, 0], 0.5 * state[1] + 0.4 * state[0] + e[i, 1]])
        path[i] = state
    return path[50:, 0].T, path[50:, 1].T


def rotation(rng: np.random.Generator, lanes: int, n: int) -> tuple[np.ndarray, ...]:
    """dx = M x dt + sqrt(2) dW with M = [[-1, -w], [w, -1]], sampled exactly every ROTATION_DT."""
    decay, angle = math.exp(-ROTATION_DT), ROTATION_RATE * ROTATION_DT
    turn = decay * np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    noise = rng.normal(size=(n, lanes, 2))
    path = np.empty((n, lanes, 2))
    path[0] = noise[0]
    for i in range(1, n):
        path[i] = path[i - 1] @ turn.T + math.sqrt(1 - decay * decay) * noise[i]
    return (path.transpose(1, 0, 2),)


def logistic(rng: np.random.Generator, lanes: int, n: int) -> tuple[np.ndarray, ...]:
    """x -> 4 x (1 - x), from its invariant measure."""
    path = np.empty((n, lanes))
    path[0] = np.sin(0.5 * math.pi * rng.random(lanes)) ** 2
    for i in range(1, n):
        path[i] = 4 * path[i - 1] * (1 - path[i - 1])
    return (path.T,)


ROTATION_RATE, ROTATION_DT = 2.0, 0.1

PATTERNS = np.array([5, 1, 4, 2, 3]) / 15
"""Ordinal patterns of order 3 of the logistic map, from the intervals of the tent map on which they hold; 321 never."""

MARKOV = 0.75 * -(0.9 * math.log(0.9) + 0.1 * math.log(0.1)) + 0.25 * -(
    0.3 * math.log(0.3) + 0.7 * math.log(0.7)
)

CASES = (
    Case(
        "normal, Kozachenko-Leonenko, n=1000",
        normal,
        1000,
        0.5 * math.log(2 * math.pi * math.e),
        functools.partial(est.entropy, estimator=est.KozachenkoLeonenko()),
        neighbours=True,
    ),
    Case(
        "normal, Gaussian formula, n=500",
        normal,
        500,
        0.5 * math.log(2 * math.pi * math.e),
        functools.partial(est.entropy, estimator=est.GaussianPlugIn()),
    ),
    Case(
        "correlation .6, KSG, n=1000",
        correlated,
        1000,
        -0.5 * math.log(1 - 0.36),
        functools.partial(est.mutual_information, estimator=est.KSG()),
        neighbours=True,
    ),
    Case(
        "correlation .6, Gaussian copula, n=500",
        correlated,
        500,
        -0.5 * math.log(1 - 0.36),
        functools.partial(est.mutual_information, estimator=est.GaussianCopula()),
    ),
    Case(
        "four letters, Miller-Madow, n=500",
        letters,
        500,
        1.75 * math.log(2),
        functools.partial(est.entropy, space=est.Symbols(), estimator=est.MillerMadow()),
    ),
    Case(
        "Markov chain, entropy rate, n=2000",
        chain,
        2000,
        MARKOV,
        functools.partial(est.entropy_rate, method=est.Markov(order=1)),
        ordered=True,
    ),
    Case(
        "driven autoregression, transfer entropy by copula, n=2000",
        driven,
        2000,
        0.0920525,
        functools.partial(est.transfer_entropy, estimator=est.GaussianCopula()),
        ordered=True,
    ),
    Case(
        "driven autoregression, transfer entropy by KSG, n=1000",
        driven,
        1000,
        0.0920525,
        functools.partial(est.transfer_entropy, estimator=est.KSG()),
        neighbours=True,
        ordered=True,
    ),
    Case(
        "driven autoregression, transfer entropy by KSG, n=4000",
        driven,
        4000,
        0.0920525,
        functools.partial(est.transfer_entropy, estimator=est.KSG()),
        neighbours=True,
        alone=True,
        ordered=True,
    ),
    Case(
        "logistic map, permutation entropy of order 3, n=2000",
        logistic,
        2000,
        float(-(PATTERNS * np.log(PATTERNS)).sum()),
        functools.partial(est.permutation_entropy, order=3),
        ordered=True,
    ),
    Case(
        "rotation, entropy production by linear fit, n=4000",
        rotation,
        4000,
        2 * ROTATION_RATE**2,
        functools.partial(est.entropy_production, feature_dim="component", estimator=est.LinearFit()),
        ordered=True,
        dt=ROTATION_DT,
    ),
)
