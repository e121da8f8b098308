"""Finite-time Lyapunov exponents: rates of growth over windows of one length along an orbit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.numerics.errors import ParameterError
from ergodica.sims.chaos.arguments import number, references, whole
from ergodica.sims.chaos.plan import TOLERANCE, Plan, plan
from ergodica.sims.chaos.propagate import propagate
from ergodica.sims.chaos.running import standard_errors
from ergodica.sims.chaos.subject import refuse_delay, refuse_noise, subject

if TYPE_CHECKING:
    import xarray as xr

PERIODS_A_WINDOW, ITERATIONS_A_WINDOW = 5.0, 10
REFERENCES = "Grassberger, Badii, Politi 1988, J. Stat. Phys. 51, 135"


def finite_time_exponents(
    system: Any,
    *,
    window: float | None = None,
    windows: int = 1000,
    parameters: Mapping[str, Any] | None = None,
    initial: Any = None,
    transient: float | None = None,
    dt: float | None = None,
    rtol: float = TOLERANCE,
    exponents: int | None = None,
    members: int | None = None,
    seed: int = 0,
    threads: int | None = None,
) -> xr.Dataset:
    """Growth rates of orthogonal tangent vectors over each of many windows in a row.

    l_i(t) = (1/window) sum of ln R_ii between t - window and t, in the frame that the transient has settled;
    their mean over the windows is the spectrum, their sum over i the mean divergence of the window.

    Args:
        window: length of a window, for a map a whole number of iterations; None for 5 typical times (10
            iterations), less where 1000 of them would take a system of many components long.
        windows: how many, one after the other.
        system, parameters, initial, transient, dt, rtol, exponents, members, seed, threads: as for
            `lyapunov_spectrum`, without delay.

    Returns:
        `finite_time_exponent(t, index)`, t the end of each window, index as in the spectrum (so that a window
        need not be in falling order); `window_divergence(t)`, the mean of the trace of J over the window (of
        ln |det J| for maps); both along `member` with `members`. `exponent(index)`, their mean, and
        `standard_error(index)`.

    Raises:
        ParameterError: what cannot work.
        RunError: an orbit that leaves the finite numbers, with its time and member.

    Good values: a window of some periods; members for more windows than one orbit gives.

    Source: Grassberger, Badii, Politi 1988, J. Stat. Phys. 51, 135.
    """
    from ergodica.data import from_arrays

    chosen = subject(system, parameters)
    refuse_noise(chosen, "finite_time_exponents")
    refuse_delay(chosen, "finite_time_exponents")
    count = whole("windows", windows, least=1, use=1000)
    length = None if window is None else number("window", window, above=0.0)
    if chosen.is_map and length is not None and length != int(length):
        raise ParameterError(f"window: a map needs a whole number of iterations, got {window!r}; round it")
    planned = plan(
        chosen,
        t_end=None if length is None else length * count,
        transient=transient,
        dt=dt,
        rtol=rtol,
        exponents=exponents,
        members=1 if members is None else members,
        seed=seed,
        renormalize=None,
        threads=threads,
        initial=initial,
    )
    length = _fitting(planned, count) if length is None else length
    planned = replace(planned, windows=count, t_end=length * count)
    measured = propagate(planned)
    order = np.argsort(-measured.rates.mean((0, 1)), kind="stable")
    rates = measured.rates[:, :, order]
    lead = () if members is None else ("member",)
    unit = "iteration" if chosen.is_map else "time"
    trace = "ln |det J|" if chosen.is_map else "the divergence"
    arrays = {
        "finite_time_exponent": rates if lead else rates[0],
        "window_divergence": measured.divergence if lead else measured.divergence[0],
        "exponent": rates.mean((0, 1)),
        "standard_error": standard_errors(rates, planned.t_end),
    }
    return from_arrays(
        arrays,
        title=f"Finite-time Lyapunov exponents of {chosen.definition.title}",
        t=length * np.arange(1, count + 1),
        dims={
            "finite_time_exponent": (*lead, "t", "index"),
            "window_divergence": (*lead, "t"),
            "exponent": ("index",),
            "standard_error": ("index",),
        },
        units={**dict.fromkeys(arrays, "1"), "t": "1", "index": "1"},
        long_names={
            "finite_time_exponent": f"growth per {unit} over a window of {length:g}",
            "window_divergence": f"mean of {trace} over the window",
            "exponent": f"Lyapunov exponent per {unit}",
            "standard_error": "standard error of the exponent",
            "t": "end of the window after the transient",
            "index": "exponent, the largest first",
        },
        kinds={
            "finite_time_exponent": "exponents",
            "window_divergence": "series",
            "exponent": "exponents",
            "standard_error": "parameter",
        },
        coordinates={"index": np.arange(1, planned.exponents + 1)},
        references=references(chosen.definition.reference, REFERENCES),
        config={
            **chosen.config(),
            "measure": "finite_time_exponents",
            "window": length,
            "windows": count,
            "transient": planned.transient,
            "rtol": planned.rtol,
            "members": planned.members,
            "seed": planned.seed,
        },
    )


def _fitting(planned: Plan, count: int) -> float:
    """Length of a window, so that all together are no longer than a spectrum's default run."""
    if planned.subject.is_map:
        return float(max(1, min(ITERATIONS_A_WINDOW, int(planned.t_end) // count)))
    return min(PERIODS_A_WINDOW * planned.survey.time, planned.t_end / count)
