"""Entropy production of a Markov jump process from its transitions and dwell times, as they were recorded."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ergodica.estimators.arrays import Array
from ergodica.estimators.claims import Claims
from ergodica.estimators.irreversibility.schnakenberg import check_pseudo_count, cycles, observed_entropy
from ergodica.estimators.labelled import describe, is_labelled
from ergodica.estimators.registry import register
from ergodica.estimators.units import base_unit, per_time


@register(
    family="irreversibility",
    takes={"transitions": "counts", "dwell_time": "counts"},
    claims=Claims(
        needs="counted transitions between states and the time spent in each", cost="O(s^2) for s states"
    ),
)
def schnakenberg(
    transitions: Any,
    dwell_time: Any,
    *,
    from_dim: str = "from_state",
    to_dim: str = "to_state",
    pseudo_count: float = 0.0,
    correct: bool = False,
    base: float = math.e,
) -> Any:
    """Entropy production rate of a Markov jump process from counted transitions.

    sigma = 1/T sum_{i<j} (n_ij - n_ji) ln(n_ij/n_ji),  T = sum_i dwell_time_i

    Every jump must be counted, as `sims.JumpProcess` does. Counts from the start on, over a dimension `t`, give the
    estimate of the record so far. Plugged-in counts lie above by 2 m/T on average near equilibrium, with m = edges -
    states + 1 independent cycles of the observed transitions.

    Args:
        transitions: n, DataArray over `from_dim` and `to_dim`, or an array `(..., states, states)` from a row to a
            column; other dimensions are mapped. The diagonal is not read.
        dwell_time: time spent in each state, DataArray over `from_dim`, or an array `(..., states)`.
        from_dim, to_dim: names of dimensions, for DataArrays.
        pseudo_count: added to both counts of every pair of states between which a transition was seen, >= 0.
        correct: whether to subtract 2 m/T; the result may then be negative.
        base: of the logarithm, > 1; e gives nat, 2 bit.

    Returns:
        Per unit of time, over the other dimensions. NaN where there is NaN, where no time has passed, or where a
        transition was seen, its reverse was not, and there is no pseudo-count: the plug-in would be infinite.

    Raises:
        TypeError: one labelled and one plain array, or what holds no real numbers.
        ValueError: a missing dimension, shapes that do not fit, negative counts or times.

    Source: Schnakenberg 1976, Rev. Mod. Phys. 48, 571.
    """
    check_pseudo_count(pseudo_count)
    per_unit, unit = base_unit(base)

    def lanes(counts: NDArray, times: NDArray) -> Array:
        states = counts.shape[-1] if counts.ndim else 0
        if counts.ndim < 2 or times.ndim < 1 or counts.shape[-2] != states or times.shape[-1] != states:
            raise ValueError(
                f"transitions: must be from as many states as to, with a dwell time each, got shapes {counts.shape} "
                f"and {times.shape}; give (..., states, states) and (..., states)"
            )
        if counts.dtype.kind not in "biuf" or times.dtype.kind not in "biuf":
            raise TypeError(
                f"transitions, dwell_time: must hold real numbers, got dtypes {counts.dtype} and {times.dtype}; "
                "convert with .astype(float)"
            )
        if (counts < 0).any() or (times < 0).any():
            raise ValueError(
                "transitions, dwell_time: must not be negative, got values below 0; check the order"
            )
        leading = np.broadcast_shapes(counts.shape[:-2], times.shape[:-1])
        flat = np.broadcast_to(counts, (*leading, states, states)).reshape(-1, states, states).astype(float)
        total = np.broadcast_to(times.sum(axis=-1), leading).ravel()
        found = np.full(len(flat), np.nan)
        for lane, record in enumerate(flat):
            np.fill_diagonal(record, 0.0)
            if np.isfinite(record).all() and 0 < total[lane] < np.inf:
                loops = 2 * cycles(record) if correct else 0
                found[lane] = (observed_entropy(record, pseudo_count) - loops) / total[lane] / per_unit
        return found.reshape(leading)

    if is_labelled(transitions) != is_labelled(dwell_time):
        raise TypeError(
            "transitions, dwell_time: must be both DataArrays or both plain arrays, got one of each"
        )
    if not is_labelled(transitions):
        plain: Any = lanes(np.array(transitions), np.asarray(dwell_time))
        return plain[()]
    import xarray as xr

    for name, array, dims in (
        ("transitions", transitions, (from_dim, to_dim)),
        ("dwell_time", dwell_time, (from_dim,)),
    ):
        missing = [one for one in dims if one not in array.dims]
        if missing:
            raise ValueError(
                f"{name}: must have the dimension {missing[0]!r}, got {array.dims}; name it by keyword"
            )
    result = xr.apply_ufunc(
        lanes,
        transitions,
        dwell_time,
        input_core_dims=[[from_dim, to_dim], [from_dim]],
        dask="parallelized",
        output_dtypes=[np.float64],
        keep_attrs=False,
    )
    time = str(dwell_time.attrs.get("units", "1"))
    return describe(
        result,
        "entropy_production",
        per_time(unit, time),
        "entropy production rate",
        f"schnakenberg(pseudo_count={pseudo_count:g}, correct={correct})",
    )
