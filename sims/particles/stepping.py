"""Steps of overdamped particles for all members of an ensemble, on one thread or several."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ergodica.numerics import Box, using_threads
from ergodica.numerics.cells import empty_cells
from ergodica.numerics.errors import RunError
from ergodica.numerics.neighbours import CHUNKS_A_THREAD, use_threads
from ergodica.sims.engines.pieces import over_members
from ergodica.sims.particles.addresses import address_for
from ergodica.sims.particles.pair_force import PairForce
from ergodica.sims.simulation import State

PARTICLES_A_SLICE = 2**22  # particle-steps a call: some 0.25 s, short enough for Ctrl-C


@dataclass(frozen=True, kw_only=True)
class Numbers:
    """What the steps of one member take.

    Fields:
        speed, trap, temperature: of the drift speed p + F - trap x and the noise sqrt(2 temperature).
        propulsion: the two numbers of the propulsion's rule, for a step.
        table: what the rule has tabulated.
        pair: numbers of the pair force.
        reach, skin: its range, and what lists reach beyond it.
    """

    speed: float
    trap: float
    temperature: float
    propulsion: tuple[float, float] = (0.0, 0.0)
    table: np.ndarray
    pair: tuple[float, ...]
    reach: float
    skin: float

    def array(self, dt: float) -> np.ndarray:
        """The numbers in the order of `step_kernel`."""
        return np.array(
            [
                dt,
                self.speed,
                self.trap,
                math.sqrt(2 * self.temperature * dt),
                0.25 * self.skin**2 * (1 - 1e-9),  # round-off of a displacement must not hide a pair
                self.reach**2,
                self.reach + self.skin,
                *self.propulsion,
            ]
        )


class OverdampedSteps:
    """Steps of every member, in place on the arrays of the state, each with a leading member axis.

    Arguments: `box`; `rule` the name of a kernel in `propulsion` and `own` how many normals it takes; `halved` for
    Heun's scheme; `force`; `numbers` one a member; `dt`; `steps_per_snapshot`; `seed`; `streams` one a member.
    """

    def __init__(
        self,
        *,
        box: Box,
        count: int,
        rule: str,
        own: int,
        halved: bool,
        force: PairForce | None,
        numbers: Sequence[Numbers],
        dt: float,
        steps_per_snapshot: int,
        seed: int,
        streams: Sequence[int],
        threads: int | None,
    ) -> None:
        self.box, self.count, self.force, self.numbers = box, count, force, numbers
        self.rule, self.own, self.halved = rule, own, halved
        self.dt, self.steps_per_snapshot = dt, steps_per_snapshot
        self.seed, self.streams, self.threads = seed, streams, threads
        self.slice_steps = max(1, PARTICLES_A_SLICE // (count * len(numbers)))
        self._members: dict[int, _Member] = {}

    def advance(self, state: State, first: int, count: int) -> None:
        """Take `count` steps in place; `first` is the index of the first.

        Raises:
            RunError: a particle is no longer finite; it names the member and the particle.
        """
        bad = np.full(len(self.numbers), -1)
        with using_threads(self.threads):
            threads = use_threads(self.count)

            def some(members: range) -> None:
                for j in members:
                    bad[j] = self._member(j).advance(state, first, count, threads)

            over_members(some, len(self.numbers), in_turn=threads > 1, threads=self.threads)
        if (bad != -1).any():
            member = int(np.argmax(bad != -1))
            lost, why = int(bad[member]), "is no longer finite"
            if lost < 0:
                lost, why = -2 - lost, "is pushed by more than the range of its force in one step"
            raise RunError(
                f"position: particle {lost} of member {member} {why} within the steps from {first} to "
                f"{first + count}; use a smaller dt, or start without strong overlaps"
            )

    def _member(self, j: int) -> _Member:
        if j not in self._members:
            self._members[j] = _Member(self, j)
        return self._members[j]


class _Member:
    """One member's particles in sorted order, with their lists."""

    def __init__(self, steps: OverdampedSteps, j: int) -> None:
        from ergodica.sims.particles.step_kernel import Work

        self.steps, self.j, self.numbers = steps, j, steps.numbers[j]
        n, d = steps.count, steps.box.dimensions
        self.work = Work(
            rows=np.zeros((3 * d, n)),
            crossings=np.zeros((d, n), np.int64),
            order=np.zeros(n, np.int32),
            reference=np.full((d, n), np.nan),
            force=np.zeros((d, n)),
            plain=np.zeros(n, np.uint8),
            offsets=np.zeros(n + 1, np.int64),
            places=np.empty((n, d)),
        )
        self.cells = empty_cells(n)
        self.indices = np.empty(1024, np.int32)
        self.status = np.zeros(2, np.int64)
        self.listed_for: bool | None = None
        self._found: dict[bool, np.ndarray] = {}
        self.array = self.numbers.array(steps.dt)
        self.pair = np.array(self.numbers.pair)
        wide = steps.own + (d if self.numbers.temperature > 0 else 0)
        self.blocks = (wide + 3) // 4

    def advance(self, state: State, first: int, count: int, threads: int) -> int:
        """Take steps; -1, or a particle that is lost as `step_kernel` tells it."""
        from ergodica.sims.particles.step_kernel import PARALLEL, SERIAL

        steps, parallel = self.steps, threads > 1
        places = self._places(parallel)
        self._load(state, parallel)
        self.indices = (PARALLEL if parallel else SERIAL)(
            places,
            self.work,
            self.cells,
            self.indices,
            self.array,
            self.numbers.table,
            steps.box.periods,
            self.pair,
            self.blocks,
            np.uint64(steps.seed),
            np.int64(steps.streams[self.j]),
            np.int64(first),
            count,
            CHUNKS_A_THREAD * threads,
            self.status,
        )
        self._store(state)
        return int(self.status[0])

    def _places(self, parallel: bool) -> np.ndarray:
        """The addresses of the parts of a step, found once."""
        if parallel not in self._found:
            self._found[parallel] = self._compiled(parallel)
        return self._found[parallel]

    def _compiled(self, parallel: bool) -> np.ndarray:
        """The addresses of the parts of a step, compiled for what they will be called with."""
        from ergodica.sims.particles import propulsion
        from ergodica.sims.particles import step_kernel as parts

        steps, d = self.steps, self.steps.box.dimensions
        places, whole = np.zeros(5, np.int64), np.int64(0)
        periods, seed = steps.box.periods, np.uint64(0)
        first, second = parts.moving(getattr(propulsion, steps.rule), d, steps.own)
        room = np.zeros((2, 2))
        moved = (
            whole,
            whole,
            self.work,
            room,
            self.array,
            self.numbers.table,
            whole,
            True,
            seed,
            whole,
            whole,
        )
        places[parts.MOVE] = address_for(first, *moved)
        if steps.halved:
            places[parts.MEND] = address_for(second, whole, whole, self.work, self.array)
        if steps.force is not None:
            anew, _ = parts.listing(d, once=not parallel, parallel=parallel)
            sums = parts.pair_sums(d, once=not parallel)
            places[parts.LIST] = address_for(
                anew, self.work, self.cells, self.indices, periods, 1.0, self.status
            )
            places[parts.SUMS] = address_for(
                sums, whole, whole, self.work, self.indices, periods, 1.0, whole, self.pair, room, self.indices,
                self.status,
            )  # fmt: skip
            places[parts.FORCE] = steps.force.addresses[0]
        return places

    def _load(self, state: State, parallel: bool) -> None:
        """Take the particles from the state; lists are made again from what they were made of, unless still there."""
        from ergodica.sims.particles.step_kernel import listing

        work, d, j = self.work, self.steps.box.dimensions, self.j
        order = state["order"][j]
        reference = np.ascontiguousarray(state["listed"][j][order].T)
        same = np.array_equal(order, work.order) and np.array_equal(reference, work.reference)
        work.order[:] = order
        work.rows[:d] = state["position"][j][order].T
        work.rows[d : 2 * d] = state["propulsion"][j][order].T
        work.crossings[:] = state["crossings"][j][order].T
        if same and self.listed_for == parallel:
            return
        work.reference[:] = reference
        self.listed_for = parallel
        if self.steps.force is not None and np.isfinite(reference).all():
            _, again = listing(d, once=not parallel, parallel=parallel)
            reach = self.numbers.reach + self.numbers.skin
            arguments = (self.steps.box.periods, reach, self.status)
            again(work, self.cells, self.indices, *arguments)
            if self.status[1] > self.indices.size:
                self.indices = np.empty(self.status[1], np.int32)
                again(work, self.cells, self.indices, *arguments)

    def _store(self, state: State) -> None:
        work, d, j = self.work, self.steps.box.dimensions, self.j
        order = work.order
        state["order"][j] = order
        for name, values in (
            ("position", work.rows[:d]),
            ("propulsion", work.rows[d : 2 * d]),
            ("crossings", work.crossings),
            ("listed", work.reference),
        ):
            state[name][j][order] = values.T
