"""The tables of the page of exponents, from the facts that lie beside the catalogue."""

from __future__ import annotations

import math
from collections.abc import Mapping

from ergodica import sims
from ergodica.scripts.studies.documents import markdown
from ergodica.sims.dynamics.definition import Definition
from ergodica.sims.dynamics.facts import Facts

HEAD = ("system", "category", "d", "motion", "period", "exponents", "sum", "D_KY", "h_KS")
SHOWN = 4
"""Exponents of a row; the rest is in the file."""
MOST_DECIMALS = 6
SMALL = 1e-3
"""Exponents below this are shown with a power of ten."""
SIGNIFICANT = 3.0
"""Standard errors within which an exponent counts as zero."""


def exponents_of_flows(margin: float) -> str:
    """Computed facts of the flows of the catalogue."""
    return markdown(HEAD, _rows(sims.FLOWS))


def exponents_of_maps(margin: float) -> str:
    """Computed facts of the maps of the catalogue, which have no period."""
    place = HEAD.index("period")
    head, *rows = ((*row[:place], *row[place + 1 :]) for row in (HEAD, *_rows(sims.MAPS)))
    return markdown(head, rows)


def exponents_in_doubt(margin: float) -> str:
    """Systems of which a rule does not hold or nothing could be measured."""
    found = [
        (f"`{name}`", facts.convergence)
        for definitions in (sims.FLOWS, sims.MAPS)
        for name, definition in definitions.items()
        if (facts := definition.facts) is not None and not definition.noise and not facts.converged
    ]
    return markdown(("system", "what the rules gave"), found or [("none", "all rules hold")])


def motion(definition: Definition, facts: Facts) -> str:
    """What the signs of the exponents say, zeros within three standard errors.

    Two positive exponents make hyperchaos. Without one, an autonomous flow with one zero is periodic, with more it
    moves on a torus, with none it rests; a forced flow or a map has one zero less. Zeros between one and three
    standard errors do not tell which.
    """
    if "too short" in facts.convergence or "transient:" in facts.convergence:
        return "not settled"
    clear = [
        0.0 if abs(value) <= SIGNIFICANT * error else value
        for value, error in zip(facts.exponents, facts.standard_errors, strict=True)
    ]
    growing, zeros = sum(value > 0 for value in clear), clear.count(0.0)
    keeps_volume = definition.category in ("hamiltonian", "conservative")
    if growing:
        return "chaos" if growing == 1 else "hyperchaos"
    if "rests" in facts.convergence:
        return "rest"
    if keeps_volume:
        return "regular"
    if any(
        value == 0 and abs(exact) > error
        for value, exact, error in zip(clear, facts.exponents, facts.standard_errors, strict=True)
    ):
        return "not chaotic"
    of_time = 1 if definition.kind == "flow" and definition.autonomous else 0
    return "periodic" if zeros <= of_time else "quasiperiodic"


def with_error(value: float, error: float) -> str:
    """A number with its error in units of the last digit.

    >>> with_error(0.90641, 0.00072), with_error(-14.573, 0.0013), with_error(2e-9, 1e-15), with_error(-2.0, 13.0)
    ('0.9064(7)', '-14.573(1)', '0.000000', '-2(13)')
    """
    if not error > 0.5 * 10.0**-MOST_DECIMALS:
        text = f"{value:.{MOST_DECIMALS}f}"
        return text.removeprefix("-") if float(text) == 0 else text
    decimals = max(0, -math.floor(math.log10(error)))
    units = round(error * 10**decimals)
    if units == 10 and decimals > 0:
        decimals, units = decimals - 1, 1
    text = f"{value:.{decimals}f}"
    return f"{text.removeprefix('-') if float(text) == 0 else text}({units})"


def listed(facts: Facts) -> str:
    """The first exponents with their errors, as multiples of a power of ten where all are small."""
    pairs = list(zip(facts.exponents, facts.standard_errors, strict=True))
    largest = max(abs(value) for value in facts.exponents)
    power = math.floor(math.log10(largest)) if 1e-9 < largest < SMALL else 0
    shown = ", ".join(with_error(value / 10.0**power, error / 10.0**power) for value, error in pairs[:SHOWN])
    more = ", ..." if len(pairs) > SHOWN else ""
    return f"({shown}{more}) 1e{power}" if power else shown + more


def _rows(definitions: Mapping[str, Definition]) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for name, definition in definitions.items():
        facts = definition.facts
        if facts is None or not facts.exponents:
            continue
        rows.append(
            (
                f"`{name}`",
                definition.category,
                "∞" if definition.lags else str(definition.size()),
                motion(definition, facts),
                _shown(facts.period, ".4g"),
                listed(facts),
                _shown(None if definition.lags else _nil(facts.mean_divergence), ".4g"),
                _shown(facts.kaplan_yorke_dimension, ".3f"),
                _shown(facts.kolmogorov_sinai_entropy, ".3g"),
            )
        )
    return rows


def _nil(value: float | None) -> float | None:
    # round-off of a divergence that vanishes
    return 0.0 if value is not None and abs(value) < 1e-12 else value


def _shown(value: float | None, form: str) -> str:
    return "" if value is None else f"{value + 0.0:{form}}"


TABLES = (exponents_of_flows, exponents_of_maps, exponents_in_doubt)
