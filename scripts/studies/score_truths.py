"""Learned scores beside exact ones: trains, measures, writes the results, fills the page's tables, draws its picture.

    python scripts/studies/score_truths.py              everything, about an hour of one core
    python scripts/studies/score_truths.py trap pair    those that are named
    python scripts/studies/score_truths.py page         tables and picture from the results

Writes `benchmarks/results/score-truths.json`, `docs/models/score-truths.md` and `docs/figures/models/score-truths.png`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from ergodica.scripts.studies import documents, score_chain, score_matrices, score_pair, score_trap
from ergodica.scripts.studies.score_measure import Row

RESULT = documents.ROOT / "benchmarks" / "results" / "score-truths.json"
PAGE = documents.ROOT / "docs" / "models" / "score-truths.md"


def routes() -> Iterable[Row]:
    """Learned scores beside other routes to entropy production; see `score_routes`."""
    from ergodica.scripts.studies import score_routes

    return score_routes.routes()


STUDIES: dict[str, Callable[[], Iterable[Row]]] = {
    "trap": score_trap.trap,
    "simulated": score_trap.simulated,
    "noiseless": score_trap.noiseless,
    "passive": score_trap.passive,
    "matrices": score_matrices.matrices,
    "chain": score_chain.chain,
    "pair": score_pair.pair,
    "routes": routes,
}


def results() -> dict[str, list[Row]]:
    """What was measured, by study."""
    found: dict[str, list[Row]] = json.loads(RESULT.read_text()) if RESULT.exists() else {}
    return found


def groups(study: str) -> dict[tuple[str, str], list[Row]]:
    """Rows of one process and reference, which differ in their seeds."""
    found: dict[tuple[str, str], list[Row]] = {}
    for row in results().get(study, []):
        found.setdefault((row["process"], row["reference"]), []).append(row)
    return found


def percent(values: Sequence[float]) -> str:
    """Mean and standard deviation over seeds, in per cent."""
    shown = 100 * np.array(values)
    digits = 2 if np.abs(shown).max() < 10 else 1
    return f"{shown.mean():.{digits}f}" + (f" ± {shown.std(ddof=1):.{digits}f}" if len(shown) > 1 else "")


def errors(rows: Sequence[Row], what: str) -> str:
    """Relative errors of entropy production over seeds."""
    return percent([row[what] / row[f"exact_{what}"] - 1 for row in rows])


def table(study: str, columns: dict[str, Callable[[list[Row]], str]]) -> str:
    """One line a process and reference."""
    from ergodica.scripts.studies.tables import markdown

    lines = [
        (process, reference, str(len(rows)), *(cell(rows) for cell in columns.values()))
        for (process, reference), rows in groups(study).items()
    ]
    return markdown(("process", "reference", "seeds", *columns), lines)


def _each(what: str) -> Callable[[list[Row]], str]:
    return lambda rows: percent([row[what] for row in rows])


def _chance(what: str) -> Callable[[list[Row]], str]:
    return lambda rows: percent([row[f"exact_score_{what}"] / row[f"exact_{what}"] - 1 for row in rows])


ERRORS: dict[str, Callable[[list[Row]], str]] = {
    "score, %": _each("score"),
    "flow, %": _each("flow"),
    "total, %": lambda rows: errors(rows, "total"),
    "exact score on the same states, %": _chance("total"),
    "identity, %": lambda rows: percent([row["identity"] / row["exact_total"] - 1 for row in rows]),
}
PART: dict[str, Callable[[list[Row]], str]] = {"g part, %": lambda rows: errors(rows, "g")}
TIME: dict[str, Callable[[list[Row]], str]] = {
    "seconds": lambda rows: f"{np.mean([row['seconds'] for row in rows]):.0f}"
}
COVARIANCE = {"covariance alone: score, %": _each("covariance_alone")}


def score_trap_table(margin: float) -> str:
    """Errors of a particle in a trap."""
    return table("trap", {**ERRORS, **PART, **COVARIANCE, **TIME})


def score_simulated_table(margin: float) -> str:
    """The same from the steps of a simulation."""
    return table("simulated", {**ERRORS, **PART, **TIME})


def score_noiseless_table(margin: float) -> str:
    """<|v_g|^2>/gamma of both directions over 2 A."""
    return table(
        "noiseless", {"score, %": _each("score"), **PART, "exact score on the same states, %": _chance("g")}
    )


def score_passive_table(margin: float) -> str:
    """Entropy production of a passive particle, which is 0."""

    def shown(rows: list[Row]) -> str:
        values = np.array([row["total"] for row in rows])
        return f"{values.mean():.1e}"

    def between(rows: list[Row]) -> str:
        values = np.array(rows[0]["between_networks"])
        return f"{values.mean():.1e} ± {values.std(ddof=1):.1e}"

    def identity(rows: list[Row]) -> str:
        return f"{rows[0]['identity']:.1e} ± {rows[0]['identity_error']:.1e}"

    return table(
        "passive",
        {"score, %": _each("score"), "total": shown, "between networks": between, "identity": identity},
    )


def score_matrices_table(margin: float) -> str:
    """Errors of linear processes."""
    return table("matrices", {**ERRORS, **COVARIANCE, **TIME})


def score_chain_table(margin: float) -> str:
    """Errors of particles joined to a ring."""
    seen = {"all that is seen: score, %": lambda rows: percent([rows[0]["seen"]])}
    return table("chain", {**ERRORS, **PART, **seen, **TIME})


def score_pair_table(margin: float) -> str:
    """Errors of two particles on a ring."""
    return table("pair", {**ERRORS, **PART, **TIME})


TABLES = (
    *(score_trap_table, score_simulated_table, score_noiseless_table, score_passive_table),
    *(score_matrices_table, score_chain_table, score_pair_table),
)


def page() -> None:
    """Tables and picture from the results."""
    from ergodica.scripts.studies import score_routes

    text = PAGE.read_text()
    makers = {one.__name__: one for one in TABLES}
    PAGE.write_text(documents.with_tables(text, {name: makers[name](1.0) for name in documents.tables(text)}))
    if "routes" in results():
        score_routes.draw(results()["routes"])


def main(names: list[str]) -> None:
    """Measure what is named, or all, and fill the page."""
    for name in names or [*STUDIES]:
        if name == "page":
            continue
        found: list[Any] = []
        for row in STUDIES[name]():
            found.append(row)
            print(name, {key: value for key, value in row.items() if key != "routes"}, flush=True)
        # read anew: another study may have been written since
        RESULT.write_text(json.dumps({**results(), name: found}, indent=1) + "\n")
    page()


if __name__ == "__main__":
    main(sys.argv[1:])
