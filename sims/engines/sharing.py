"""How a loop over members is shared between threads."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ergodica.numerics import using_threads

PIECES = 64  # enough that a thread whose core is busy elsewhere does not hold up the others


@contextmanager
def sharing(members: int, threads: int | None) -> Iterator[None]:
    """Let the threads of numba's parallel loops take the members a few at a time, whoever is free next."""
    import numba

    with using_threads(threads), numba.parallel_chunksize(max(1, members // PIECES)):
        yield
