"""Makes the table of the exponents, dimensions and periods of every flow and map of the catalogue.

    python scripts/studies/exponents.py                what is missing or was made from other equations
    python scripts/studies/exponents.py lorenz63 henon those that are named, again
    python scripts/studies/exponents.py --again        all

The table is written after each system, so that a run that is stopped goes on where it was. Noise-driven
systems are listed without exponents. Some eight minutes on two cores.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import os
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from ergodica.sims.chaos import lyapunov_spectrum
from ergodica.sims.chaos.period import dominant_period
from ergodica.sims.chaos.plan import fitting_lengths
from ergodica.sims.chaos.subject import subject
from ergodica.sims.chaos.survey import survey
from ergodica.sims.dynamics.catalogue import FOLDER, definitions
from ergodica.sims.dynamics.definition import Definition

TABLE = FOLDER / "exponents.json"
WORK, PERIODS, ITERATIONS = 5e9, 50_000.0, 2**22
"""Multiplications a system, and most typical times or iterations."""
EXPONENTS = 64


def measure(kind: str, name: str) -> dict[str, Any]:
    """One system's entry."""
    definition = definitions(kind)[name]
    entry: dict[str, Any] = {
        "kind": kind,
        "class": definition.category,
        "components": definition.size(),
        "made_from": made_from(definition),
    }
    if definition.noise:
        return entry
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
    entry |= {
        "period": number(dominant_period(chosen, seen, transient=transient)) if kind == "flow" else None,
        "exponents": [number(value) for value in ds.exponent.values[:EXPONENTS]],
        "standard_errors": [number(value, 3) for value in ds.standard_error.values[:EXPONENTS]],
        "mean_divergence": number(float(ds.mean_divergence)),
        "kaplan_yorke_dimension": number(float(ds.kaplan_yorke_dimension)),
        "kolmogorov_sinai_entropy": number(float(ds.kolmogorov_sinai_entropy)),
        "converged": bool(ds.converged),
        "convergence": ds.attrs["convergence"],
        "t_end": number(float(ds.t[-1])),
    }
    return entry


def made_from(definition: Definition) -> str:
    """What decides the numbers: the equations' digest, the values and the initial point."""
    values = [*definition.values().values(), *definition.initial_point()]
    return definition.digest + hashlib.sha256(np.array(values).tobytes()).hexdigest()[:8]


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
    every = {name: kind for kind in ("flow", "map") for name in definitions(kind)}
    table = json.loads(TABLE.read_text()) if TABLE.exists() else {}
    table = {name: entry for name, entry in table.items() if name in every}

    def wanted(name: str) -> bool:
        if arguments.names:
            return name in arguments.names
        known = made_from(definitions(every[name])[name])
        return bool(arguments.again or table.get(name, {}).get("made_from") != known)

    todo = [name for name in every if wanted(name)]
    os.environ["NUMBA_NUM_THREADS"] = "1"
    # fresh processes now and then: compiled systems are never given back
    with get_context("spawn").Pool(arguments.cores, maxtasksperchild=16) as pool:
        for count, (name, entry) in enumerate(pool.imap_unordered(attempt, [(every[n], n) for n in todo]), 1):
            if isinstance(entry, str):
                print(f"[{count}/{len(todo)}] {name}: {entry}", flush=True)
                continue
            table[name] = entry
            write(table)
            found = ", ".join(f"{value:.4g}" for value in entry.get("exponents", [])[:4])
            state = "" if entry.get("converged", True) else f"  NOT CONVERGED: {entry['convergence']}"
            print(f"[{count}/{len(todo)}] {name}: {found}{state}", flush=True)


def attempt(asked: tuple[str, str]) -> tuple[str, dict[str, Any] | str]:
    """A system's name with its entry, or with the error in words."""
    kind, name = asked
    try:
        return name, measure(kind, name)
    except Exception as error:
        return name, str(error)


def write(table: dict[str, Any]) -> None:
    """Replace the file in one step."""
    rows = (f"{json.dumps(name)}: {json.dumps(table[name])}" for name in sorted(table))
    text = "{\n" + ",\n".join(rows) + "\n}\n"
    part = Path(f"{TABLE}.part")
    part.write_text(text, "utf-8")
    part.replace(TABLE)


if __name__ == "__main__":
    main()
