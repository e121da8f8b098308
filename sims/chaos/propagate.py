"""Tangent vectors carried along orbits, window after window: what every exponent is made from."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np

from ergodica.numerics.errors import ParameterError, RunError
from ergodica.sims.chaos.subject import PURPOSE_FRAME, Subject, first_points
from ergodica.sims.chaos.survey import Survey, survey
from ergodica.sims.engines.ode.codes import REASONS

Array = np.ndarray

WINDOWS = 256
TOLERANCE = 1e-8
TRANSIENT_PERIODS, PERIODS = 100.0, 1000.0
TRANSIENT_ITERATIONS, ITERATIONS = 1000, 65_536
WORK = 2e9
"""Multiplications that a run of default length costs at most, some seconds of one core."""
STAGE_WORK, CALLS = 100.0, 400.0
"""Multiplications a component of the stages of a step, and what calls cost in them."""
TIGHTER = 0.5
"""Length of a step at the default tolerance over one of the survey."""
FEWEST_PERIODS = 10.0
STEPS_A_WINDOW = 20_000_000


@dataclass(frozen=True)
class Plan:
    """How a spectrum is measured."""

    subject: Subject
    exponents: int
    members: int
    transient: float
    t_end: float
    windows: int
    dt: float
    """Fixed step; 0 for an adaptive one."""
    rtol: float
    renormalize: float
    """Time between orthonormalisations; 0 for every step."""
    seed: int
    threads: int | None
    survey: Survey
    points: Array

    @property
    def window(self) -> float:
        """Length of a window."""
        return self.t_end / self.windows


@dataclass(frozen=True)
class Windows:
    """Rates of growth along orbits."""

    rates: Array
    """Exponents of each window, shape (members, windows, k)."""
    divergence: Array
    """Mean divergence of each window, (members, windows); for maps the mean of ln |det J|."""
    points: Array
    """Where the orbits were at the end of each window, (members, windows, d)."""


def plan(
    chosen: Subject,
    *,
    t_end: float | None,
    transient: float | None,
    dt: float | None,
    rtol: float,
    exponents: int | None,
    members: int,
    seed: int,
    renormalize: float | None,
    threads: int | None,
    initial: Any,
    most: int | None = None,
) -> Plan:
    """Check every argument and fill in what is left open from a first look at the orbit.

    Raises ParameterError for what cannot work, RunError for an orbit that leaves the finite numbers.
    """
    most = chosen.size if most is None else most
    for name, value, low in (
        ("members", members, 1),
        ("exponents", most if exponents is None else exponents, 1),
    ):
        if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < low:
            raise ParameterError(f"{name}: a whole number of at least {low}, got {value!r}; use {low}")
    count = most if exponents is None else int(exponents)
    if count > most:
        raise ParameterError(f"exponents: {chosen.name} has {most}, got {exponents}; use at most {most}")
    for name, given, zero in (
        ("t_end", t_end, False),
        ("transient", transient, True),
        ("dt", dt, False),
        ("renormalize", renormalize, False),
        ("rtol", rtol, False),
    ):
        positive = given is None or (np.isfinite(given) and (given > 0 or (zero and given == 0)))
        if not positive:
            rule = "at least 0" if zero else "above 0"
            raise ParameterError(f"{name}: finite and {rule}, got {given!r}; leave it out for a fitting one")
    if not 1e-13 <= rtol <= 1e-2:
        raise ParameterError(f"rtol: from 1e-13 to 1e-2, got {rtol!r}; use {TOLERANCE:g}")
    if chosen.is_map:
        for name, given in (("t_end", t_end), ("transient", transient)):
            if given is not None and given != int(given):
                raise ParameterError(
                    f"{name}: a map needs a whole number of iterations, got {given!r}; round it"
                )
        if dt not in (None, 1, 1.0):
            raise ParameterError(f"dt: a map has steps of 1, got {dt!r}; leave it out")
        dt = None
    start = first_points(chosen, initial, int(members), np.zeros(chosen.size), seed)[0]
    seen = survey(chosen, start)
    length, before = _lengths(chosen, seen, count)
    length = length if t_end is None else float(t_end)
    windows = WINDOWS
    if chosen.is_map:
        # whole iterations in every window
        windows = next(n for n in range(min(WINDOWS, int(length)), 0, -1) if int(length) % n == 0)
    return Plan(
        subject=chosen,
        exponents=count,
        members=int(members),
        transient=float(before if transient is None else transient),
        t_end=length,
        windows=windows,
        dt=0.0 if dt is None else float(dt),
        rtol=float(rtol),
        renormalize=0.0 if renormalize is None else float(renormalize),
        seed=seed,
        threads=threads,
        survey=seen,
        points=first_points(chosen, initial, int(members), seen.scale, seed),
    )


def _lengths(chosen: Subject, seen: Survey, exponents: int) -> tuple[float, float]:
    """Fitting t_end and transient: so many typical times, or what `WORK` operations reach, but ten times at least."""
    d = chosen.size
    step = exponents * d * (exponents + d if chosen.is_map else exponents + STAGE_WORK) + d**3 / 3 + CALLS
    if chosen.is_map:
        length = max(1024, min(ITERATIONS, int(WORK / step)))
        # a power of two is shared evenly by the windows
        return float(2 ** int(np.log2(length))), float(TRANSIENT_ITERATIONS)
    reached = WORK / step * seen.step * TIGHTER
    periods = min(PERIODS, max(FEWEST_PERIODS, reached / seen.time))
    return periods * seen.time, min(TRANSIENT_PERIODS, max(FEWEST_PERIODS, periods / 2)) * seen.time


def propagate(plan: Plan) -> Windows:
    """Carry the tangent vectors through the transient and every window.

    Raises RunError when an orbit cannot go on, naming time and member.
    """
    from ergodica.numerics.random import normals
    from ergodica.sims.chaos.tangent import RECORD, advance, advance_in_turn
    from ergodica.sims.engines.ode.calls import JACOBIAN, SCALAR, address
    from ergodica.sims.engines.sharing import sharing

    chosen, k, members = plan.subject, plan.exponents, plan.members
    d = chosen.size
    kernels = chosen.kernels
    places = address(kernels.variational, SCALAR), address(kernels.jacobian, JACOBIAN)
    y = np.empty((members, d * (1 + k)))
    y[:, :d] = plan.points
    for member in range(members):
        frame = normals(plan.seed, member, 0, k * d, purpose=PURPOSE_FRAME).reshape(k, d)
        y[member, d:] = (_orthonormal(frame) * plan.survey.scale).ravel()
    p = np.tile(chosen.vector, (members, 1))
    record = np.zeros((members, RECORD))
    record[:, 1] = plan.dt or 1e-3 * plan.survey.time
    rates = np.zeros((members, plan.windows, k))
    divergence = np.zeros((members, plan.windows))
    points = np.zeros((members, plan.windows, d))
    ends = plan.transient + plan.window * np.arange(plan.windows + 1)
    control = (-1.0 if chosen.is_map else plan.rtol, plan.dt, plan.renormalize, STEPS_A_WINDOW)
    parallel = members > 1 and plan.threads != 1
    with sharing(members, plan.threads) if parallel else nullcontext():
        for window, end in enumerate(ends):
            logs, total = np.zeros((members, k)), np.zeros(members)
            (advance if parallel else advance_in_turn)(
                places, y, p, plan.survey.scale, float(end), control, record, logs, total
            )
            refuse_failed(chosen, record)
            if window > 0:
                points[:, window - 1] = y[:, :d]
                rates[:, window - 1] = logs / plan.window
                divergence[:, window - 1] = total / plan.window
    return Windows(rates, divergence, points)


def refuse_failed(chosen: Subject, record: Array) -> None:
    """Raise RunError when a member stopped; `record` (members, >= 3) has its time and its code."""
    failed = np.flatnonzero(record[:, 2])
    if failed.size:
        first = failed[np.argmin(record[failed, 0])]
        raise RunError(
            f"{chosen.name}: member {first} stops at t={record[first, 0]:.6g}, {REASONS[int(record[first, 2])]}; "
            "change the parameters or initial, or shorten t_end"
        )


def _orthonormal(frame: Array) -> Array:
    return np.linalg.qr(frame.T)[0].T
