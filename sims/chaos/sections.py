"""Poincare sections: where orbits cross a surface, or are at the beat of a forcing."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.numerics.errors import ParameterError, RunError
from ergodica.numerics.threads import check_threads
from ergodica.sims.chaos.arguments import number, references, whole
from ergodica.sims.chaos.looks import look_at_each
from ergodica.sims.chaos.orbit import orbits
from ergodica.sims.chaos.record import FAILED, TIME
from ergodica.sims.chaos.subject import Subject, refuse_delay, refuse_noise, start_of, subject
from ergodica.sims.chaos.surfaces import DIRECTIONS, SLOW, component_index, find_crossings, surface_of
from ergodica.sims.chaos.survey import Survey

if TYPE_CHECKING:
    import xarray as xr

Array = np.ndarray

TOLERANCE = 1e-10
SMALLEST_TOLERANCE, LARGEST_TOLERANCE = 1e-14, 1e-2
TRANSIENT_PERIODS, PERIODS_A_CROSSING = 100.0, 20.0
ROUND = 1e-9
"""Beats by which a time may miss one and still be at it."""
REFERENCES = "Henon 1982, Physica D 5, 412"


def poincare_section(
    system: Any,
    *,
    component: str | None = None,
    value: float | None = None,
    maxima: bool = False,
    every: float | None = None,
    direction: str = "up",
    crossings: int = 1000,
    parameters: Mapping[str, Any] | None = None,
    initial: Any = None,
    transient: float | None = None,
    t_end: float | None = None,
    rtol: float = TOLERANCE,
    threads: int | None = None,
) -> xr.Dataset:
    """Where orbits cross the plane component = value, have a local maximum of it, or are at times n * every.

    Every crossing is the end of a step of the order-8 formula whose width is solved for, so it lies on the
    surface to round-off and on the orbit to the integrator's error. Two crossings within a twentieth of a
    typical time may go unseen.

    Args:
        system, parameters: as for `lyapunov_spectrum`; a flow without delay.
        component: which one is constant on the plane, or largest; None for the first.
        value: its value there; None for its mean on the orbit.
        maxima: take local maxima of the component; `value` and `direction` stay out.
        every: period of a forcing: the state at its multiples, instead of a surface.
        direction: `up`, `down` or `both`.
        crossings: how many at most.
        initial: the starting point (d,), values by component, or points (members, d) for a section of several
            orbits; None for the system's own.
        transient: time before; None for some 100 typical times, of a Hamiltonian system 0.
        t_end: time to look; None for 20 typical times a crossing.
        rtol: relative error of a step.
        threads: CPU threads, shared by orbits; None for all.

    Returns:
        `section(crossing, component)` and `crossing_time(crossing)`, from the end of the transient; fewer
        than asked for where t_end comes first. With several orbits `(member, crossing, ...)`, NaN where one
        has fewer than the others or has stopped, which a warning tells.

    Raises:
        ParameterError: what cannot work, such as a map, whose orbit is a set of points already.
        RunError: an orbit that leaves the finite numbers, or that never crosses.

    Good values: maxima=True for the return map of a band; crossings=2000 for a picture.

    Source: Henon 1982, Physica D 5, 412 (a crossing as the end of a step of its own).
    """
    chosen = subject(system, parameters)
    refuse_noise(chosen, "poincare_section")
    refuse_delay(chosen, "poincare_section")
    if chosen.is_map:
        raise ParameterError(f"poincare_section: for flows, got the map {chosen.name}; use its orbit itself")
    count = whole("crossings", crossings, least=1, use=1000)
    component = chosen.components[0] if component is None and every is None else component
    check_surface(chosen, component, value, maxima, every, direction)
    check_threads(threads)
    for name, given in (("transient", transient), ("t_end", t_end)):
        if given is not None:
            number(name, given, least=0.0)
    check_tolerance(rtol)
    start = start_of(chosen, initial)
    several, starts = start.ndim == 2, np.atleast_2d(start)
    looks = look_at_each(chosen, starts)
    seen = looks[0]
    before = TRANSIENT_PERIODS * seen.time if chosen.definition.hamiltonian is None else 0.0
    before = before if transient is None else float(transient)
    longest = PERIODS_A_CROSSING * count * seen.time if t_end is None else float(t_end)
    rows = np.tile(chosen.vector, (len(starts), 1))
    if every is not None:
        words = f"multiples of {every:.6g} in time"
        if t_end is not None:
            # beats in (transient, transient + t_end], the end of the transient among them
            count = min(count, int((before + longest) / every + ROUND) - first_beat(before, every) + 1)
        options: dict[str, Any] = {"every": every, "begin": before, "count": max(count, 1)}
        points, times = strobed(chosen, seen, starts, rows, **options, rtol=rtol, threads=threads)
        times = times if count > 0 else np.full_like(times, np.nan)
    else:
        surface = surface_of(chosen, seen.mean, component, value, maxima)
        words = surface.words
        met = find_crossings(
            chosen,
            looks,
            starts,
            rows,
            surface,
            direction=DIRECTIONS["up" if maxima else direction],
            begin=before,
            end=before + longest,
            count=count,
            rtol=rtol,
            threads=threads,
        )
        _tell_stopped(chosen, met.record)
        points, times = met.points, met.times
    most = int(np.isfinite(times).sum(1).max())
    if not most:
        raise RunError(
            f"{chosen.name}: no crossing of {words} within {longest:g}; choose another value or direction"
        )
    config = {"surface": words, "direction": direction, "transient": before, "rtol": rtol}
    ds = _dataset(chosen, points[:, :most], times[:, :most] - before, words, several, config)
    shown = None if maxima or every is not None else conjugate_pair(chosen, component)
    if shown is not None:
        ds["section"].attrs["plotted_components"] = ", ".join(shown)
    return ds


def conjugate_pair(chosen: Subject, component: str | None) -> tuple[str, str] | None:
    """A position and its momentum beside the plane's own pair, or None where there are no such."""
    energy = chosen.definition.hamiltonian
    pairs = () if energy is None else tuple(zip(energy.positions, energy.momenta, strict=True))
    others = [pair for pair in pairs if component not in pair and set(pair) <= set(chosen.components)]
    return others[0] if others else None


def check_surface(
    chosen: Subject,
    component: str | None,
    value: float | None,
    maxima: bool,
    every: float | None,
    direction: str,
) -> None:
    """Raise ParameterError unless exactly one surface is described."""
    if every is not None:
        number("every", every, above=0.0)
        if component is not None or value is not None or maxima:
            raise ParameterError(
                f"every: instead of a surface, got component={component!r} too; leave one of them out"
            )
        return
    component_index(chosen, component)
    if direction not in DIRECTIONS:
        raise ParameterError(f"direction: {', '.join(DIRECTIONS)}, got {direction!r}; use up")
    if value is not None:
        number("value", value)
        if maxima:
            raise ParameterError(f"value: not with maxima, got {value!r}; leave it out")


def check_tolerance(rtol: float) -> None:
    """Raise ParameterError for an error of a step that double precision cannot have, or that says nothing."""
    if not SMALLEST_TOLERANCE <= number("rtol", rtol) <= LARGEST_TOLERANCE:
        raise ParameterError(
            f"rtol: from {SMALLEST_TOLERANCE:g} to {LARGEST_TOLERANCE:g}, got {rtol!r}; use {TOLERANCE:g}"
        )


def first_beat(begin: float, every: float) -> int:
    """The first multiple of `every` at or after `begin`."""
    return int(np.ceil(begin / every - ROUND))


def strobed(
    chosen: Subject,
    seen: Survey,
    starts: Array,
    rows: Array,
    *,
    every: float,
    begin: float,
    count: int,
    rtol: float,
    threads: int | None = None,
) -> tuple[Array, Array]:
    """States at multiples of `every` from `begin` on, (members, count, d), and their times (members, count)."""
    samples = orbits(
        chosen,
        starts,
        spacing=every,
        count=count,
        transient=begin,
        scale=seen.scale,
        vectors=rows,
        threads=threads,
        rtol=rtol,
    ).transpose(1, 0, 2)
    times = every * (first_beat(begin, every) + np.arange(count))
    return samples, np.where(np.isfinite(samples).all(2), times, np.nan)


def _tell_stopped(chosen: Subject, record: Array) -> None:
    from ergodica.sims.engines.ode.codes import REASONS, TOO_MANY_STEPS
    from ergodica.sims.loop import MemberWarning

    stopped = np.flatnonzero(record[:, FAILED])
    if not stopped.size:
        return
    one = stopped[np.argmin(record[stopped, TIME])]
    code = int(record[one, FAILED])
    words = f"stops at t={record[one, TIME]:.6g}, {SLOW if code == TOO_MANY_STEPS else REASONS[code]}"
    if stopped.size == len(record):
        who = "the orbit" if len(record) == 1 else f"every orbit, first that of member {one},"
        raise RunError(f"{chosen.name}: {who} {words}; change the parameters or initial")
    warnings.warn(
        f"{chosen.name}: {stopped.size} of {len(record)} orbits stop, the first, of member {one}, {words}",
        MemberWarning,
        stacklevel=3,
    )


def _dataset(
    chosen: Subject, points: Array, times: Array, words: str, several: bool, config: dict[str, Any]
) -> xr.Dataset:
    from ergodica.data import from_arrays

    members = ("member",) if several else ()
    return from_arrays(
        {"section": points if several else points[0], "crossing_time": times if several else times[0]},
        title=f"Section of {chosen.definition.title} at {words}",
        dims={
            "section": (*members, "crossing", "component"),
            "crossing_time": (*members, "crossing"),
        },
        units={"section": "1", "crossing_time": "1", "crossing": "1"},
        long_names={
            "section": f"state at {words}",
            "crossing_time": "time of the crossing after the transient",
            "crossing": "number of the crossing",
        },
        kinds={"section": "section", "crossing_time": "parameter"},
        coordinates={"crossing": np.arange(points.shape[1]), "component": np.array(chosen.components)},
        references=references(chosen.definition.reference, REFERENCES),
        config={**chosen.config(), "measure": "poincare_section", **config},
    )
