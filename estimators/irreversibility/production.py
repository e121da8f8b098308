"""The entropy production rate of a stationary path, by any estimator."""

import math
import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ergodica.estimators.arrays import Array
from ergodica.estimators.claims import Claims, Exact
from ergodica.estimators.irreversibility.estimator import IrreversibilityEstimator
from ergodica.estimators.irreversibility.linear_fit import LinearFit
from ergodica.estimators.irreversibility.paths import rotation
from ergodica.estimators.irreversibility.schnakenberg import Schnakenberg
from ergodica.estimators.labelled import Dim, is_labelled
from ergodica.estimators.registry import register
from ergodica.estimators.samples import Label, estimate, sample_dim, sample_spacing
from ergodica.estimators.units import base_unit, per_time

CLAIMS = Claims(
    needs="a stationary path, evenly sampled: vectors for all estimators but Schnakenberg(), which takes states",
    cost="O(n d^2) with LinearFit(), see the estimators",
    invariances={"affine": 1e-10, "shift": 1e-10, "scale": 1e-10},
    exact=(
        Exact(
            name="rotation, w = 1, 4000 samples of .1",
            sample=lambda rng: (rotation(rng, frequency=1.0, samples=4000, dt=0.1),),
            value=2.0,
            bias=0.02,  # d(d-1)/T = .005 and of second order
            spread=0.17,  # 2 sqrt(2 * 2/400) = .2 is the size of what cannot be undercut by much
            source="sigma = 2 w^2",
        ),
    ),
)

COMPONENTS = ("component", "space")
"""Dimensions that make vectors of a path."""


@register(family="irreversibility", takes={"x": "path"}, claims=CLAIMS)
def entropy_production(
    x: Any,
    *,
    dim: Dim = None,
    feature_dim: str | int | None = None,
    estimator: IrreversibilityEstimator | None = None,
    dt: float | None = None,
    base: float = math.e,
) -> Any:
    """Entropy production rate of a stationary path, per unit of time.

    sigma = lim 1/T E[ln P(path)/P(path backwards in time)]

    Args:
        x: DataArray or plain array: a path of vectors along `feature_dim`, or of states (whole numbers). Other
            dimensions are mapped.
        dim: the dimension of time, evenly sampled.
        feature_dim: the components of a vector; None for scalars, whose linear fits are reversible.
        estimator: LinearFit(), ShortTimeFit(), UncertaintyBound(), NearestNeighbours() for vectors,
            Schnakenberg() for states; None is Schnakenberg() for whole numbers and LinearFit() for real ones.
        dt: time between samples; None takes the step of the coordinate of `dim`.
        base: of the logarithm, > 1; e gives nat, 2 bit.

    Returns:
        DataArray over the other dimensions; an array, or a number, for plain arrays. Units are nat per unit of time.
        NaN where a lane holds NaN, or as the estimator says.

    Raises:
        TypeError: whole numbers for an estimator of vectors, real numbers for one of states.
        ValueError: no `dt` and no coordinate, or too few samples.

    Good values: LinearFit() near a linear system, UncertaintyBound() for a bound of anything, the others as a check.

    Source: Seifert 2012, Rep. Prog. Phys. 75, 126001, section 2.
    """
    x = x if is_labelled(x) or np.ma.isMaskedArray(x) else np.asarray(x)
    way = _default(x) if estimator is None else estimator
    if not isinstance(way, IrreversibilityEstimator):
        raise TypeError(
            f"estimator: must be one of irreversibility such as LinearFit() or Schnakenberg(), got {way!r}"
        )
    states = way.takes == "states"
    if states and x.dtype.kind not in "biu":
        raise TypeError(
            f"x: must hold states as whole numbers for {way!r}, got dtype {x.dtype}; use LinearFit() for a continuum, "
            "or .astype(int) where the values are numbers of states"
        )
    if not states and feature_dim is None:
        _warn_of_components(x)
    per_unit, unit = base_unit(base)
    step = sample_spacing(x, _time(x, dim, feature_dim), dt)

    def lanes(paths: NDArray) -> Array:
        components = 1 if states else paths.shape[2]
        least = way.fewest_samples(components)
        if paths.shape[1] < least:
            raise ValueError(
                f"dim: must hold at least {least} samples of {components} components for {way!r}, "
                f"got {paths.shape[1]}; give more data"
            )
        return way.rate(paths, step) / per_unit

    return estimate(
        lanes,
        {"x": x},
        label=Label(
            name="entropy_production",
            units=_rate_unit(unit, x, _time(x, dim, feature_dim)),
            long_name="entropy production rate",
            method=f"{way!r}, dt={step:g}",
        ),
        dim=dim,
        feature_dim=feature_dim,
        vectors=not states,
        ordered=True,
        continuous=not states,
        least=way.fewest_samples(1),
    )


def _warn_of_components(x: Any) -> None:
    mapped = [name for name in COMPONENTS if is_labelled(x) and x.sizes.get(name, 1) > 1]
    if mapped:
        warnings.warn(
            f"feature_dim: not given, so that each {mapped[0]} is a path by itself and what circulates between them "
            f"is not seen; pass feature_dim={mapped[0]!r}, or .isel({mapped[0]}=0) for one of them",
            RuntimeWarning,
            stacklevel=3,
        )


def _default(x: Any) -> IrreversibilityEstimator:
    return Schnakenberg() if x.dtype.kind in "biu" else LinearFit()


def _time(x: Any, dim: Dim, feature_dim: str | int | None) -> Dim:
    """The dimension of time, also where it is the one that is left beside `feature_dim`."""
    if is_labelled(x) and feature_dim is not None:
        return sample_dim(x, dim, [str(feature_dim)])
    return dim


def _rate_unit(unit: str, x: Any, dim: Dim) -> str:
    """The unit over that of the time coordinate, where that has one."""
    if not is_labelled(x):
        return unit
    name = x.dims[0] if dim is None else dim if isinstance(dim, str) else next(iter(dim))  # type: ignore[arg-type]
    time = str(x.coords[name].attrs.get("units", "1")) if name in x.coords else "1"
    return per_time(unit, time)
