"""Where orbits end up for each row of parameters: iterates of a map, states at a beat, equilibria of a flow."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ergodica.sims.chaos.arguments import bar
from ergodica.sims.chaos.looks import common_look
from ergodica.sims.chaos.sections import strobed
from ergodica.sims.chaos.subject import Subject
from ergodica.sims.chaos.survey import Survey

Array = np.ndarray

SLICE = 2**22
"""Iterations of all members between two looks at the keyboard."""
AT_REST = 1e-6
"""Speed, in sizes of the orbit over its typical time, below which a flow without maxima is an equilibrium."""


def survey_values(chosen: Subject, starts: Array, rows: Array) -> Survey:
    """Scales and a typical time of the values together. Raises RunError when none has an orbit."""
    names = list(chosen.values)
    return common_look(
        [
            (replace(chosen, values=dict(zip(names, row, strict=True))), start)
            for row, start in zip(rows, starts, strict=True)
        ]
    )


def iterates(
    chosen: Subject, starts: Array, rows: Array, transient: int, count: int, threads: int | None
) -> tuple[Array, Array]:
    """Points (m, count, d), and the iteration before which each orbit left the finite numbers, or NaN."""
    from ergodica.sims.chaos.iterate import lifetimes
    from ergodica.sims.engines.lanes_map import LanesMap
    from ergodica.sims.engines.ode.calls import SCALAR, address

    engine = LanesMap(definition=chosen.definition, parameters=rows, steps_per_snapshot=1, threads=threads)
    state, members = {"u": starts.copy()}, len(rows)
    together = max(1, SLICE // members)
    found = np.empty((members, count, chosen.size))
    with bar(transient + count, chosen.name, "iteration") as shown, np.errstate(all="ignore"):
        for first in range(0, transient, together):
            steps = min(together, transient - first)
            engine.advance(state, first, steps)
            shown.update(steps)
        for n in range(count):
            if n:
                engine.advance(state, transient + n - 1, 1)
            found[:, n] = state["u"]
            shown.update()
    lost = np.flatnonzero(~np.isfinite(found).all((1, 2)))
    stopped, alive = np.full(members, np.nan), np.zeros(lost.size, np.int64)
    lifetimes(address(chosen.kernels.rhs, SCALAR), starts[lost], rows[lost], transient + count, alive)
    stopped[lost] = alive
    return found, stopped


def at_beats(
    chosen: Subject,
    seen: Survey,
    starts: Array,
    rows: Array,
    beats: Array,
    before: float,
    count: int,
    *,
    rtol: float,
    threads: int | None,
) -> tuple[Array, Array]:
    """Points (m, count, d) at multiples of each row's beat, and when an orbit stopped, or NaN."""
    found = np.empty((len(rows), count, chosen.size))
    stopped = np.full(len(rows), np.nan)
    with bar(len(rows), chosen.name, "orbit") as shown:
        for beat in np.unique(beats):
            same = beats == beat
            states, times = strobed(
                chosen,
                seen,
                starts[same],
                rows[same],
                every=float(beat),
                begin=before,
                count=count,
                rtol=rtol,
                threads=threads,
            )
            found[same] = states
            lost = ~np.isfinite(times).all(1)
            last = np.where(np.isfinite(times), times, before).max(1)
            stopped[same] = np.where(lost, last, np.nan)
            shown.update(int(same.sum()))
    return found, stopped


def fill_equilibria(chosen: Subject, seen: Survey, rows: Array, found: Array, ends: Array) -> None:
    """The one point of a flow that has come to rest."""
    for one in np.flatnonzero(~np.isfinite(found[:, 0]).all(1) & np.isfinite(ends).all(1)):
        values = dict(zip(chosen.values, rows[one], strict=True))
        speed = np.abs(chosen.kernels(ends[one], 0.0, values)) * seen.time / seen.scale
        if speed.max() < AT_REST:
            found[one, 0] = ends[one]
