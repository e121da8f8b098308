"""Makes the table of the exponents, dimensions and periods of every flow and map of the catalogue.

    python scripts/studies/exponents.py                what is missing or was made from other equations
    python scripts/studies/exponents.py lorenz63 henon those that are named, again
    python scripts/studies/exponents.py --again        all

The table is written after each system, so that a run that is stopped goes on where it was. Noise-driven
systems are listed without exponents. Some eight minutes on two cores.
"""

from __future__ import annotations

import argparse
import json
import math
import os
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from ergodica.sims.chaos import lyapunov_spectrum
from ergodica.sims.chaos.period import dominant_period
from ergodica.sims.chaos.plan import fitting_lengths
from ergodica.sims.chaos.subject import subject
from ergodica.sims.chaos.survey import survey
from ergodica.sims.dynamics.catalogue import definitions
from ergodica.sims.dynamics.definition import Kind
from ergodica.sims.dynamics.facts import TABLE, made_from, table

WORK, PERIODS, ITERATIONS = 5e9, 50_000.0, 2**22
"""Multiplications a system, and most typical times or iterations."""
EXPONENTS = 64
KINDS: tuple[Kind, ...] = ("flow", "map")
UNMEASURED: dict[str, Any] = {
    "period": None,
    "exponents": [],
    "standard_errors": [],
    "mean_divergence": None,
    "kaplan_yorke_dimension": None,
    "kolmogorov_sinai_entropy": None,
    "converged": None,
    "convergence": "driven by noise, nothing is measured",
    "t_end": None,
}


def measure(kind: Kind, name: str) -> dict[str, Any]:
    """One system's row."""
    definition = definitions(kind)[name]
    if definition.noise:
        return UNMEASURED | {"made_from": made_from(definition)}
    chosen = subject(definition)
    options: dict[str, Any] = {}
    if definition.lags:
        from ergodica.sims.chaos.delay import survey_delay

        seen = survey_delay(chosen, definition.initial_point())
        transient = 100 * seen.time
    else:
        seen = survey(chosen, definition.initial_point())
        t_end, transient = fitting_lengths(
            chosen, seen, chosen.size, work=WORK, periods=PERIODS, iterations=ITERATIONS
        )
        options = {"t_end": t_end, "transient": transient}
    ds = lyapunov_spectrum(definition, threads=1, **options)
    return {
        "period": number(dominant_period(chosen, seen, transient=transient)) if kind == "flow" else None,
        "exponents": [number(value) for value in ds.exponent.values[:EXPONENTS]],
        "standard_errors": [number(value, 3) for value in ds.standard_error.values[:EXPONENTS]],
        "mean_divergence": number(float(ds.mean_divergence)),
        "kaplan_yorke_dimension": number(float(ds.kaplan_yorke_dimension)),
        "kolmogorov_sinai_entropy": number(float(ds.kolmogorov_sinai_entropy)),
        "converged": bool(ds.converged),
        "convergence": ds.attrs["convergence"],
        "t_end": number(float(ds.t[-1])),
        "made_from": made_from(definition),
    }


def number(value: float, digits: int = 7) -> float | None:
    """A number with so many digits; None for NaN."""
    return float(f"{value:.{digits}g}") if math.isfinite(value) else None


def main() -> None:
    """Make what is missing."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="systems to measure again; none for what is missing")
    parser.add_argument("--again", action="store_true", help="measure all")
    parser.add_argument("--cores", type=int, default=2)
    arguments = parser.parse_args()
    every = [(kind, name) for kind in KINDS for name in definitions(kind)]
    rows = {
        kind: {name: row for name, row in table(kind).items() if name in definitions(kind)} for kind in KINDS
    }

    def wanted(kind: Kind, name: str) -> bool:
        if arguments.names:
            return name in arguments.names
        known = made_from(definitions(kind)[name])
        return bool(arguments.again or rows[kind].get(name, {}).get("made_from") != known)

    todo = [one for one in every if wanted(*one)]
    os.environ["NUMBA_NUM_THREADS"] = "1"
    # fresh processes now and then: compiled systems are never given back
    with get_context("spawn").Pool(arguments.cores, maxtasksperchild=16) as pool:
        for count, (kind, name, row) in enumerate(pool.imap_unordered(attempt, todo, chunksize=1), 1):
            if isinstance(row, str):
                print(f"[{count}/{len(todo)}] {name}: {row}", flush=True)
                continue
            rows[kind][name] = row
            write(rows)
            found = ", ".join(f"{value:.4g}" for value in row["exponents"][:4])
            state = "" if row["converged"] is not False else f"  NOT CONVERGED: {row['convergence']}"
            print(f"[{count}/{len(todo)}] {name}: {found}{state}", flush=True)


def attempt(asked: tuple[Kind, str]) -> tuple[Kind, str, dict[str, Any] | str]:
    """A system with its row, or with the error in words."""
    try:
        return *asked, measure(*asked)
    except Exception as error:
        return *asked, str(error)


def write(rows: dict[Kind, dict[str, Any]]) -> None:
    """Replace the file in one step; a system a line."""
    parts = []
    for kind, found in rows.items():
        lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(found[name])}" for name in sorted(found))
        parts.append(f'"{kind}": {{\n{lines}\n}}')
    part = Path(f"{TABLE}.part")
    part.write_text("{\n" + ",\n".join(parts) + "\n}\n", "utf-8")
    part.replace(TABLE)


if __name__ == "__main__":
    main()
