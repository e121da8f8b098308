"""Tangent vectors carried along orbits, window after window: what every exponent is made from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ergodica.numerics.errors import RunError
from ergodica.sims.chaos.plan import TIGHTER, Plan, operations
from ergodica.sims.chaos.record import FAILED, GROWN, STEP, TIME, records
from ergodica.sims.chaos.subject import PURPOSE_FRAME, Subject
from ergodica.sims.engines.ode.codes import ALIVE, FIRST_SIZE, REASONS, TOO_MANY_STEPS

if TYPE_CHECKING:
    from ergodica.sims.chaos.tangent import Course

Array = np.ndarray

STEPS_A_WINDOW, STEPS_AT_ONCE = 20_000_000, 500_000
"""Most steps of a window, and those after which an orbit is looked at for divergence."""
WORTH_THREADS = 1e6
"""Multiplications of a window below which waking the threads costs more than they save."""
UNBOUNDED = 1e9
"""An orbit that is so many times larger than in its survey diverges."""


@dataclass(frozen=True)
class Windows:
    """Rates of growth along orbits."""

    rates: Array
    """Exponents of each window, shape (members, windows, k)."""
    divergence: Array
    """Mean divergence of each window, (members, windows); for maps the mean of ln |det J|."""
    points: Array
    """Where the orbits were at the end of each window, (members, windows, d)."""


def propagate(plan: Plan) -> Windows:
    """Carry the tangent vectors through the transient and every window.

    Raises RunError when an orbit cannot go on, naming time and member.
    """
    from ergodica.sims.chaos.tangent import Carried, advance
    from ergodica.sims.engines.sharing import shared_between

    chosen, k, members = plan.subject, plan.exponents, plan.members
    d = chosen.size
    y = start_frames(plan)
    p = np.tile(chosen.vector, (members, 1))
    record = start_records(plan)
    rates = np.zeros((members, plan.windows, k))
    divergence = np.zeros((members, plan.windows))
    points = np.zeros((members, plan.windows, d))
    ends = plan.transient + plan.window * np.arange(plan.windows + 1)
    how = course(plan, STEPS_AT_ONCE)
    steps = plan.window / (1.0 if chosen.is_map else plan.dt or plan.survey.step * TIGHTER)
    work = members * operations(chosen, k) * steps
    parallel = members > 1 and plan.threads != 1 and work > WORTH_THREADS
    with shared_between(plan.threads if parallel else 1, members):
        for window, end in enumerate(ends):
            logs, total = np.zeros((members, k)), np.zeros(members)
            there, rows = how._replace(end=float(end)), Carried(y, p, record, logs, total)
            for _ in range(STEPS_A_WINDOW // STEPS_AT_ONCE):
                record[record[:, FAILED] == TOO_MANY_STEPS, FAILED] = ALIVE
                advance(members, there, rows, parallel=parallel)
                refuse_diverged(plan, y[:, :d], record)
                if not (record[:, FAILED] == TOO_MANY_STEPS).any():
                    break
            refuse_failed(chosen, record)
            if window > 0:
                points[:, window - 1] = y[:, :d]
                rates[:, window - 1] = logs / plan.window
                divergence[:, window - 1] = total / plan.window
    return Windows(rates, divergence, points)


def course(plan: Plan, max_steps: int) -> Course:
    """How the compiled loops are to follow the orbits of a plan."""
    from ergodica.sims.chaos.tangent import Course
    from ergodica.sims.engines.ode.calls import JACOBIAN, SCALAR, address

    chosen = plan.subject
    return Course(
        rhs=address(chosen.kernels.variational, SCALAR),
        jacobian=address(chosen.kernels.jacobian, JACOBIAN),
        scale=plan.survey.scale,
        rtol=-1.0 if chosen.is_map else plan.rtol,
        dt=plan.dt,
        every=plan.renormalize,
        max_steps=max_steps,
        time=plan.survey.time if chosen.definition.nonsmooth else 0.0,
        end=0.0,
    )


def refuse_diverged(plan: Plan, u: Array, record: Array) -> None:
    """Raise RunError when a member of a flow, u (members, d), has grown far beyond what the survey has seen."""
    seen, chosen = plan.survey, plan.subject
    if chosen.is_map or np.isfinite(seen.diverges):
        return
    usual = max(float(np.max(np.abs(seen.mean) + seen.scale)), float(np.abs(plan.points).max()))
    sizes = np.abs(u[:, chosen.bounded]).max(1, initial=0.0)
    far = np.flatnonzero(sizes > UNBOUNDED * usual)
    if far.size:
        one = far[np.argmin(record[far, TIME])]
        raise RunError(
            f"{chosen.name}: member {one} diverges at t={record[one, TIME]:.6g}, it grows without bound, to "
            f"{sizes[one]:.1e}; change the parameters or initial, or shorten t_end"
        )


def refuse_failed(chosen: Subject, record: Array, first: int = 0) -> None:
    """Raise RunError when a member stopped; `record` (members, COLUMNS) begins with member `first`."""
    failed = np.flatnonzero(record[:, FAILED])
    if failed.size:
        one = failed[np.argmin(record[failed, TIME])]
        code = int(record[one, FAILED])
        why = "more steps between two looks than can be taken" if code == TOO_MANY_STEPS else REASONS[code]
        raise RunError(
            f"{chosen.name}: member {first + one} stops at t={record[one, TIME]:.6g}, {why}; "
            "change the parameters or initial, or shorten t_end"
        )


def start_records(plan: Plan) -> Array:
    """Records of the members before their first step, (members, COLUMNS)."""
    record = records(plan.points)
    record[:, STEP] = plan.dt or 1e-3 * plan.survey.time
    if np.isfinite(plan.survey.diverges):
        # asked for up to a time before the blow-up
        record[:, GROWN + FIRST_SIZE] = np.inf
    return record


def start_frames(plan: Plan) -> Array:
    """Initial points with random orthonormal tangent vectors, (members, d + k d)."""
    from ergodica.numerics.random import normals

    d, k = plan.subject.size, plan.exponents
    y = np.empty((plan.members, d * (1 + k)))
    y[:, :d] = plan.points
    for member in range(plan.members):
        frame = normals(plan.seed, member, 0, k * d, purpose=PURPOSE_FRAME).reshape(k, d)
        y[member, d:] = (np.linalg.qr(frame.T)[0].T * plan.survey.scale).ravel()
    return y
