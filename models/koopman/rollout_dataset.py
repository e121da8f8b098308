"""Rollouts of a Koopman model as datasets that say which of the two they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from ergodica.data.declarations import MEMBER, TIME
from ergodica.models.koopman.labelled import attributes
from ergodica.models.koopman.mode_dataset import members_of
from ergodica.numerics.errors import whole_number

if TYPE_CHECKING:
    import xarray as xr

    from ergodica.models.koopman.koopman import KoopmanModel
    from ergodica.models.trajectories import Trajectories


def rollout_dataset(
    model: KoopmanModel, series: Trajectories, horizon: int, name: Literal["linear", "re-encoded"]
) -> xr.Dataset:
    """What follows the last `lookback` snapshots of each member."""
    horizon = whole_number("horizon", horizon, 1)
    layout = model.fitted_layout
    roll = {"linear": model.linear_steps, "re-encoded": model.reencoded_steps}[name]
    made = roll(series.values[:, -model.lookback :], horizon)
    dims, coordinates = [TIME], {TIME: layout.times(float(series.t[-1]) + layout.dt, horizon)}
    if series.members is None:
        made = made[0]
    else:
        dims.insert(0, MEMBER)
        coordinates[MEMBER] = members_of(series)
    attrs: dict[str, Any] = attributes(model, f"{name} rollout", horizon=horizon)
    return layout.dataset(made, dims, coordinates, attrs | {"rollout": name})
