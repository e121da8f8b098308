"""How a loop over members is shared between threads."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from ergodica.numerics import Kernel, kernel, prange, using_threads

PIECES = 64  # enough that a thread whose core is busy elsewhere does not hold up the others


@contextmanager
def sharing(members: int, threads: int | None) -> Iterator[None]:
    """Let the threads of numba's parallel loops take the members a few at a time, whoever is free next."""
    import numba

    with using_threads(threads), numba.parallel_chunksize(max(1, members // PIECES)):
        yield


@contextmanager
def shared_between(threads: int | None, pieces: int) -> Iterator[None]:
    """`sharing` for a loop that does without threads where there is one of them or one piece."""
    if pieces == 1 or threads == 1:
        yield
        return
    with sharing(pieces, threads):
        yield


class Each:
    """A loop that calls `one(place, how, rows)` for every place, in turn or shared between threads, to the same bits.

    `how` is a tuple of what the members have in common, `rows` one of arrays along them; neither holds another tuple,
    which numba's parallel loops do not take.
    """

    def __init__(self, one: Kernel) -> None:
        @kernel(parallel=True)
        def shared(count: int, how: Any, rows: Any) -> None:
            for place in prange(count):
                # prange counts in unsigned numbers, for which `one` would be compiled once more
                one(np.int64(place), how, rows)

        self.one, self.shared = one, shared

    def __call__(self, count: int, how: Any, rows: Any, *, parallel: bool) -> None:
        """Run it; a loop in Python is the one that need not be compiled."""
        if parallel:
            self.shared(count, how, rows)
            return
        for place in range(count):
            self.one(place, how, rows)
