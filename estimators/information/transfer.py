"""Transfer entropy from one process to another."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ergodica.estimators.arrays import Array
from ergodica.estimators.claims import Claims, Exact
from ergodica.estimators.information.codes import Codes, joined
from ergodica.estimators.information.conditional import (
    conditional_of_codes,
    conditional_of_vectors,
    conditions,
)
from ergodica.estimators.information.embedding import Embedding
from ergodica.estimators.information.evaluate import ByCodes, evaluate
from ergodica.estimators.information.mutual import information_of_codes, information_of_vectors
from ergodica.estimators.information.route import Discrete, Estimator, Pieces, route
from ergodica.estimators.information.sources import CHANNEL, delayed_channel
from ergodica.estimators.information.transfer_counts import transfer_of_tables
from ergodica.estimators.labelled import Dim
from ergodica.estimators.registry import register

CLAIMS = Claims(
    needs="samples in order, more than the histories and the lag; what its estimator needs",
    cost="O(n) of symbols, O(n log n) as KSG()",
    invariances={"relabel": 1e-12},
    exact=(
        Exact(name="delayed channel", sample=delayed_channel, value=CHANNEL, bias=5e-4, spread=0.0104,
              source="ln 2 - H(.1)"),
    ),
)  # fmt: skip


@register(family="information", takes={"source": "symbols", "target": "symbols"}, claims=CLAIMS)
def transfer_entropy(
    source: Any,
    target: Any,
    *,
    dim: Dim = None,
    feature_dim: str | None = None,
    given: Any = None,
    lag: int = 1,
    history: int = 1,
    source_history: int = 1,
    given_lag: int = 1,
    given_history: int = 1,
    space: Pieces = None,
    estimator: Estimator = None,
    base: float = math.e,
    normalize: bool = False,
) -> Any:
    """Transfer entropy: what the past of a process tells of the next step of another, beyond that one's own past.

    T = I(Y_t; X_(t-lag), ..., X_(t-lag-l+1) | Y_(t-1), ..., Y_(t-k), Z_(t-g), ..., Z_(t-g-m+1)), in k = history,
    l = source_history, g = given_lag, m = given_history

    Args:
        source, target: X and Y, as x and y of `mutual_information`, with samples in order of time.
        dim: the dimension of time.
        feature_dim, space, estimator, base: as for `mutual_information`.
        given: Z, another process, or several in a list; None for no other.
        lag: samples from the last one of the source to that of the target, >= 1.
        history: samples of the target's past, >= 1; 0 gives the mutual information with the source's past.
        source_history: samples of the source's past, >= 1.
        given_lag, given_history: likewise for Z.
        normalize: divide by H(Y_t | Y past, Z past), its maximum; for symbols only.

    Returns:
        As `mutual_information`.

    Raises:
        TypeError: pieces that do not fit the data, or an estimator without a conditional form.
        ValueError: lags or histories out of range, or too few samples.

    Good values: history as long as the target's own memory, else its past is taken for the source's; lag the delay
        of the coupling. space=OrdinalPatterns(order=3) gives symbolic transfer entropy.

    Source: Schreiber 2000, Phys. Rev. Lett. 85, 461, eq. 4; lag as Wibral et al. 2013, PLoS ONE 8, e55809; symbols
        as Staniek and Lehnertz 2008, Phys. Rev. Lett. 100, 158101.
    """
    others = {} if given is None else conditions(given)
    arrays = {"source": source, "target": target, **others}
    way = route(arrays, space, estimator)
    past = Embedding(
        lag=lag,
        history=history,
        source_history=source_history,
        given_lag=given_lag,
        given_history=given_history if others else 0,
    )

    def of_codes(way: Discrete, codes: list[Codes], normalize: bool) -> float:
        return _of_codes(way, past, codes, normalize)

    def of_vectors(source: Array, target: Array, *given: Array) -> Array:
        return _of_vectors(way, past, source, target, given)

    def of_lanes(way: Discrete, values: Sequence[NDArray], by_codes: ByCodes) -> Array:
        return transfer_of_tables(way, past, values, by_codes, normalize)

    return evaluate(
        arrays,
        way,
        name="transfer_entropy",
        words=f"transfer entropy at lag {lag}",
        of_codes=of_codes,
        of_vectors=of_vectors,
        of_lanes=of_lanes,
        dim=dim,
        feature_dim=feature_dim,
        base=base,
        normalize=normalize,
        ordered=True,
        least=past.reach + 1,
    )


def _of_codes(way: Discrete, past: Embedding, codes: Sequence[Codes], normalize: bool) -> float:
    source, target, *given = codes
    past.check(len(target.values))
    now, own, driving, other = past.pieces(target.values, source.values, [one.values for one in given])
    sizes = [target.size, source.size, *(one.size for one in given)]
    x = joined([Codes(part, sizes[1]) for part in driving])
    y = Codes(now, sizes[0])
    z = [Codes(part, sizes[0]) for part in own]
    z += [Codes(part, size) for size, parts in zip(sizes[2:], other, strict=True) for part in parts]
    if z:
        return conditional_of_codes(way, [x, y, joined(z).compressed()], normalize)
    return information_of_codes(way, [x, y], normalize)


def _of_vectors(way: Any, past: Embedding, source: Array, target: Array, given: Sequence[Array]) -> Array:
    past.check(target.shape[1])
    turned = [np.moveaxis(x, 1, 0) for x in (target, source, *given)]
    now, own, driving, other = past.pieces(turned[0], turned[1], turned[2:])

    def stacked(parts: Sequence[Array]) -> Array:
        return np.ascontiguousarray(np.moveaxis(np.concatenate(parts, axis=-1), 0, 1))

    x, y = stacked(driving), stacked([now])
    z = [*own, *(part for parts in other for part in parts)]
    if not z:
        return information_of_vectors(way, x, y)
    return conditional_of_vectors(way, x, y, stacked(z))
