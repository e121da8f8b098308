"""Makes the table of the exponents, dimensions and periods of every flow and map of the catalogue.

    python scripts/studies/exponents.py                what is missing or was made from other equations
    python scripts/studies/exponents.py lorenz63 henon those that are named, again
    python scripts/studies/exponents.py --again        all

The table is written after each system, so that a run that is stopped goes on where it was. Systems
driven by noise are listed without numbers. It ends with status 1 and a list of what could not be
measured. Some ten minutes on two cores.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from ergodica.numerics.errors import RunError
from ergodica.sims.chaos import lyapunov_spectrum
from ergodica.sims.chaos.orbit import orbit
from ergodica.sims.chaos.period import dominant_period
from ergodica.sims.chaos.plan import TOLERANCE, fitting_lengths, operations
from ergodica.sims.chaos.subject import Subject, subject
from ergodica.sims.chaos.survey import Survey, survey
from ergodica.sims.dynamics.catalogue import definitions
from ergodica.sims.dynamics.definition import Kind
from ergodica.sims.dynamics.facts import TABLE, made_from, table

WORK, PERIODS, ITERATIONS = 2e9, 30_000.0, 2**22
"""Multiplications a system, and most typical times or iterations."""
TRANSIENT, FEWEST = 100.0, 3
"""Typical times before, and fewest periods."""
STIFF, STIFF_TOLERANCE = 1.5, 1e-6
"""Steps of a stiff system in units of its fastest rate, and the tolerance that gives them."""
TOO_MANY = 20.0
"""Times its work that a system may take to see so many periods."""
ATTEMPTS, SHORTER = 3, 4.0
"""Runs of an orbit that cannot go on, each shorter than the one before."""
OWN_LENGTHS: dict[str, dict[str, float]] = {
    "fluid-trampoline": {"transient": 60_000.0, "t_end": 20_000.0},
    "sakarya": {"t_end": 4_000.0},
}
"""Of orbits whose chaos is a transient: one is followed after it has locked, the other before it escapes."""
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
    row = UNMEASURED | {"made_from": made_from(definition)}
    if definition.noise:
        return row
    chosen = subject(definition)
    if definition.lags:
        from ergodica.sims.chaos.delay import survey_delay

        seen = survey_delay(chosen, definition.initial_point())
    else:
        seen = survey(chosen, definition.initial_point())
    transient = OWN_LENGTHS.get(name, {}).get("transient", TRANSIENT * seen.time)
    period = dominant_period(chosen, seen, transient=transient)
    row["period"] = number(period)
    options = lengths(chosen, seen, period)
    ds, ended = None, ""
    for _ in range(ATTEMPTS):
        try:
            ds = lyapunov_spectrum(definition, threads=1, **options)
            break
        except RunError as error:
            ended = str(error).partition("member 0 ")[2].partition(";")[0]
            options |= {word: options[word] / SHORTER for word in ("t_end", "transient") if word in options}
    fate = "chaos is a transient here" if name in OWN_LENGTHS else ""
    if ds is None:
        return row | {"convergence": f"no tangent vectors: the orbit {ended}"}
    return row | {
        "exponents": [number(value) for value in ds.exponent.values],
        "standard_errors": [number(value, 3) for value in ds.standard_error.values],
        "mean_divergence": number(float(ds.mean_divergence)),
        "kaplan_yorke_dimension": number(float(ds.kaplan_yorke_dimension)),
        "kolmogorov_sinai_entropy": number(float(ds.kolmogorov_sinai_entropy)),
        "converged": bool(ds.converged),
        "convergence": "; ".join(
            filter(None, (ds.attrs["convergence"], ended and f"a longer orbit {ended}", fate))
        ),
        "t_end": number(float(ds.t[-1])),
    }


def lengths(chosen: Subject, seen: Survey, period: float) -> dict[str, Any]:
    """t_end, transient and rtol: what `WORK` reaches, a few periods at least, and whole ones.

    Over whole periods the rates of a periodic orbit have no end effects.
    """
    if chosen.definition.lags:
        return {"transient": TRANSIENT * seen.time}
    if chosen.name in OWN_LENGTHS:
        return dict(OWN_LENGTHS[chosen.name])
    t_end, transient = fitting_lengths(
        chosen, seen, chosen.size, work=WORK, periods=PERIODS, iterations=ITERATIONS
    )
    if chosen.is_map:
        return {"t_end": t_end, "transient": transient}
    rtol = TOLERANCE
    if chosen.definition.stiff:
        rtol = STIFF_TOLERANCE
        step = stiff_step(chosen, seen, period if math.isfinite(period) else seen.time)
        t_end = min(t_end, WORK / operations(chosen, chosen.size) * step)
        transient = min(transient, 0.1 * t_end)
    if math.isfinite(period) and FEWEST * period < TOO_MANY * t_end:
        t_end = max(FEWEST, round(t_end / period)) * period
    return {"t_end": t_end, "transient": transient, "rtol": rtol}


def stiff_step(chosen: Subject, seen: Survey, span: float) -> float:
    """Mean length of the steps that follow the fastest tangent vector along the orbit."""
    points = orbit(chosen, seen.point, spacing=span / 256, count=256, scale=seen.scale)
    j = np.empty((chosen.size, chosen.size))
    rates = []
    for point in points:
        chosen.kernels.jacobian(0.0, point, chosen.vector, j)
        rates.append(np.abs(np.linalg.eigvals(j)).max())
    return float(STIFF / np.mean(rates))


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

    def wanted(kind: Kind, name: str) -> bool:
        if arguments.names:
            return name in arguments.names
        known = made_from(definitions(kind)[name])
        return bool(arguments.again or table(kind).get(name, {}).get("made_from") != known)

    todo = [one for one in every if wanted(*one)]
    os.environ["NUMBA_NUM_THREADS"] = "1"
    failed = []
    # fresh processes now and then: compiled systems are never given back
    with get_context("spawn").Pool(arguments.cores, maxtasksperchild=16) as pool:
        for count, (kind, name, row, seconds) in enumerate(
            pool.imap_unordered(attempt, todo, chunksize=1), 1
        ):
            said = row
            if not isinstance(row, str):
                keep(kind, name, row)
                found = ", ".join(f"{value:.4g}" for value in row["exponents"][:4])
                said = f"{found}; {row['convergence']}"
            else:
                failed.append(f"{name}: {row}")
            print(f"[{count}/{len(todo)}] {name}, {seconds:.0f} s: {said}", flush=True)
    unknown = sorted(set(arguments.names) - {name for _, name in every})
    failed += [f"{name}: neither a flow nor a map of the catalogue" for name in unknown]
    if failed:
        sys.exit("not measured:\n" + "\n".join(failed))


def attempt(asked: tuple[Kind, str]) -> tuple[Kind, str, dict[str, Any] | str, float]:
    """A system with its row, or with the error in words, and how many seconds it took."""
    start = perf_counter()
    row: dict[str, Any] | str
    try:
        row = measure(*asked)
    except Exception as error:
        row = f"{type(error).__name__}: {error}"
    return *asked, row, perf_counter() - start


def keep(kind: Kind, name: str, row: dict[str, Any]) -> None:
    """Put a row into the file, a system a line, and leave out systems that are gone; in one step."""
    held = json.loads(TABLE.read_text("utf-8")) if TABLE.exists() else {}
    parts = []
    for one in KINDS:
        rows = {word: value for word, value in held.get(one, {}).items() if word in definitions(one)}
        rows |= {name: row} if one == kind else {}
        lines = ",\n".join(f"{json.dumps(word)}: {json.dumps(rows[word])}" for word in sorted(rows))
        parts.append(f'"{one}": {{\n{lines}\n}}')
    part = Path(f"{TABLE}.part")
    part.write_text("{\n" + ",\n".join(parts) + "\n}\n", "utf-8")
    part.replace(TABLE)


if __name__ == "__main__":
    main()
