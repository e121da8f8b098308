"""Pressure of particles in a periodic box, in units where the mobility is 1: of pair forces and of self-propulsion."""

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.estimators.arrays import Array
from ergodica.estimators.claims import Claims
from ergodica.estimators.particles.frames import (
    POSITION,
    Output,
    frame_by_frame,
    periodic_box,
    power,
    units_of,
)
from ergodica.estimators.registry import register
from ergodica.estimators.schools.data import PROPULSION, SPACE, orientation, variable
from ergodica.numerics.errors import ParameterError
from ergodica.numerics.neighbours import pairs_within

if TYPE_CHECKING:
    import xarray as xr

DRIFT, SPEED = "drift", "propulsion_speed"
DIFFUSION, TUMBLING, RATE = "heading_diffusion", "tumbling", "propulsion_rate"


@register(
    family="particles",
    takes={"dataset": "dataset"},
    claims=Claims(needs="positions of particles and their pair forces", cost="O(N) a frame"),
)
def virial_pressure(
    dataset: "xr.Dataset", *, force: Callable[[Array], Array], radius: float
) -> "xr.DataArray":
    """The part of the pressure that pair forces carry.

    P = sum_{i<j} r_ij F(r_ij) / (d V)

    Args:
        dataset: with `position(t, particle, space)` and a `box(space)` periodic along every axis.
        force: F(r) > 0 for repulsion, from distances `(pairs,)` to forces `(pairs,)`, in velocities (mobility 1).
        radius: beyond which F is zero, in the unit of the positions; at most half of every length.

    Returns:
        Series over `member` and `t`. With the ideal part N eps / V and `active_pressure` it is the whole pressure of
        overdamped particles with diffusion eps. NaN for a frame with a position that is not finite.

    Raises:
        ParameterError: an open axis, a radius out of range, a force that gives no number for each distance.
    """
    box = periodic_box(dataset, "a pressure")
    radius = box.check_radius("radius", radius)
    if not callable(force):
        raise ParameterError(
            f"force: must be a function of distances, got {force!r}; write lambda r: k * (a - r)"
        )
    d, volume = box.dimensions, box.volume

    def frame(x: Array, lengths: Array) -> list[float]:
        r = pairs_within(x, radius, box).distances
        forces = np.asarray(force(r), dtype=np.float64)
        if forces.shape != r.shape:
            raise ParameterError(
                f"force: must give a number for each of {len(r)} distances, got shape {forces.shape}; "
                "write it for arrays"
            )
        return [float(r @ forces) / (d * volume)]

    try:
        name = inspect.getsource(force).strip()
    except (OSError, TypeError):
        name = repr(force)
    output = Output(units=_units(dataset), long_name="virial pressure")
    method = f"sum of r F(r) over pairs within {radius:g} over d V: {' '.join(name.split())[:200]}"
    return frame_by_frame(frame, dataset, (POSITION,), {"pressure": output}, method)["pressure"]


@register(
    family="particles",
    takes={"dataset": "dataset"},
    claims=Claims(needs="a run of active particles", cost="O(N) a frame"),
)
def active_pressure(
    dataset: "xr.Dataset", *, speed: float | None = None, persistence: float | None = None
) -> "xr.DataArray":
    """The part of the pressure that self-propulsion carries, the swim pressure.

    P = v0 tau sum_i e_i . u_i / (d V)

    e_i is the heading or the propulsion of a particle, u_i its drift (v0 e_i and the forces), tau the time in which e
    is forgotten: in a steady state tau <e . u> = <e . x>, which is the virial of the propulsion.

    Args:
        dataset: with `heading` or `propulsion`, and `drift(t, particle, space)` (recorded on request), in a
            `box(space)` periodic along every axis.
        speed: v0; default `propulsion_speed` of the dataset.
        persistence: tau; default of headings 1/((d - 1) D_r + alpha), from `heading_diffusion` and `tumbling`, of
            which one may be missing, of propulsions 1/gamma from `propulsion_rate`.

    Returns:
        Series over `member` and `t`; of free particles N v0^2 tau / (d V) with headings, N v0^2 tau / V on average
        with propulsions of variance 1 a component.

    Raises:
        ParameterError: a variable is missing, an open axis, directions that are never forgotten.

    Source: Takatori, Yan and Brady 2014, Phys. Rev. Lett. 113, 028103; Solon, Stenhammar, Wittkowski, Kardar, Kafri,
    Cates and Tailleur 2015, Phys. Rev. Lett. 114, 198301, eq. 8.
    """
    name = orientation(dataset)
    variable(dataset, name)
    if DRIFT not in dataset:
        have = ", ".join(map(str, dataset.data_vars))
        raise ParameterError(
            f'dataset: must hold drift(t, particle, space), got {have}; run with record=("{DRIFT}",)'
        )
    variable(dataset, DRIFT)
    box = periodic_box(dataset, "a pressure")
    d = box.dimensions
    v0 = _number(dataset, "speed", speed, SPEED)
    if persistence is None:
        rate = _forgetting(dataset, name, d)
        if rate == 0:
            raise ParameterError(
                "persistence: must be finite, got directions that never change; give persistence"
            )
        tau = 1 / rate
    else:
        tau = _number(dataset, "persistence", persistence, "")
    scale = v0 * tau / (d * box.volume)

    def frame(e: Array, u: Array, lengths: Array) -> list[float]:
        return [scale * float((e * u).sum())]

    output = Output(units=_units(dataset), long_name="active pressure")
    method = f"speed {v0:g}, persistence time {tau:g}"
    return frame_by_frame(frame, dataset, (name, DRIFT), {"pressure": output}, method)["pressure"]


def _forgetting(dataset: "xr.Dataset", name: str, d: int) -> float:
    """Rate at which directions are forgotten; diffusion and tumbles are independent, so that their rates add."""
    if name == PROPULSION:
        return _number(dataset, "persistence", None, RATE)
    known = [one for one in (DIFFUSION, TUMBLING) if one in dataset] or [f"{DIFFUSION} or {TUMBLING}"]
    rates = {one: _number(dataset, "persistence", None, one) for one in known}
    return (d - 1) * rates.get(DIFFUSION, 0.0) + rates.get(TUMBLING, 0.0)


def _number(dataset: "xr.Dataset", argument: str, given: Any, name: str) -> float:
    if given is None:
        if name not in dataset:
            raise ParameterError(f"{argument}: must be given where {name} is not in the dataset, got None")
        values = np.unique(dataset[name].values)
        if len(values) != 1:
            raise ParameterError(
                f"{argument}: must be one for all particles and members, got several of {name}; select"
            )
        given = values[0]
    value = float(given)
    if not 0 <= value < np.inf:
        raise ParameterError(f"{argument}: must be >= 0 and finite, got {given!r}; give another")
    return value


def _units(dataset: "xr.Dataset") -> str:
    found = units_of(dataset)
    return power(found, 2 - dataset[POSITION].sizes[SPACE])
