"""Neighbours and counts that the estimators of Kraskov, Stoegbauer and Grassberger stand on, lane by lane."""

import warnings
from collections.abc import Callable, Sequence
from numbers import Integral

import numpy as np
from numpy.typing import NDArray

from ergodica.estimators.arrays import Array, unit_scale
from ergodica.estimators.continuous.digamma import digamma_table

Flags = NDArray[np.bool_]

FARTHEST = 1.0
"""A k-th neighbour this far, in standard deviations, is no neighbour: the density is not even that far."""


REPEATED = 0.01
"""Share of repeated values of a component, below which their ties with each other do not matter."""
ROUNDED = 0.02
"""Share of exact ties among the samples counted in a component, which makes a bias of about half as many nats."""
LOOKED_AT = 128  # samples whose ties are counted


class TooFewSamplesWarning(UserWarning):
    """Neighbours are so far that an estimate from them is far too low."""


class RoundedValuesWarning(UserWarning):
    """Values are rounded to steps like the distance between neighbours, and an estimate from them is biased."""


def check_k(k: object) -> None:
    """Raise where k is not a whole number from 1 on."""
    if isinstance(k, bool) or not isinstance(k, Integral) or k < 1:
        raise ValueError(f"k: must be a whole number of neighbours from 1 on, got {k!r}; use 3 to 10")


def varying(parts: Sequence[Array]) -> Flags:
    """Lanes in which no component of any array `(lanes, n, d)` is constant."""
    return np.logical_and.reduce([(x.max(axis=1) > x.min(axis=1)).all(axis=1) for x in parts])


def deviations(x: Array) -> tuple[Array, Array]:
    """Standard deviations `(lanes, 1, d)`, as a power of two and a number near 1, of data of any scale."""
    scale = unit_scale(np.abs(x).max(axis=1, keepdims=True))
    return scale, (x * scale).std(axis=1, keepdims=True)


def standardized(x: Array) -> Array:
    """Every component over its standard deviation."""
    scale, deviation = deviations(x)
    return x * scale / deviation


def over_varying(
    parts: Sequence[Array], k: int, standardize: bool, function: Callable[[Sequence[Array]], Array]
) -> Array:
    """`function` of the lanes in which no component is constant, over their deviations if asked; NaN in others.

    Warns where values are rounded.
    """
    good = varying(parts)
    result = np.full(len(good), np.nan)
    if good.any():
        used = list(parts) if good.all() else [x[good] for x in parts]
        used = [standardized(x) for x in used] if standardize else used
        result[good] = function(used)
        warn_if_rounded(used, k)
    return result


def threads_share_lanes(lanes: int) -> bool:
    """Whether threads take whole lanes, rather than parts of one."""
    import numba

    threads = int(numba.get_num_threads())
    return threads == 1 or lanes >= 2 * threads


def neighbours(parts: Sequence[Array], k: int) -> tuple[Array, NDArray[np.int32]]:
    """Distance to the k-th neighbour `(lanes, n)` and numbers of all k, in the maximum norm of all components.

    Raises:
        ValueError: a distance is 0.
    """
    from ergodica.numerics.point_tree import nearest_points

    distances, numbers = nearest_points(np.ascontiguousarray(np.concatenate(parts, axis=-1)), k)
    radii = np.ascontiguousarray(distances[..., -1])
    if not (radii > 0).all():
        raise copies(k)
    warn_if_far(radii, parts)
    return radii, numbers


def copies(k: int) -> ValueError:
    """What is raised where samples are equal in all components."""
    return ValueError(
        f"x, y: must be of a continuum, got more than k={k} samples that are exact copies of each other; count them as "
        "symbols (space=Symbols() or ValueBins()), or take GaussianCopula(), which sees ranks"
    )


def warn_if_far(radii: Array, parts: Sequence[Array]) -> None:
    """Warn where half of the neighbours are farther than the density can be even."""
    spread = np.concatenate([np.divide(*deviations(x)[::-1])[:, 0] for x in parts], axis=-1).max(axis=-1)
    if (np.median(radii, axis=-1) > FARTHEST * spread).any():
        n, d = radii.shape[1], sum(x.shape[-1] for x in parts)
        warnings.warn(
            f"n={n} samples are far too few for neighbours in d={d} dimensions (most are more than {FARTHEST:g} "
            "standard deviation away), and the estimate is too low; use GaussianCopula() or Compressed(components=2)",
            TooFewSamplesWarning,
            stacklevel=2,
        )


def warn_if_rounded(parts: Sequence[Array], k: int) -> None:
    """Warn where counts in a component hold many exact ties beside other values.

    Few values far apart, of which a count holds one alone, are no such case: there the ties are what is to be counted.
    """
    from ergodica.numerics.point_tree import nearest_points

    repeats = np.zeros(len(parts[0]))
    for x in parts:
        ascending = np.sort(x, axis=1)
        repeated = (ascending[:, 1:] == ascending[:, :-1]).mean(axis=1).max(axis=-1)
        np.maximum(repeats, repeated, out=repeats)
    lane = int(repeats.argmax())
    if repeats[lane] < REPEATED:
        return
    components = np.concatenate([x[lane] for x in parts], axis=-1)
    radii = nearest_points(np.ascontiguousarray(components[np.newaxis]), k)[0][0, :, -1]
    chosen = np.unique(np.linspace(0, len(components) - 1, LOOKED_AT).astype(int))
    share = np.zeros((len(chosen), components.shape[1]))
    for row, i in enumerate(chosen):
        away = np.abs(components - components[i])
        ties, counted = (away == 0).sum(axis=0) - 1, (away < radii[i]).sum(axis=0) - 1
        share[row] = np.where(ties < counted, ties / np.maximum(counted, 1), 0.0)
    largest = share.mean(axis=0).max()
    if largest > ROUNDED:
        warnings.warn(
            f"values are rounded to steps like the distance between neighbours ({100 * largest:.0f} % of what is "
            "counted in a component are exact ties), and the estimate is biased; use GaussianCopula(), a larger k, "
            "or a space such as EqualMassBins()",
            RoundedValuesWarning,
            stacklevel=2,
        )


def mean_digamma(counts: NDArray[np.integer]) -> Array:
    """Mean of psi(count) over the samples, `(lanes,)`, of counts >= 1."""
    return np.asarray(digamma_table(counts.shape[-1] + 1)[counts].mean(axis=-1))
