"""Evenly sampled orbits of any system, by the integrator that fits it."""

from __future__ import annotations

from typing import Any

import numpy as np

from ergodica.numerics.errors import RunError
from ergodica.sims.chaos.subject import Subject
from ergodica.sims.engines.ode.codes import TOO_MANY_STEPS
from ergodica.sims.engines.ode.ensemble import Ensemble

Array = np.ndarray

TOLERANCE = 1e-9
STEPS_A_DELAY = 32
FIRST_CHUNK, CHUNK = 64, 4096
LOOKS = 4
"""Chunks that the most steps are for, at the density of the steps before."""


def orbits(
    chosen: Subject,
    points: Array,
    *,
    spacing: float,
    count: int,
    transient: float = 0.0,
    scale: Array | None = None,
    vectors: Array | None = None,
    threads: int | None = None,
    rtol: float = TOLERANCE,
) -> Array:
    """Orbits from `points` (members, d), sampled `count` times at `spacing` after the transient.

    Args:
        chosen: the system; `spacing` of a map counts iterations.
        points: where they start, at t = 0.
        spacing: time between samples.
        count: number of samples; the first is the end of the transient.
        transient: time before, rounded up to whole spacings.
        scale: size of each component (d,), for the absolute tolerance.
        vectors: parameters of each member, (members, number of parameters); None for the system's.
        threads: CPU threads; None for all.
        rtol: relative error of a step, without delay.

    Returns:
        Samples (count, members, d); NaN after a member has stopped.
    """
    rows = np.tile(chosen.vector, (len(points), 1)) if vectors is None else vectors
    if chosen.is_map:
        from ergodica.sims.chaos.iterate import iterate
        from ergodica.sims.engines.ode.calls import SCALAR, address

        first = int(np.ceil(transient / spacing)) * int(spacing)
        out = np.empty((count, *points.shape))
        iterate(address(chosen.kernels.rhs, SCALAR), points.copy(), rows, first, int(spacing), out)
        return out
    engine = _engine(chosen, rows, spacing, scale, threads, rtol)
    return _sampled(engine, engine.start(points), transient, count)


def orbit(
    chosen: Subject,
    point: Array,
    *,
    spacing: float,
    count: int,
    transient: float = 0.0,
    scale: Array | None = None,
    threads: int | None = None,
    rtol: float = TOLERANCE,
    most_steps: int | None = None,
    began: float = 0.0,
) -> Array:
    """One orbit (count, d); as `orbits`.

    Raises RunError when it cannot go on, or not in `most_steps`; it counts time from `began` before the start.
    """
    stopped = ""
    if chosen.is_map:
        samples = orbits(chosen, point[None], spacing=spacing, count=count, transient=transient)[:, 0]
        lost = np.flatnonzero(~np.isfinite(samples).all(1))
        if lost.size:
            stopped = f"t={began + transient + spacing * lost[0]:.4g}, the state is no longer finite"
    else:
        limits = {} if most_steps is None or chosen.definition.lags else {"max_steps": most_steps // LOOKS}
        engine = _engine(chosen, chosen.vector[None], spacing, scale, threads, rtol, **limits)
        state = engine.start(point[None])
        samples = _sampled(engine, state, transient, count, most_steps)[:, 0]
        short = len(samples) < count or state["failed"][0] == TOO_MANY_STEPS
        if short:
            t = state["t"][0] if len(samples) < count else state["failed_at"][0]
            taken = max(engine.steps_taken, limits.get("max_steps", 0))
            stopped = (
                f"t={began + t:.4g} of {began + transient + spacing * count:.4g}, more than "
                f"{taken} steps since t={began:.4g}, so short they are"
            )
        for t, why in () if short else engine.failures(state).values():
            stopped = f"t={began + t:.4g}, {why.partition(';')[0]}"
    if stopped:
        raise RunError(
            f"{chosen.name}: the orbit stops at {stopped}; start elsewhere or change the parameters"
        )
    return samples


def _engine(
    chosen: Subject,
    rows: Array,
    spacing: float,
    scale: Array | None,
    threads: int | None,
    rtol: float,
    **limits: Any,
) -> Ensemble:
    atol = rtol * (1.0 if scale is None else float(np.min(scale)))
    return integrator(chosen, rows, spacing=spacing, threads=threads, rtol=rtol, atol=atol, **limits)


def _sampled(
    engine: Ensemble, state: dict[str, Any], transient: float, count: int, most_steps: int | None = None
) -> Array:
    """Samples (count, members, d) after the transient; fewer where these are more than `most_steps`."""
    first = int(np.ceil(transient / engine.spacing - 1e-9))
    if first:
        engine.advance(state, 0, first)
    parts, done = [state["u"][None].copy()], 1
    chunk = CHUNK if most_steps is None else FIRST_CHUNK
    while done < count and (most_steps is None or engine.steps_taken < most_steps):
        chunk, before = min(chunk, count - done), engine.steps_taken
        parts.append(engine.sample(state, first + done - 1, chunk))
        done += chunk
        chunk = CHUNK
        if most_steps is not None:
            dense = (engine.steps_taken - before) / len(parts[-1])
            chunk = int(np.clip(most_steps / (LOOKS * max(dense, 1.0)), 1, CHUNK))
    return np.concatenate(parts)


def integrator(
    chosen: Subject,
    rows: Array,
    *,
    spacing: float,
    threads: int | None,
    rtol: float,
    atol: float,
    **limits: Any,
) -> Ensemble:
    """What samples orbits of a flow with the parameters `rows`, one a member; `limits` such as `max_steps`."""
    common: dict[str, Any] = {"parameters": rows, "spacing": spacing, "threads": threads}
    kernels = chosen.kernels
    if chosen.definition.lags:
        from ergodica.sims.engines.ode.delay import Delay

        names, parameters = list(chosen.components), list(chosen.values)
        lags = [
            (names.index(lag.component), rows[:, parameters.index(lag.delay)])
            for lag in chosen.definition.lags
        ]
        dt = min(float(delays.min()) for _, delays in lags) / STEPS_A_DELAY
        return Delay(rhs=kernels.rhs, lags=lags, dt=dt, **common)
    common |= {"rtol": rtol, "atol": atol, **limits}
    if chosen.definition.stiff:
        from ergodica.sims.engines.ode.implicit import Implicit

        return Implicit(rhs=kernels.rhs, jacobian=kernels.jacobian, **common)
    from ergodica.sims.engines.ode.dop853 import Dop853

    return Dop853(rhs=kernels.rhs, **common)
