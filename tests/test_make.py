"""The Makefile: each target does its work once, and again only when something that it depends on has changed."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CODE = ("src", "sims", "data", "estimators", "models", "scripts")
PAST = 1_000_000_000
# stand in for the programs of the environment: each notes its call and makes what it would make
ERGODICA = """#!/bin/sh
echo demo >> calls
mkdir -p runs/demo
touch runs/demo/one.nc
printf 'measured 1.5\\nruns/demo/one.nc\\n' > runs/demo/table.txt
"""
MKDOCS = """#!/bin/sh
echo docs >> calls
mkdir -p site
touch site/index.html
"""


@pytest.fixture
def tree(tmp_path):
    """A small tree with the Makefile and an environment that is ready, all of it old."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    for folder in (*CODE, "docs", ".venv/bin"):
        (tmp_path / folder).mkdir(parents=True)
    for file in ("pyproject.toml", "constraints.txt", "mkdocs.yml", "CHANGELOG.md", "docs/index.md"):
        (tmp_path / file).touch()
    for folder in CODE:
        (tmp_path / folder / "demo.py").touch()
    (tmp_path / "sims" / "flow.toml").touch()
    for name, text in (("ergodica", ERGODICA), ("mkdocs", MKDOCS)):
        program = tmp_path / ".venv" / "bin" / name
        program.write_text(text)
        program.chmod(0o755)
    (tmp_path / ".venv" / ".ergodica-environment").touch()
    for path in tmp_path.rglob("*"):
        os.utime(path, (PAST, PAST))
    return tmp_path


def make(tree, target):
    """What a call of make says."""
    environment = {key: value for key, value in os.environ.items() if key not in ("MAKEFLAGS", "MAKELEVEL")}
    # the tree of a test is no part of the repository around it
    environment["GIT_CEILING_DIRECTORIES"] = str(tree.parent)
    done = subprocess.run(
        ["make", target], cwd=tree, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def calls(tree):
    path = tree / "calls"
    return path.read_text().split() if path.exists() else []


def test_a_second_demo_shows_the_table_of_the_first(tree):
    assert "up to date" not in make(tree, "demo")
    said = make(tree, "demo")
    assert "runs/demo is up to date" in said
    assert "measured 1.5" in said
    assert calls(tree) == ["demo"]


@pytest.mark.parametrize(
    "changed", ["sims/demo.py", "sims/flow.toml", "scripts/demo.py", "estimators/demo.py"]
)
def test_a_changed_source_makes_the_demo_anew(tree, changed):
    make(tree, "demo")
    (tree / changed).write_text("# changed")
    os.utime(tree / changed)
    make(tree, "demo")
    assert calls(tree) == ["demo", "demo"]


def test_a_lost_file_makes_the_demo_anew(tree):
    make(tree, "demo")
    (tree / "runs" / "demo" / "one.nc").unlink()
    make(tree, "demo")
    make(tree, "demo")
    assert calls(tree) == ["demo", "demo"]


@pytest.mark.parametrize("changed", ["docs/index.md", "mkdocs.yml", "data/demo.py", "CHANGELOG.md"])
def test_documents_are_built_when_something_has_changed(tree, changed):
    make(tree, "docs")
    assert "site/index.html" in make(tree, "docs")
    assert calls(tree) == ["docs"]
    (tree / changed).write_text("# changed")
    make(tree, "docs")
    assert calls(tree) == ["docs", "docs"]


def test_sources_are_those_that_git_tracks(tree):
    for words in (["init", "-q"], ["add", "."]):
        subprocess.run(["git", *words], cwd=tree, check=True, capture_output=True)
    make(tree, "demo")
    (tree / "sims" / "untracked.py").touch()
    assert "up to date" in make(tree, "demo")
    (tree / "sims" / "demo.py").unlink()
    assert "up to date" in make(tree, "demo")
    (tree / "data" / "demo.py").touch()
    make(tree, "demo")
    assert calls(tree) == ["demo", "demo"]
