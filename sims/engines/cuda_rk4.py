"""Classical Runge-Kutta steps of order 4 on a CUDA device: a thread a member, its state in registers.

Import this module only where a run on a device starts: it imports numba.cuda.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import cuda

from ergodica.numerics.arrays import Device
from ergodica.numerics.errors import ParameterError
from ergodica.sims.dynamics.functions import FunctionDefinition, as_kernel
from ergodica.sims.dynamics.kernels import Kernels
from ergodica.sims.engines.lanes_rk4 import fixed_step_rows

Array = np.ndarray
State = dict[str, Array]

THREADS = 128  # a block: small enough for many registers a thread
OPERATIONS_A_SLICE = 2**34  # components advanced a call: well under a second
FIRST = Device("cuda", 0)


class CudaRK4:
    """A fixed-step Runge-Kutta stepper, `advance` acting in place on `state["u"]`, float64 (members, d).

    du/dt = f(t, u), t = step * dt

    Arguments as for `LanesRK4`; `device` the GPU; `single` computes in float32, right to some 1e-6 a step and
    faster where the device has more float32 units. The state goes to the device and back once a call. The result
    agrees with the CPU's to round-off over a short time. A member that leaves the range of numbers stays infinite
    or NaN and disturbs no other.

    Raises `ParameterError` for a delay system, a map, a step that is not positive and shapes that do not fit.

    Good values: dt = 0.01 for lorenz63; from some 1e5 members on.
    """

    def __init__(
        self,
        *,
        kernels: Kernels,
        parameters: Array,
        dt: float,
        steps_per_snapshot: int,
        device: Device = FIRST,
        single: bool = False,
    ) -> None:
        self._given: dict[str, Any] = {"kernels": kernels, "dt": dt, "steps_per_snapshot": steps_per_snapshot}
        self._given |= {"device": device, "single": single}
        rows, self.size = fixed_step_rows(kernels.definition, parameters, dt)
        definition, self.parameters = kernels.definition, rows
        self._kernel: Any
        if isinstance(definition, FunctionDefinition):
            from ergodica.sims.dynamics.cuda import rk4_of

            self._kernel = rk4_of(as_kernel(definition.function), single)
        else:
            portable = Kernels(definition, portable=True)
            self._kernel = portable.part("rk4_cuda_single" if single else "rk4_cuda")
        self.real: Any = np.float32 if single else np.float64
        self.dt, self.steps_per_snapshot = float(dt), int(steps_per_snapshot)
        self.members = len(rows)
        self.slice_steps = max(1, OPERATIONS_A_SLICE // (self.members * self.size))
        self._device: Any = cuda.gpus[device.index]
        with self._device:
            self._parameters = cuda.to_device(rows.astype(self.real))
            # a state of any length lies beside its stages in the device's memory
            room = (4, self.size, self.members)
            in_memory = definition.sites is not None or isinstance(definition, FunctionDefinition)
            self._work = (cuda.device_array(room, self.real),) if in_memory else ()

    def part(self, members: Array) -> CudaRK4:
        """The stepper of these members alone."""
        return CudaRK4(parameters=self.parameters[members], **self._given)

    def advance(self, state: State, first: int, count: int) -> None:
        """Advance `state["u"]` by `count` steps in place, the first of which has index `first`."""
        u = state["u"]
        if u.shape != (self.members, self.size) or u.dtype != np.float64:
            raise ParameterError(
                f"u: must be float64 of shape {(self.members, self.size)}, got {u.dtype} {u.shape}"
            )
        with self._device:
            there = cuda.to_device(np.ascontiguousarray(u, self.real))
            launch = self._kernel[-(-self.members // THREADS), THREADS]
            launch(there, self._parameters, self.dt, int(first), int(count), *self._work)
            u[...] = there.copy_to_host()
