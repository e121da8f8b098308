"""Poincare sections: where an orbit crosses a surface."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.numerics.errors import ParameterError, RunError, nearest
from ergodica.sims.chaos.subject import Subject, first_points, refuse_delay, refuse_noise, subject
from ergodica.sims.chaos.survey import Survey, survey

if TYPE_CHECKING:
    import xarray as xr

Array = np.ndarray

DIRECTIONS = {"up": 1, "down": -1, "both": 0}
TOLERANCE = 1e-10
TRANSIENT_PERIODS, PERIODS_A_CROSSING = 100.0, 20.0
STEPS_A_PERIOD = 20.0
REFERENCES = "Henon 1982, Physica D 5, 412"


@dataclass(frozen=True)
class Surface:
    """A plane, or where a component is largest."""

    kind: int
    normal: Array
    offset: float
    words: str


def poincare_section(
    system: Any,
    *,
    component: str,
    value: float | None = None,
    maxima: bool = False,
    direction: str = "up",
    crossings: int = 1000,
    parameters: Mapping[str, Any] | None = None,
    initial: Any = None,
    transient: float | None = None,
    t_end: float | None = None,
    rtol: float = TOLERANCE,
) -> xr.Dataset:
    """Where an orbit crosses the plane component = value, or has a local maximum of the component.

    Every crossing is the end of a step of the order-8 formula whose width is solved for, so it lies on the
    surface to round-off and on the orbit to the integrator's error.

    Args:
        system, parameters, initial: as for `lyapunov_spectrum`; a flow without delay.
        component: which one is constant on the plane.
        value: its value there; None for its mean on the orbit.
        maxima: take local maxima of the component instead; `value` and `direction` stay out.
        direction: `up`, `down` or `both`.
        crossings: how many at most.
        transient: time before; None for some 100 typical times.
        t_end: time to look; None for 20 typical times a crossing.
        rtol: relative error of a step.

    Returns:
        `section(crossing, component)` and `crossing_time(crossing)`, from the end of the transient; fewer
        than asked for where t_end comes first.

    Raises:
        ParameterError: what cannot work, such as a map, whose orbit is a set of points already.
        RunError: an orbit that leaves the finite numbers, or that never crosses.

    Source: Henon 1982, Physica D 5, 412 (a crossing as the end of a step of its own).
    """
    from ergodica.data import from_arrays

    chosen = subject(system, parameters)
    refuse_noise(chosen, "poincare_section")
    refuse_delay(chosen, "poincare_section")
    if chosen.is_map:
        raise ParameterError(f"poincare_section: for flows, got the map {chosen.name}; use its orbit itself")
    if direction not in DIRECTIONS:
        raise ParameterError(f"direction: {', '.join(DIRECTIONS)}, got {direction!r}; use up")
    if isinstance(crossings, bool) or not isinstance(crossings, int | np.integer) or crossings < 1:
        raise ParameterError(f"crossings: a whole number of at least 1, got {crossings!r}; use 1000")
    for name, given in (("transient", transient), ("t_end", t_end), ("value", value)):
        if given is not None and not (np.isfinite(given) and (given >= 0 or name == "value")):
            raise ParameterError(f"{name}: finite and at least 0, got {given!r}; leave it out")
    start = first_points(chosen, initial, 1, np.zeros(chosen.size), 0)
    seen = survey(chosen, start[0])
    surface = surface_of(chosen, seen, component, value, maxima)
    before = TRANSIENT_PERIODS * seen.time if transient is None else float(transient)
    longest = PERIODS_A_CROSSING * crossings * seen.time if t_end is None else float(t_end)
    points, times, found, record = find_crossings(
        chosen,
        seen,
        start,
        chosen.vector[None].copy(),
        surface,
        direction=DIRECTIONS["up" if maxima else direction],
        begin=before,
        end=before + longest,
        count=int(crossings),
        rtol=rtol,
    )
    if record[0, 2]:
        raise RunError(
            f"{chosen.name}: the orbit stops at t={record[0, 0]:.6g}; change the parameters or initial"
        )
    count = int(found[0])
    if not count:
        raise RunError(
            f"{chosen.name}: no crossing of {surface.words} within {longest:g}; choose another value or direction"
        )
    return from_arrays(
        {"section": points[0, :count], "crossing_time": times[0, :count] - before},
        title=f"Section of {chosen.definition.title} at {surface.words}",
        dims={"section": ("crossing", "component"), "crossing_time": ("crossing",)},
        units={"section": "1", "crossing_time": "1", "crossing": "1"},
        long_names={
            "section": f"state at {surface.words}",
            "crossing_time": "time of the crossing after the transient",
            "crossing": "number of the crossing",
        },
        kinds={"section": "section", "crossing_time": "parameter"},
        coordinates={"crossing": np.arange(count), "component": np.array(chosen.components)},
        references="; ".join(filter(None, (chosen.definition.reference, REFERENCES))),
        config={
            **chosen.config(),
            "measure": "poincare_section",
            "surface": surface.words,
            "direction": direction,
            "transient": before,
            "rtol": rtol,
        },
    )


def surface_of(chosen: Subject, seen: Survey, component: str, value: float | None, maxima: bool) -> Surface:
    """The surface that is meant. Raises ParameterError for an unknown component."""
    from ergodica.sims.chaos.crossing_kernel import MAXIMUM, PLANE

    names = chosen.components
    if component not in names:
        raise ParameterError(f"component: {chosen.name} has no {component!r}; {nearest(component, names)}")
    place = names.index(component)
    normal = np.zeros(chosen.size)
    normal[place] = 1.0
    if maxima:
        return Surface(MAXIMUM, normal, 0.0, f"the maxima of {component}")
    offset = float(seen.mean[place] if value is None else value)
    return Surface(PLANE, normal, offset, f"{component} = {offset:.6g}")


def find_crossings(
    chosen: Subject,
    seen: Survey,
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
) -> tuple[Array, Array, Array, Array]:
    """Crossings of orbits from `starts` (m, d), each with its parameters: points (m, count, d), times, numbers."""
    from ergodica.sims.chaos.crossing_kernel import crossings_of_all
    from ergodica.sims.engines.ode.calls import SCALAR, address
    from ergodica.sims.engines.sharing import sharing

    members = len(starts)
    points = np.full((members, count, chosen.size), np.nan)
    times = np.full((members, count), np.nan)
    found, record = np.zeros(members, np.int64), np.zeros((members, 3))
    record[:, 1] = 1e-3 * seen.time
    with sharing(members, threads):
        crossings_of_all(
            address(chosen.kernels.rhs, SCALAR),
            starts.copy(),
            rows,
            seen.scale,
            rtol,
            surface.kind,
            surface.normal,
            surface.offset,
            direction,
            begin,
            end,
            seen.time / STEPS_A_PERIOD,
            record,
            points,
            times,
            found,
        )
    return points, times, found, record
