"""A kernel of a system at many of its states: drift and its divergence, amplitudes of noise, energy."""

from __future__ import annotations

import functools

import numpy as np

from ergodica.numerics.kernel import Kernel, kernel
from ergodica.sims.dynamics.definition import Definition

Array = np.ndarray


def vectors(definition: Definition, part: str, t: Array, u: Array, rows: Array) -> Array:
    """What a kernel `part(t, u, p, du)` writes into du at every state, shape (count, members, d).

    Arguments: `t` (count, members); `u` (count, members, d); `rows` (members, number of parameters).
    """
    from ergodica.sims.dynamics.kernels import kernels

    return _filled(kernels(definition).part(part), part, t, u, rows, np.empty(u.shape))


def numbers(definition: Definition, part: str, t: Array, u: Array, rows: Array) -> Array:
    """What a kernel `part(t, u, p)` returns at every state, shape (count, members); arguments as for `vectors`."""
    return _filled(_into(definition, part), part, t, u, rows, np.empty((*u.shape[:2], 1)))[..., 0]


def _filled(function: Kernel, part: str, t: Array, u: Array, rows: Array, out: Array) -> Array:
    from ergodica.sims.engines.ode.calls import SCALAR, address
    from ergodica.sims.engines.pointwise_kernel import fill

    times, points = np.ascontiguousarray(t, np.float64), np.ascontiguousarray(u, np.float64)
    fill(address(function, SCALAR, part), times, points, np.ascontiguousarray(rows), out)
    return out


@functools.lru_cache(maxsize=512)
def _into(definition: Definition, part: str) -> Kernel:
    """A kernel like a right-hand side that writes one number; kept, since its address is called."""
    from ergodica.sims.dynamics.kernels import kernels

    number = kernels(definition).part(part)

    @kernel(error_model="numpy", nogil=True)
    def number_into(t: float, u: Array, p: Array, out: Array) -> None:
        out[0] = number(t, u, p)

    return number_into
