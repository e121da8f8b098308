"""Tables of forecasters without networks, made from the results of `forecasters.py`."""

from __future__ import annotations

from typing import Any

import numpy as np

from ergodica.scripts.studies import documents
from ergodica.scripts.studies.documents import markdown
from ergodica.scripts.studies.measured import results_in

RESULT = documents.ROOT / "benchmarks" / "results" / "forecasters.json"
Row = dict[str, Any]


def results() -> dict[str, list[Row]]:
    """What was measured, by study."""
    return results_in(RESULT)


def forecasters_valid(margin: float) -> str:
    """Valid prediction times of Lorenz, in Lyapunov times."""
    lines = []
    for name, rows in _groups("valid", "forecaster").items():
        medians = [float(np.median(row["times"])) for row in rows]
        every = np.concatenate([row["times"] for row in rows])
        chosen = rows[0]["chosen"]
        words = f"`{name}`" if len(rows) == 1 else f"`{name}`, {len(rows)} seeds"
        if name == "NVAR()":
            words += ": delays={delays}, spacing={spacing}, degree={degree}, ridge={ridge:.0e}".format(
                **chosen
            )
        middle = f"{min(medians):.1f}" + (f" to {max(medians):.1f}" if len(rows) > 1 else "")
        lines.append((words, middle, f"{every.min():.1f}", f"{every.max():.1f}"))
    return markdown(("forecaster", "median", "least", "most"), lines)


def forecasters_spread(margin: float) -> str:
    """Shares of the future within bands of draws: mean, least and most over the training sets."""
    lines = []
    for system, rows in _groups("spread", "system").items():
        for name in dict.fromkeys(row["forecaster"] for row in rows):
            own = [row for row in rows if row["forecaster"] == name]
            shares = []
            for level in ("0.5", "0.9"):
                values = [row[level] for row in own]
                shares.append(f"{np.mean(values):.2f} ({min(values):.2f} to {max(values):.2f})")
            words = f"`{name}`" if name != "Ensemble" else "`Ensemble` of five"
            lines.append((system, f"{len(own)}, {own[0]['steps']}", words, *shares))
    return markdown(("system", "training sets, steps", "forecaster", "50 %", "90 %"), lines)


def forecasters_conserved(margin: float) -> str:
    """Drifts of the energy and errors without and with the laws, medians over the stretches."""
    head = ("system", "drift of the energy by `NVAR`", "kept", "error of `NVAR`, standard deviations", "kept")
    columns = {"plain_drift": ".0e", "kept_drift": ".0e", "plain_error": ".2g", "kept_error": ".2g"}
    lines = [
        (system, *(f"{np.median([row[name] for row in rows]):{shape}}" for name, shape in columns.items()))
        for system, rows in _groups("conserved", "system").items()
    ]
    return markdown(head, lines)


def _groups(study: str, key: str) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in results().get(study, []):
        found.setdefault(row[key], []).append(row)
    return found


TABLES = (forecasters_valid, forecasters_spread, forecasters_conserved)
