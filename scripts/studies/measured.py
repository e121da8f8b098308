"""Studies that are measured row by row, kept as JSON by name, and shown in the tables of a page."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ergodica.scripts.studies import documents

Row = dict[str, Any]
Table = Callable[[float], str]
PAGE = "page"
"""In place of a study: none, the page alone."""


def results_in(path: Path) -> dict[str, list[Row]]:
    """What was measured, by study."""
    found: dict[str, list[Row]] = json.loads(path.read_text()) if path.exists() else {}
    return found


def measure(
    names: Sequence[str],
    studies: Mapping[str, Callable[[], Iterable[Row]]],
    path: Path,
    *,
    shown: Callable[[Row], Row] = dict,
    indent: int | None = 1,
) -> None:
    """Measures the studies that are named, or all, and writes each row as it comes.

    Args:
        shown: what of a row is printed.
        indent: of the JSON.
    """
    for name in names or [*studies]:
        if name == PAGE:
            continue
        found: list[Row] = []
        for row in studies[name]():
            found.append(row)
            print(name, shown(row), flush=True)
            # read anew: another study may have been written since
            path.write_text(json.dumps({**results_in(path), name: found}, indent=indent) + "\n")


def fill(page: Path, tables: Sequence[Table]) -> None:
    """Makes the tables of a page anew."""
    text, makers = page.read_text(), {one.__name__: one for one in tables}
    page.write_text(documents.with_tables(text, {name: makers[name](1.0) for name in documents.tables(text)}))
