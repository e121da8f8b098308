"""Learned scores beside exact ones: trains, measures, writes the results, fills the page's tables, draws its picture.

    python scripts/studies/score_truths.py              everything, about half an hour of one core
    python scripts/studies/score_truths.py trap pair    those that are named
    python scripts/studies/score_truths.py page         tables and picture from the results

Writes `benchmarks/results/score-truths.json`, `docs/models/score-truths.md` and `docs/figures/models/score-truths.png`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable

from ergodica.scripts.studies import (
    documents,
    measured,
    score_chain,
    score_matrices,
    score_pair,
    score_routes,
    score_tables,
    score_trap,
)
from ergodica.scripts.studies.score_measure import Row
from ergodica.scripts.studies.score_tables import RESULT, results

PAGE = documents.ROOT / "docs" / "models" / "score-truths.md"
STUDIES: dict[str, Callable[[], Iterable[Row]]] = {
    "trap": score_trap.trap,
    "simulated": score_trap.simulated,
    "noiseless": score_trap.noiseless,
    "passive": score_trap.passive,
    "matrices": score_matrices.matrices,
    "chain": score_chain.chain,
    "pair": score_pair.pair,
    "routes": score_routes.routes,
}


def page() -> None:
    """Tables and picture from the results."""
    measured.fill(PAGE, score_tables.TABLES)
    if "routes" in results():
        score_routes.draw(results()["routes"])


def _without_routes(row: Row) -> Row:
    return {key: value for key, value in row.items() if key != "routes"}


def main(names: list[str]) -> None:
    """Measure what is named, or all, and fill the page."""
    measured.measure(names, STUDIES, RESULT, shown=_without_routes)
    page()


if __name__ == "__main__":
    main(sys.argv[1:])
