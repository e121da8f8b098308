"""A step of overdamped particles on a CUDA device, from the scalar forces, rules and random numbers of the CPU.

One thread moves one particle: it adds up the forces of its neighbours, draws its normals, moves and turns, and says
whether it has left the place from which lists were made. Positions are read from one array and written to another,
so that one launch is a step. A launch after such a word does nothing, and so steps can be launched ahead of knowing.
Import this module only where a run on a device starts: it imports numba.cuda.
"""

from __future__ import annotations

import functools
import math
from typing import Any

import numba.cuda

from ergodica.numerics.cells import Array, Indices, Integers
from ergodica.numerics.geometry import nearest_image
from ergodica.numerics.kernel import CudaKernel, Kernel, cuda_kernel, kernel
from ergodica.numerics.logarithms import exp, log
from ergodica.sims.particles.cuda_lists import LENGTH, LOST, ORDER, STALE
from ergodica.sims.particles.noise import four_normals
from ergodica.sims.particles.pair_force import SMALLEST, PairForce
from ergodica.sims.particles.step_kernel import AMPLITUDE, DT, LIMIT, NOISE, OWN, RANGE, SPEED, TRAP

cuda: Any = numba.cuda  # its type stubs list little

PERIODS, PAIR = 9, 12  # places in the constants behind those of the numbers

Vector = tuple[float, float, float]
inlined = kernel(_nrt=False, forceinline=True, error_model="numpy")


@inlined
def none(here: Array, whole: Indices, lists: Indices, constants: Array, s: int) -> Vector:
    """The force where there is none."""
    return 0.0, 0.0, 0.0


def pushed(pair: PairForce, axes: int) -> Kernel:
    """A kernel (here, whole, lists, constants, s) -> sum of the pair forces on sorted particle s."""
    force, _ = pair.functions(exp, log)
    hard = pair.hard

    @inlined
    def sums(here: Array, whole: Indices, lists: Indices, constants: Array, s: int) -> Vector:
        p = constants[PAIR:]
        px, py, pz = constants[PERIODS], constants[PERIODS + 1], constants[PERIODS + 2]
        limit = constants[RANGE]
        x, y, z = here[0, s], here[1, s] if axes > 1 else 0.0, here[2, s] if axes > 2 else 0.0
        fx, fy, fz = 0.0, 0.0, 0.0
        for k in range(whole[LENGTH, s]):
            j = lists[k, s]
            dx = nearest_image(here[0, j] - x, px)
            dy = nearest_image(here[1, j] - y, py) if axes > 1 else 0.0
            dz = nearest_image(here[2, j] - z, pz) if axes > 2 else 0.0
            square = dx * dx + dy * dy + dz * dz
            # a soft force on a particle at the same place has no direction; a hard one is an error that shows
            if square <= limit and (hard or square > 0.0):
                r = math.sqrt(square if square > SMALLEST else SMALLEST)
                f = force(r, p) / r
                fx, fy, fz = fx - f * dx, fy - f * dy, fz - f * dz
        return fx, fy, fz

    return sums


@inlined
def drawn(blocks: int, seed: int, stream: int, step: int, i: int) -> Any:
    """Eight normals of particle i, of which as many blocks of four are drawn as are needed; else 0."""
    a, b, c, d = 0.0, 0.0, 0.0, 0.0
    e, f, g, h = 0.0, 0.0, 0.0, 0.0
    if blocks > 0:
        a, b, c, d = four_normals(seed, stream, step, blocks * i, NOISE)
    if blocks > 1:
        e, f, g, h = four_normals(seed, stream, step, blocks * i + 1, NOISE)
    return a, b, c, d, e, f, g, h


@inlined
def drift(p: float, f: float, x: float, constants: Array) -> float:
    """Velocity without noise along one axis."""
    return constants[SPEED] * p + f - constants[TRAP] * x


@functools.cache
def steps_on_cuda(
    turned: Kernel, pair: PairForce | None, axes: int, own: int, *, halved: bool
) -> tuple[CudaKernel, CudaKernel]:
    """CUDA kernels of a step: its only or first part, and the second part of Heun's scheme.

    Args:
        turned: the rule of the propulsion, see `ergodica.sims.particles.propulsion`.
        pair: the pair force; without one, the first kernel takes any number of whole steps at once.
        own: how many normals the propulsion takes; those of the position come next.
        halved: Heun's scheme.
    """
    sums = pushed(pair, axes) if pair is not None else none
    forced, parts = pair is not None, 2 if halved else 1

    @inlined
    def settled(there: Array, owned: Array, whole: Indices, constants: Array, flags: Integers, s: int) -> int:
        """0 where lists serve particle s on, 1 where it has gone too far for them, 2 where it is not finite."""
        square, size = 0.0, 0.0
        for c in range(axes):
            moved = there[c, s] - owned[2 * axes + c, s]
            square += moved * moved
            size += abs(there[c, s]) + abs(owned[c, s])
        if not size < math.inf:
            return 2
        return 0 if square <= constants[LIMIT] else 1

    @cuda_kernel
    def first(
        here: Array, there: Array, owned: Array, whole: Indices, lists: Indices, constants: Array, table: Array,
        flags: Integers, blocks: int, seed: int, stream: int, begin: int, count: int,
    ) -> None:  # fmt: skip
        s = cuda.grid(1)
        if s < here.shape[1] and parts * begin < flags[STALE]:
            dt, amplitude = constants[DT], constants[AMPLITUDE]
            numbers = (constants[OWN], constants[OWN + 1])
            i = whole[ORDER, s]
            x, y, z = here[0, s], here[1, s] if axes > 1 else 0.0, here[2, s] if axes > 2 else 0.0
            p = owned[0, s], owned[1, s] if axes > 1 else 0.0, owned[2, s] if axes > 2 else 0.0
            fx, fy, fz = sums(here, whole, lists, constants, s)
            qx, qy, qz = x, y, z
            for step in range(begin, begin + count):
                w = drawn(blocks, seed, stream, step, i)
                vx, vy, vz = (
                    drift(p[0], fx, x, constants),
                    drift(p[1], fy, y, constants),
                    drift(p[2], fz, z, constants),
                )
                qx, qy, qz = x + amplitude * w[own], y + amplitude * w[own + 1], z + amplitude * w[own + 2]
                x, y, z = qx + dt * vx, qy + dt * vy, qz + dt * vz
                if own > 0:
                    p = turned(p, (w[0], w[1], w[2], w[3]), numbers, table)
                if halved:
                    qx, qy, qz = qx + 0.5 * dt * vx, qy + 0.5 * dt * vy, qz + 0.5 * dt * vz
                if halved and not forced:
                    x = qx + 0.5 * dt * drift(p[0], 0.0, x, constants)
                    y = qy + 0.5 * dt * drift(p[1], 0.0, y, constants)
                    z = qz + 0.5 * dt * drift(p[2], 0.0, z, constants)
            there[0, s], owned[0, s] = x, p[0]
            if axes > 1:
                there[1, s], owned[1, s] = y, p[1]
            if axes > 2:
                there[2, s], owned[2, s] = z, p[2]
            if halved and forced:
                owned[axes, s] = qx
                if axes > 1:
                    owned[axes + 1, s] = qy
                if axes > 2:
                    owned[axes + 2, s] = qz
            if forced:
                word = settled(there, owned, whole, constants, flags, s)
                if word > 0:
                    cuda.atomic.min(flags, STALE, parts * begin + 1)
                if word > 1:
                    cuda.atomic.min(flags, LOST, i)

    @cuda_kernel
    def second(
        here: Array, there: Array, owned: Array, whole: Indices, lists: Indices, constants: Array, flags: Integers,
        step: int,
    ) -> None:  # fmt: skip
        s = cuda.grid(1)
        if s < here.shape[1] and 2 * step + 1 < flags[STALE]:
            half = 0.5 * constants[DT]
            f = sums(here, whole, lists, constants, s)
            for c in range(axes):
                there[c, s] = owned[axes + c, s] + half * drift(owned[c, s], f[c], here[c, s], constants)
            word = settled(there, owned, whole, constants, flags, s)
            if word > 0:
                cuda.atomic.min(flags, STALE, 2 * step + 2)
            if word > 1:
                cuda.atomic.min(flags, LOST, whole[ORDER, s])

    return first, second
