"""Steps of overdamped particles on a CUDA device for all members of an ensemble, one after another.

Import this module only where a run on a device starts: it imports numba.cuda.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numba.cuda
import numpy as np

from ergodica.numerics import Box
from ergodica.numerics.arrays import Device
from ergodica.numerics.cells import Array, Indices, Integers
from ergodica.numerics.errors import RunError
from ergodica.numerics.kernel import CudaKernel, cuda_kernel
from ergodica.sims.particles import propulsion
from ergodica.sims.particles.cuda_extent import grid
from ergodica.sims.particles.cuda_kernels import steps_on_cuda
from ergodica.sims.particles.cuda_lists import LOST, NEVER, ORDER, STALE, Crowd, ListsOnCuda, empty_crowd
from ergodica.sims.particles.pair_force import PairForce
from ergodica.sims.particles.step_kernel import LIMIT
from ergodica.sims.simulation import State

if TYPE_CHECKING:
    from ergodica.sims.particles.stepping import Numbers

cuda: Any = numba.cuda  # its type stubs list little

PARTICLES_A_SLICE, STEPS_A_SLICE = (
    2**30,
    2**15,
)  # of a call, after which the state is on the host: a second or so
PARTICLES_A_LAUNCH = 2**26  # of particles without a pair force, which take many steps in a launch
LIVES = 4  # looks at the device in the life of a list: each costs a wait, each missed one some empty launches


@functools.cache
def transfers(axes: int) -> tuple[CudaKernel, CudaKernel]:
    """CUDA kernels between arrays in the caller's order, `(n, axes)`, and the crowd, which is sorted."""

    @cuda_kernel
    def taken(
        crowd: Crowd, position: Array, propelled: Array, crossings: Integers, listed: Array, order: Indices,
        constants: Array, flags: Integers, tick: int,
    ) -> None:  # fmt: skip
        s = cuda.grid(1)
        if s < order.size:
            i = order[s]
            crowd.whole[ORDER, s] = i
            square, size = 0.0, 0.0
            for c in range(axes):
                crowd.here[c, s] = position[i, c]
                crowd.own[c, s] = propelled[i, c]
                crowd.own[axes + c, s] = position[i, c]
                crowd.own[2 * axes + c, s] = listed[i, c]
                crowd.crossings[c, s] = crossings[i, c]
                square += (position[i, c] - listed[i, c]) * (position[i, c] - listed[i, c])
                size += abs(position[i, c]) + abs(propelled[i, c])
            if not size < math.inf:
                cuda.atomic.min(flags, LOST, i)
            if not square <= constants[LIMIT]:
                cuda.atomic.min(flags, STALE, tick)

    @cuda_kernel
    def given(
        crowd: Crowd, position: Array, propelled: Array, crossings: Integers, listed: Array, order: Indices,
        flags: Integers,
    ) -> None:  # fmt: skip
        s = cuda.grid(1)
        if s < order.size:
            i = crowd.whole[ORDER, s]
            order[s] = i
            size = 0.0
            for c in range(axes):
                position[i, c] = crowd.here[c, s]
                propelled[i, c] = crowd.own[c, s]
                crossings[i, c] = crowd.crossings[c, s]
                listed[i, c] = crowd.own[2 * axes + c, s]
                size += abs(crowd.here[c, s]) + abs(crowd.own[c, s])
            if not size < math.inf:
                cuda.atomic.min(flags, LOST, i)

    return taken, given


class OverdampedOnCuda:
    """Steps of every member on a GPU, in place on arrays of the host; arguments as for `OverdampedSteps`, and `device`.

    A crowd goes to the device and back once a call. Steps are launched without waiting for those before them; the
    host looks whether lists still serve a few times in their life. The results agree with the CPU's to round-off over
    a short time, and are the same bits again on the same device.
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
        device: Device,
    ) -> None:
        self.box, self.count, self.numbers, self.parts = box, count, numbers, 2 if halved else 1
        self.dt, self.steps_per_snapshot = dt, steps_per_snapshot
        self.seed, self.streams, self.own, self.forced = seed, streams, own, force is not None
        self.slice_steps = max(1, min(STEPS_A_SLICE, PARTICLES_A_SLICE // count) // len(numbers))
        d = box.dimensions
        self._first, self._second = steps_on_cuda(getattr(propulsion, rule), force, d, own, halved=halved)
        self._life = 8  # ticks that the last lists served
        self._device: Any = cuda.gpus[device.index]
        with self._device:
            self._crowd = empty_crowd(count, d)
            self._there = cuda.device_array((d, count))
            self._lists = ListsOnCuda(count if self.forced else 1, box)
            self._flags = cuda.device_array(3, np.int64)

    def advance(self, state: State, first: int, count: int) -> None:
        """Take `count` steps in place; `first` is the index of the first.

        Raises:
            RunError: a particle is no longer finite; it names the member and the particle.
        """
        with self._device:
            for j in range(len(self.numbers)):
                lost = self._advance(state, j, first, count)
                if lost is not None:
                    raise RunError(
                        f"position: particle {lost} of member {j} is no longer finite within the steps from "
                        f"{first} to {first + count}; use a smaller dt, or start without strong overlaps"
                    )

    def _advance(self, state: State, j: int, first: int, count: int) -> int | None:
        """One member; the number of a particle that is lost, if one is."""
        numbers = self.numbers[j]
        constants = cuda.to_device(np.array([*numbers.array(self.dt), *self.box.periods, *numbers.pair]))
        wide = self.own + (self.box.dimensions if numbers.temperature > 0 else 0)
        address = (-(-wide // 4), np.uint64(self.seed), np.int64(self.streams[j]))
        args = constants, cuda.to_device(numbers.table), self._flags, *address
        taken, given = transfers(self.box.dimensions)
        names = ("position", "propulsion", "crossings", "listed", "order")
        hosts = [state[name][j] for name in names]
        there = [cuda.to_device(np.ascontiguousarray(host)) for host in hosts]
        self._flags.copy_to_device(np.array([NEVER, NEVER, 0]))
        launch = grid(self.count)
        taken[launch](
            self._crowd, *there, constants, self._flags, self.parts * first if self.forced else NEVER
        )
        if self.forced:
            lost = self._forced(args, numbers.reach + numbers.skin, first, count)
            if lost is not None:
                return lost
        else:
            self._free(args, first, count)
        given[launch](self._crowd, *there, self._flags)
        _, lost = self._said()
        if lost < NEVER:
            return lost
        for host, device in zip(hosts, there, strict=True):
            host[...] = device.copy_to_host()
        return None

    def _free(self, args: Any, first: int, count: int) -> None:
        """Steps without a pair force, as many a launch as take a short time."""
        run = self._first[grid(self.count)]
        most = max(1, PARTICLES_A_LAUNCH // self.count)
        for begin in range(first, first + count, most):
            steps = min(most, first + count - begin)
            run(*self._arrays(), *args, begin, steps)
            self._swap()

    def _forced(self, args: Any, reach: float, first: int, count: int) -> int | None:
        """Steps with a pair force, in ticks: one a step, two in Heun's scheme."""
        parts, flags = self.parts, self._flags
        constants = args[0]
        one, two = self._first[grid(self.count)], self._second[grid(self.count)]
        tick, end = parts * first, parts * (first + count)
        began = tick
        stale, lost = self._said()
        if lost < NEVER:
            return lost
        if stale > tick:
            self._lists.again(self._crowd, reach, flags)
        while tick < end:
            if stale <= tick:
                self._life, began = tick - began or self._life, tick
                self._crowd = self._lists.anew(self._crowd, reach, flags)
            ahead = min(tick + max(max(self._life, tick - began) // LIVES, 4), end)
            for now in range(tick, ahead):
                if now % parts:
                    two(*self._arrays(), constants, flags, now // parts)
                else:
                    one(*self._arrays(), *args, now // parts, 1)
                self._swap()
            stale, lost = self._said()
            if lost < NEVER:
                return lost
            if stale < ahead and (ahead - stale) % 2:
                self._swap()  # the launches that did nothing
            tick = min(stale, ahead)
        return None

    def _said(self) -> tuple[int, int]:
        """The tick from which on lists no longer serve, and the number of a particle that is lost; or NEVER."""
        flags = self._flags.copy_to_host()
        return int(flags[STALE]), int(flags[LOST])

    def _arrays(self) -> tuple[Any, ...]:
        crowd = self._crowd
        return crowd.here, self._there, crowd.own, crowd.whole, self._lists.lists

    def _swap(self) -> None:
        there, self._there = self._there, self._crowd.here
        self._crowd = self._crowd._replace(here=there)
