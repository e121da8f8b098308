"""Threads: one setting, put back afterwards, that changes no result; and worker processes after a parallel kernel."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import textwrap
import threading
from concurrent.futures import ThreadPoolExecutor

import numba
import numpy as np
import pytest

from ergodica.numerics import kernel, prange, using_threads
from ergodica.numerics.threads import check_threads, most_threads

BLOCK = 1000


@kernel(parallel=True)
def block_sum(values: np.ndarray) -> float:
    """A sum whose order is fixed: each block by itself, then the blocks in turn."""
    blocks = (values.size + BLOCK - 1) // BLOCK
    parts = np.zeros(blocks)
    for b in prange(blocks):
        part = 0.0
        for i in range(b * BLOCK, min((b + 1) * BLOCK, values.size)):
            part += values[i]
        parts[b] = part
    total = 0.0
    for b in range(blocks):
        total += parts[b]
    return total


def _worker_sum(count: int) -> float:
    return float(block_sum(np.linspace(0.0, 1.0, count)))


@pytest.mark.parametrize("seed", range(3))
def test_a_sum_in_fixed_blocks_has_the_same_bits_for_any_thread_count(seed: int) -> None:
    values = np.random.default_rng(seed).normal(size=123_457)
    sums = []
    for threads in (1, 2, 4):
        with using_threads(min(threads, most_threads())):
            sums.append(float(block_sum(values)).hex())
    assert len(set(sums)) == 1


@pytest.mark.parametrize("threads", [1, most_threads(), np.int64(1), None])
def test_the_setting_holds_in_the_block_and_is_put_back(threads: int | None) -> None:
    before = numba.get_num_threads()
    with using_threads(threads):
        assert numba.get_num_threads() == (before if threads is None else threads)
        with using_threads(1):
            assert numba.get_num_threads() == 1
        assert numba.get_num_threads() == (before if threads is None else threads)
    assert numba.get_num_threads() == before


def test_the_setting_is_put_back_after_an_error() -> None:
    before = numba.get_num_threads()
    with pytest.raises(KeyError), using_threads(1):
        raise KeyError
    assert numba.get_num_threads() == before


def test_the_setting_belongs_to_the_calling_thread() -> None:
    with using_threads(1):
        seen: list[int] = []
        other = threading.Thread(target=lambda: seen.append(numba.get_num_threads()))
        other.start()
        other.join()
    assert seen == [most_threads()]


@pytest.mark.parametrize("threads", [0, -1, most_threads() + 1, 1.0, "2", True])
def test_a_count_that_cannot_work_is_refused(threads: object) -> None:
    match = f"^threads: must be a whole number from 1 to {most_threads()}, got .*NUMBA_NUM_THREADS"
    with pytest.raises(ValueError, match=match):
        check_threads(threads)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=match), using_threads(threads):  # type: ignore[arg-type]
        pass


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_workers_start_after_a_parallel_kernel_and_can_run_one(method: str) -> None:
    if method not in multiprocessing.get_all_start_methods():
        assert os.name == "nt"
        return
    expected = _worker_sum(5000)
    with multiprocessing.get_context(method).Pool(2) as pool:
        assert pool.map(_worker_sum, [5000, 5000]) == [expected, expected]


OVERLAPPING = """
    import numpy as np
    import numba
    from concurrent.futures import ThreadPoolExecutor
    from ergodica.numerics import normals, using_threads
    def draw(j):
        with using_threads(1 + j % 2):
            return normals(0, j, 0, 70_000)
    expected = [draw(j) for j in range(16)]
    for _ in range(5):
        with ThreadPoolExecutor(4) as pool:
            drawn = list(pool.map(draw, range(16)))
        assert all(np.array_equal(a, b) for a, b in zip(drawn, expected))
    print(numba.threading_layer())
"""


@pytest.mark.parametrize("layer", ["default", "workqueue"])
def test_python_threads_may_call_parallel_kernels_at_once(layer: str) -> None:
    """As dask's do. numba's workqueue layer, the only one on some machines, ends the process when calls overlap."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(OVERLAPPING)],
        env={**os.environ, "NUMBA_THREADING_LAYER": layer, "NUMBA_NUM_THREADS": "2"},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert layer in ("default", done.stdout.strip())


def test_threads_that_compile_the_same_kernel_at_once_agree() -> None:
    made = kernel(block_sum.function)
    values = np.ones(10)
    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(lambda _: made(values), range(8))) == {10.0}
