"""The table of learned attractors, made from the results of `reconstruction.py`."""

from __future__ import annotations

import json
from typing import Any

from ergodica.scripts.studies import documents
from ergodica.scripts.studies.documents import markdown

RESULT = documents.ROOT / "benchmarks" / "results" / "reconstruction.json"
Row = dict[str, Any]


def reconstruction(margin: float) -> str:
    """Long-term statistics and forecasts of the Lorenz system; each entry for one seed after the other."""
    found = json.loads(RESULT.read_text())
    head = (
        *("learned by", "snapshots", "divergence D_stsp", "spectral distance D_H", "largest exponent"),
        *("valid time, Lyapunov times", "error over one", "seconds of training"),
    )
    rows = [
        (
            f"the flow itself, {name.replace(' ', ', ')}",
            f"{100_000:,}",
            f"{one['d_stsp']:.2f}",
            f"{one['d_h']:.3f}",
            "0.9056",
            *("", "", ""),
        )
        for name, one in found["truth"].items()
    ]
    for (case, snapshots), each in _groups(found["rows"]).items():
        rows.append(
            (
                case,
                f"{snapshots:,}",
                _each(each, "d_stsp", ".2f"),
                _each(each, "d_h", ".3f"),
                ", ".join(f"{one['exponents'][0]:.2f}" for one in each if "exponents" in one),
                _each(each, "valid_time", ".1f"),
                _each(each, "nrmse_1", ".1g"),
                _each(each, "fit_seconds", ".0f"),
            )
        )
    return markdown(head, rows)


def _each(rows: list[Row], name: str, digits: str) -> str:
    return ", ".join(format(one[name], digits) for one in rows)


def _groups(rows: list[Row]) -> dict[tuple[str, int], list[Row]]:
    found: dict[tuple[str, int], list[Row]] = {}
    for row in rows:
        found.setdefault((row["case"], row["snapshots"]), []).append(row)
    return found


TABLES = (reconstruction,)
