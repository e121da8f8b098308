"""Learned scores beside exact ones: trains, measures, writes the results, fills the page's tables, draws its picture.

    python scripts/studies/score_truths.py              everything, about half an hour of one core
    python scripts/studies/score_truths.py trap pair    those that are named
    python scripts/studies/score_truths.py page         tables and picture from the results

Writes `benchmarks/results/score-truths.json`, `docs/models/score-truths.md` and `docs/figures/models/score-truths.png`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable

from ergodica.scripts.studies import (
    documents,
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
    text = PAGE.read_text()
    makers = {one.__name__: one for one in score_tables.TABLES}
    PAGE.write_text(documents.with_tables(text, {name: makers[name](1.0) for name in documents.tables(text)}))
    if "routes" in results():
        score_routes.draw(results()["routes"])


def main(names: list[str]) -> None:
    """Measure what is named, or all, and fill the page."""
    for name in names or [*STUDIES]:
        if name == "page":
            continue
        found: list[Row] = []
        for row in STUDIES[name]():
            found.append(row)
            print(name, {key: value for key, value in row.items() if key != "routes"}, flush=True)
            # read anew: another study may have been written since
            RESULT.write_text(json.dumps({**results(), name: found}, indent=1) + "\n")
    page()


if __name__ == "__main__":
    main(sys.argv[1:])
