"""Evenly sampled orbits of any system, by the integrator that fits it."""

from __future__ import annotations

from typing import Any

import numpy as np

from ergodica.numerics.errors import RunError
from ergodica.sims.chaos.subject import Subject
from ergodica.sims.engines.ode.ensemble import Ensemble

Array = np.ndarray

TOLERANCE = 1e-9
STEPS_A_DELAY = 32
CHUNK = 4096


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
    first = int(np.ceil(transient / spacing - 1e-9))
    if chosen.is_map:
        from ergodica.sims.chaos.iterate import iterate
        from ergodica.sims.engines.ode.calls import SCALAR, address

        out = np.empty((count, *points.shape))
        iterate(
            address(chosen.kernels.rhs, SCALAR), points.copy(), rows, first * int(spacing), int(spacing), out
        )
        return out
    atol = rtol * (1.0 if scale is None else float(np.min(scale)))
    engine = integrator(chosen, rows, spacing=spacing, threads=threads, rtol=rtol, atol=atol)
    state = engine.start(points)
    if first:
        engine.advance(state, 0, first)
    parts = [state["u"][None].copy()]
    for start in range(first, first + count - 1, CHUNK):
        parts.append(engine.sample(state, start, min(CHUNK, first + count - 1 - start)))
    return np.concatenate(parts)


def orbit(chosen: Subject, point: Array, **options: Any) -> Array:
    """One orbit (count, d); as `orbits`. Raises RunError when it cannot go on."""
    samples = orbits(chosen, point[None], **options)[:, 0]
    if not np.isfinite(samples[-1]).all():
        last = int(np.isfinite(samples).all(1).sum())
        raise RunError(
            f"{chosen.name}: the orbit stops within {last} samples; start elsewhere or change the parameters"
        )
    return samples


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
