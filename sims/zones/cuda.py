"""Fixed steps of Couzin's model on a CUDA device, from the scalar kernels of the CPU.

Import this module only where a run on a device starts: it imports numba.cuda.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import numba.cuda
import numpy as np

from ergodica.numerics import Box
from ergodica.numerics.arrays import Device
from ergodica.numerics.cells import Array, Cells, Integers, empty_cells, grid_of
from ergodica.numerics.cuda_cells import cells_on_device, fill_cells_on_device
from ergodica.numerics.kernel import CudaKernel, cuda_kernel
from ergodica.numerics.sweeps import around_portable
from ergodica.sims.particles.cuda_extent import Extent, grid
from ergodica.sims.simulation import State
from ergodica.sims.zones.loops import moves
from ergodica.sims.zones.rule import Hunters, Rule, Traits, as_array, met
from ergodica.sims.zones.stepping import refuse_lost

cuda: Any = numba.cuda  # its type stubs list little

PARTICLES_A_SLICE = 2**24  # particle-steps a call: well under a second


@functools.cache
def steps_on_cuda(*, space: bool) -> tuple[CudaKernel, CudaKernel, CudaKernel]:
    """CUDA kernels that sort what individuals have into the order of the cells, move predators, and individuals."""
    swim, hunt = moves(around_portable(met, space=space), space=space)
    axes = 3 if space else 2

    @cuda_kernel
    def gathered(cells: Cells, heading: Array, zones: Array, sorted_h: Array, sorted_z: Array) -> None:
        s = cuda.grid(1)
        if s < heading.shape[0]:
            i = cells.order[s]
            for c in range(3):
                sorted_h[c, s] = heading[i, c]
                sorted_z[c, s] = zones[i, c]

    @cuda_kernel
    def hunted(hunters: Hunters, position: Array, periods: Array, seed: int, member: int, step: int) -> None:
        p = cuda.grid(1)
        if p < hunters.there.shape[0]:
            for c in range(axes):
                hunters.there[p, c] = hunters.position[p, c]
            hunt(p, hunters, position, periods, seed, member, step)

    @cuda_kernel
    def swum(
        cells: Cells, sorted_h: Array, sorted_z: Array, position: Array, crossings: Integers, heading: Array,
        traits: Traits, hunters: Hunters, numbers: Array, periods: Array, seed: int, member: int, step: int,
    ) -> None:  # fmt: skip
        s = cuda.grid(1)
        if s < heading.shape[0]:
            swim(
                s, grid_of(cells), cells, sorted_h, sorted_z, numbers, position, crossings, heading, traits, hunters,
                numbers, periods, seed, member, step,
            )  # fmt: skip  # the portable sums need no room

    return gathered, hunted, swum


class CouzinOnCuda:
    """Steps of every member on a GPU, in place on arrays of the host; arguments as for `CouzinSteps`, and `device`.

    A school goes to the device and back once a call; in open space its extent comes back at every step. The results
    agree with the CPU's to round-off over a short time, and are the same bits again on the same device.
    """

    def __init__(
        self,
        *,
        box: Box,
        rules: Sequence[Rule],
        traits: Sequence[Traits],
        hunts: Sequence[np.ndarray],
        dt: float,
        steps_per_snapshot: int,
        seed: int,
        streams: Sequence[int],
        device: Device,
    ) -> None:
        self.box, self.rules, self.traits, self.hunts = box, rules, traits, hunts
        self.dt, self.steps_per_snapshot = dt, steps_per_snapshot
        self.seed, self.streams = seed, streams
        self.count = len(traits[0].speed)
        self.slice_steps = max(1, PARTICLES_A_SLICE // (self.count * len(rules)))
        self._device: Any = cuda.gpus[device.index]
        with self._device:
            self._cells = cells_on_device(empty_cells(self.count))
            self._sorted = [cuda.device_array((3, self.count)) for _ in range(2)]
            self._extent = Extent(self.count, box)
            self._periods = cuda.to_device(box.periods)

    def advance(self, state: State, first: int, count: int) -> None:
        """Take `count` steps in place; `first` is the index of the first.

        Raises:
            RunError: a position is no longer finite; it names the member and the particle.
        """
        with self._device:
            for j in range(len(self.rules)):
                self._advance(state, j, first, count)
        refuse_lost(state["position"], first, count)

    def _advance(self, state: State, j: int, first: int, count: int) -> None:
        gathered, hunted, swum = steps_on_cuda(space=self.box.dimensions == 3)
        moved = ["position", "crossings", "heading"]
        hosts = [state[name][j] for name in moved]
        position, crossings, heading = there = [cuda.to_device(np.ascontiguousarray(one)) for one in hosts]
        traits = Traits(*(cuda.to_device(one) for one in self.traits[j]))
        predators = len(state["predator_position"][j]) if "predator_position" in state else 0
        held: list[Any] = [cuda.to_device(one) for one in (*self._hunters(state, j), self.hunts[j])]
        hunters = Hunters(*held)
        numbers = cuda.to_device(as_array(self.rules[j]))
        everybody = grid(self.count)
        address = np.uint64(self.seed), np.int64(self.streams[j])
        for step in range(first, first + count):
            extent = self._extent.of(position)
            if extent is not None and not np.isfinite(extent).all():
                break
            fill_cells_on_device(self._cells, position, self.rules[j].radius, self.box, extent)
            if predators:
                hunted[grid(predators)](hunters, position, self._periods, *address, step)
            gathered[everybody](self._cells, heading, traits.zones, *self._sorted)
            swum[everybody](
                self._cells, *self._sorted, position, crossings, heading, traits, hunters, numbers, self._periods,
                *address, step,
            )  # fmt: skip
        for host, device in zip(hosts, there, strict=True):
            host[...] = device.copy_to_host()
        if predators:
            state["predator_position"][j] = held[0].copy_to_host()
            state["predator_heading"][j] = held[1].copy_to_host()

    def _hunters(self, state: State, j: int) -> tuple[Array, Array, Array]:
        if "predator_position" not in state:
            return np.empty((0, self.box.dimensions)), np.empty((0, 3)), np.empty((0, 3))
        heading = np.ascontiguousarray(state["predator_heading"][j])
        return np.ascontiguousarray(state["predator_position"][j]), heading, np.zeros_like(heading)
