"""Energies of many states of a Hamiltonian system at once."""

from __future__ import annotations

import functools

import numpy as np

from ergodica.numerics.kernel import Kernel, kernel
from ergodica.sims.dynamics.definition import Definition

Array = np.ndarray


def energies(definition: Definition, u: Array, rows: Array) -> Array:
    """The energy of every state, shape (count, members).

    Arguments: `u` (count, members, d); `rows` (members, number of parameters).
    """
    from ergodica.sims.engines.energies_kernel import fill
    from ergodica.sims.engines.ode.calls import SCALAR, address

    out = np.empty((*u.shape[:2], 1))
    place = address(_into(definition), SCALAR, "energy")
    fill(place, np.ascontiguousarray(u, np.float64), np.ascontiguousarray(rows), out)
    return out[..., 0]


@functools.lru_cache(maxsize=512)
def _into(definition: Definition) -> Kernel:
    """A kernel like a right-hand side that writes the energy; kept, since its address is called."""
    from ergodica.sims.dynamics.kernels import kernels

    energy = kernels(definition).energy

    @kernel(error_model="numpy", nogil=True)
    def energy_into(t: float, u: Array, p: Array, out: Array) -> None:
        out[0] = energy(t, u, p)

    return energy_into
