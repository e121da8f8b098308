"""Entropy meets forecasts: growth of predictive entropy, losses and entropy rates, what can be learned of automata.

    python scripts/studies/predictability.py            everything, about twenty minutes of one core
    python scripts/studies/predictability.py symbols    those that are named: growth, symbols, scaling, automata
    python scripts/studies/predictability.py page       tables and picture from the results

Writes `benchmarks/results/predictability.json`, `docs/models/predictability.md` and
`docs/figures/models/predictability.png`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable

from ergodica.scripts.studies import (
    documents,
    measured,
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
    measured.fill(PAGE, predictability_tables.TABLES)
    predictability_picture.draw(results())


def _without_lists(row: Row) -> Row:
    return {key: value for key, value in row.items() if not isinstance(value, list)}


def main(names: list[str]) -> None:
    """Measure what is named, or all, and fill the page."""
    measured.measure(names, STUDIES, RESULT, shown=_without_lists, indent=None)
    page()


if __name__ == "__main__":
    main(sys.argv[1:])
