"""Entropy meets forecasts: growth of predictive entropy, losses and entropy rates, what can be learned of automata.

    python scripts/studies/predictability.py            everything, about twenty minutes of one core
    python scripts/studies/predictability.py symbols    those that are named: growth, symbols, scaling, automata
    python scripts/studies/predictability.py page       tables and picture from the results

Writes `benchmarks/results/predictability.json`, `docs/models/predictability.md` and
`docs/figures/models/predictability.png`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable
from typing import Any

from ergodica.scripts.studies import (
    documents,
    predictability_automata,
    predictability_growth,
    predictability_picture,
    predictability_symbols,
    predictability_tables,
)
from ergodica.scripts.studies.predictability_tables import RESULT, Row, results

PAGE = documents.ROOT / "docs" / "models" / "predictability.md"
STUDIES: dict[str, Callable[[], Iterable[Row]]] = {
    "growth": predictability_growth.growth,
    "symbols": predictability_symbols.symbols,
    "scaling": predictability_symbols.scaling,
    "automata": predictability_automata.automata,
}


def page() -> None:
    """Tables and picture from the results."""
    text = PAGE.read_text()
    makers = {one.__name__: one for one in predictability_tables.TABLES}
    PAGE.write_text(documents.with_tables(text, {name: makers[name](1.0) for name in documents.tables(text)}))
    predictability_picture.draw(results())


def main(names: list[str]) -> None:
    """Measure what is named, or all, and fill the page."""
    for name in names or [*STUDIES]:
        if name == "page":
            continue
        found: list[dict[str, Any]] = []
        for row in STUDIES[name]():
            found.append(row)
            print(name, {k: v for k, v in row.items() if not isinstance(v, list)}, flush=True)
            # read anew: another study may have been written since
            RESULT.write_text(json.dumps({**results(), name: found}) + "\n")
    page()


if __name__ == "__main__":
    main(sys.argv[1:])
