"""The functions: entropy and probabilities of a signal, from a measure, an outcome space and an estimator."""

# ruff: noqa: B008 - frozen dataclasses are safe as defaults

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ergodica.estimators.claims import Claims, Exact
from ergodica.estimators.continuous.differential import differential_entropy
from ergodica.estimators.continuous.estimator import EntropyEstimator
from ergodica.estimators.functionals import Functional, evaluate_all, map_weights
from ergodica.estimators.labelled import Dim, core_axes, describe, is_labelled, label_outcomes
from ergodica.estimators.measures.measure import Measure
from ergodica.estimators.measures.renyi import Renyi
from ergodica.estimators.measures.shannon import Shannon
from ergodica.estimators.merging import joins, known_space
from ergodica.estimators.probability.chao_wang_jost import ChaoWangJost
from ergodica.estimators.probability.plug_in import PlugIn, ProbabilityEstimator
from ergodica.estimators.registry import register
from ergodica.estimators.spaces.space import Axis, Space
from ergodica.estimators.spaces.spatial_density import SpatialDensity
from ergodica.estimators.spaces.symbols import Symbols
from ergodica.estimators.spaces.weights import Weights
from ergodica.estimators.units import base_unit


def prepare(
    x: Any, dim: Dim, space: Space | None, estimator: ProbabilityEstimator = PlugIn()
) -> tuple[Any, tuple[Axis, ...], Space]:
    """The array, the axes of a row and the space, checked; space None is Weights, or |x|^2 if complex."""
    if np.ma.isMaskedArray(x):
        raise TypeError("x: must not be a masked array, whose mask would be lost; use .filled(np.nan)")
    x = x if is_labelled(x) else np.asarray(x)
    if space is None:
        space = SpatialDensity() if x.dtype.kind == "c" else Weights()
    if not isinstance(space, Space):
        raise TypeError(f"space: must be an outcome space such as SpectralPower(), got {space!r}")
    several = 1 if dim is None or isinstance(dim, str | int) else len(dim)
    axes = core_axes(x, dim, chunked=joins(space, several), remedy=space.merge_remedy)
    if not isinstance(estimator, ProbabilityEstimator):
        if isinstance(estimator, type):
            name = estimator.__name__
            raise TypeError(f"estimator: must be an object, got the class {name}; write {name}()")
        raise TypeError(f"estimator: must be a probability estimator such as PlugIn(), got {estimator!r}")
    space.check(axes)
    return x, axes, space


def refuse_outcome(x: Any, axes: tuple[Axis, ...]) -> None:
    """Raise ValueError where the dimension of the result is one of the data."""
    if is_labelled(x) and "outcome" in set(x.dims) - {axis.name for axis in axes}:
        raise ValueError(
            "x: must not have a dimension named 'outcome', got one; rename it with .rename(outcome=...)"
        )


def along(axes: tuple[Axis, ...]) -> str:
    """What the attribute `method` says of the axes: along x, y."""
    return "along " + ", ".join(axis.name for axis in axes)


def unit_of(measure: Measure, base: float) -> tuple[float, str]:
    """What to divide the values of a measure by for a base, and the unit that results.

    Raises:
        TypeError: a base for a measure that is no logarithm.
        ValueError: an impossible base.
    """
    per_unit, unit = base_unit(base)
    if measure.logarithmic:
        return per_unit, unit
    if base != math.e:
        raise TypeError(
            f"base: {measure!r} is no logarithm and takes no base, got {base:g}; leave base out, "
            "or use Shannon(), Renyi(q=...) or Hartley()"
        )
    return 1.0, "1"


def scale_of(
    measure: Measure, axes: tuple[Axis, ...], space: Space, base: float, normalize: bool
) -> tuple[float, str]:
    """What to divide nats by, and the unit that results.

    Raises:
        TypeError: a base for a measure that is no logarithm, or normalising by a number that is not known.
        ValueError: an impossible base, or normalising by a maximum that is 0.
    """
    divisor, unit = unit_of(measure, base)
    if normalize:
        if not space.outcomes_known:
            raise TypeError(
                f"normalize: needs the number of possible outcomes, got {space!r}; {space.merge_remedy}"
            )
        outcomes = space.count(axes)
        if outcomes < 2:
            raise ValueError(
                f"normalize: needs at least 2 outcomes, got {outcomes}; use normalize=False or another dim"
            )
        return measure.maximum(outcomes), "1"
    return divisor, unit


def entropy_functional(
    axes: tuple[Axis, ...],
    space: Space,
    of: Measure,
    estimator: ProbabilityEstimator = PlugIn(),
    *,
    base: float = math.e,
    normalize: bool = False,
) -> Functional:
    """The entropy of the outcomes of `space`, its pieces checked; arguments as for `entropy`."""
    if not isinstance(of, Measure):
        raise TypeError(f"of: must be a measure such as Shannon() or Renyi(q=2), got {of!r}")
    estimator.check(of, space)
    divisor, units = scale_of(of, axes, space, base, normalize)
    return Functional(
        name=f"{of.name}_entropy",
        units=units,
        long_name=f"{'normalized ' if normalize else ''}{of.long_name} of the {space.long_name}",
        method=f"{of!r} of {space!r} by {estimator!r} {along(axes)}" + (", normalized" if normalize else ""),
        evaluate=lambda weights: estimator.entropy(weights, of) / divisor,
    )


CLAIMS = Claims(
    needs="what the space needs; nonnegative numbers without one",
    cost="O(n), or that of the space",
    # a sum of n terms in another order
    invariances={"scale": 1e-13, "order": 1e-12},
    exact=(
        Exact(
            name="equal weights",
            sample=lambda rng: (np.full(16, rng.random()),),
            value=math.log(16),
            bias=1e-14,
        ),
        Exact(
            name="a half, a quarter, two eighths",
            sample=lambda rng: (rng.permutation([4.0, 2.0, 1.0, 1.0]),),
            value=1.75 * math.log(2),
            bias=1e-14,
            source="Shannon 1948, Bell Syst. Tech. J. 27, 379",
        ),
        Exact(
            name="coins by Chao, Wang and Jost's estimator",
            sample=lambda rng: (rng.binomial(1, 0.5, size=200),),
            value=math.log(2),
            bias=1e-4,
            spread=0.005,
            arguments={"space": Symbols(number=2), "estimator": ChaoWangJost()},
        ),
        Exact(
            name="the same, collision entropy",
            sample=lambda rng: (rng.permutation([4.0, 2.0, 1.0, 1.0]),),
            value=math.log(64 / 22),
            bias=1e-14,
            arguments={"of": Renyi(q=2)},
        ),
    ),
)


@register(family="discrete", takes={"x": "weights"}, claims=CLAIMS)
def entropy(
    x: Any,
    *,
    dim: Dim = None,
    feature_dim: str | Sequence[str] | int | None = None,
    space: Space | None = None,
    of: Measure = Shannon(),
    estimator: ProbabilityEstimator | EntropyEstimator = PlugIn(),
    base: float = math.e,
    normalize: bool = False,
) -> Any:
    """Entropy of a signal along named dimensions; every other dimension is mapped.

    H = of(p), with p the probabilities of the outcomes that `space` makes of the data along `dim`.

    Args:
        x: DataArray, real or complex, in memory or chunked by dask (then lazy, with `dim` in one chunk unless
            counts of pieces add up, as for `counts`); a plain array for those who have no labels. Computed in double
            precision.
        dim: name, or names, of what makes one distribution ("x"); may be left out where there is one
            dimension. For a plain array the number of an axis, the last one by default.
        feature_dim: the components of a vector, for estimators of differential entropy alone.
        space: outcome space; None takes nonnegative data as weights and a complex field as |x|^2
            (SpatialDensity).
        of: measure.
        estimator: PlugIn for known distributions, ChaoWangJost or NSB for few counts; KozachenkoLeonenko and other
            estimators of differential entropy, h = -int f ln f, take the values of `x` as samples of f, without space.
        base: of the logarithm, > 1; e gives nat, 2 bit.
        normalize: divide by the maximum for the number of outcomes, so that 1 is uniform.

    Returns:
        DataArray over the other dimensions with `units` (nat, bit, 1), `long_name` and `method`; an array,
        or a number, for a plain array. NaN where a row holds NaN or infinity, or has no weight at all.

    Raises:
        TypeError: pieces that do not fit each other.
        ValueError: a dimension that is missing, empty or chunked; negative weights; an impossible base.

    Good values: space=SpatialDensity() or SpectralPower() for fields, ValueBins(bins=64) for amplitudes.

    Source: Shannon 1948, Bell Syst. Tech. J. 27, 379; of other pieces the one that each names.
    """
    if isinstance(estimator, EntropyEstimator):
        if space is not None or of != Shannon() or normalize:
            raise TypeError(
                f"estimator: {estimator!r} gives Shannon's entropy of a density, got space={space!r}, of={of!r}, "
                f"normalize={normalize}; leave them out"
            )
        return differential_entropy(x, dim=dim, feature_dim=feature_dim, estimator=estimator, base=base)
    if feature_dim is not None:
        raise TypeError(
            f"feature_dim: outcomes are made of scalars, got {feature_dim!r}; leave it out, or use "
            "estimator=KozachenkoLeonenko() for the entropy of a density of vectors"
        )
    x, axes, space = prepare(x, dim, space, estimator)
    functional = entropy_functional(axes, space, of, estimator, base=base, normalize=normalize)
    return evaluate_all(x, axes, space, [functional])[0]


def probabilities(
    x: Any,
    *,
    dim: Dim = None,
    space: Space | None = None,
    estimator: ProbabilityEstimator = PlugIn(),
) -> Any:
    """Probabilities of the outcomes, to average, pool or plot before an entropy is taken of them.

    p_i = w_i / sum w, with w the weights that `space` makes of the data along `dim`.

    Args:
        x, dim, space, estimator: as for `entropy`.

    Returns:
        DataArray over the other dimensions and `outcome`, whose coordinate is the grid point, the wavenumber
        (ascending) or the centre of the bin; an array with the outcomes last for a plain array. `entropy(p,
        dim="outcome")` takes it.

    Raises:
        TypeError, ValueError: as for `entropy`.
    """
    x, axes, space = prepare(x, dim, space, estimator)
    refuse_outcome(x, axes)

    method = f"{space!r} by {estimator!r} {along(axes)}"
    estimator.check(None, space)
    space = known_space(x, space)
    result = map_weights(estimator.probabilities, x, axes, space, {"outcome": space.count(axes)})
    result = describe(result, "probability", "1", f"{space.long_name}, probability", method)
    if is_labelled(result):
        result = label_outcomes(result, space.outcomes(axes), str(x.attrs.get("units", "1")))
    return result
