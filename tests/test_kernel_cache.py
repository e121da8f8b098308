"""Machine code on disk: used by the next process, never stale, and no harm where it cannot be kept."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import pytest
from source_trees import CALLEE, CALLER, Tree, call

from ergodica.numerics import cache


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path)


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
