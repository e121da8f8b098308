"""Kernels: lazy, quiet, named, and one source for the CPU, CUDA and Python; what is kept on disk: test_kernel_cache."""

from __future__ import annotations

import pickle
import warnings
from pathlib import Path

import numpy as np
import pytest
from source_trees import Tree

from ergodica.numerics import kernel, prange
from ergodica.numerics.kernel import Kernel
from ergodica.numerics.references import fingerprint, referenced

FACTOR = 3.0


@kernel
def scaled(x: float) -> float:
    return FACTOR * x


@kernel
def twice(x: float) -> float:
    return scaled(x) + scaled(x)


@kernel
def factorial(n: int) -> int:
    if n < 2:
        return 1
    return n * factorial(n - 1)


@kernel(parallel=True)
def squares(out: np.ndarray) -> None:
    for i in prange(out.size):
        out[i] = i * i


@kernel(parallel=True)
def nothing_parallel(x: float) -> float:
    return x + 1.0


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path)


def test_without_compilation_kernels_are_plain_functions(tree: Tree) -> None:
    program = """
        from ergodica.numerics import normals
        from ergodica.sims.caller import caller
        result["value"], result["count"] = caller(1.0), normals(0, 0, 0, 5).size
    """
    assert tree.run(program, NUMBA_DISABLE_JIT="1", PYTHONWARNINGS="error") == {
        "stderr": "",
        "value": 20.0,
        "count": 5,
    }


def test_importing_the_floor_imports_no_compiler(tree: Tree) -> None:
    program = """
        import sys
        import ergodica.numerics
        result["heavy"] = [m for m in ("numba", "scipy", "cupy", "xarray", "pydantic") if m in sys.modules]
    """
    assert tree.run(program)["heavy"] == []


def test_a_parallel_kernel_gives_its_author_s_warnings_to_nobody() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert nothing_parallel(1.0) == 2.0


def test_prange_needs_no_numba_in_the_module() -> None:
    assert list(prange(2, 8, 3)) == [2, 5]
    out = np.empty(5)
    squares(out)
    np.testing.assert_array_equal(out, [0, 1, 4, 9, 16])
    assert squares.dispatcher.targetoptions["parallel"] is True


def test_a_kernel_is_pickled_by_name_and_keeps_its_doc() -> None:
    from ergodica.numerics.random import uniform

    assert pickle.loads(pickle.dumps(uniform)) is uniform
    assert "uniforms" in uniform.__doc__
    assert uniform.__name__ == "uniform"


def test_in_python_translates_the_callees_and_recursion() -> None:
    assert twice(2.0) == twice.in_python(2.0) == 12.0
    assert factorial(10) == factorial.in_python(10) == 3628800
    assert not isinstance(twice.in_python.__globals__["scaled"], Kernel)
    assert isinstance(twice.function.__globals__["scaled"], Kernel)


def test_in_python_translates_closures() -> None:
    def outer(inner: Kernel, shift: float) -> Kernel:
        return kernel(lambda x: inner(x) + shift)

    shifted = outer(scaled, 0.5)
    assert shifted(2.0) == shifted.in_python(2.0) == 6.5
    assert set(referenced(shifted.function)) == {"inner", "shift"}


def test_a_kernel_of_a_module_must_be_named_to_be_translated() -> None:
    import ergodica.numerics.random as numbers

    with pytest.raises(ValueError, match=r"from \.\.\. import uniform"):
        kernel(lambda i: numbers.uniform(0, 0, 0, i, 0)).in_python(0)


def test_a_fingerprint_follows_code_constants_and_callees() -> None:
    def made(callee: object, constant: object) -> str:
        return fingerprint(lambda x: callee(x) + constant)  # type: ignore[operator]

    variants = [
        made(scaled, 1.0),
        made(scaled, 2.0),
        made(scaled, 1),
        made(scaled, np.float32(1)),
        made(scaled, np.arange(3)),
        made(scaled, np.arange(3.0)),
        made(twice, 1.0),
        made(kernel(fastmath=True)(scaled.function), 1.0),
        fingerprint(lambda x: x),
        fingerprint(lambda x: x + 1),
    ]
    assert len(set(variants)) == len(variants)
    assert made(scaled, 1.0) == variants[0]


def test_one_source_gives_one_result_in_python_on_the_cpu_and_on_cuda(tree: Tree) -> None:
    """Under numba's CUDA simulator, which is chosen when numba is imported."""
    tree.write(
        "drive.py",
        """
        from typing import TYPE_CHECKING

        import numpy as np

        from ergodica.numerics import cuda_kernel, kernel, philox4x32
        from ergodica.numerics.random import normal, uniform
        if TYPE_CHECKING:
            from numba import cuda

        @kernel(fastmath=False, error_model="numpy")
        def cell(words, numbers, seed, stream, step, i):
            words[i, 0], words[i, 1], words[i, 2], words[i, 3] = philox4x32(i, step, stream, 0, seed, seed)
            numbers[i, 0] = uniform(seed, stream, step, i, 3)
            numbers[i, 1] = normal(seed, stream, step, i, 4)

        @kernel
        def on_cpu(words, numbers, seed, stream, step):
            for i in range(words.shape[0]):
                cell(words, numbers, seed, stream, step, i)

        @cuda_kernel
        def on_cuda(words, numbers, seed, stream, step):
            i = cuda.grid(1)
            if i < words.shape[0]:
                cell(words, numbers, seed, stream, step, i)
        """,
    )
    program = """
        import numpy as np
        from numba import cuda
        import drive
        def run(function):
            words, numbers = np.zeros((20, 4), np.uint32), np.zeros((20, 2))
            function(words, numbers, np.uint64(2**64 - 3), 5, 2**33 + 1)
            return words, numbers
        runs = [run(drive.on_cpu), run(drive.on_cpu.in_python), run(drive.on_cuda[3, 8])]
        result["device"] = type(drive.cell.on_cuda).__name__
        result["callee"] = type(drive.cell.on_cuda.fn.__globals__["uniform"]).__name__
        result["words"] = [words.tolist() for words, _ in runs]
        result["uniforms"] = [[u.hex() for u in numbers[:, 0].tolist()] for _, numbers in runs]
        result["normals"] = [numbers[:, 1].tolist() for _, numbers in runs]
    """
    done = tree.run(program, NUMBA_ENABLE_CUDASIM="1")
    assert done["device"] == done["callee"] == "FakeCUDAKernel"
    assert done["words"][0] == done["words"][1] == done["words"][2]
    assert done["uniforms"][0] == done["uniforms"][1] == done["uniforms"][2]
    # log, sqrt, cos and sin are each within 2 ulp of a value below 9, in both of two implementations
    np.testing.assert_allclose(done["normals"][1:], [done["normals"][0]] * 2, rtol=0, atol=4 * 2 * 2**-53 * 9)
