"""The documents tell the truth: code runs and prints what they show, tables can be made again, links lead somewhere."""

import ast
import re
import shlex
import subprocess
import sys

import pytest

from ergodica import sims
from ergodica.data.pictures import registry as pictures
from ergodica.estimators import registry as estimators
from ergodica.scripts.main import run as command
from ergodica.scripts.studies import catalogue_pages, documents, figures, tables
from ergodica.sims import registry

ROOT = documents.ROOT
PAGES = {str(path.relative_to(ROOT)): path for path in documents.documents()}
TABLES = [(page, name) for page, path in PAGES.items() for name in documents.tables(path.read_text())]
EXECUTED = [page for page in PAGES if page in tables.EXECUTED]
LINK = re.compile(r"(?<!\!)\[[^\]]*\]\((?!https?:)([^)\s]+)\)|!\[[^\]]*\]\((?!https?:)([^)\s]+)\)")


@pytest.fixture
def nothing_stays_registered(monkeypatch, tmp_path):
    """What a page registers is gone after its test, and what it writes lies in a folder of its own."""
    registry.systems()
    pictures.kinds()
    monkeypatch.setattr(registry, "_SYSTEMS", dict(registry._SYSTEMS))
    estimators.estimators()
    monkeypatch.setattr(estimators, "_ENTRIES", dict(estimators._ENTRIES))
    monkeypatch.setattr(pictures, "_PICTURES", dict(pictures._PICTURES))
    monkeypatch.chdir(tmp_path)


def without_code(text):
    """A document without its fenced and inline code."""
    return re.sub(r"`[^`]*`", "", documents.BLOCK.sub("", text))


def anchors(text):
    """The anchors that mkdocs makes of the headings."""
    headings = re.findall(r"^#+ (.+)$", documents.BLOCK.sub("", text), re.MULTILINE)
    return {re.sub(r"[\s]+", "-", re.sub(r"[^\w\s-]", "", heading).strip().lower()) for heading in headings}


@pytest.mark.parametrize("page", EXECUTED)
def test_python_of_a_page_runs_and_prints_what_the_page_shows(page, nothing_stays_registered):
    found = documents.outputs(PAGES[page].read_text(), page)
    assert found
    for block, printed in found:
        assert documents.differences(block.code, printed) == [], f"{page}, line {block.line}"


@pytest.mark.parametrize("page", [page for page in PAGES if page not in tables.EXECUTED])
def test_python_of_other_pages_is_python(page):
    for block in documents.blocks(PAGES[page].read_text(), "python"):
        ast.parse(block.code)


@pytest.mark.parametrize("page", ["README.md", "docs/tutorial.md", "docs/command-line.md"])
def test_shell_commands_of_a_page_run(page, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    lines = "".join(block.code for block in documents.blocks(PAGES[page].read_text(), "shell")).splitlines()
    targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    commands = [shlex.split(line, comments=True) for line in lines]
    assert any(words[0] == "ergodica" for words in commands)
    for words in commands:
        if words[0] == "make":
            assert words[1] in targets
        elif words[0] == ".":
            assert words[1:] == [".venv/bin/activate"]
        else:
            assert words[0] == "ergodica"
            assert command(words[1:]) == 0, words
            assert "warning" not in capsys.readouterr().err


@pytest.mark.parametrize(("page", "name"), TABLES)
def test_tables_are_what_is_measured_now(page, name):
    shown = documents.tables(PAGES[page].read_text())[name]
    measured = tables.MEASURED.get(name.rpartition("/")[2], ())
    assert documents.differences(shown, tables.fresh(name), measured) == [], "run scripts/studies/tables.py"


def test_a_changed_digit_or_a_worse_bound_is_seen():
    shown = "| mass | 4.0000 | < 1e-8 | N=512 |"
    for same in ("| mass | 4.0000 | < 1e-9 | N=512 |", "| mass | 4.0001 | < 1e-8 | N=512 |"):
        assert documents.differences(shown, same) == []
    for other in (
        "| mass | 4.0003 | < 1e-8 | N=512 |",
        "| mass | 4.0000 | < 1e-7 | N=512 |",
        "| mass | 4.0000 | < 1e-8 | N=513 |",
        "| heat | 4.0000 | < 1e-8 | N=512 |",
        "| mass | 4.0000 | < 1e-8 |",
        "",
    ):
        assert documents.differences(shown, other) != [], other


def test_only_measured_columns_of_a_table_may_differ():
    shown = "| state | measured | default |\n| --- | --- | --- |\n| noise | 0.50 | `eps=0.0001` |"
    same = shown.replace("0.50", "0.51")
    assert documents.differences(shown, same, ["measured"]) == []
    assert documents.differences(shown, same, []) != []
    for other in (
        shown.replace("0.0001", "0.0002"),
        shown.replace("0.0001", "1e-05"),
        shown.replace("0.50", "0.52"),
        shown.replace("| `eps", "| `a\\|eps"),
        shown.replace("default", "usual"),
    ):
        assert documents.differences(shown, other, ["measured"]) != [], other


def test_measured_columns_are_columns_of_their_tables():
    for page, name in TABLES:
        head = documents.tables(PAGES[page].read_text())[name].splitlines()[0]
        for column in tables.MEASURED.get(name.rpartition("/")[2], ()):
            assert f"| {column} |" in head


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page):
    path = PAGES[page]
    for match in LINK.finditer(without_code(path.read_text())):
        target, _, anchor = (match[1] or match[2]).partition("#")
        there = (path.parent / target).resolve() if target else path
        assert there.exists(), f"{page}: {target}"
        if anchor and there.suffix == ".md" and "api/" not in target:
            assert anchor in anchors(there.read_text()), f"{page}: {target}#{anchor}"


@pytest.mark.parametrize("system", sims.systems().values(), ids=lambda s: s.name)
def test_every_system_has_a_page_with_its_tables_and_pictures(system):
    text = (ROOT / "docs" / "systems" / f"{system.name}.md").read_text()
    assert {f"{system.name}/{name}" for name in ("parameters", "presets", "gallery")} <= set(
        documents.tables(text)
    )
    assert f"systems/{system.name}.md" in (ROOT / "mkdocs.yml").read_text()
    assert f"{system.name}.md" in (ROOT / "docs" / "systems" / "index.md").read_text()
    for name in system.presets:
        assert (figures.FOLDER / system.name / f"{name}.png").is_file()


def test_pictures_are_small_and_all_in_use():
    text = "".join(catalogue_pages.filled(path.read_text()) for path in PAGES.values())
    found = list(figures.FOLDER.rglob("*.png"))
    assert sum(path.stat().st_size for path in found) < 5.5e6
    assert (figures.FOLDER / "overview.png").stat().st_size < 2e5
    for path in found:
        assert str(path.relative_to(figures.FOLDER)) in text


def test_every_command_is_on_the_page_of_the_command_line():
    from ergodica.scripts.main import app

    text = (ROOT / "docs" / "command-line.md").read_text()
    for name in app:
        assert name.startswith("-") or f"ergodica {name}" in text


def test_the_system_of_the_guide_is_a_whole_one(tmp_path):
    guide = documents.blocks((ROOT / "docs" / "adding.md").read_text(), "python")
    (tmp_path / "heat_example.py").write_text(guide[0].code)
    start = "import heat_example; from ergodica.scripts.main import main; main()"
    for words in (
        "list heat",
        "simulate heat --diffusivity 1,2 --members 2 --t-end 2 --snapshots 5 -o heat.nc",
        "simulate heat --diffusivity 1,2 --members 2 --t-end 4 --snapshots 9 -o heat.nc --resume",
        "simulate --like heat.nc -o again.nc",
        "check heat.nc",
        "measure heat.nc -o entropy.nc",
        "plot heat.nc",
    ):
        done = subprocess.run(
            [sys.executable, "-c", start, *words.split()],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{words}: {done.stderr}"
    code = (
        "import numpy as np, ergodica, heat_example\n"
        "a, b = ergodica.open('heat.nc').load(), ergodica.open('again.nc').load()\n"
        "assert a.equals(b)\n"
        "preset = heat_example.Heat.preset_named('spreading')\n"
        "heat = heat_example.Heat.preset('spreading')\n"
        "ds = heat.run(t_end=preset.t_end, snapshots=9)\n"
        "print(all(abs(ds.u[i] - heat.exact(float(t))).max() < preset.error for i, t in enumerate(ds.t)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "True", done.stderr


def test_site_builds_without_a_warning(tmp_path):
    pytest.importorskip("mkdocs")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", tmp_path / "site"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for name in ("systems/nlse", "systems/catalogue-hamiltonian", "gallery"):
        page = (tmp_path / "site" / f"{name}.html").read_text()
        # nothing is fetched when a page is read, and no formula is left as TeX
        assert not re.search(r'(?:src|href)="https?://[^"]*\.(?:js|css|woff2?)"', page)
        assert "arithmatex" not in page
        assert ("<!-- catalogue" in page, "<!-- tiles" in page) == (False, False)
