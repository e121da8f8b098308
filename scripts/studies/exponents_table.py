"""The tables of the page of exponents, from the facts that lie beside the catalogue."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from ergodica import sims
from ergodica.sims.dynamics.definition import Definition
from ergodica.sims.dynamics.facts import Facts

SHOWN = 4
"""Exponents of a row; the rest is in the file."""
MOST_DECIMALS = 6


def exponents_of_flows() -> list[tuple[str, ...]]:
    """Head and rows: name, category, components, period, exponents, divergence, dimension, entropy."""
    return _rows(sims.FLOWS, with_period=True)


def exponents_of_maps() -> list[tuple[str, ...]]:
    """Head and rows, as of flows without a period."""
    return _rows(sims.MAPS, with_period=False)


def doubtful() -> list[tuple[str, ...]]:
    """Head and rows of the systems where an exact rule does not hold within its error."""
    found = [
        (f"`{name}`", facts.convergence)
        for definitions in (sims.FLOWS, sims.MAPS)
        for name, definition in definitions.items()
        if (facts := definition.facts) is not None and facts.converged is False
    ]
    return [("system", "what the rules gave"), *found]


def with_error(value: float, error: float) -> str:
    """A number with its error in units of the last digit.

    >>> with_error(0.90641, 0.00072), with_error(-14.573, 0.0013), with_error(2e-9, 1e-15), with_error(-2.0, 13.0)
    ('0.9064(7)', '-14.573(1)', '0.000000', '-2(13)')
    """
    if not error > 0.5 * 10.0**-MOST_DECIMALS:
        return f"{value + 0.0:.{MOST_DECIMALS}f}".replace("-0.000000", "0.000000")
    decimals = max(0, -math.floor(math.log10(error)))
    units = round(error * 10**decimals)
    if units == 10:
        decimals, units = max(0, decimals - 1), 1 if decimals > 0 else 10
    text = f"{value:.{decimals}f}"
    return f"{text.removeprefix('-') if float(text) == 0 else text}({units})"


def _rows(definitions: Mapping[str, Definition], *, with_period: bool) -> list[tuple[str, ...]]:
    head = ("system", "category", "d", "period", "exponents", "sum", "D_KY", "h_KS")
    rows: list[tuple[str, ...]] = [head]
    for name, definition in definitions.items():
        facts = definition.facts
        if facts is not None and facts.exponents:
            rows.append(
                (f"`{name}`", definition.category, str(definition.size()), *_cells(definition, facts))
            )
    return rows if with_period else [(*row[:3], *row[4:]) for row in rows]


def _cells(definition: Definition, facts: Facts) -> Sequence[str]:
    pairs = zip(facts.exponents[:SHOWN], facts.standard_errors, strict=False)
    listed = ", ".join(with_error(value, error) for value, error in pairs)
    more = ", ..." if len(facts.exponents) > SHOWN or definition.lags else ""
    full = not definition.lags

    def shown(value: float | None, form: str) -> str:
        return "" if value is None else f"{value + 0.0:{form}}"

    return (
        shown(facts.period, ".4g"),
        listed + more,
        shown(facts.mean_divergence if full else None, ".4g"),
        shown(facts.kaplan_yorke_dimension, ".3f"),
        shown(facts.kolmogorov_sinai_entropy, ".3g"),
    )
