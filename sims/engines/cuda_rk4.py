"""Classical Runge-Kutta steps of order 4 on a CUDA device: a thread a member, its state in registers.

Import this module only where a run on a device starts: it imports numba.cuda.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import cuda

from ergodica.numerics.errors import ParameterError
from ergodica.sims.dynamics.kernels import Kernels

Array = np.ndarray
State = dict[str, Array]

THREADS = 128  # a block: small enough for many registers a thread
OPERATIONS_A_SLICE = 2**34  # components advanced a call: well under a second


class CudaRK4:
    """A fixed-step Runge-Kutta stepper, `advance` acting in place on `state["u"]`, float64 (members, d).

    du/dt = f(t, u), t = step * dt

    Arguments as for `LanesRK4`; `single` computes in float32, right to some 1e-6 a step and faster where the
    device has more float32 units. The result agrees with the CPU's to round-off over a short time.

    Raises `ParameterError` for a delay system, a map and shapes that do not fit.
    """

    def __init__(
        self, *, kernels: Kernels, parameters: Array, dt: float, steps_per_snapshot: int, single: bool = False
    ) -> None:
        definition = kernels.definition
        if definition.lags or definition.kind != "flow":
            raise ParameterError(
                f"{definition.name}: fixed steps are for flows without delay; use the scheme for it"
            )
        rows = np.atleast_2d(np.asarray(parameters, np.float64))
        self.real: Any = np.float32 if single else np.float64
        portable = Kernels(definition, portable=True)
        self._kernel: Any = portable.part("rk4_cuda_single" if single else "rk4_cuda")
        self._parameters = cuda.to_device(np.ascontiguousarray(rows.T, self.real))
        self._through_memory = definition.sites is not None
        self.dt, self.steps_per_snapshot = float(dt), int(steps_per_snapshot)
        self.members = len(rows)
        sites = list(definition.parameters).index("n") if definition.sites is not None else None
        self.size = definition.size(None if sites is None else {"n": rows[0, sites]})
        self.slice_steps = max(1, OPERATIONS_A_SLICE // (self.members * self.size))

    def advance(self, state: State, first: int, count: int) -> None:
        """Advance `state["u"]` by `count` steps in place, the first of which has index `first`."""
        u = state["u"]
        if u.shape != (self.members, self.size):
            raise ParameterError(f"u: must have shape {(self.members, self.size)}, got {u.shape}")
        there = cuda.to_device(np.ascontiguousarray(u.T, self.real))
        arguments: list[Any] = [there, self._parameters, self.dt, int(first), int(count)]
        if self._through_memory:
            arguments.append(cuda.device_array((3, *there.shape), self.real))
        self._kernel[-(-self.members // THREADS), THREADS](*arguments)
        u[...] = there.copy_to_host().T
