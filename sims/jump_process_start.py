"""Where a jump process starts: in a state, in one for each member, or by its stationary distribution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.numerics.errors import ParameterError, nearest
from ergodica.sims.simulation import Draw

if TYPE_CHECKING:
    import xarray as xr

STATIONARY = "stationary"


def checked_initial(value: Any, names: Sequence[str]) -> str | int | np.ndarray:
    """`stationary`, the number of a state, or numbers (members,), from what was given.

    Raises ParameterError for what is no state.
    """
    if hasattr(value, "data_vars"):
        value = state_of(value)
    if isinstance(value, str):
        if value == "from-file":
            raise ParameterError("initial: 'from-file' needs its file; use sims.from_dataset(ds)")
        return STATIONARY if value == STATIONARY else _number(value, names)
    if isinstance(value, np.ndarray | list | tuple) and np.ndim(value):
        listed = np.asarray(value).tolist()
        if not listed:
            raise ParameterError("initial: must hold a state for each member, got none; give a state")
        return np.array([_number(one, names) for one in listed], np.int64)
    return _number(value.item() if isinstance(value, np.ndarray) else value, names)


def _number(value: Any, names: Sequence[str]) -> int:
    if isinstance(value, str):
        if value in names:
            return list(names).index(value)
        if not value.strip().isdecimal():
            raise ParameterError(
                f"initial: must be {STATIONARY} or a state, got {value!r}; {nearest(value, [STATIONARY, *names])}"
            )
        value = int(value)
    number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    if not number or value not in range(len(names)):
        raise ParameterError(
            f"initial: must be {STATIONARY}, the name of a state or a number from 0 to {len(names) - 1}, got "
            f"{str(value)[:40]!r}; use initial='{STATIONARY}'"
        )
    return int(value)


def state_of(snapshot: xr.Dataset) -> int | np.ndarray:
    """The state of one snapshot, numbers (members,) where it has members."""
    if "state" not in snapshot or snapshot["state"].dims not in ((), ("member",)):
        raise ParameterError("initial: must be one snapshot with state; use ds.isel(t=-1)")
    values = np.asarray(snapshot["state"].values)
    return values if values.ndim else int(values)


def states_at_start(
    initial: str | int | np.ndarray, distribution: np.ndarray | None, draws: Sequence[Draw]
) -> np.ndarray:
    """The state of every member, (members,); `distribution` is (1, n) or (members, n)."""
    if not isinstance(initial, str):
        return np.broadcast_to(np.asarray(initial, np.int64), (len(draws),)).copy()
    from ergodica.numerics.random import uniforms

    assert distribution is not None
    u = np.array([uniforms(one.seed, one.member, 0, 1, purpose=one.purpose)[0] for one in draws])
    upper = np.cumsum(distribution, axis=-1)
    found = (u[:, None] * upper[:, -1:] >= upper).sum(axis=-1)
    # round-off must not lead to a state of no probability
    last = distribution.shape[-1] - 1 - (distribution[:, ::-1] > 0).argmax(axis=-1)
    return np.asarray(np.minimum(found, last), np.int64)
