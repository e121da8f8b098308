"""How far two distributions are from each other."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from ergodica.estimators.arrays import Array, normalized
from ergodica.estimators.claims import Claims, Exact
from ergodica.estimators.labelled import Dim
from ergodica.estimators.measures.measure import log_or_zero
from ergodica.estimators.registry import register
from ergodica.estimators.samples import Label, estimate
from ergodica.estimators.units import base_unit

# of (1/2, 1/2) and (1/4, 3/4), whose mean is (3/8, 5/8)
BITS_JS = (math.log(4 / 3) / 2 + math.log(4 / 5) / 2 + math.log(2 / 3) / 4 + 3 * math.log(6 / 5) / 4) / 2


def _two_coins(rng: Generator) -> tuple[Array, Array]:
    """A fair coin and a biased one, not normalised."""
    return np.array([2.0, 2.0]), np.array([1.0, 3.0])


def _claims(value: float, invariances: dict[str, float]) -> Claims:
    return Claims(
        needs="weights >= 0 of the same outcomes, not all of them 0",
        cost="O(n)",
        invariances=invariances,
        exact=(Exact(name="two coins", sample=_two_coins, value=value, bias=1e-15, source="the definition"),),
    )


@register(
    family="information",
    takes={"p": "weights", "q": "weights"},
    claims=_claims(math.log(4 / 3) / 2, {"order": 1e-12, "scale": 1e-12}),
)
def kullback_leibler(p: Any, q: Any, *, dim: Dim = None, base: float = math.e) -> Any:
    """Kullback-Leibler divergence, or relative entropy, of one distribution from another.

    D(p || q) = sum p_i ln(p_i/q_i), infinite where q_i = 0 < p_i

    Args:
        p, q: nonnegative weights of the same outcomes, each divided by its sum here; DataArrays or plain arrays.
        dim: the dimension of outcomes; others are mapped and broadcast.
        base: of the logarithm, > 1; e gives nat, 2 bit.

    Returns:
        DataArray over the other dimensions; an array, or a number, for plain arrays. NaN where a lane holds NaN or no
        weight at all.

    Raises:
        TypeError: no numbers.
        ValueError: negative weights, or outcomes that do not match.

    Source: Kullback and Leibler 1951, Ann. Math. Stat. 22, 79.
    """
    return _between(p, q, _kullback_leibler, "kullback_leibler", "Kullback-Leibler divergence", dim, base)


@register(
    family="information",
    takes={"p": "weights", "q": "weights"},
    claims=_claims(math.log(16 / 3) / 2, {"order": 1e-12, "scale": 1e-12}),
)
def cross_entropy(p: Any, q: Any, *, dim: Dim = None, base: float = math.e) -> Any:
    """Cross entropy: mean length of a code for q on draws from p.

    H(p, q) = -sum p_i ln q_i = H(p) + D(p || q), infinite where q_i = 0 < p_i

    Args:
        p, q, dim, base: as for `kullback_leibler`.

    Returns:
        As `kullback_leibler`.

    Raises:
        TypeError, ValueError: as `kullback_leibler`.

    Source: Cover and Thomas 2006, Elements of Information Theory, theorem 5.4.3.
    """
    return _between(p, q, _cross_entropy, "cross_entropy", "cross entropy", dim, base)


@register(
    family="information",
    takes={"p": "weights", "q": "weights"},
    claims=_claims(BITS_JS, {"exchange": 1e-12, "order": 1e-12, "scale": 1e-12}),
)
def jensen_shannon_divergence(p: Any, q: Any, *, dim: Dim = None, base: float = math.e) -> Any:
    """Jensen-Shannon divergence: how far both are from their mean.

    J = [D(p || m) + D(q || m)]/2, m = (p + q)/2, from 0 (equal) to ln 2 (no common outcome)

    Args:
        p, q, dim, base: as for `kullback_leibler`.

    Returns:
        As `kullback_leibler`.

    Raises:
        TypeError, ValueError: as `kullback_leibler`.

    Source: Lin 1991, IEEE Trans. Inf. Theory 37, 145.
    """
    return _between(
        p, q, _jensen_shannon, "jensen_shannon_divergence", "Jensen-Shannon divergence", dim, base
    )


@register(
    family="information",
    takes={"p": "weights", "q": "weights"},
    claims=_claims(math.sqrt(BITS_JS), {"exchange": 1e-12, "order": 1e-12, "scale": 1e-12}),
)
def jensen_shannon_distance(p: Any, q: Any, *, dim: Dim = None, normalize: bool = False) -> Any:
    """Jensen-Shannon distance, a metric: the square root of the divergence.

    d = sqrt(J), from 0 (equal) to sqrt(ln 2) (no common outcome)

    Args:
        p, q, dim: as for `kullback_leibler`.
        normalize: divide by sqrt(ln 2), its maximum: the distance in bit^(1/2).

    Returns:
        As `kullback_leibler`.

    Raises:
        TypeError, ValueError: as `kullback_leibler`.

    Source: Endres and Schindelin 2003, IEEE Trans. Inf. Theory 49, 1858.
    """
    largest = math.sqrt(math.log(2)) if normalize else 1.0

    def distance(p: Array, q: Array) -> Array:
        return np.asarray(np.sqrt(_jensen_shannon(p, q)) / largest)

    words = ("normalized " if normalize else "") + "Jensen-Shannon distance"
    return _between(
        p, q, distance, "jensen_shannon_distance", words, dim, None, "1" if normalize else "nat^(1/2)"
    )


@register(
    family="information",
    takes={"p": "weights", "q": "weights"},
    claims=_claims(
        math.sqrt(1 - (math.sqrt(1 / 8) + math.sqrt(3 / 8))),
        {"exchange": 1e-12, "order": 1e-12, "scale": 1e-12},
    ),
)
def hellinger(p: Any, q: Any, *, dim: Dim = None) -> Any:
    """Hellinger distance, a metric.

    d = sqrt(sum (sqrt(p_i) - sqrt(q_i))^2 / 2), from 0 (equal) to 1 (no common outcome)

    Args:
        p, q, dim: as for `kullback_leibler`.

    Returns:
        As `kullback_leibler`.

    Raises:
        TypeError, ValueError: as `kullback_leibler`.

    Source: Hellinger 1909, J. reine angew. Math. 136, 210.
    """
    return _between(p, q, _hellinger, "hellinger", "Hellinger distance", dim, None)


@register(
    family="information",
    takes={"p": "weights", "q": "weights"},
    claims=_claims(0.25, {"exchange": 1e-12, "order": 1e-12, "scale": 1e-12}),
)
def total_variation(p: Any, q: Any, *, dim: Dim = None) -> Any:
    """Total variation distance, a metric: the largest difference of the probabilities of one event.

    d = sum |p_i - q_i| / 2, from 0 (equal) to 1 (no common outcome)

    Args:
        p, q, dim: as for `kullback_leibler`.

    Returns:
        As `kullback_leibler`.

    Raises:
        TypeError, ValueError: as `kullback_leibler`.

    Source: Levin, Peres, Wilmer 2009, Markov Chains and Mixing Times, proposition 4.2.
    """
    return _between(p, q, _total_variation, "total_variation", "total variation distance", dim, None)


def _kullback_leibler(p: Array, q: Array) -> Array:
    # sum of p ln(p/q) - p + q, whose terms are all >= 0: no cancellation where p is near q
    present = (p > 0) & (q > 0)
    excess = np.where(present, p / np.where(present, q, 1.0) - 1, 0.0)
    # the ratio may overflow where q is tiny; its logarithm does not
    logs = np.where(np.abs(excess) < 0.5, np.log1p(excess), log_or_zero(p) - log_or_zero(q))
    terms = np.where(present, p * logs - p + q, np.where(p > 0, np.inf, q))
    return _or_nan(np.maximum(terms.sum(axis=-1), 0.0), p, q)


def _cross_entropy(p: Array, q: Array) -> Array:
    terms = np.where(p > 0, np.where(q > 0, -p * log_or_zero(q), np.inf), 0.0)
    return _or_nan(0.0 + terms.sum(axis=-1), p, q)


def _jensen_shannon(p: Array, q: Array) -> Array:
    middle = p / 2 + q / 2
    return np.asarray((_kullback_leibler(p, middle) + _kullback_leibler(q, middle)) / 2)


def _hellinger(p: Array, q: Array) -> Array:
    return np.asarray(np.sqrt(((np.sqrt(p) - np.sqrt(q)) ** 2).sum(axis=-1) / 2))


def _total_variation(p: Array, q: Array) -> Array:
    return np.asarray(np.abs(p - q).sum(axis=-1) / 2)


def _or_nan(value: Array, p: Array, q: Array) -> Array:
    return np.asarray(np.where(np.isnan(p[..., 0] + q[..., 0]), np.nan, value))


def _between(
    p: Any,
    q: Any,
    function: Callable[[Array, Array], Array],
    name: str,
    words: str,
    dim: Dim,
    base: float | None,
    pure_unit: str = "1",
) -> Any:
    per_unit, unit = (1.0, pure_unit) if base is None else base_unit(base)

    def lanes(p: NDArray, q: NDArray) -> Array:
        for one, weights in (("p", p), ("q", q)):
            if (weights < 0).any():
                raise ValueError(
                    f"{one}: must hold weights >= 0, got {weights.min():g}; clip round-off with .clip(0)"
                )
        return function(normalized(p.astype(np.float64)), normalized(q.astype(np.float64))) / per_unit

    return estimate(
        lanes,
        {"p": p, "q": q},
        label=Label(name=name, units=unit, long_name=words, method="of weights divided by their sum"),
        dim=dim,
        vectors=False,
        continuous=False,
        least=1,
    )
