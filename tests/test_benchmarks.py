"""The benchmarks' own bookkeeping; no time is asserted here."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"
CASES = sorted(path.stem for path in (BENCHMARKS / "cases").glob("*.py"))
RESULTS = [BENCHMARKS / "results" / f"{case}.json" for case in CASES]


@pytest.mark.parametrize("path", RESULTS, ids=[p.stem for p in RESULTS])
def test_a_result_says_what_was_measured_where_and_when(path):
    result = json.loads(path.read_text())
    assert {
        "case",
        "title",
        "date",
        "commit",
        "clean",
        "machine",
        "threads",
        "versions",
        "rows",
        "repeats",
    } <= set(result)
    assert {"cpu", "cores", "load", "python"} <= set(result["machine"])
    assert "numpy" in result["versions"]["ours"]
    for row in result["rows"]:
        assert row["job"]
        assert row["ratio"] is None or row["ratio"] > 0


def test_the_table_has_a_line_for_every_row():
    done = subprocess.run(
        [sys.executable, BENCHMARKS / "table.py"], capture_output=True, text=True, check=True
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith("|")]
    assert len(lines) == 2 + sum(len(json.loads(p.read_text())["rows"]) for p in RESULTS)


def test_an_unknown_case_is_named():
    done = subprocess.run(
        [sys.executable, BENCHMARKS / "run.py", "nothing"], capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert f"unknown nothing; known: {', '.join(CASES)}" in done.stderr
