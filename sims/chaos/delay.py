"""Leading exponents of systems with delay, whose state is a function over the longest delay."""

from __future__ import annotations

from typing import Any

import numpy as np

from ergodica.numerics.errors import ParameterError
from ergodica.sims.chaos.plan import PERIODS, TOLERANCE, TRANSIENT_PERIODS, WINDOWS, Plan, check_arguments
from ergodica.sims.chaos.propagate import Windows, refuse_failed
from ergodica.sims.chaos.record import COLUMNS, NOW
from ergodica.sims.chaos.subject import PURPOSE_FRAME, Subject, first_points
from ergodica.sims.chaos.survey import Survey

Array = np.ndarray

MOST_EXPONENTS = 64
STEPS_A_DELAY, STEPS_A_PERIOD = 16, 128
SURVEY_DELAYS = 60
SURVEY_STEPS = 64
WORK = 3e9
"""Multiplications that a run of default length costs at most."""


def plan_delay(chosen: Subject, *, exponents: int, **options: Any) -> Plan:
    """The plan of a system with delay; as `propagate.plan`, whose arguments it takes.

    Raises ParameterError for a step above the shortest delay, for `rtol` and for what `propagate.plan` refuses.
    """
    check_arguments(chosen, exponents=exponents, most=MOST_EXPONENTS, **options)
    if options["rtol"] != TOLERANCE:
        raise ParameterError(
            f"rtol: systems with delay take fixed steps, got {options['rtol']:g}; leave it out and give dt"
        )
    lags = _lags(chosen)
    members, dt = int(options["members"]), options["dt"]
    start = first_points(chosen, options["initial"], members, np.zeros(chosen.size), options["seed"])
    seen = survey_delay(chosen, start[0])
    if dt is not None and dt > lags.min():
        raise ParameterError(
            f"dt: at most the shortest delay, {lags.min():g}, got {dt:g}; use {lags.min() / STEPS_A_DELAY:g}"
        )
    h = min(lags.min() / STEPS_A_DELAY, seen.time / STEPS_A_PERIOD) if dt is None else float(dt)
    longest = WORK / (exponents * (exponents + 60.0) * chosen.size) * h
    length = max(10.0 * lags.max(), min(PERIODS * seen.time, longest))
    transient = (
        min(TRANSIENT_PERIODS * seen.time, length) if options["transient"] is None else options["transient"]
    )
    t_end = length if options["t_end"] is None else float(options["t_end"])
    return Plan(
        subject=chosen,
        exponents=int(exponents),
        members=members,
        transient=float(transient),
        t_end=t_end,
        windows=WINDOWS,
        # a window is a whole number of steps
        dt=t_end / WINDOWS / int(np.ceil(t_end / WINDOWS / h)),
        rtol=float(options["rtol"]),
        renormalize=float(options["renormalize"] or lags.max()),
        seed=options["seed"],
        threads=options["threads"],
        survey=seen,
        points=first_points(chosen, options["initial"], members, seen.scale, options["seed"]),
    )


def propagate_delay(plan: Plan) -> Windows:
    """Carry tangent functions through the transient and every window.

    Raises RunError when an orbit cannot go on, naming time and member.
    """
    from ergodica.numerics.random import normals

    chosen, k, h = plan.subject, plan.exponents, plan.dt
    d = chosen.size
    rates = np.zeros((plan.members, plan.windows, k))
    divergence = np.zeros((plan.members, plan.windows))
    points = np.zeros((plan.members, plan.windows, d))
    per_window = round(plan.window / h)
    every = max(1, round(plan.renormalize / h))
    for member, point in enumerate(plan.points):
        orbit = _Orbit(chosen, point, k, h, plan.survey.scale)
        slots = orbit.histories.shape[2]
        rough = normals(plan.seed, member, 0, k * slots * d, purpose=PURPOSE_FRAME).reshape(k, slots, d)
        orbit.histories[1:, 0] = rough * plan.survey.scale
        orbit.advance(int(np.ceil(plan.transient / h)), every, member)
        for window in range(plan.windows):
            logs, total = orbit.advance(per_window, every, member)
            rates[member, window] = logs / plan.window
            divergence[member, window] = total / plan.window
            points[member, window] = orbit.point
    return Windows(rates, divergence, points)


class _Orbit:
    """A state and its tangent functions on their way."""

    def __init__(self, chosen: Subject, point: Array, exponents: int, h: float, scale: Array) -> None:
        from ergodica.sims.engines.ode.calls import JACOBIAN, SCALAR, address

        names = list(chosen.components)
        self.chosen, self.h, self.scale = chosen, h, scale
        self.lags = _lags(chosen)
        self.components = np.array([names.index(lag.component) for lag in chosen.definition.lags])
        slots = int(np.ceil(self.lags.max() / h)) + 2
        self.histories = np.zeros((1 + exponents, 2, slots, point.size))
        self.histories[0, 0] = point
        self.record = np.zeros(COLUMNS)
        jacobian = address(chosen.kernels.jacobian, JACOBIAN) if exponents else 0
        self.places = address(chosen.kernels.rhs, SCALAR), jacobian

    @property
    def point(self) -> Array:
        """The present point, shape (d,)."""
        return self.histories[0, 0, int(self.record[NOW])]

    def advance(self, steps: int, every: int = 1, member: int = 0) -> tuple[Array, float]:
        """Take steps; the logarithms of growth (k,) and the integral of the trace."""
        from ergodica.sims.chaos.delay_kernel import advance_delay

        logs, total = np.zeros(len(self.histories) - 1), np.zeros(1)
        advance_delay(
            self.places,
            self.histories,
            self.lags,
            self.components,
            self.chosen.vector,
            self.scale,
            self.h,
            steps,
            every,
            self.record,
            logs,
            total,
        )
        refuse_failed(self.chosen, self.record[None], first=member)
        return logs, float(total[0])


def _lags(chosen: Subject) -> Array:
    return np.array([chosen.values[lag.delay] for lag in chosen.definition.lags])


def survey_delay(chosen: Subject, point: Array) -> Survey:
    """Size of each component and a typical time, from some sixty delays of an orbit."""
    lags = _lags(chosen)
    h = float(lags.min()) / SURVEY_STEPS
    orbit = _Orbit(chosen, point, 0, h, np.ones(point.size))
    slots = orbit.histories.shape[2]
    orbit.advance(SURVEY_DELAYS // 2 * slots)
    values, slopes = [], []
    for _ in range(SURVEY_DELAYS // 2):
        orbit.advance(slots)
        values.append(orbit.histories[0, 0].copy())
        slopes.append(np.delete(orbit.histories[0, 1], int(orbit.record[NOW]), axis=0))
    deviation = np.concatenate(values).std(0)
    rate = np.sqrt(np.mean(np.concatenate(slopes) ** 2, axis=0))
    moving = (deviation > 0) & (rate > 0)
    time = (
        float(np.median(2 * np.pi * deviation[moving] / rate[moving])) if moving.any() else float(lags.max())
    )
    every = np.concatenate(values)
    size = np.maximum(deviation, 1e-3 * np.abs(every).mean(0))
    return Survey(np.where(size > 0, size, 1.0), every.mean(0), time, orbit.point.copy(), h)
