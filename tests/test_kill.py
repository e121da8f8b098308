"""A run that is killed with SIGKILL at any instant leaves a file that opens and holds only true frames."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

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
