"""Exact samples of linear stochastic processes at any spacing."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np

from ergodica.numerics.threads import check_threads
from ergodica.sims.engines.sharing import shared_between

Array = np.ndarray
State = dict[str, Any]

PURPOSE = 2  # of the random numbers: the noise of a run
NUMBERS_A_CALL = 2**22  # multiplications of a call, some 10 ms
WORTH_THREADS = 2**15  # multiplications below which starting the threads costs more than they save


class LinearSteps:
    """A stepper whose step is the whole interval between snapshots, drawn from the exact transition law.

    x(t + h) = e^(M h) x(t) + L xi,  L L^T = int_0^h e^(M s) 2 D e^(M^T s) ds

    The state holds `x` (members, d). Step k of a member takes its d normals from (seed, member, k).

    Arguments: `propagator` and `factor`, (1, d, d) for all members or (members, d, d); `seed`; `streams` (members,);
    `threads`.

    Source: Gillespie 1996, Phys. Rev. E 54, 2084, for one component.
    """

    dt: float | None = None
    steps_per_snapshot = 1
    slice_steps = 1

    def __init__(
        self,
        *,
        propagator: Array,
        factor: Array,
        seed: int,
        streams: Sequence[int],
        threads: int | None = None,
    ) -> None:
        check_threads(threads)
        self.propagator = np.ascontiguousarray(propagator.swapaxes(-1, -2))
        self.factor = np.ascontiguousarray(factor)
        self.seed, self.streams, self.threads = int(seed), np.array(streams, np.uint64), threads
        d = self.propagator.shape[-1]
        self.work = (2 * d + 8) * d * len(self.streams)

    @functools.cached_property
    def most(self) -> int:
        """Steps of a call, short enough for Ctrl-C."""
        return max(1, NUMBERS_A_CALL // self.work)

    def advance(self, state: State, first: int, count: int) -> None:
        """Take `count` steps in place; `first` is the index of the first, -1 for a warm-up."""
        self.snapshots(state, first, count)

    def snapshots(self, state: State, first: int, count: int) -> State:
        """Take `count` steps and return `x` after each, (count, members, d)."""
        from ergodica.sims.engines.linear_kernel import How, Members, advance

        members, d = state["x"].shape
        out = np.empty((count, members, d))
        for begin in range(0, count, self.most):
            part = out[begin : begin + self.most]
            # the warm-up is step 0
            how = How(np.uint64(self.seed), PURPOSE, int(first) + 1 + begin)
            rows = Members(self.streams, state["x"], self.propagator, self.factor, part)
            parallel = members > 1 and self.threads != 1 and self.work * len(part) > WORTH_THREADS
            with shared_between(self.threads if parallel else 1, members):
                advance(members, how, rows, parallel=parallel)
        return {"x": out}
