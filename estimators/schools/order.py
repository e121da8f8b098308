"""Order parameters of schools: how much all swim one way, or around one another, and how fast the group moves."""

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ergodica.estimators.arrays import Array
from ergodica.estimators.claims import Claims
from ergodica.estimators.registry import register
from ergodica.estimators.schools.centre import cross, directions, displacements, unit
from ergodica.estimators.schools.data import (
    PARTICLE,
    POSITION,
    SPACE,
    as_series,
    each_frame,
    lengths,
    orientation,
    variable,
)
from ergodica.numerics.errors import ParameterError

if TYPE_CHECKING:
    import xarray as xr

VELOCITY = "velocity"


@register(
    family="schools",
    takes={"dataset": "dataset"},
    claims=Claims(needs="headings or propulsion of particles", cost="O(N) a frame"),
)
def polarization(dataset: "xr.Dataset") -> "xr.DataArray":
    """How much all swim one way.

    P = |mean of the headings|

    Args:
        dataset: with `heading(t, particle, space)`, or without one `propulsion`, in the plane or in space, with or
            without `member` and `t`; only directions count.

    Returns:
        Series over `member` and `t`, 0 to 1: 1 when all headings are one, about 1/sqrt(N) when independent; 1 for
        one particle. NaN for a frame with a heading that is not finite or of length 0.

    Raises:
        ParameterError: no headings, no particle, other dims.

    Source: Couzin, Krause, James, Ruxton and Franks 2002, J. theor. Biol. 218, 1.
    """
    outputs = {"polarization": ("1", "polarization P")}
    return each_frame(_polarization, dataset, (orientation(dataset),), outputs, "|mean heading|")[
        "polarization"
    ]


@register(
    family="schools",
    takes={"dataset": "dataset"},
    claims=Claims(needs="positions and headings of particles", cost="O(N) a frame"),
)
def rotation(dataset: "xr.Dataset") -> "xr.DataArray":
    """How much all swim around the group's centroid in one sense.

    M = |mean of (r_hat x heading)|, r_hat the unit vector from the centroid

    Args:
        dataset: with `position` and `heading(t, particle, space)`, or without one `propulsion`, in the plane or in
            space; lengths of a periodic box in `box(space)`, NaN along open axes. There the centroid is the
            circular mean, moved by the mean displacement from there.

    Returns:
        Series over `member` and `t`, 0 to 1: 1 for a ring of tangential headings. Who is at the centroid (within
        1e-10 radii of gyration) counts as 0, so that one particle has 0. NaN for a frame with a value that is not
        finite or a heading of length 0.

    Raises:
        ParameterError: a variable is missing, no particle, other dims.

    Source: Couzin, Krause, James, Ruxton and Franks 2002, J. theor. Biol. 218, 1.
    """
    outputs = {"rotation": ("1", "rotation M")}
    method = "|mean of r_hat x heading|, r_hat from the centroid"
    return each_frame(_rotation, dataset, (POSITION, orientation(dataset)), outputs, method)["rotation"]


@register(
    family="schools",
    takes={"dataset": "dataset"},
    claims=Claims(needs="velocities, or positions at two times", cost="O(N) a frame"),
)
def group_speed(dataset: "xr.Dataset") -> "xr.DataArray":
    """How fast the group moves: the speed of its mean velocity.

    Args:
        dataset: with `velocity(t, particle, space)`; or with `position(t, particle, space)` at two or more times,
            from which the velocity is that of the centroid, by central differences of second order (one-sided at
            the ends), with the shortest displacement of each particle across a periodic box.

    Returns:
        Series over `member` and `t`, in the unit of the velocity, or of the position over that of `t`.

    Raises:
        ParameterError: neither variable, fewer than two times, times that do not ascend, `t` in several chunks.

    Good values: snapshots so dense that no particle moves half a box from one to the next.
    """
    if VELOCITY in dataset:
        found = variable(dataset, VELOCITY)
        outputs = {"group_speed": (str(found.attrs.get("units", "1")), "speed of the group")}
        return each_frame(_mean_length, dataset, (VELOCITY,), outputs, "|mean velocity|")["group_speed"]
    return _speed_of_centroid(dataset)


def _speed_of_centroid(dataset: "xr.Dataset") -> "xr.DataArray":
    import xarray as xr

    x = variable(dataset, POSITION)
    if "t" not in x.dims or x.sizes["t"] < 2:
        raise ParameterError(
            f"position: must be at two times at least to tell a speed, got {x.sizes.get('t', 1)}; "
            "add velocity(t, particle, space) or more snapshots"
        )
    t = np.asarray(x["t"].values, dtype=np.float64)
    if not (np.diff(t) > 0).all():
        raise ParameterError("t: must ascend, got times that do not; sort with .sortby('t')")
    if x.chunks is not None and len(x.chunksizes["t"]) > 1:
        raise ParameterError(
            f"position: t must be in one chunk, got {len(x.chunksizes['t'])}; rechunk with .chunk({{'t': -1}})"
        )

    def speed(x: Any, box: Any) -> Array:
        steps = np.diff(np.asarray(x, dtype=np.float64), axis=-3)
        period = np.broadcast_to(box, (*steps.shape[:-3], box.shape[-1]))[..., None, None, :]
        finite = np.isfinite(period)
        turns = np.rint(steps / np.where(finite, period, 1.0))
        steps = (steps - np.where(finite, turns * np.where(finite, period, 0.0), 0.0)).mean(-2)
        path = np.concatenate([np.zeros_like(steps[..., :1, :]), np.cumsum(steps, axis=-2)], axis=-2)
        edge_order: Literal[1, 2] = 2 if len(t) > 2 else 1
        velocity: Array = np.asarray(np.gradient(path, t, axis=-2, edge_order=edge_order))
        return np.asarray(np.sqrt(np.square(velocity).sum(-1)))

    found = xr.apply_ufunc(
        speed,
        x,
        lengths(dataset, x.sizes[SPACE]),
        input_core_dims=[["t", PARTICLE, SPACE], [SPACE]],
        output_core_dims=[["t"]],
        dask="parallelized",
        output_dtypes=[np.float64],
        keep_attrs=False,
    )
    for name, coordinate in x.coords.items():
        if name in found.coords:
            found.coords[name].attrs = dict(coordinate.attrs)
    units = _quotient(str(x.attrs.get("units", "1")), str(x["t"].attrs.get("units", "1")))
    found.name = "group_speed"
    return as_series(found, units, "speed of the group", "|velocity of the centroid| by central differences")


def _quotient(above: str, below: str) -> str:
    return above if below in ("", "1") else f"{above} ({below})-1"


def _mean_length(v: Array, lengths: Array) -> float:
    return float(np.sqrt(np.square(v.mean(0)).sum()))


def _polarization(v: Array, lengths: Array) -> float:
    return _mean_length(unit(v), lengths)


def _rotation(x: Array, v: Array, lengths: Array) -> float:
    outward, _ = directions(displacements(x, lengths))
    return _mean_length(cross(outward, unit(v)), lengths)
