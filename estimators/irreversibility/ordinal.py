"""Irreversibility of a series by its ordinal patterns."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ergodica.estimators.arrays import Array
from ergodica.estimators.claims import Claims, Exact
from ergodica.estimators.irreversibility.schnakenberg import check_pseudo_count
from ergodica.estimators.labelled import Dim
from ergodica.estimators.registry import register
from ergodica.estimators.samples import Label, estimate
from ergodica.estimators.spaces.ordinal import OrdinalPatterns
from ergodica.estimators.units import base_unit

CLAIMS = Claims(
    needs="a series without ties that matter; many more than order! samples",
    cost="O(n order)",
    invariances={"monotone": 0.0, "shift": 0.0, "scale": 0.0, "sign": 1e-12},
    exact=(
        Exact(
            name="white noise",
            sample=lambda rng: (rng.normal(size=4000),),
            value=0.0,
            bias=0.0016,
            spread=0.001,
            source="patterns of exchangeable samples are equally likely",
        ),
    ),
)
BOUNDED_CLAIMS = Claims(
    needs="a series without ties that matter; many more than order! samples",
    cost="O(n order)",
    invariances={"monotone": 0.0, "shift": 0.0, "scale": 0.0, "sign": 1e-12, "reversal": 1e-12},
    exact=(
        Exact(
            name="white noise",
            sample=lambda rng: (rng.normal(size=4000),),
            value=0.0,
            bias=0.0005,
            spread=0.00025,
            source="patterns of exchangeable samples are equally likely",
        ),
    ),
)


@register(family="irreversibility", takes={"x": "series"}, claims=CLAIMS)
def ordinal_asymmetry(
    x: Any,
    *,
    dim: Dim = None,
    order: int = 3,
    delay: int = 1,
    pseudo_count: float = 0.0,
    base: float = math.e,
) -> Any:
    """Irreversibility of a series by its ordinal patterns: the divergence from those of the series run backwards.

    D(p || q) = sum_a p_a ln(p_a/q_a),  q the patterns of the reversed series

    0 for a reversible process; a lower bound of the entropy produced over `(order - 1) delay` samples.

    Args:
        x: DataArray or plain array: one series, other dimensions are mapped.
        dim: the dimension of time.
        order: samples in a pattern.
        delay: step between them.
        pseudo_count: added to the counts of patterns that were seen, in either direction of time; >= 0.
        base: of the logarithm, > 1; e gives nat, 2 bit.

    Returns:
        DataArray over the other dimensions; an array, or a number, for plain arrays. NaN where a lane holds NaN or is
        constant, or where the reverse of a pattern was never seen and there is no pseudo-count: the divergence is then
        infinite, as for maps with forbidden patterns; `bounded_ordinal_asymmetry` is finite.

    Raises:
        ValueError: order, delay or pseudo_count out of range; too few samples.

    Good values: order=3, the delay near a quarter of a period; order! well below n.

    Source: Zanin, Rodriguez-Gonzalez, Menasalvas Ruiz, Papo 2018, Entropy 20, 665; Martinez, Herrera-Diestra, Chavez
    2018, Chaos 28, 123111.
    """
    check_pseudo_count(pseudo_count)

    def divergence(p: Array, q: Array) -> float:
        seen = (p + q) > 0
        p, q = p[seen] + pseudo_count, q[seen] + pseudo_count
        if (p == 0).any() or (q == 0).any():
            return math.nan
        return float((p * np.log(p / q)).sum() / p.sum())

    words = f", pseudo_count={pseudo_count:g}" if pseudo_count else ""
    return _compared(
        x, dim, order, delay, base, divergence, "ordinal_asymmetry", "Kullback-Leibler divergence" + words
    )


@register(family="irreversibility", takes={"x": "series"}, claims=BOUNDED_CLAIMS)
def bounded_ordinal_asymmetry(
    x: Any,
    *,
    dim: Dim = None,
    order: int = 3,
    delay: int = 1,
    base: float = math.e,
) -> Any:
    """Irreversibility of a series by its ordinal patterns, finite also for forbidden ones.

    JS(p, q) = H[(p + q)/2] - H[p]/2 - H[q]/2,  q the patterns of the reversed series

    0 for a reversible process, ln 2 where no pattern has its reverse among those seen.

    Args:
        x: DataArray or plain array: one series, other dimensions are mapped.
        dim: the dimension of time.
        order: samples in a pattern.
        delay: step between them.
        base: of the logarithm, > 1; e gives nat, 2 bit.

    Returns:
        DataArray over the other dimensions; an array, or a number, for plain arrays. NaN where a lane holds NaN or is
        constant.

    Raises:
        ValueError: order or delay out of range; too few samples.

    Good values: order=3, the delay near a quarter of a period; order! well below n.

    Source: Zunino, Olivares, Ribeiro, Rosso 2022, Phys. Rev. E 105, 045310.
    """

    def divergence(p: Array, q: Array) -> float:
        if not (np.isfinite(p).all() and np.isfinite(q).all()):
            return math.nan
        p, q = p / p.sum(), q / q.sum()
        middle = (p + q) / 2
        total = 0.0
        for one in (p, q):
            seen = one > 0
            total += float((one[seen] * np.log(one[seen] / middle[seen])).sum()) / 2
        return max(total, 0.0)

    return _compared(
        x, dim, order, delay, base, divergence, "bounded_ordinal_asymmetry", "Jensen-Shannon divergence"
    )


def _compared(
    x: Any, dim: Dim, order: int, delay: int, base: float, divergence: Any, name: str, words: str
) -> Any:
    """A divergence between the patterns of a series and those of the reversed one."""
    space = OrdinalPatterns(order=order, delay=delay)
    per_unit, unit = base_unit(base)

    def lanes(series: NDArray) -> Array:
        forward = space.weights(series)
        # of the series itself run backwards, so that ties are broken alike
        backward = space.weights(np.ascontiguousarray(series[:, ::-1]))
        return np.array([divergence(p, q) for p, q in zip(forward, backward, strict=True)]) / per_unit

    return estimate(
        lanes,
        {"x": x},
        label=Label(
            name=name,
            units=unit,
            long_name="ordinal time asymmetry",
            method=f"{words} of {space!r} from those of the reversed series",
        ),
        dim=dim,
        vectors=False,
        ordered=True,
        continuous=False,
        least=space.overlap + 2,
    )
