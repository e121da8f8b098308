"""A run that is killed with SIGKILL at any instant leaves a file that opens and holds only true frames."""

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from ergodica.data import files

SCRIPT = Path(__file__).parents[1] / "benchmarks" / "kill_test.py"
KILLS = 30
OPERATIONS = 25


@pytest.fixture(scope="module")
def kill_test() -> ModuleType:
    spec = importlib.util.spec_from_file_location("kill_test", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["kill_test"] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("suffix", [".nc", ".zarr"])
def test_a_killed_run_opens_with_true_frames_only_and_resumes_to_the_same_file(kill_test, suffix):
    """Random instants of a whole life, then instants just before a file operation.

    The study raises at the first file that does not open, frame that is not bit for bit the computed one, or
    frame that was reported safe and is gone.
    """
    found = kill_test.study(suffix, KILLS, seed=20, operations=OPERATIONS)
    assert found["at random instants"]["kills"] >= KILLS
    assert found["before file operations"]["kills"] >= OPERATIONS - 5, "later operations may not be reached"
    during = sum(
        found[when].get("during a write", 0) for when in ("at random instants", "before file operations")
    )
    assert during > 0, "no kill met a file that was being written"


@pytest.mark.parametrize("suffix", [".nc", ".zarr"])
def test_a_reader_beside_the_writer_sees_true_frames_only_and_never_fewer_than_before(
    kill_test, suffix, tmp_path
):
    path = tmp_path / f"run{suffix}"
    code = "import os, runpy, sys; runpy.run_path(sys.argv[1])['live'](sys.argv[2], os.open(os.devnull, os.O_WRONLY))"
    seen, looks, ended = 0, 0, False
    with pytest.raises(files.MissingFile):
        files.open(path)  # what is imported at the first look takes longer than the writer
    with subprocess.Popen([sys.executable, "-c", code, str(SCRIPT), str(path)]) as writer:
        while not ended:
            ended = writer.poll() is not None
            try:
                with files.open(path) as ds:
                    count = kill_test.same_as_truth(ds)
            except files.MissingFile:
                assert seen == 0
                assert not ended
                continue
            assert count >= seen
            seen, looks = count, looks + 1
    assert writer.returncode == 0
    assert seen == kill_test.LAST_END
    assert looks > 1
