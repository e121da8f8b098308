"""Short exact paths that the claims of this family are measured on."""

import math

import numpy as np
from numpy.random import Generator

from ergodica.estimators.arrays import Array
from ergodica.estimators.claims import Exact

SPACING = 0.1
"""Time between samples that claims are measured with, whatever unit of time a path was made in."""


def rotation(rng: Generator, *, frequency: float, samples: int, dt: float) -> Array:
    """A noisy rotation in a trap, `(samples, 2)`, sampled exactly: dx = -[[1, w], [-w, 1]] x dt + sqrt(2) dW.

    Its covariance is the unit matrix, its entropy production rate 2 w^2.
    """
    turn = complex(-1.0, frequency) * dt
    step = complex(math.exp(turn.real) * math.cos(turn.imag), math.exp(turn.real) * math.sin(turn.imag))
    noise = rng.normal(size=(samples, 2)) @ np.array([1.0, 1.0j])
    z = np.empty(samples, complex)
    z[0] = noise[0]
    spread = math.sqrt(1.0 - math.exp(-2.0 * dt))
    for t in range(1, samples):
        z[t] = step * z[t - 1] + spread * noise[t]
    return np.stack([z.real, z.imag], axis=-1)


def driven_ring(rng: Generator, *, forward: float, backward: float, samples: int, dt: float) -> "np.ndarray":
    """States 0, 1, 2 of a ring with rates `forward` and `backward`, `(samples,)`, sampled exactly every `dt`.

    Its entropy production rate is (forward - backward) ln(forward/backward).
    """
    steps = rng.poisson(forward * dt, samples) - rng.poisson(backward * dt, samples)
    return np.asarray(np.cumsum(steps) % 3)


def rotation_divergence(*, frequency: float, time: float) -> float:
    """D(x(0), x(time) || x(time), x(0)) in nats for `rotation`: of two normal distributions of four components."""
    angle = frequency * time
    turn = np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])
    lagged = math.exp(-time) * turn
    one = np.eye(2)
    forward = np.block([[one, lagged.T], [lagged, one]])
    backward = np.block([[one, lagged], [lagged.T, one]])
    return float(np.trace(np.linalg.solve(backward, forward)) - 4.0) / 2


def logistic(rng: Generator, *, samples: int) -> Array:
    """An orbit of x' = 4 x (1 - x), `(samples,)`, which never falls twice in a row."""
    x = np.empty(samples)
    x[0] = rng.random()
    for t in range(1, samples):
        x[t] = 4.0 * x[t - 1] * (1.0 - x[t - 1])
    return x


ROTATION = Exact(
    name="rotation, w = 1, samples of .01",
    sample=lambda rng: (rotation(rng, frequency=1.0, samples=10_000, dt=0.01),),
    value=2.0 * 0.01 / SPACING,
    bias=0.008,
    spread=0.03,
    source="sigma = 2 w^2",
)
"""A case of `Claims` for estimators that need a short step."""
