"""One setting for the number of threads that compiled kernels use, and one thread for linear algebra."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from ergodica.numerics.errors import ParameterError
from ergodica.numerics.guarded import numba_config

if TYPE_CHECKING:
    from threadpoolctl import ThreadpoolController


def most_threads() -> int:
    """The largest number of threads that kernels of this process can use: `NUMBA_NUM_THREADS`, else all cores."""
    return int(numba_config("NUMBA_NUM_THREADS"))


def check_threads(threads: int | None) -> None:
    """Raise ParameterError unless `threads` is None or a number that this process can use."""
    if threads is None:
        return
    most = most_threads()
    whole = isinstance(threads, int | np.integer) and not isinstance(threads, bool)
    if not whole or not 1 <= threads <= most:
        raise ParameterError(
            f"threads: must be a whole number from 1 to {most}, got {threads!r}; for more, set the "
            "environment variable NUMBA_NUM_THREADS before Python starts"
        )


@contextlib.contextmanager
def using_threads(threads: int | None) -> Iterator[None]:
    """Run the kernels of a block on `threads` threads; None leaves numba's setting (all cores).

    The setting belongs to the calling thread and is put back at the end, also after an error. Results do not
    depend on it: every kernel reduces in fixed blocks.

    Raises:
        ParameterError: `threads` is not a whole number from 1 to numba's NUMBA_NUM_THREADS.
    """
    check_threads(threads)
    if threads is None:
        yield
        return
    import numba

    before = numba.get_num_threads()
    numba.set_num_threads(int(threads))
    try:
        yield
    finally:
        numba.set_num_threads(before)


@functools.cache
def _libraries() -> ThreadpoolController:
    """The BLAS of numpy and the one of scipy, both loaded."""
    import scipy.linalg  # noqa: F401
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController().select(user_api="blas")


@contextlib.contextmanager
def one_blas_thread() -> Iterator[None]:
    """Run numpy's and scipy's linear algebra of a block on one thread.

    BLAS shares out a sum by the number of its threads, so the last digits would depend on it; and small matrices, on a
    machine that has other work, wait for threads longer than they compute. It does not touch torch. The setting is the
    process's: where several threads of Python fit or estimate at once, set OMP_NUM_THREADS=1 before Python starts.
    """
    with _libraries().limit(limits=1):
        yield
