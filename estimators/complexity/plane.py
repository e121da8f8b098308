"""The complexity-entropy plane: where a signal stands between order, chaos and noise."""

# ruff: noqa: B008 - frozen dataclasses are safe as defaults

from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.estimators.claims import Claims
from ergodica.estimators.complexity.divergences import JensenShannon
from ergodica.estimators.complexity.statistical import complexity_functional
from ergodica.estimators.entropy import entropy_functional, prepare
from ergodica.estimators.functionals import evaluate_all
from ergodica.estimators.labelled import Dim, core_axes, is_labelled
from ergodica.estimators.measures.shannon import Shannon
from ergodica.estimators.probability.plug_in import PlugIn, ProbabilityEstimator
from ergodica.estimators.registry import register
from ergodica.estimators.spaces.ordinal import OrdinalPatterns
from ergodica.estimators.spaces.space import Space

if TYPE_CHECKING:
    import xarray as xr

SAMPLES = "sample"
"""Name that the samples of a plain array get."""

CLAIMS = Claims(
    needs="a series of at least (order-1)*delay+1 samples, with values that differ",
    cost="O(n order^2) comparisons, many an instruction; O(order!) memory",
    invariances={"shift": 0.0, "scale": 0.0, "monotone": 0.0, "sign": 1e-12, "reversal": 1e-12},
)


@register(family="ordinal", takes={"x": "series"}, claims=CLAIMS)
def complexity_entropy_plane(
    x: Any,
    *,
    dim: Dim = None,
    space: Space = OrdinalPatterns(),
    estimator: ProbabilityEstimator = PlugIn(),
) -> "xr.Dataset":
    """Normalized entropy and Jensen-Shannon complexity of a signal: its point in the complexity-entropy plane.

    (H, C) = (S(p)/ln n, D(p, uniform) S(p)/ln n)

    With ordinal patterns white noise is at (1, 0), a ramp at (0, 0), chaos near the upper limit (`complexity_limits`),
    correlated noise below it.

    Args:
        x: as for `entropy`; every dimension besides `dim` is mapped.
        dim: as for `entropy`.
        space: outcomes; OrdinalPatterns(order=5) unless told.
        estimator: of the probabilities.

    Returns:
        Dataset of `entropy` and `complexity` over the other dimensions (`lane0`, ... of a plain array). Both are NaN in
        lanes with NaN or infinity, and with ordinal patterns in lanes of one repeated value, which have no order.

    Raises:
        TypeError, ValueError: as for `entropy`.

    Good values: order 5 or 6 for 1,000 samples or more, order! well below n; the delay of `ordinal_sampling`.

    Source: Rosso, Larrondo, Martin, Plastino, Fuentes 2007, Phys. Rev. Lett. 99, 154102.
    """
    import xarray as xr

    x, dim = labelled_series(x, dim)
    x, axes, space = prepare(x, dim, space, estimator)
    found = evaluate_all(
        x,
        axes,
        space,
        [
            entropy_functional(axes, space, Shannon(), estimator, normalize=True),
            complexity_functional(axes, space, Shannon(), JensenShannon(), estimator),
        ],
    )
    return xr.Dataset(
        dict(zip(("entropy", "complexity"), found, strict=True)), attrs={"outcomes": space.count(axes)}
    )


def labelled_series(x: Any, dim: Dim) -> tuple[Any, Dim]:
    """`x` with names of dimensions, and the name of the samples; labelled data are left as they are."""
    if is_labelled(x):
        return x, dim
    import xarray as xr

    if np.ma.isMaskedArray(x):
        raise TypeError("x: must not be a masked array, whose mask would be lost; use .filled(np.nan)")
    values = np.asarray(x)
    (axis,) = core_axes(values, dim)
    moved = np.moveaxis(values, axis.position, -1)
    return xr.DataArray(moved, dims=[*(f"lane{i}" for i in range(moved.ndim - 1)), SAMPLES]), SAMPLES
