"""How a spectrum is measured: arguments checked, lengths and scales filled in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ergodica.numerics.errors import ParameterError
from ergodica.numerics.threads import check_threads
from ergodica.sims.chaos.subject import Subject, first_points
from ergodica.sims.chaos.survey import Survey, survey

Array = np.ndarray

WINDOWS, FEWEST_WINDOWS = 256, 64
TOLERANCE = 1e-8
TRANSIENT_PERIODS, PERIODS = 100.0, 10_000.0
TRANSIENT_ITERATIONS, ITERATIONS = 1000, 2**20
WORK = 2e9
"""Multiplications that a run of default length costs at most, some seconds of one core."""
STAGE_WORK, CALLS = 100.0, 400.0
"""Multiplications a component of the stages of a step, and what calls cost in them."""
TIGHTER = 0.5
"""Length of a step at the default tolerance over one of the survey."""
FEWEST_PERIODS = 2.0


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


def check_arguments(
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
    most: int,
) -> None:
    """Raise ParameterError for what no orbit is needed to refuse."""
    for name, value in (("members", members), ("exponents", most if exponents is None else exponents)):
        if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
            raise ParameterError(f"{name}: a whole number of at least 1, got {value!r}; use 1")
    if exponents is not None and exponents > most:
        raise ParameterError(f"exponents: {chosen.name} has {most}, got {exponents}; use at most {most}")
    check_threads(threads)
    first_points(chosen, initial, int(members), np.zeros(chosen.size), seed)
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


def plan(chosen: Subject, **options: Any) -> Plan:
    """Check every argument (see `check_arguments`) and fill in what is left open from a first look at the orbit.

    Raises ParameterError for what cannot work, RunError for an orbit that leaves the finite numbers.
    """
    check_arguments(chosen, most=chosen.size, **options)
    t_end, transient, dt, renormalize = (options[k] for k in ("t_end", "transient", "dt", "renormalize"))
    members, seed, initial = int(options["members"]), options["seed"], options["initial"]
    count = chosen.size if options["exponents"] is None else int(options["exponents"])
    start = first_points(chosen, initial, members, np.zeros(chosen.size), seed)[0]
    # an orbit may be asked for up to where it diverges
    seen = survey(chosen, start, horizon=np.inf if t_end is None else float(t_end) + (transient or 0.0))
    length, before = fitting_lengths(chosen, seen, count)
    if np.isfinite(seen.diverges):
        before = 0.0
    length = length if t_end is None else float(t_end)
    windows = WINDOWS
    if chosen.is_map:
        windows = windows_of(int(length))
        length -= length % windows
    return Plan(
        subject=chosen,
        exponents=count,
        members=members,
        transient=float(before if transient is None else transient),
        t_end=length,
        windows=windows,
        dt=0.0 if dt is None or chosen.is_map else float(dt),
        rtol=float(options["rtol"]),
        renormalize=0.0 if renormalize is None else float(renormalize),
        seed=seed,
        threads=options["threads"],
        survey=seen,
        points=first_points(chosen, initial, members, seen.scale, seed),
    )


def fitting_lengths(
    chosen: Subject,
    seen: Survey,
    exponents: int,
    *,
    work: float = WORK,
    periods: float = PERIODS,
    iterations: int = ITERATIONS,
) -> tuple[float, float]:
    """Fitting t_end and transient: so many typical times, or what `work` operations reach, but two at least."""
    if chosen.is_map:
        length = max(1024, min(iterations, int(work / operations(chosen, exponents))))
        # a power of two is shared evenly by the windows
        return float(2 ** int(np.log2(length))), float(TRANSIENT_ITERATIONS)
    reached = work / operations(chosen, exponents) * seen.step * TIGHTER
    count = min(periods, max(FEWEST_PERIODS, reached / seen.time))
    return count * seen.time, min(TRANSIENT_PERIODS, count / 2) * seen.time


def windows_of(iterations: int) -> int:
    """Windows of whole iterations, all alike, that leave out the fewest of a map's iterations, at the end."""
    if iterations <= WINDOWS:
        return iterations
    return min(range(WINDOWS, FEWEST_WINDOWS - 1, -1), key=lambda count: iterations % count)


def operations(chosen: Subject, exponents: int) -> float:
    """Multiplications of a step, roughly."""
    d = chosen.size
    return exponents * d * (exponents + d if chosen.is_map else exponents + STAGE_WORK) + d**3 / 3 + CALLS
