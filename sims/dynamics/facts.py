"""What is known of the catalogue's systems by computation: exponents, dimension, entropy, dominant period.

The table is `catalogue/exponents.json`, made by `scripts/studies/exponents.py`.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from ergodica.sims.dynamics.catalogue import FOLDER, definitions
from ergodica.sims.dynamics.definition import Definition, Kind

TABLE = FOLDER / "exponents.json"
DIGITS = 12
"""Of values in `made_from`, fewer than differ between mathematical libraries."""


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Computed facts of a system at its default values. Rates are per unit of its time, or per iteration."""

    period: float | None
    """Dominant period; None for maps, noise, and orbits that do not turn."""
    exponents: tuple[float, ...]
    """Lyapunov exponents, the largest first: all of them, the leading ones of a system with delay, none of a system
    driven by noise or of an orbit that has no tangent vectors."""
    standard_errors: tuple[float, ...]
    """Of each exponent."""
    mean_divergence: float | None
    """Mean trace of the Jacobian (of ln |det J| for a map), which the full spectrum sums to."""
    kaplan_yorke_dimension: float | None
    """From the exponents, those within three standard errors of zero counted as zero."""
    kolmogorov_sinai_entropy: float | None
    """Sum of the positive exponents (Pesin): an upper bound, and equal for an SRB measure."""
    converged: bool | None
    """Whether the exact rules hold; None where nothing is measured."""
    convergence: str
    """What the rules gave, in words."""
    t_end: float | None
    """Time or iterations over which the exponents are averaged."""
    made_from: str
    """Digest of equations, values and initial point that the numbers belong to."""


def facts(name: str, kind: Kind) -> Facts | None:
    """Facts of a system of the catalogue by its name or alias; None when there are none of its present equations.

    Raises ParameterError for an unknown name.

    Good values: `facts("lorenz63", "flow")`; the same as `sims.FLOWS["lorenz63"].facts`.
    """
    return facts_of(definitions(kind)[name])


def facts_of(definition: Definition) -> Facts | None:
    """Facts of a definition; None unless they were made from just these equations, values and initial point."""
    entry = table(definition.kind).get(definition.name)
    if entry is None or entry["made_from"] != made_from(definition):
        return None
    values: dict[str, Any] = {field.name: entry[field.name] for field in fields(Facts)}
    values |= {name: tuple(value) for name, value in values.items() if isinstance(value, list)}
    return Facts(**values)


@functools.cache
def table(kind: Kind) -> Mapping[str, Mapping[str, Any]]:
    """Rows of the table by name, as stored."""
    rows: dict[str, dict[str, Any]] = json.loads(TABLE.read_text("utf-8"))[kind] if TABLE.exists() else {}
    return rows


def made_from(definition: Definition) -> str:
    """What decides the numbers, 24 hex digits: the equations' digest, then values and initial point."""
    values = [*definition.values().values(), *definition.initial_point()]
    text = " ".join(f"{value:.{DIGITS}g}" for value in values)
    return definition.digest + hashlib.sha256(text.encode()).hexdigest()[:8]
