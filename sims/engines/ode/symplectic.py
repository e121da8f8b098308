"""Fixed steps that keep the phase space: symmetric compositions of Stoermer-Verlet for separable Hamiltonians."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from ergodica.numerics.errors import ParameterError
from ergodica.sims.engines.composition import composition
from ergodica.sims.engines.ode.fixed import FixedSteps, State

Array = np.ndarray

LANES = 8


class Symplectic(FixedSteps):
    """Kick, drift, kick: each exact for its half of H = T(p, t) + V(q, t), composed to order 2, 4, 6 or 8.

    dq/dt = dT/dp (drift), dp/dt = -dV/dq (kick); the state u is (q, p), (members, d) with d even.

    The map of a step is symplectic and its own inverse under dt -> -dt, so the energy of a bounded orbit
    oscillates and does not drift. Eight members share the vector lanes of a core.

    Arguments: `velocity(t, u, p, du)` fills the first half of du, `force(t, u, p, du)` the second;
    `parameters` (members, number of parameters); `dt`; `scheme` a name of `composition.SCHEMES`.

    Good values: kahan-li-8 with 30 steps a period for an energy error of 1e-10, strang with 1000 for 1e-5.

    Source: Hairer, Lubich, Wanner 2006, Geometric Numerical Integration, I.3.1 and V.3; `composition`.
    """

    def __init__(
        self,
        *,
        velocity: Any,
        force: Any,
        parameters: Array,
        dt: float,
        steps_per_snapshot: int = 1,
        scheme: str = "kahan-li-8",
        threads: int | None = None,
    ) -> None:
        super().__init__(parameters=parameters, dt=dt, steps_per_snapshot=steps_per_snapshot, threads=threads)
        self.velocity, self.force, self.composition = velocity, force, composition(scheme)
        self.order, self.work_per_step = self.composition.order, 8 * self.composition.stages

    @functools.cached_property
    def _places(self) -> tuple[int, int, int, int]:
        from ergodica.sims.engines.ode.lanes import places

        members = len(self.parameters)
        return *places(self.velocity, members, "velocity"), *places(self.force, members, "force")

    @functools.cached_property
    def _table(self) -> Array:
        """Length of each substep and the time within the step after it, kick and drift in turn.

        The clock is a flow of its own: half of it between a kick and the drift, half between the drift and the
        next kick. A drift takes T at the middle of its time, which keeps each Strang step symmetric.
        """
        weights, kicks = self.composition.weights, self.composition.joints
        times = np.concatenate([[0.0], np.cumsum(weights)])
        times[-1] = 1.0
        table = np.empty((2 * len(weights) + 1, 2))
        table[::2, 0], table[1::2, 0] = kicks, weights
        table[:-1:2, 1], table[1::2, 1] = (times[:-1] + times[1:]) / 2, times[1:]
        table[-1, 1] = 1.0
        return table

    def steps(self, state: State, first: int, per: int, out: Array, parallel: bool) -> None:
        """Take the steps in place, sampling into `out`."""
        from ergodica.sims.engines.ode.symplectic_kernel import Members, Steps, advance

        u = state["u"]
        if u.shape[1] % 2:
            raise ParameterError(f"u: as many momenta as positions, got {u.shape[1]} components; give (q, p)")
        members = Members(u, self.parameters, state["failed"], state["failed_at"], out)
        steps = Steps(*self._places, table=self._table, dt=self.dt, first=first, per=per)
        groups = -(-len(u) // LANES)
        advance(groups, steps, members, parallel=parallel and groups > 1)
