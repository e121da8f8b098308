"""Classical Runge-Kutta steps of order 4 for many members of a flow at once.

Members are advanced in blocks of lanes by compiled vector code. A block's result depends on neither the other blocks
nor the threads, and a lane's on no other lane: a member gives the same bits in an ensemble of any size.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ergodica.numerics import check_threads
from ergodica.numerics.errors import ParameterError
from ergodica.sims.dynamics.definition import Definition
from ergodica.sims.dynamics.kernels import Kernels
from ergodica.sims.dynamics.layout import LANES, blocks_of, rows_of
from ergodica.sims.engines.pieces import in_pieces

Array = np.ndarray
State = dict[str, Array]

OPERATIONS_A_SLICE = 2**25  # components advanced a call: some 10 ms, short enough for Ctrl-C


class LanesRK4:
    """A fixed-step Runge-Kutta stepper, `advance` acting in place on `state["u"]`, float64 (members, d).

    du/dt = f(t, u), t = step * dt

    Arguments: `kernels` of the flow; `parameters` (members, number of parameters), each row as `Definition.vector`
    gives it; `dt` step; `steps_per_snapshot`; `threads` how many threads share the blocks, None for numba's number.

    A member that leaves the range of float64 becomes infinite or NaN and disturbs no other.

    Raises `ParameterError` for a delay system, a step that is not positive and shapes that do not fit.

    Good values: dt = 0.01 for lorenz63, a hundredth of the shortest time of the system in general.
    """

    def __init__(
        self,
        *,
        kernels: Kernels,
        parameters: Array,
        dt: float,
        steps_per_snapshot: int,
        threads: int | None = None,
    ) -> None:
        check_threads(threads)
        rows, self.size = fixed_step_rows(kernels.definition, parameters, dt)
        self.kernels, self.threads = kernels, threads
        self.dt, self.steps_per_snapshot = float(dt), int(steps_per_snapshot)
        self.members = len(rows)
        self.parameters, self._parameters = rows, blocks_of(rows)
        self.slice_steps = max(1, OPERATIONS_A_SLICE // (len(self._parameters) * LANES * self.size))

    def part(self, members: Array) -> LanesRK4:
        """The stepper of these members alone."""
        return LanesRK4(
            kernels=self.kernels,
            parameters=self.parameters[members],
            dt=self.dt,
            steps_per_snapshot=self.steps_per_snapshot,
            threads=self.threads,
        )

    def advance(self, state: State, first: int, count: int) -> None:
        """Advance `state["u"]` by `count` steps in place, the first of which has index `first`."""
        self._sample(state["u"], first, [count])

    def snapshots(self, state: State, first: int, count: int) -> State:
        """Advance through `count` snapshots and return `u` at each, (count, members, d)."""
        return {"u": self._sample(state["u"], first, [self.steps_per_snapshot] * count)}

    def _sample(self, u: Array, first: int, counts: Sequence[int]) -> Array:
        if u.shape != (self.members, self.size) or u.dtype != np.float64:
            raise ParameterError(
                f"u: must be float64 of shape {(self.members, self.size)}, got {u.dtype} {u.shape}"
            )
        return sampled(self.kernels.rk4, u, self._parameters, self.threads, self.dt, int(first), counts)


def sampled(
    kernel: Callable[..., Any],
    u: Array,
    parameters: Array,
    threads: int | None,
    dt: float,
    first: int,
    counts: Sequence[int],
) -> Array:
    """Take steps of a kernel over lanes, in place, and return `u` after each of the counts, (counts, members, d)."""
    blocks = blocks_of(u)
    states = np.empty((len(counts), *blocks.shape))

    def advance(span: slice) -> None:
        done = first
        for state, count in zip(states, counts, strict=True):
            kernel(blocks[span], parameters[span], dt, done, count)
            state[span] = blocks[span]
            done += count

    kernel(blocks[:0], parameters[:0], dt, first, 0)  # compiled once, before the threads ask for it
    in_pieces(advance, len(blocks), threads)
    samples = rows_of(states.reshape(-1, blocks.shape[1]), states.shape[0] * len(blocks) * LANES)
    samples = samples.reshape(len(counts), -1, u.shape[1])[:, : len(u)]
    u[...] = samples[-1]
    return samples


def fixed_step_rows(definition: Definition, parameters: Array, dt: float) -> tuple[Array, int]:
    """The parameters (members, count) and the number of components, of a flow that can take fixed steps.

    Raises `ParameterError` for one that cannot, for a step that is not positive and shapes that do not fit.
    """
    if definition.lags or definition.kind != "flow":
        raise ParameterError(
            f"{definition.name}: fixed steps are for flows without delay, got "
            f"{'a delay' if definition.lags else 'a map'}; use the scheme made for it"
        )
    if not dt > 0 or not np.isfinite(dt):
        raise ParameterError(f"dt: must be above 0, got {dt:g}; use a hundredth of the shortest time")
    rows = np.atleast_2d(np.ascontiguousarray(parameters, np.float64))
    if rows.shape[1] != len(definition.parameters):
        raise ParameterError(
            f"parameters: must have {len(definition.parameters)} columns, got {rows.shape[1]}; "
            "give each member the row of Definition.vector"
        )
    if definition.sites is None:
        return rows, definition.size()
    sites = sorted(set(rows[:, list(definition.parameters).index("n")].tolist()))
    if len(sites) > 1:
        raise ParameterError(f"n: must be one for all members, got {sites}; run them apart")
    return rows, definition.size({"n": sites[0]})
