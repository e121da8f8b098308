"""Flows with constant delays: the method of steps."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ergodica.numerics.errors import ParameterError
from ergodica.sims.engines.ode.ensemble import Ensemble, State

Array = np.ndarray

ORDER = 4
WORK_A_CALL = 2**20
HEADER = 1
STEPS_A_DELAY = 256  # error below 1e-6 of the size on the systems of the catalogue


class Delay(Ensemble):
    """Runge-Kutta of order 4 with steps dt, the past kept as cubic Hermite polynomials between its steps.

    du/dt = f(t, u(t), u_a(t - tau_a), ..., p)

    The delayed components stand behind the present ones in the argument of `rhs(t, u, p, du)`: u is
    (d + lags,), du (d,). Where a delay carries the corner at the start to, a derivative of low order jumps;
    steps end there, so that the order holds for any delays. Samples come from the polynomials.

    Arguments: `lags` a list of (component, delay), the delay a number or one for each member; `parameters`
    (members, number of parameters); `spacing` the time between snapshots; `dt` the step, at most the
    shortest delay, a number or one for each member; `past(t)` gives (members, d) for the times t (members, 1)
    up to 0 that lie before the start (None: the initial point all along). The run may start elsewhere than the
    past ends: x jumps at the start, and steps that end where a delay carries the jump to take the value before it.

    Good values: dt = 0.05 for Mackey-Glass at tau = 17 (error 1e-7 after 100).

    Source: Hairer, Norsett, Wanner 1993, Solving Ordinary Differential Equations I, II.17; Bellen and
    Zennaro 2003, Numerical Methods for Delay Differential Equations, 6.2.
    """

    order = ORDER

    def __init__(
        self,
        *,
        rhs: Any,
        lags: Sequence[tuple[int, Any]],
        parameters: Array,
        spacing: float,
        dt: Any,
        past: Callable[[Array], Array] | None = None,
        threads: int | None = None,
    ) -> None:
        super().__init__(parameters=parameters, spacing=spacing, threads=threads)
        if not lags:
            raise ParameterError(
                "lags: at least one is needed, got none; use Dop853 for a system without delay"
            )
        members = len(self.parameters)
        self.rhs = rhs
        self.components = np.array([component for component, _ in lags], np.int64)
        self.delays = np.ascontiguousarray(
            np.column_stack([np.broadcast_to(np.asarray(delay, np.float64), members) for _, delay in lags])
        )
        if not (np.isfinite(self.delays) & (self.delays > 0)).all():
            raise ParameterError(f"delay: finite and above 0, got {self.delays.min():g}; correct it")
        shortest, self.past = self.delays.min(axis=1), past
        self.step = np.array(np.broadcast_to(np.asarray(dt, np.float64), members))
        if not (np.isfinite(self.step) & (self.step > 0) & (self.step <= shortest)).all():
            wrong = int(np.argmax(~((self.step > 0) & (self.step <= shortest))))
            raise ParameterError(
                f"dt: must be above 0 and at most the shortest delay, {shortest[wrong]:g}, got {self.step[wrong]:g}; "
                f"use dt={shortest.min() / STEPS_A_DELAY:.3g}"
            )
        self.ring = int((self.delays.max(axis=1) / self.step).max()) + 8 + 3 * self._sums.shape[1]

    @functools.cached_property
    def _sums(self) -> Array:
        """Times after the start at which a derivative below the order jumps, (members, number)."""
        count = self.delays.shape[1]
        chosen = [
            c for n in range(1, ORDER + 1) for c in itertools.combinations_with_replacement(range(count), n)
        ]
        return np.sort(np.column_stack([self.delays[:, list(c)].sum(axis=1) for c in chosen]), axis=1)

    def history_size(self, d: int) -> int:
        """Numbers that a member's history holds, d being the number of components."""
        return int(HEADER + self.ring * (1 + 2 * d))

    def reached(self, history: Array, d: int) -> Array:
        """The last point of a member, (d,)."""
        first = HEADER + self.ring + (int(history[0]) - 1) % self.ring * d
        return history[first : first + d]

    def start(self, u: Array, t: float = 0.0) -> State:
        """The state at time t of a new run from the points `u` (members, d); the past is `past` or the points."""
        return super().start(u, t) | {"began": np.full(len(self.parameters), t)}

    def prepare(self, u: Array, history: Array, t: float) -> None:
        """The past as nodes, and the start itself."""
        from ergodica.sims.engines.ode.delay_kernel import first_node, put

        members, d = u.shape
        if not ((self.components >= 0) & (self.components < d)).all():
            raise ParameterError(f"lags: components 0 to {d - 1}, got {self.components.max()}; correct it")
        longest = self.delays.max(axis=1)
        counts = np.ceil(longest / self.step).astype(int) + 1 if self.past else np.full(members, 2)
        width = np.where(self.past is None, 2 * longest, longest / (counts - 1))
        for k in range(int(counts.max())):
            before = (counts - 1 - k) * width
            value, slope = self._past_at(-before, u)
            for m in np.flatnonzero(before >= 0).tolist():
                put(history[m], self.ring, d, t - before[m], value[m], slope[m])
        for m in range(members):
            there = (self.parameters[m], self.components, self.delays[m], history[m], self.ring)
            first_node(self._place, *there, t, u[m])

    def _past_at(self, t: Array, u: Array) -> tuple[Array, Array]:
        """Value and slope at a time of each member, by backward differences of order 4: the past ends at 0."""
        if self.past is None:
            return u, np.zeros_like(u)
        width = self.step / 4
        weights = (25.0 / 12, -4.0, 3.0, -4.0 / 3, 0.25)
        values = [
            np.broadcast_to(np.asarray(self.past((t - k * width)[:, None]), np.float64), u.shape)
            for k in range(5)
        ]
        # term by term: a product of BLAS rounds as the number of members and the processor have it
        rise = sum(weight * value for weight, value in zip(weights, values, strict=True))
        return values[0], np.asarray(rise / width[:, None])

    @functools.cached_property
    def _place(self) -> int:
        from ergodica.sims.engines.ode.calls import SCALAR, address

        return address(self.rhs, SCALAR)

    def fill(self, state: State, targets: Array, out: Array) -> None:
        """Bring every member to the last target; `out` (members, targets, d) is NaN where a member stopped."""
        from ergodica.sims.engines.ode.delay_kernel import Course, Members, advance

        members, _, d = out.shape
        counts = np.zeros((members, 1), np.int64)
        rounds = max(64, WORK_A_CALL // (members * (d + 2)))
        how = Course(self._place, self.components, targets, self.ring, rounds)
        rows = Members(
            parameters=self.parameters,
            delays=self.delays,
            breaks=self._sums + state["began"][:, None],
            dt=self.step,
            history=state["history"],
            out=out,
            counts=counts,
            failed=state["failed"],
            failed_at=state["failed_at"],
        )
        parallel = members > 1 and self.threads != 1
        with self.sharing(members):
            while (counts[:, 0] < targets.size).any():
                advance(members, how, rows, parallel=parallel)
