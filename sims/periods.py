"""The period of a flow: from the table of the catalogue, or computed."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from ergodica.numerics.errors import ParameterError, RunError
from ergodica.sims.dynamics.definition import Definition

DIGITS = 6  # more than a spectrum gives, and the same on every machine
TRANSIENT = 100.0  # typical times until an orbit is on its attractor


def period_of(definition: Definition, values: Mapping[str, float], point: np.ndarray | None) -> float | None:
    """The dominant period of a flow at some parameters; None for maps, noise and orbits that come to rest.

    Args:
        definition: the system.
        values: its parameters.
        point: where the orbit starts, shape (d,); None for the definition's own point.

    Returns:
        The period in the flow's unit of time, 6 digits: that of the catalogue's table where it holds for these
        values, else it is computed from an orbit of 400 typical times (see `sims.chaos.period`).

    Raises:
        ParameterError: the orbit does not stay finite.
    """
    if definition.kind == "map" or definition.noise:
        return None
    default = {name: parameter.value for name, parameter in definition.parameters.items()}
    facts = definition.facts if point is None and dict(values) == default else None
    found = facts.period if facts is not None else _computed(definition, values, point)
    return float(f"{found:.{DIGITS}g}") if found is not None and math.isfinite(found) else None


def _computed(definition: Definition, values: Mapping[str, float], point: np.ndarray | None) -> float:
    from ergodica.sims.chaos.delay import survey_delay
    from ergodica.sims.chaos.period import dominant_period
    from ergodica.sims.chaos.subject import Subject
    from ergodica.sims.chaos.survey import survey

    chosen = Subject(definition, dict(values))
    start = definition.initial_point(values) if point is None else point
    try:
        seen = (survey_delay if definition.lags else survey)(chosen, start)
        return dominant_period(chosen, seen, transient=TRANSIENT * seen.time)
    except RunError as error:
        raise ParameterError(
            f"periods: the period cannot be computed, {str(error).partition(';')[0]}; use t_end and snapshots"
        ) from None
