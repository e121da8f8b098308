"""The loop of `pointwise`. Import this module only where a run starts: it imports numba."""

from __future__ import annotations

import numpy as np

from ergodica.numerics.kernel import kernel
from ergodica.sims.engines.ode.calls import evaluate

Array = np.ndarray


@kernel(error_model="numpy", nogil=True)
def fill(place: int, t: Array, u: Array, rows: Array, out: Array) -> None:
    """out[k, j] = what the function at `place` writes at t[k, j], u[k, j] and the parameters rows[j]."""
    for k in range(u.shape[0]):
        for j in range(u.shape[1]):
            evaluate(place, t[k, j], u[k, j], rows[j], out[k, j])
