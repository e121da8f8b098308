"""How often each outcome was observed, to add up, keep and estimate from."""

# ruff: noqa: B008 - frozen dataclasses are safe as defaults

from typing import Any

from ergodica.estimators.entropy import along, prepare, refuse_outcome
from ergodica.estimators.functionals import map_weights
from ergodica.estimators.labelled import Dim, describe, is_labelled, label_outcomes
from ergodica.estimators.merging import known_space
from ergodica.estimators.spaces.space import Space
from ergodica.estimators.spaces.symbols import Symbols


def counts(x: Any, *, dim: Dim = None, space: Space = Symbols()) -> Any:
    """Counts of the outcomes along named dimensions; every other dimension is mapped.

    n_i = number of observations along `dim` whose outcome is i. Counts of several runs add up, and
    `entropy(n, dim="outcome", estimator=...)` takes them.

    Args:
        x: DataArray, in memory or chunked by dask (then lazy), or a plain array. Along `dim` it may lie in several
            chunks where an observation needs its own samples only and the outcomes are known beforehand (Symbols with
            a number, ValueBins with a range, OrdinalPatterns, Words of these): the counts are the same, bit for bit.
        dim: as for `entropy`.
        space: outcome space that counts.

    Returns:
        DataArray over the other dimensions and `outcome`, in whole numbers of double precision; NaN throughout a row
        with NaN or infinity.

    Raises:
        TypeError: a space of other weights, or whose outcomes are not known, for data in chunks.
        ValueError: a dimension that is missing, empty or chunked where that cannot be.
    """
    x, axes, space = prepare(x, dim, space)
    if not space.counts:
        raise TypeError(f"space: must count observations, got {space!r}; use probabilities() for its weights")
    method = f"{space!r} {along(axes)}"
    refuse_outcome(x, axes)
    space = known_space(x, space)
    result = map_weights(lambda weights: weights, x, axes, space, {"outcome": space.count(axes)})
    result = describe(result, "counts", "1", f"{space.long_name}, counts", method)
    if is_labelled(result):
        result = label_outcomes(result, space.outcomes(axes), str(x.attrs.get("units", "1")))
    return result
