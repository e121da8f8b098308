"""The loop of `energies`. Import this module only where a run starts: it imports numba."""

from __future__ import annotations

import numpy as np

from ergodica.numerics.kernel import kernel
from ergodica.sims.engines.ode.calls import evaluate

Array = np.ndarray


@kernel(error_model="numpy", nogil=True)
def fill(place: int, u: Array, rows: Array, out: Array) -> None:
    """out[k, j] = the energy of u[k, j] at the parameters rows[j], by the function at `place`."""
    for k in range(u.shape[0]):
        for j in range(u.shape[1]):
            evaluate(place, 0.0, u[k, j], rows[j], out[k, j])
