"""Loops over steps, members and blocks of rows of a lattice Boltzmann flow, alone and shared between threads."""

from __future__ import annotations

import numpy as np

from ergodica.numerics import kernel, prange
from ergodica.sims.engines.lattice_kernel import bounce, ends, fill_edges, sweep

Array = np.ndarray


@kernel(error_model="numpy")
def steps(
    f: Array, cells: Array, below: Array, above: Array, room: Array, edges: Array, spans: Array, target: Array,
    near: Array, far: Array, near_weight: Array, far_weight: Array, even: Array, odd: Array, profile: Array,
    relaxation: float, sides: int, memory: Array, count: int,
) -> None:  # fmt: skip
    """`count` steps of f (members, 9, rows, columns), also given as `cells` (members, all); one thread."""
    blocks = edges.size - 1
    for _ in range(count):
        for member in range(f.shape[0]):
            bounce(cells[member], target, near, far, near_weight, far_weight)
        for piece in range(above.shape[0]):
            member, block = piece // blocks, piece % blocks
            fill_edges(f[member], below[piece], above[piece], edges[block], edges[block + 1], sides)
        for piece in range(above.shape[0]):
            member, block = piece // blocks, piece % blocks
            sweep(
                f[member], cells[member], below[piece], above[piece], room[piece], edges[block], edges[block + 1],
                spans, even[member], odd[member],
            )  # fmt: skip
        for member in range(f.shape[0]):
            ends(f[member], profile, relaxation, sides, memory[member])


@kernel(error_model="numpy", parallel=True)
def steps_shared(
    f: Array, cells: Array, below: Array, above: Array, room: Array, edges: Array, spans: Array, target: Array,
    near: Array, far: Array, near_weight: Array, far_weight: Array, even: Array, odd: Array, profile: Array,
    relaxation: float, sides: int, memory: Array, count: int,
) -> None:  # fmt: skip
    """`steps` with the blocks shared between threads: the same bits."""
    blocks = edges.size - 1
    for _ in range(count):
        for member in range(f.shape[0]):
            bounce(cells[member], target, near, far, near_weight, far_weight)
        for piece in prange(above.shape[0]):
            # prange counts in unsigned numbers, for which callees would be compiled once more
            one, block = np.int64(piece) // blocks, np.int64(piece) % blocks
            fill_edges(f[one], below[piece], above[piece], edges[block], edges[block + 1], sides)
        for piece in prange(above.shape[0]):
            one, block = np.int64(piece) // blocks, np.int64(piece) % blocks
            sweep(
                f[one], cells[one], below[piece], above[piece], room[piece], edges[block], edges[block + 1],
                spans, even[one], odd[one],
            )  # fmt: skip
        for member in range(f.shape[0]):
            ends(f[member], profile, relaxation, sides, memory[member])
