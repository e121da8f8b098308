"""Lattice Boltzmann flow in the plane on a CUDA device, from the scalar kernels of the CPU.

Import this module only where a run on a device starts: it imports numba.cuda.
"""

from __future__ import annotations

from typing import Any

import numba.cuda
import numpy as np

from ergodica.numerics.arrays import Device
from ergodica.numerics.kernel import cuda_kernel
from ergodica.sims.engines.lattice import SIDES, Channel
from ergodica.sims.engines.lattice_kernel import (
    beyond,
    cell,
    collided,
    density,
    inflow,
    outflow,
    put,
    yielding,
)
from ergodica.sims.simulation import State

Array = np.ndarray
cuda: Any = numba.cuda  # its type stubs list little

THREADS = 128  # of a block
CELLS_A_SLICE = 2**29  # cell updates a call: well under a second


def grid(count: int) -> tuple[int, int]:
    """Blocks and threads of a launch for so many cells."""
    return -(-count // THREADS), THREADS


@cuda_kernel
def _bounced(
    cells: Array, target: Array, near: Array, far: Array, near_weight: Array, far_weight: Array
) -> None:
    link = cuda.grid(1)
    if link < target.size:
        cells[target[link]] = near_weight[link] * cells[near[link]] + far_weight[link] * cells[far[link]]


@cuda_kernel
def _streamed(f: Array, new: Array, spans: Array, even: float, odd: Array, sides: int) -> None:
    """Collide what each cell between the ends pulls from its neighbours."""
    place = cuda.grid(1)
    rows, columns = f.shape[1], f.shape[2]
    y, x = place // columns, place % columns
    if y >= rows or x == 0 or x == columns - 1:
        return
    if spans[y, 0] <= x < spans[y, 1]:
        for k in range(9):
            new[k, y, x] = 0.0
        return
    if y > 0:
        g3, g5, g8 = f[3, y - 1, x], f[5, y - 1, x - 1], f[8, y - 1, x + 1]
    else:
        g3 = beyond(f, 0, x, 1, 0, sides)
        g5 = beyond(f, 0, x - 1, 1, 1, sides)
        g8 = beyond(f, 0, x + 1, 1, -1, sides)
    if y < rows - 1:
        g4, g7, g6 = f[4, y + 1, x], f[7, y + 1, x - 1], f[6, y + 1, x + 1]
    else:
        g4 = beyond(f, y, x, 0, 0, sides)
        g7 = beyond(f, y, x - 1, 0, 1, sides)
        g6 = beyond(f, y, x + 1, 0, -1, sides)
    put(new, y, x, collided(f[0, y, x], f[1, y, x - 1], f[2, y, x + 1], g3, g4, g5, g6, g7, g8, even, odd[x]))


@cuda_kernel
def _gathered(new: Array, densities: Array) -> None:
    y = cuda.grid(1)
    if y < new.shape[1]:
        densities[y] = density(new, y, 1)
        outflow(new, y)


@cuda_kernel
def _summed(densities: Array, relaxation: float, memory: Array) -> None:
    """One thread, so that the sum is that of the CPU."""
    if cuda.grid(1) == 0:
        mean = 0.0
        for y in range(densities.size):
            mean += densities[y]
        mean /= densities.size
        memory[0] = yielding(memory[0], mean - memory[1], relaxation)
        memory[1] = mean


@cuda_kernel
def _ended(new: Array, profile: Array, sides: int, memory: Array) -> None:
    y = cuda.grid(1)
    last = new.shape[2] - 1
    if y < new.shape[1]:
        if profile.size == 0:
            put(new, y, 0, cell(new, y, last - 1))
            put(new, y, last, cell(new, y, 1))
        else:
            inflow(new, y, profile, memory[0], sides)


class LatticeOnCuda:
    """Steps of every member on a GPU, in place on arrays of the host; arguments as for `LatticeSteps`, and `device`.

    The populations go to the device and back once a call, and lie there twice. The results agree with the CPU's to
    round-off over a short time, and are the same bits again on the same device.
    """

    def __init__(self, channel: Channel, *, dt: float, steps_per_snapshot: int, device: Device) -> None:
        self.channel, self.dt, self.steps_per_snapshot = channel, dt, steps_per_snapshot
        members, _, rows, columns = channel.shape
        self.slice_steps = max(1, CELLS_A_SLICE // (members * rows * columns))
        self._device: Any = cuda.gpus[device.index]
        with self._device:
            self._links = [cuda.to_device(table) for table in channel.links]
            self._spans, self._profile = cuda.to_device(channel.spans), cuda.to_device(channel.inflow)
            self._densities = cuda.device_array(rows)

    def advance(self, state: State, first: int, count: int) -> None:
        """Take `count` steps in place; `first` is unused here."""
        self.channel.check(state["f"])
        with self._device:
            for f, memory, even, odd in zip(
                state["f"], state["inflow"], self.channel.even, self.channel.odd, strict=True
            ):
                there = cuda.to_device(memory)
                f[...] = self._advanced(f, there, float(even), cuda.to_device(odd), count)
                memory[...] = there.copy_to_host()

    def _advanced(self, f: Array, memory: Any, even: float, odd: Any, count: int) -> Array:
        old, new = cuda.to_device(f), cuda.to_device(f)
        rows, columns = f.shape[1:]
        sides = SIDES.index(self.channel.sides)
        for _ in range(count):
            if self._links[0].size:
                _bounced[grid(self._links[0].size)](old.reshape(f.size), *self._links)
            _streamed[grid(rows * columns)](old, new, self._spans, even, odd, sides)
            if self._profile.size:
                _gathered[grid(rows)](new, self._densities)
                _summed[1, 1](self._densities, self.channel.relaxation, memory)
            _ended[grid(rows)](new, self._profile, sides, memory)
            old, new = new, old
        moved: Array = old.copy_to_host()
        return moved
