"""Bifurcation diagrams: where orbits end up as a parameter changes."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.numerics.errors import ParameterError, RunError
from ergodica.numerics.threads import check_threads
from ergodica.sims.chaos.arguments import dimension, number, references, whole
from ergodica.sims.chaos.cycles import distinct_points
from ergodica.sims.chaos.ends import at_beats, fill_equilibria, iterates, survey_values
from ergodica.sims.chaos.record import FAILED, TIME
from ergodica.sims.chaos.sections import TOLERANCE, check_surface, check_tolerance
from ergodica.sims.chaos.subject import Subject, refuse_delay, refuse_noise, start_of, subject
from ergodica.sims.chaos.surfaces import DIRECTIONS, SLOW, component_index, find_crossings, surface_of
from ergodica.sims.engines.ode.codes import ALIVE, TOO_MANY_STEPS

if TYPE_CHECKING:
    import xarray as xr

Array = np.ndarray

TRANSIENT_ITERATIONS, TRANSIENT_PERIODS, PERIODS_A_POINT = 2000, 100.0, 20.0
REFERENCES = "May 1976, Nature 261, 459"


def bifurcation_diagram(
    system: Any,
    *,
    parameter: str,
    values: Sequence[float] | Array,
    component: str | None = None,
    points: int = 200,
    plane: tuple[str, float] | None = None,
    direction: str = "up",
    every: float | Sequence[float] | None = None,
    parameters: Mapping[str, Any] | None = None,
    initial: Any = None,
    transient: float | None = None,
    rtol: float = TOLERANCE,
    threads: int | None = None,
) -> xr.Dataset:
    """Points of an orbit after its transient, for each value of a parameter.

    Of a map: its iterates. Of a flow: the local maxima of the component, or where the orbit crosses a plane,
    or its state at the beat of a forcing.

    Args:
        system, parameters: as for `lyapunov_spectrum`, without delay.
        parameter: the one that is varied.
        values: its values, rising or falling, shape (m,).
        component: what is drawn; None for the first component.
        points: how many for each value, at most.
        plane: of a flow, (component, value): crossings of this plane instead of maxima.
        direction: of these crossings, `up`, `down` or `both`.
        every: of a forced flow, its period, or one for each value: states at multiples of it.
        initial: the starting point (d,), values by component, or one point for each value (m, d); None for the
            system's own.
        transient: time before; None for some 100 typical times (2000 iterations). Close to a bifurcation
            orbits settle slowly.
        rtol: relative error of a step of a flow.
        threads: CPU threads, shared by values; None for all.

    Returns:
        `bifurcation(<parameter>, point)`, in order of time, NaN where a value has fewer points;
        `distinct_points(<parameter>)`, the length of the cycle that the points repeat (0: none up to half of
        `points`); `stopped_at(<parameter>)`, when the orbit left the finite numbers, NaN where it did not.
        The points of such a value are NaN and a warning tells.

    Raises:
        ParameterError: what cannot work.
        RunError: no value has an orbit that stays finite.

    Good values: 1000 values for a picture; transient=10000 for a map close to its doublings.

    Source: May 1976, Nature 261, 459.
    """
    chosen = subject(system, parameters)
    refuse_noise(chosen, "bifurcation_diagram")
    refuse_delay(chosen, "bifurcation_diagram")
    rows = chosen.table(parameter, values)
    grid = rows[:, chosen.parameter_index(parameter)]
    _check_values(chosen, parameter, grid)
    count = whole("points", points, least=1, use=200)
    drawn = chosen.components[0] if component is None else component
    place = component_index(chosen, drawn)
    check_tolerance(rtol)
    check_threads(threads)
    if transient is not None:
        number("transient", transient, least=0.0)
    starts = _starts(chosen, parameter, grid, initial)
    if chosen.is_map:
        for name, given in (("plane", plane), ("every", every)):
            if given is not None:
                raise ParameterError(
                    f"{name}: for flows, got {given!r} for the map {chosen.name}; leave it out"
                )
        before = float(TRANSIENT_ITERATIONS if transient is None else whole_number(transient))
        words = "iterates"
        found, stopped = iterates(chosen, starts, rows, int(before), count, threads)
    else:
        beats = _beats(every, len(grid))
        where, value = (drawn, None) if plane is None else _plane(plane)
        check_surface(
            chosen,
            where if beats is None or plane is not None else None,
            value,
            beats is None and plane is None,
            None if beats is None else float(beats[0]),
            direction,
        )
        seen = survey_values(chosen, starts, rows)
        before = TRANSIENT_PERIODS * seen.time if transient is None else float(transient)
        if beats is not None:
            words = "states at the beat of the forcing"
            found, stopped = at_beats(
                chosen, seen, starts, rows, beats, before, count, rtol=rtol, threads=threads
            )
        else:
            surface = surface_of(chosen, seen.mean, where, value, maxima=plane is None)
            words = surface.words
            met = find_crossings(
                chosen,
                [seen] * len(rows),
                starts,
                rows,
                surface,
                direction=DIRECTIONS["up" if plane is None else direction],
                begin=before,
                end=before + PERIODS_A_POINT * count * seen.time,
                count=count,
                rtol=rtol,
                threads=threads,
            )
            found = met.points
            slow = met.record[:, FAILED] == TOO_MANY_STEPS
            lost = (met.record[:, FAILED] != ALIVE) & ~slow
            stopped = np.where(lost, met.record[:, TIME], np.nan)
            _tell_slow(chosen, parameter, grid.size, grid[slow], met.record[slow, TIME])
            if plane is None:
                fill_equilibria(chosen, seen, rows, found, met.ends)
    _tell_stopped(chosen, parameter, grid, stopped)
    found[np.isfinite(stopped)] = np.nan
    config = {"transient": before, "rtol": rtol, "component": drawn, "points": words}
    return _dataset(chosen, parameter, grid, found, stopped, place, config)


def whole_number(transient: float) -> int:
    """Iterations of a map. Raises ParameterError for a part of one."""
    if transient != int(transient):
        raise ParameterError(
            f"transient: a map needs a whole number of iterations, got {transient!r}; round it"
        )
    return int(transient)


def _check_values(chosen: Subject, parameter: str, grid: Array) -> None:
    steps = np.diff(grid)
    if not ((steps > 0).all() or (steps < 0).all()):
        raise ParameterError(f"values: strictly rising or falling, got {grid.size} that are not; sort them")
    if chosen.definition.sites is not None and parameter == "n":
        raise ParameterError("parameter: one that leaves the number of components, got 'n'; choose another")


def _plane(plane: Any) -> tuple[str, float]:
    try:
        where, value = plane
    except (TypeError, ValueError) as error:
        raise ParameterError(f"plane: a component and its value, got {plane!r}; write ('x', 0.0)") from error
    return where, number("plane", value)


def _beats(every: Any, values: int) -> Array | None:
    if every is None:
        return None
    beats = np.asarray(every, np.float64)
    if beats.shape not in ((), (values,)) or not (np.isfinite(beats) & (beats > 0)).all():
        raise ParameterError(
            f"every: above 0, one or one for each of {values} values, got {every!r}; give 2*pi/omega"
        )
    return np.broadcast_to(beats, values)


def _starts(chosen: Subject, parameter: str, grid: Array, initial: Any) -> Array:
    d = chosen.size
    if np.ndim(chosen.start if initial is None else initial) == 2:
        given = start_of(chosen, initial)
        if given.shape != (grid.size, d):
            raise ParameterError(
                f"initial: finite, shape ({d},) or ({grid.size}, {d}), got {given.shape}; give one point, or one "
                f"for each value of {parameter}"
            )
        return given
    # a starting point may depend on the parameter
    each = (replace(chosen, values={**chosen.values, parameter: float(one)}) for one in grid)
    return np.array([start_of(one, initial) for one in each])


def _tell_stopped(chosen: Subject, parameter: str, grid: Array, stopped: Array) -> None:
    from ergodica.sims.loop import MemberWarning

    lost = np.flatnonzero(np.isfinite(stopped))
    if not lost.size:
        return
    first = lost[0]
    words = f"{parameter}={grid[first]:.6g}, at t={stopped[first]:.6g}"
    if lost.size == grid.size:
        raise RunError(
            f"{chosen.name}: every orbit leaves the finite numbers, that of {words}; start elsewhere or "
            "choose other values"
        )
    warnings.warn(
        f"{chosen.name}: {lost.size} of {grid.size} orbits leave the finite numbers, the first that of {words}",
        MemberWarning,
        stacklevel=3,
    )


def _tell_slow(chosen: Subject, parameter: str, total: int, values: Array, times: Array) -> None:
    from ergodica.sims.loop import MemberWarning

    if values.size:
        warnings.warn(
            f"{chosen.name}: {values.size} of {total} orbits have fewer points, the first, of "
            f"{parameter}={values[0]:.6g}, is left at t={times[0]:.6g} {SLOW}",
            MemberWarning,
            stacklevel=3,
        )


def _dataset(
    chosen: Subject,
    parameter: str,
    grid: Array,
    found: Array,
    stopped: Array,
    place: int,
    config: dict[str, Any],
) -> xr.Dataset:
    from ergodica.data import from_arrays

    name = dimension(parameter, "value")
    drawn = chosen.components[place]
    meaning = chosen.definition.parameters[parameter].meaning
    return from_arrays(
        {
            "bifurcation": found[:, :, place],
            "distinct_points": distinct_points(found),
            "stopped_at": stopped,
        },
        title=f"Bifurcation diagram of {chosen.definition.title} over {parameter}",
        dims={"bifurcation": (name, "point"), "distinct_points": (name,), "stopped_at": (name,)},
        units=dict.fromkeys(("bifurcation", "distinct_points", "stopped_at", name, "point"), "1"),
        long_names={
            "bifurcation": f"{drawn} of {config['points']}",
            "distinct_points": "length of the cycle, 0 where there is none",
            "stopped_at": "time at which the orbit left the finite numbers",
            name: meaning or parameter,
            "point": "number of the point",
        },
        kinds={"bifurcation": "bifurcation", "distinct_points": "parameter", "stopped_at": "parameter"},
        coordinates={name: grid, "point": np.arange(found.shape[1])},
        references=references(chosen.definition.reference, REFERENCES),
        config={
            **chosen.config(),
            "measure": "bifurcation_diagram",
            "parameter": parameter,
            **config,
        },
    )
