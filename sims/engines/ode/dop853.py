"""Adaptive integration of non-stiff flows: DOP853 with dense output."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from ergodica.numerics.errors import ParameterError
from ergodica.sims.engines.ode.codes import FIRST_SIZE, GROWTH
from ergodica.sims.engines.ode.ensemble import Ensemble

Array = np.ndarray
State = dict[str, Any]

COEFFICIENTS = 8
FEW = 64
"""Members that fill no wide lanes, and that one thread takes at a time."""
MANY = 1000
"""Members that make it worth compiling whole steps of their flow: twice as fast, for some seconds once."""
PIECES_A_THREAD = 4
WORK_A_CALL = 2**23  # some 0.2 s of one thread, short enough for Ctrl-C


class Dop853(Ensemble):
    """Runge-Kutta of order 8 with error estimates of orders 5 and 3 and a dense output of order 7.

    du/dt = f(t, u, p)

    The local error of a step, as a root mean square over the components, is kept below atol + rtol |u|.
    Every member has its own steps, which no snapshot shortens: samples come from the dense output, so a
    trajectory does not depend on where it is sampled. Members share the vector lanes of a core, 32 members at a
    time where there are many.

    Arguments: `rhs(t, u, p, du)` a kernel or a numba function of contiguous float64 arrays; `parameters`
    (members, number of parameters); `spacing` the time between snapshots; `rtol`, `atol`; `max_step` the
    longest step (for a forcing that is nearly always silent); `max_steps` a member may take between
    snapshots; `threads` None for all; `whole` gives a flow's
    `Kernels.dop853`, asked for where there are many members: the same bits in half the time.

    Good values: rtol=1e-9, atol=1e-9.

    Source: Dormand and Prince; Hairer, Norsett, Wanner 1993, Solving Ordinary Differential Equations I,
    II.4 to II.6.
    """

    order = 8

    def __init__(
        self,
        *,
        rhs: Any,
        parameters: Array,
        spacing: float,
        rtol: float = 1e-9,
        atol: float = 1e-9,
        max_step: float = np.inf,
        max_steps: int = 10_000_000,
        threads: int | None = None,
        whole: Callable[[], Any] | None = None,
    ) -> None:
        super().__init__(parameters=parameters, spacing=spacing, threads=threads)
        check_tolerances(rtol, atol)
        if not max_step > 0:
            raise ParameterError(f"max_step: above 0, got {max_step!r}; use inf for no limit")
        self.rhs, self.whole = rhs, whole
        self.rtol, self.atol = float(rtol), float(atol)
        self.max_step, self.max_steps = float(max_step), int(max_steps)

    point_column = GROWTH + 4

    def history_size(self, d: int) -> int:
        """Numbers that a member's history holds, d being the number of components."""
        return self.point_column + (2 + COEFFICIENTS) * d

    def prepare(self, u: Array, history: Array, t: float) -> None:
        """The history at the start: the point reached is the initial one, no step has been chosen."""
        history[:, FIRST_SIZE] = np.abs(u).max(axis=1)
        history[:, GROWTH] = t
        history[:, self.point_column : self.point_column + u.shape[1]] = u

    @functools.cached_property
    def _places(self) -> tuple[int, int, int, int]:
        """Where the right-hand side lies, alone and over lanes, where a whole step, and the groups of eight lanes."""
        from ergodica.numerics.lanes import WIDTH
        from ergodica.sims.engines.ode.calls import NOWHERE, SCALAR, address
        from ergodica.sims.engines.ode.lanes import WIDE, lanes_address, needed_lanes

        alone = address(self.rhs, SCALAR)
        if len(self.parameters) >= FEW and (wide := lanes_address(self.rhs, WIDE)) != NOWHERE:
            whole = self.whole() if self.whole and len(self.parameters) >= MANY else None
            return alone, wide, address(whole, SCALAR), WIDE // WIDTH
        return alone, needed_lanes(self.rhs, len(self.parameters)), NOWHERE, 1

    def fill(self, state: State, targets: Array, out: Array) -> None:
        """Bring every member to the last target; `out` (members, targets, d) is NaN where a member stopped."""
        from ergodica.sims.engines.ode.dop853_kernel import advance_groups, advance_in_turn

        members, _, d = out.shape
        groups = self._places[3]
        chunk = FEW if groups == 1 else max(FEW, -(-members // (PIECES_A_THREAD * self._workers)))
        counts = np.zeros((members, 4), np.int64)
        complete = np.zeros(-(-members // chunk), bool)
        rounds = max(64, WORK_A_CALL // ((d + 10) * complete.size * groups))
        parallel = complete.size > 1 and self.threads != 1
        with self.sharing(complete.size):
            while not complete.all():
                (advance_groups if parallel else advance_in_turn)(
                    *self._places,
                    chunk,
                    self.parameters,
                    targets,
                    out,
                    counts,
                    state["history"],
                    state["failed"],
                    state["failed_at"],
                    self.rtol,
                    self.atol,
                    self.max_step,
                    self.max_steps,
                    rounds,
                    complete,
                )
        self.steps_taken += int(counts[:, 3].sum())

    @property
    def _workers(self) -> int:
        import numba

        return self.threads or numba.get_num_threads()


def check_tolerances(rtol: float, atol: float) -> None:
    """Raise ParameterError for tolerances that no double can meet."""
    if not (np.isfinite(rtol) and rtol >= 1e-14):
        raise ParameterError(f"rtol: at least 1e-14, the round-off of doubles, got {rtol!r}; use 1e-9")
    if not (np.isfinite(atol) and atol > 0):
        raise ParameterError(
            f"atol: finite and above 0, got {atol!r}; use 1e-9 of the size of the components"
        )
