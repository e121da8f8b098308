"""Tables of learned scores beside exact ones, made from the results of `score_truths.py`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ergodica.scripts.studies import documents
from ergodica.scripts.studies.documents import markdown
from ergodica.scripts.studies.measured import results_in

RESULT = documents.ROOT / "benchmarks" / "results" / "score-truths.json"
Row = dict[str, Any]


def results() -> dict[str, list[Row]]:
    """What was measured, by study."""
    return results_in(RESULT)


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


def score_trap(margin: float) -> str:
    """Errors of a particle in a trap."""
    return table("trap", {**ERRORS, **PART, **COVARIANCE, **TIME})


def score_simulated(margin: float) -> str:
    """The same from the steps of a simulation."""
    return table("simulated", {**ERRORS, **PART, **TIME})


def score_noiseless(margin: float) -> str:
    """<|v_g|^2>/gamma of both directions over 2 A."""
    return table(
        "noiseless", {"score, %": _each("score"), **PART, "exact score on the same states, %": _chance("g")}
    )


def score_passive(margin: float) -> str:
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


def score_matrices(margin: float) -> str:
    """Errors of linear processes."""
    return table("matrices", {**ERRORS, **COVARIANCE, **TIME})


def score_chain(margin: float) -> str:
    """Errors of particles joined to a ring."""
    seen = {"all that is seen: score, %": lambda rows: percent([rows[0]["seen"]])}
    return table("chain", {**ERRORS, **PART, **seen, **TIME})


def score_pair(margin: float) -> str:
    """Errors of two particles on a ring."""
    return table("pair", {**ERRORS, **PART, **TIME})


TABLES = (
    *(score_trap, score_simulated, score_noiseless, score_passive),
    *(score_matrices, score_chain, score_pair),
)
