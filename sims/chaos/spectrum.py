"""The Lyapunov spectrum of a flow or a map."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.numerics.errors import ParameterError
from ergodica.sims.chaos.closure import closure
from ergodica.sims.chaos.plan import TOLERANCE, Plan, plan
from ergodica.sims.chaos.propagate import Windows, propagate
from ergodica.sims.chaos.running import kaplan_yorke, standard_errors
from ergodica.sims.chaos.subject import Subject, refuse_noise, subject

if TYPE_CHECKING:
    import xarray as xr

Array = np.ndarray

REFERENCES = (
    "Benettin, Galgani, Giorgilli, Strelcyn 1980, Meccanica 15, 9; Kaplan and Yorke 1979, Lecture Notes in "
    "Mathematics 730, 204; Eckmann and Ruelle 1985, Rev. Mod. Phys. 57, 617"
)
SIGNIFICANT = 3.0
"""Exponents within so many standard errors of zero count as zero in the dimension and the entropy."""
DELAY_EXPONENTS = 4


def lyapunov_spectrum(
    system: Any,
    *,
    parameters: Mapping[str, Any] | None = None,
    initial: Any = None,
    t_end: float | None = None,
    transient: float | None = None,
    dt: float | None = None,
    rtol: float = TOLERANCE,
    exponents: int | None = None,
    members: int | None = None,
    seed: int = 0,
    renormalize: float | None = None,
    threads: int | None = None,
) -> xr.Dataset:
    """Lyapunov exponents: mean rates of growth of orthogonal tangent vectors.

    dV/dt = J(u(t)) V, V = Q R after each step, l_i = (1/t_end) sum ln R_ii; for maps V -> J V.

    The Jacobian is the exact one. Flows take steps of the order-8 formula of DOP853 with error control of
    state and tangent vectors, or steps of `dt`; systems with delay, RK4 over their discretised history.
    Lengths are measured in units of each component's standard deviation, which changes no exponent. Over jumps of a
    right-hand side that is marked `nonsmooth`, tangent vectors are carried by saltation, and the divergence counts it.

    Args:
        system: a name of the catalogue, a `Flow`, a `Map` or a `Definition`.
        parameters: values in place of the system's own.
        initial: the point to start from, shape (d,), or one for each member; None for the catalogue's.
        t_end: time over which rates are averaged, iterations of a map; None for some 10,000 typical
            times of the orbit (2^20 iterations), fewer where that takes many seconds. The last few iterations
            are left out where they would make windows of the running average unlike.
        transient: time before that; None for some 100 typical times (1000 iterations).
        dt: largest step of a flow; None for adaptive steps.
        rtol: relative error of an adaptive step; systems with delay take fixed ones and refuse it.
        exponents: how many, the largest first; None for all (of a system with
            delay: 4, 8, ... until they tell the dimension).
        members: size of an ensemble of orbits, pooled in `exponent`; None for one.
        seed: of the tangent vectors, and of the members' initial points.
        renormalize: time between orthonormalisations; None for each step.
        threads: CPU threads at most, shared by members; None for all. Systems with delay use one.

    Returns:
        `exponent(index)` and `standard_error(index)` in falling order; `mean_divergence`, the time average
        of the trace of J along the orbits (of ln |det J| for maps), which the full spectrum sums to;
        `kaplan_yorke_dimension`; `kolmogorov_sinai_entropy`, the sum of the positive exponents: an upper bound,
        and the entropy itself where the measure is SRB (Pesin), 0 at rest; both NaN where the run is too short or
        its orbit still on the way; the dimension is at most d; `exponent_running(t, index)`, averages up to t;
        `member_exponent(member, index)` with `members`; `converged`, 1 when the exact rules hold:
        the sum, a zero for an autonomous flow that does not rest, pairs for a Hamiltonian one; and when the run is
        long enough, at least 10 typical times with errors of the first and of the vanishing exponent below a tenth
        of the first or of one over the typical time, and does not drift. The attribute `convergence` says what
        they gave.

    Raises:
        ParameterError: what cannot work, such as noise or an unknown name.
        RunError: an orbit that diverges, leaves the finite numbers or slides along a jump, with its time and member.

    Good values: the defaults for two to three digits of a chaotic flow; the error falls as t_end^-1/2.

    Source: Benettin, Galgani, Giorgilli, Strelcyn 1980, Meccanica 15, 9.
    """
    chosen = subject(system, parameters)
    refuse_noise(chosen, "lyapunov_spectrum")
    options: dict[str, Any] = {
        "t_end": t_end,
        "transient": transient,
        "dt": dt,
        "rtol": rtol,
        "members": 1 if members is None else members,
        "seed": seed,
        "renormalize": renormalize,
        "threads": threads,
        "initial": initial,
    }
    planned, measured = _measure(chosen, exponents, options)
    return _dataset(planned, measured, members)


def _measure(chosen: Subject, exponents: int | None, options: dict[str, Any]) -> tuple[Plan, Windows]:
    if not chosen.definition.lags:
        planned = plan(chosen, exponents=exponents, **options)
        return planned, propagate(planned)
    from ergodica.sims.chaos.delay import MOST_EXPONENTS, plan_delay, propagate_delay

    count = exponents or DELAY_EXPONENTS
    while True:
        planned = plan_delay(chosen, exponents=count, **options)
        measured = propagate_delay(planned)
        # twice as many until they tell the dimension
        if exponents is not None or measured.rates.mean((0, 1)).sum() < 0 or 2 * count > MOST_EXPONENTS:
            return planned, measured
        count *= 2


def _dataset(planned: Plan, measured: Windows, members: int | None) -> xr.Dataset:
    from ergodica.data import from_arrays

    chosen = planned.subject
    order = np.argsort(-measured.rates.mean((0, 1)), kind="stable")
    rates = measured.rates[:, :, order]
    exponent, errors = rates.mean((0, 1)), standard_errors(rates, planned.t_end)
    full = planned.exponents == chosen.size and not chosen.definition.lags
    divergence = float(measured.divergence.mean())
    rules = closure(planned, measured, exponent, errors, divergence)
    clear = np.where(np.abs(exponent) <= SIGNIFICANT * errors, 0.0, exponent)
    slack = SIGNIFICANT * np.sqrt((errors**2).sum()) + rules.tolerance
    if not rules.known:
        dimension, entropy = np.nan, np.nan
    else:
        fills = full and clear.sum() >= -slack and divergence > -rules.tolerance
        dimension = float(chosen.size) if fills else kaplan_yorke(clear)
        entropy = 0.0 if rules.resting else float(clear[clear > 0].sum())
    windows = planned.windows
    running = np.cumsum(rates.mean(0), axis=0) / np.arange(1, windows + 1)[:, None]
    arrays: dict[str, Any] = {
        "exponent": exponent,
        "standard_error": errors,
        "mean_divergence": divergence,
        "kaplan_yorke_dimension": dimension,
        "kolmogorov_sinai_entropy": entropy,
        "converged": np.int8(rules.holds),
        "exponent_running": running,
    }
    dims: dict[str, tuple[str, ...]] = {
        name: ("index",) if np.ndim(value) == 1 else ("t", "index") if np.ndim(value) == 2 else ()
        for name, value in arrays.items()
    }
    if members is not None:
        arrays["member_exponent"] = rates.mean(1)
        dims["member_exponent"] = ("member", "index")
    unit = "iteration" if chosen.is_map else "time"
    trace = "mean of ln |det J|" if chosen.is_map else "mean divergence"
    ds = from_arrays(
        arrays,
        title=f"Lyapunov exponents of {chosen.definition.title}",
        t=planned.window * np.arange(1, windows + 1),
        dims=dims,
        units={**dict.fromkeys(arrays, "1"), "t": "1", "index": "1"},
        long_names={
            "exponent": f"Lyapunov exponent per {unit}",
            "standard_error": "standard error of the exponent",
            "mean_divergence": f"{trace} along the orbit",
            "kaplan_yorke_dimension": "Kaplan-Yorke dimension",
            "kolmogorov_sinai_entropy": "sum of the positive exponents, an upper bound of the entropy",
            "converged": "1 when the exact rules hold and the run is long enough",
            "exponent_running": f"Lyapunov exponent per {unit} up to t",
            "t": "iterations after the transient" if chosen.is_map else "time after the transient",
            "index": "exponent, the largest first",
        }
        | ({"member_exponent": "Lyapunov exponent of a member"} if members is not None else {}),
        kinds={name: "exponents" if "exponent" in name else "parameter" for name in arrays},
        coordinates={"index": np.arange(1, planned.exponents + 1)},
        references="; ".join(filter(None, (chosen.definition.reference, REFERENCES))),
        config={
            **chosen.config(),
            "measure": "lyapunov_spectrum",
            "t_end": planned.t_end,
            "transient": planned.transient,
            "dt": planned.dt or "adaptive",
            **({} if chosen.definition.lags else {"rtol": planned.rtol}),
            "exponents": planned.exponents,
            "members": planned.members,
            "seed": planned.seed,
            "renormalize": planned.renormalize or "every step",
        },
    )
    return ds.assign_attrs(convergence=rules.words)


__all__ = ["ParameterError", "lyapunov_spectrum"]
