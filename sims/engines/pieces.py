"""Python threads that share blocks or members whose compiled work lets go of the interpreter."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

PIECES_A_THREAD = 4  # blocks are handed out in pieces, so that a busy core does not hold up the others


def in_pieces(work: Callable[[slice], None], blocks: int, threads: int | None) -> None:
    """Call work that lets go of the interpreter on pieces of the blocks, shared between threads."""
    if blocks == 1 or threads == 1:
        work(slice(None))
        return
    import numba

    workers = min(threads or numba.get_num_threads(), blocks)
    edges = np.linspace(0, blocks, min(blocks, PIECES_A_THREAD * workers) + 1).astype(int)
    list(_pool(workers).map(work, [slice(a, b) for a, b in itertools.pairwise(edges)]))


def over_members(work: Callable[[range], None], members: int, *, in_turn: bool, threads: int | None) -> None:
    """Call `work` with all members: at once, `in_turn` or where there is but one, else in pieces between threads."""
    if in_turn or members == 1:
        work(range(members))
        return
    rest = range(1, members)
    work(range(1))  # compiled once, before the threads ask for it
    in_pieces(lambda piece: work(rest[piece]), len(rest), threads)


@functools.cache
def _pool(workers: int) -> Any:
    from concurrent.futures import ThreadPoolExecutor

    return ThreadPoolExecutor(workers, thread_name_prefix="ergodica-lanes")
