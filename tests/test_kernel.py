"""Kernels: lazy, kept on disk, never stale, and one source for the CPU, CUDA and Python."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import subprocess
import sys
import textwrap
import time
import warnings
from pathlib import Path

import numpy as np
import pytest

import ergodica
from ergodica.numerics import cache, kernel, prange
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


class Tree:
    """A copy of the package's root and numerics with a caller and a callee, run in processes of its own."""

    def __init__(self, folder: Path) -> None:
        self.cache = folder / "cache"
        self.root = folder / "tree"
        here = Path(ergodica.__file__).parent
        (self.root / "ergodica").mkdir(parents=True)
        shutil.copy(here / "__init__.py", self.root / "ergodica")
        shutil.copytree(here / "numerics", self.root / "ergodica/numerics", ignore=lambda *_: ["__pycache__"])
        for name in ergodica._SUBPACKAGES:
            (self.root / "ergodica" / name).mkdir(exist_ok=True)
            (self.root / "ergodica" / name / "__init__.py").touch()
        shutil.copy(here / "numerics/__init__.py", self.root / "ergodica/numerics")
        self.write("ergodica/sims/callee.py", CALLEE)
        self.write("ergodica/sims/caller.py", CALLER.replace("HERE", "ergodica.sims.callee"))

    def write(self, name: str, text: str) -> None:
        (self.root / name).write_text(textwrap.dedent(text))

    def run(self, code: str, **env: str) -> dict:
        """Run code in a new process; what it leaves in `result`, and whether a warning was shown."""
        program = "result = {}\n" + textwrap.dedent(code) + "\nimport json; print(json.dumps(result))"
        environment = {**os.environ, "PYTHONPATH": str(self.root), "ERGODICA_CACHE_DIR": str(self.cache)}
        for name in ("NUMBA_CACHE_DIR", "NUMBA_ENABLE_CUDASIM", "PYTHONWARNINGS"):
            environment.pop(name, None)
        done = subprocess.run(
            [sys.executable, "-c", program],
            env={**environment, **env},
            cwd=self.root,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert done.returncode == 0, done.stderr
        return {"stderr": done.stderr, **json.loads(done.stdout.splitlines()[-1])}


CALLEE = """
    from ergodica.numerics import kernel
    OFFSET = 1.0
    @kernel
    def callee(x):
        return x + OFFSET
"""
CALLER = """
    from ergodica.numerics import kernel
    from HERE import callee
    @kernel
    def caller(x):
        return 10.0 * callee(x)
"""
CALL = """
    import numba
    before = numba.config.CACHE_DIR
    import ergodica
    from MODULE import caller
    assert ergodica.__file__.startswith(ROOT)
    result["value"] = caller(1.0)
    stats = caller.dispatcher.stats
    result["hits"], result["misses"] = sum(stats.cache_hits.values()), sum(stats.cache_misses.values())
    result["setting_kept"] = numba.config.CACHE_DIR == before
"""


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path)


def call(tree: Tree, module: str = "ergodica.sims.caller", **env: str) -> dict:
    return tree.run(CALL.replace("MODULE", module).replace("ROOT", repr(str(tree.root))), **env)


def test_a_callee_edited_in_another_file_gives_the_new_result(tree: Tree) -> None:
    assert call(tree)["value"] == 20.0
    tree.write("ergodica/sims/callee.py", CALLEE.replace("1.0", "2.0"))
    edited = call(tree)
    assert (edited["value"], edited["misses"]) == (30.0, 1)


def test_the_next_process_reuses_the_machine_code(tree: Tree) -> None:
    first, second = call(tree), call(tree)
    assert (first["hits"], first["misses"]) == (0, 1)
    assert (second["value"], second["hits"], second["misses"]) == (20.0, 1, 0)


@pytest.mark.parametrize("chosen", ["", "elsewhere"])
def test_numba_s_own_cache_setting_is_left_alone(tree: Tree, chosen: str) -> None:
    environment = {"NUMBA_CACHE_DIR": str(tree.root / chosen)} if chosen else {}
    assert call(tree, **environment)["setting_kept"]
    assert not (tree.root / "elsewhere").exists()
    assert not list(tree.root.rglob("*.nbi"))
    assert list(tree.cache.rglob("*.nbi"))


@pytest.mark.parametrize("edit", [("callee.py", "OFFSET = 1.0", "OFFSET = 2.0"), ("callee.py", "x +", "x -")])
def test_a_user_s_kernels_outside_the_package_are_kept_and_never_stale(tree: Tree, edit: tuple) -> None:
    tree.write("callee.py", CALLEE)
    tree.write("caller.py", CALLER.replace("HERE", "callee"))
    assert call(tree, "caller")["misses"] == 1
    assert call(tree, "caller")["hits"] == 1
    name, old, new = edit
    tree.write(name, CALLEE.replace(old, new))
    changed = call(tree, "caller")
    assert changed["misses"] == 1
    assert changed["value"] == (30.0 if "2.0" in new else 0.0)


FACTORY = """
    from ergodica.numerics import kernel
    def ten_times(inner):
        @kernel
        def caller(x):
            return 10.0 * inner(x)
        return caller
"""


def test_a_kernel_made_around_a_user_s_kernel_is_kept_and_never_stale(tree: Tree) -> None:
    """Two scripts whose inner kernels have one name, given to one factory of the package."""
    tree.write("ergodica/sims/factory.py", FACTORY)
    made = """
    from ergodica.sims.factory import ten_times
    caller = ten_times(callee)
    value = caller(1.0)
    hits = sum(caller.dispatcher.stats.cache_hits.values())
    """
    program = """
        import runpy
        for name in ("value", "hits"):
            result[name] = [runpy.run_path(s, run_name="__main__")[name] for s in ("one.py", "two.py")]
    """
    for script, offset in (("one", "1.0"), ("two", "2.0")):
        tree.write(f"{script}.py", CALLEE.replace("1.0", offset) + made)
    assert tree.run(program)["value"] == [20.0, 30.0]
    done = tree.run(program)
    assert (done["value"], done["hits"]) == ([20.0, 30.0], [1, 1])


def test_a_kernel_around_what_cannot_be_pickled_works_without_a_cache(tree: Tree) -> None:
    tree.write("ergodica/sims/factory.py", FACTORY)
    program = """
        from ergodica.sims.factory import ten_times
        result["value"] = ten_times(ten_times(ten_times.__globals__["kernel"](lambda x: x + 1)))(1.0)
    """
    done = tree.run(program)
    assert (done["value"], done["stderr"]) == (200.0, "")


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


def test_nothing_is_kept_from_a_process_whose_sources_have_changed(tree: Tree) -> None:
    """Its code may be older than the files, whose hash would name the folder."""
    path = tree.root / "ergodica/sims/callee.py"
    program = f"""
        from ergodica.sims.caller import caller
        open({str(path)!r}, "a").write("# edited while the process runs")
        result["value"] = caller(1.0)
    """
    assert tree.run(program)["value"] == 20.0
    assert not list(tree.cache.rglob("*.nbi"))


def test_a_kernel_typed_into_a_prompt_works_without_a_cache(tree: Tree) -> None:
    program = """
        from ergodica.numerics import kernel
        double = kernel(eval("lambda x: 2 * x"))
        result["value"] = double(4)
    """
    done = tree.run(program)
    assert done["value"] == 8
    assert not done["stderr"]


@pytest.mark.parametrize("temporary", [True, False])
def test_an_unwritable_cache_folder_costs_one_warning(tree: Tree, tmp_path: Path, temporary: bool) -> None:
    blocked = tmp_path / "a file"  # a path below a file cannot be made, not even by root
    blocked.touch()
    spare = tmp_path / "spare"
    spare.mkdir()
    program = f"""
        import tempfile
        tempfile.tempdir = {str(spare if temporary else blocked)!r}
        from ergodica.sims.caller import caller
        result["value"] = caller(1.0)
        result["hits"] = sum(caller.dispatcher.stats.cache_hits.values())
    """
    runs = [tree.run(program, ERGODICA_CACHE_DIR=str(blocked / "cache")) for _ in range(2)]
    assert [run["value"] for run in runs] == [20.0, 20.0]
    assert [run["hits"] for run in runs] == [0, int(temporary)]
    for run in runs:
        assert run["stderr"].count("RuntimeWarning") == 1
        assert "ERGODICA_CACHE_DIR" in run["stderr"]
    assert not list(tree.root.rglob("*.nbi"))


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="owners of files are a POSIX notion")
def test_a_temporary_folder_that_others_can_write_is_not_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    folder = tmp_path / f"ergodica-{os.getuid()}"
    assert cache._own_temporary_folder() == folder
    folder.chmod(0o777)
    assert cache._own_temporary_folder() is None
    folder.rmdir()
    folder.symlink_to(tmp_path)
    assert cache._own_temporary_folder() is None


@pytest.mark.parametrize("suffix", ["nbi", "nbc"])
@pytest.mark.parametrize("kept", [0, 40])
def test_damaged_files_are_compiled_again(tree: Tree, suffix: str, kept: int) -> None:
    call(tree)
    for path in tree.cache.rglob(f"*.{suffix}"):
        path.write_bytes(path.read_bytes()[:kept])
    damaged, after = call(tree), call(tree)
    assert (damaged["value"], damaged["hits"]) == (20.0, 0)
    assert (after["value"], after["hits"]) == (20.0, 1)


def test_a_full_disk_costs_one_warning(tree: Tree) -> None:
    program = """
        from numba.core.caching import IndexDataCacheFile
        def save(self, key, data):
            raise OSError(28, "No space left on device")
        IndexDataCacheFile.save = save
        from ergodica.sims.caller import caller
        result["values"] = [caller(1.0), caller(1)]
    """
    done = tree.run(program)
    assert done["values"] == [20.0, 20.0]
    assert done["stderr"].count("RuntimeWarning") == 1


def test_machine_code_stored_under_other_argument_types_is_not_used(tree: Tree) -> None:
    """Two processes that save at once can leave the index pointing so."""
    program = """
        from ergodica.sims.caller import caller
        result["value"] = caller(ARGUMENT)
        result["hits"] = sum(caller.dispatcher.stats.cache_hits.values())
        result["folder"] = caller.dispatcher.stats.cache_path
    """
    tree.run(program.replace("ARGUMENT", "1.0"))
    folder = Path(tree.run(program.replace("ARGUMENT", "1"))["folder"])
    one, two = sorted(folder.glob("caller*.nbc"))
    shutil.copy(two, one)
    done = tree.run(program.replace("ARGUMENT", "1.5"))
    assert (done["value"], done["hits"]) == (25.0, 0)


def test_old_folders_go_and_those_of_the_last_day_stay(tmp_path: Path) -> None:
    now = time.time()
    for days in range(10):
        folder = tmp_path / f"{days} days old"
        folder.mkdir()
        (folder / "code").touch()
        os.utime(folder, (now - 86400 * days, now - 86400 * days))
    for hours in range(8):
        folder = tmp_path / f"{hours} hours old"
        folder.mkdir()
        os.utime(folder, (now - 3600 * hours - 60, now - 3600 * hours - 60))
    current = tmp_path / "9 days old"
    cache.prune(tmp_path, current)
    left = {folder.name for folder in tmp_path.iterdir()}
    assert left == {f"{hours} hours old" for hours in range(8)} | {"0 days old", "9 days old"}
    few = tmp_path / "few"
    few.mkdir()
    for name in "abc":
        (few / name).mkdir()
        os.utime(few / name, (0, 0))
    cache.prune(few, few / "d")
    assert len(list(few.iterdir())) == cache.FOLDERS_KEPT - 1


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
