"""Adaptive integration of stiff flows: Radau IIA with the exact Jacobian and dense output."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from ergodica.numerics.errors import ParameterError
from ergodica.sims.engines.ode.codes import FIRST_SIZE, GROWTH
from ergodica.sims.engines.ode.dop853 import check_tolerances
from ergodica.sims.engines.ode.ensemble import Ensemble, State

Array = np.ndarray

STAGES = (3, 5, 7)
MANY_STAGES_BELOW = 1e-9  # measured on the stiff flows of the catalogue
WORK_A_CALL = 2**22


class Implicit(Ensemble):
    """Radau IIA collocation of order 5, 9 or 13 with its own steps for every member.

    du/dt = f(t, u, p), stable for components that decay however fast (L-stable, stiffly accurate).

    The collocation equations are solved by simplified Newton iterations. The local error of a step, as a root
    mean square over the components, is kept below atol + rtol |u|: that of the embedded formula, and that of
    the dense output, the collocation polynomial, so that the samples are as good as the steps.

    Arguments: `rhs(t, u, p, du)`; `jacobian(t, u, p, J)`, J[a, b] = df_a / du_b, by differences where it is
    None; `stages` 3, 5 or 7 (None: by `rtol`); the others as for `Dop853`.

    Good values: rtol=1e-6 to 1e-12; stages=3 for what is not smooth.

    Source: Hairer and Wanner 1996, Solving Ordinary Differential Equations II, IV.8; 1999, J. Comput. Appl.
    Math. 111, 93.
    """

    def __init__(
        self,
        *,
        rhs: Any,
        jacobian: Any = None,
        parameters: Array,
        spacing: float,
        rtol: float = 1e-9,
        atol: float = 1e-9,
        stages: int | None = None,
        max_step: float = np.inf,
        max_steps: int = 1_000_000,
        threads: int | None = None,
    ) -> None:
        super().__init__(parameters=parameters, spacing=spacing, threads=threads)
        check_tolerances(rtol, atol)
        if stages is None:
            stages = 5 if rtol >= MANY_STAGES_BELOW else 7
        if stages not in STAGES:
            raise ParameterError(f"stages: one of {STAGES}, got {stages!r}; use 5")
        if not max_step > 0:
            raise ParameterError(f"max_step: above 0, got {max_step!r}; use inf for no limit")
        self.rhs, self.jacobian, self.stages = rhs, jacobian, stages
        self.order = 2 * stages - 1
        self.rtol, self.atol = float(rtol), float(atol)
        self.max_step, self.max_steps = float(max_step), int(max_steps)

    point_column = GROWTH + 5

    def history_size(self, d: int) -> int:
        """Numbers that a member's history holds, d being the number of components."""
        return self.point_column + (2 + self.stages) * d

    def prepare(self, u: Array, history: Array, t: float) -> None:
        """The history at the start: the point reached is the initial one, no step has been chosen."""
        history[:, FIRST_SIZE] = np.abs(u).max(axis=1)
        history[:, GROWTH] = t
        history[:, self.point_column : self.point_column + u.shape[1]] = u

    @functools.cached_property
    def _places(self) -> tuple[int, int]:
        from ergodica.sims.engines.ode.calls import JACOBIAN, SCALAR, address

        return address(self.rhs, SCALAR), address(self.jacobian, JACOBIAN, "jacobian")

    @functools.cached_property
    def _tables(self) -> tuple[Any, ...]:
        from ergodica.sims.engines.ode.radau_tables import radau

        r = radau(self.stages)
        return (
            r.nodes,
            r.inverse,
            r.eigenvalues,
            r.vectors,
            r.rows,
            r.real_node,
            r.error,
            r.interpolation,
            r.height,
        )

    def fill(self, state: State, targets: Array, out: Array) -> None:
        """Bring every member to the last target; `out` (members, targets, d) is NaN where a member stopped."""
        from ergodica.sims.engines.ode.implicit_kernel import advance_all, advance_some

        members, _, d = out.shape
        counts = np.zeros((members, 4), np.int64)
        rounds = max(8, WORK_A_CALL // (members * self.stages * (d + 4) ** 2))
        limits = (self.rtol, self.atol, self.max_step, self.max_steps, rounds)
        shared = (
            *self._places,
            self.parameters,
            targets,
            out,
            counts,
            state["history"],
            state["failed"],
            state["failed_at"],
            limits,
            self._tables,
        )
        with self.sharing(members):
            while (counts[:, 0] < targets.size).any():
                if members > 1 and self.threads != 1:
                    advance_all(*shared)
                else:
                    advance_some(0, members, *shared)
        self.steps_taken += int(counts[:, 3].sum())
