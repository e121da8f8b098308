"""Tables of predictability, made from the results of `predictability.py`."""

from __future__ import annotations

from typing import Any

import numpy as np

from ergodica.scripts.studies import documents
from ergodica.scripts.studies.documents import markdown
from ergodica.scripts.studies.measured import results_in

RESULT = documents.ROOT / "benchmarks" / "results" / "predictability.json"
Row = dict[str, Any]


def results() -> dict[str, list[Row]]:
    """What was measured, by study."""
    return results_in(RESULT)


def predictability_growth(margin: float) -> str:
    """Growth of predictive entropy beside the sum of the positive exponents."""
    head = ("system", "draws by", "growth of entropy", "Kolmogorov-Sinai rate", "ratio", "starts")
    return markdown(
        head,
        [
            (
                one["system"],
                one["by"],
                f"{one['slope']:.4f} ± {one['error']:.4f}",
                f"{one['rate']:.4f}",
                f"{one['slope'] / one['rate']:.2f}",
                str(one["starts"]),
            )
            for one in results().get("growth", [])
        ],
    )


def predictability_symbols(margin: float) -> str:
    """Losses of symbolic sequences beside entropy rates."""
    rows = []
    for name, each in _groups("symbols", "process").items():
        loss = np.array([one["loss"] for one in each])
        exact, scatter = each[0]["exact"], np.mean([one["error"] for one in each])
        rows.append(
            (
                name,
                f"{exact:.5f}",
                f"{loss.mean():.5f}",
                f"{100 * (loss.mean() / exact - 1):+.2f}",
                f"{100 * scatter / exact / np.sqrt(len(each)):.2f}",
            )
        )
    return markdown(
        ("process", "entropy rate", "loss", "difference, %", "standard error of the loss, %"), rows
    )


def predictability_scaling(margin: float) -> str:
    """Limits of scaling laws."""
    head = ("process", "entropy rate", "limit of the law", "interval of .95", "exponent")
    return markdown(
        head,
        [
            (
                one["process"],
                f"{one['exact']:.4f}",
                f"{one['limit']:.4f}",
                f"{one['limit_low']:.4f} to {one['limit_high']:.4f}",
                f"{one['exponent']:.2f}",
            )
            for one in results().get("scaling", [])
        ],
    )


def predictability_automata(margin: float) -> str:
    """Epiplexity and random part of automata."""
    rows = []
    for rule, each in _groups("automata", "rule").items():
        values = {name: [one[name] / 1000 for one in each] for name in ("epiplexity", "random")}
        rows.append(
            (
                str(rule),
                *(f"{np.mean(one):.4g} ({min(one):.4g} to {max(one):.4g})" for one in values.values()),
                f"{np.mean([one['final_loss'] for one in each]):.4f}",
            )
        )
    return markdown(
        ("rule", "epiplexity, 1000 nats", "random part, 1000 nats", "loss at the end, nats a cell"), rows
    )


def _groups(study: str, key: str) -> dict[Any, list[Row]]:
    found: dict[Any, list[Row]] = {}
    for row in results().get(study, []):
        found.setdefault(row[key], []).append(row)
    return found


TABLES = (
    predictability_growth,
    predictability_symbols,
    predictability_scaling,
    predictability_automata,
)
