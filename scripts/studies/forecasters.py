"""Forecasters without networks beside what is known: how long they hold, how wide their draws are, what they keep.

    python scripts/studies/forecasters.py               everything, some minutes of one core
    python scripts/studies/forecasters.py valid spread  those that are named: valid, spread, conserved
    python scripts/studies/forecasters.py page          the tables from the results

Writes `benchmarks/results/forecasters.json` and fills `docs/models/forecast.md`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable

from ergodica.scripts.studies import (
    documents,
    forecasters_conserved,
    forecasters_spread,
    forecasters_tables,
    forecasters_valid,
    measured,
)
from ergodica.scripts.studies.forecasters_tables import RESULT, Row

PAGE = documents.ROOT / "docs" / "models" / "forecast.md"
STUDIES: dict[str, Callable[[], Iterable[Row]]] = {
    "valid": forecasters_valid.valid,
    "spread": forecasters_spread.spread,
    "conserved": forecasters_conserved.conserved,
}


def main(names: list[str]) -> None:
    """Measure what is named, or all, and fill the page."""
    measured.measure(names, STUDIES, RESULT, indent=None)
    measured.fill(PAGE, forecasters_tables.TABLES)


if __name__ == "__main__":
    main(sys.argv[1:])
