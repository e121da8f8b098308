"""How many threads share a loop over members."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def threads_for(members: int, threads: int | None) -> Iterator[None]:
    """Let numba's parallel loops use at most `threads`, no more than there are members; then put it back.

    None keeps the number that numba has now. More threads than numba's pool are cut to the pool.
    """
    import numba

    before = numba.get_num_threads()
    pool = int(vars(numba.config)["NUMBA_NUM_THREADS"])
    numba.set_num_threads(max(1, min(before if threads is None else threads, members, pool)))
    try:
        yield
    finally:
        numba.set_num_threads(before)
