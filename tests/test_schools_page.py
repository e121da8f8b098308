"""The code on the page about schools runs as it stands."""

from pathlib import Path

from ergodica.scripts.studies import documents

PAGE = Path(__file__).parents[1] / "docs" / "schools.md"


def test_the_page_about_schools_runs():
    for block in documents.blocks(PAGE.read_text(), "python"):
        names = {}
        documents.run(block.code, names, str(PAGE))
        assert names["ds"].sizes["t"] == 21
