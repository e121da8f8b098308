"""Surfaces in the space of states, and the search for where orbits cross them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ergodica.numerics.errors import ParameterError, nearest
from ergodica.sims.chaos.arguments import bar, number
from ergodica.sims.chaos.record import FAILED, STEP, TIME, records
from ergodica.sims.chaos.subject import Subject
from ergodica.sims.chaos.survey import Survey

Array = np.ndarray

DIRECTIONS = {"up": 1, "down": -1, "both": 0}
STEPS_A_PERIOD = 20.0
SLICE = 20_000
"""Steps of an orbit between two looks at the clock and the keyboard: some 20 ms."""
SHORTEST = 1e-9
"""Time that a slice must gain, in typical times; an orbit that gains less has met a singularity."""
MOST_STEPS, MOST_A_PERIOD = 10_000_000, 1000
"""Steps that an orbit takes at most: some seconds, and so many more for each typical time that it is asked for."""
SLOW = "after too many steps, which are short beside its typical time"


@dataclass(frozen=True)
class Surface:
    """A plane, or where a component is largest."""

    kind: int
    normal: Array
    offset: float
    words: str


@dataclass(frozen=True)
class Crossings:
    """What orbits have in common with a surface."""

    points: Array
    """(members, count, d), NaN where there are fewer."""
    times: Array
    """(members, count)."""
    ends: Array
    """Where orbits were last, (members, d)."""
    record: Array
    """The time reached, the next step, and the code of what stopped the orbit, (members, 3)."""


def surface_of(
    chosen: Subject, mean: Array, component: str | None, value: float | None, maxima: bool
) -> Surface:
    """The surface that is meant. Raises ParameterError for an unknown component."""
    from ergodica.sims.chaos.crossing_kernel import MAXIMUM, PLANE

    place = component_index(chosen, component)
    normal = np.zeros(chosen.size)
    normal[place] = 1.0
    if maxima:
        return Surface(MAXIMUM, normal, 0.0, f"the maxima of {component}")
    offset = float(mean[place]) if value is None else number("value", value)
    return Surface(PLANE, normal, offset, f"{component} = {offset:.6g}")


def component_index(chosen: Subject, component: str | None) -> int:
    """Place of a component. Raises ParameterError for an unknown one."""
    names = chosen.components
    if component not in names:
        raise ParameterError(f"component: {chosen.name} has no {component!r}; {nearest(component, names)}")
    return names.index(component)


def find_crossings(
    chosen: Subject,
    seen: Sequence[Survey],
    starts: Array,
    rows: Array,
    surface: Surface,
    *,
    direction: int,
    begin: float,
    end: float,
    count: int,
    rtol: float,
    threads: int | None = None,
) -> Crossings:
    """Crossings between `begin` and `end` of orbits from `starts` (members, d), each with its parameters.

    `seen` has what a first look at each of them gave, which sets their errors and longest steps.
    """
    from ergodica.sims.chaos.crossing_kernel import Orbits, Search, follow
    from ergodica.sims.engines.ode.calls import SCALAR, address
    from ergodica.sims.engines.ode.codes import ALIVE, STEP_TOO_SMALL, TOO_MANY_STEPS
    from ergodica.sims.engines.sharing import sharing

    members = len(starts)
    points = np.full((members, count, chosen.size), np.nan)
    times = np.full((members, count), np.nan)
    found, record = np.zeros(members, np.int64), records(starts)
    typical = np.array([one.time for one in seen])
    scales = np.array([one.scale for one in seen])
    record[:, STEP] = 1e-3 * typical
    how = Search(
        place=address(chosen.kernels.rhs, SCALAR),
        rtol=rtol,
        surface=surface.kind,
        normal=surface.normal,
        offset=surface.offset,
        direction=direction,
        begin=begin,
        end=end,
        most=SLICE,
    )
    u = np.array(starts)
    orbits = Orbits(u, rows, scales, typical / STEPS_A_PERIOD, record, points, times, found)
    parallel = members > 1 and threads != 1
    most, steps = MOST_STEPS + MOST_A_PERIOD * end / typical, 0
    with sharing(members, threads), bar(members, chosen.name, "orbit") as shown:
        while True:
            before = record[:, TIME].copy()
            follow(members, how, orbits, parallel=parallel)
            going = (found < count) & (record[:, TIME] < end) & (record[:, FAILED] == ALIVE)
            stuck = going & (record[:, TIME] - before <= SHORTEST * typical)
            steps += SLICE
            record[going & (steps > most), FAILED] = TOO_MANY_STEPS
            record[stuck, FAILED] = STEP_TOO_SMALL
            going &= record[:, FAILED] == ALIVE
            share = np.maximum(found / count, np.minimum(record[:, TIME] / end, 1.0))
            shown.update(float(np.where(going, share, 1.0).sum()) - shown.n)
            if not going.any():
                return Crossings(points, times, u, record)
