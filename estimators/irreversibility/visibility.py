"""Irreversibility of a series by the degrees of its directed visibility graph."""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ergodica.estimators.arrays import Array, unit_scale
from ergodica.estimators.claims import Claims, Exact
from ergodica.estimators.irreversibility.paths import logistic
from ergodica.estimators.labelled import Dim
from ergodica.estimators.registry import register
from ergodica.estimators.samples import Label, estimate
from ergodica.estimators.units import base_unit


class VisibilityGraph(ABC):
    """Which samples see each other."""

    @abstractmethod
    def degrees(self, lanes: Array) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """How many earlier and how many later samples each sample sees, `(lanes, n)` each."""


@dataclass(frozen=True, kw_only=True)
class HorizontalVisibility(VisibilityGraph):
    """Two samples see each other where all between them are smaller than both. O(n).

    Only the order of the samples matters, not their size.

    Source: Luque, Lacasa, Ballesteros, Luque 2009, Phys. Rev. E 80, 046103.
    """

    def degrees(self, lanes: Array) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """How many earlier and how many later samples each sample sees."""
        return _degrees(lanes, natural=False)


@dataclass(frozen=True, kw_only=True)
class NaturalVisibility(VisibilityGraph):
    """Two samples see each other where all between them are below the straight line that joins them.

    O(n log n) for noise, O(n^2) for a series that rises all along. Samples must be evenly spaced in time.

    Source: Lacasa, Luque, Ballesteros, Luque, Nuno 2008, Proc. Natl. Acad. Sci. 105, 4972.
    """

    def degrees(self, lanes: Array) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """How many earlier and how many later samples each sample sees."""
        return _degrees(lanes, natural=True)


def _degrees(lanes: Array, *, natural: bool) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    from ergodica.estimators.irreversibility.visibility_kernels import degrees_of_lanes

    past, future = np.zeros(lanes.shape, np.int64), np.zeros(lanes.shape, np.int64)
    degrees_of_lanes(lanes, natural, past, future)
    return past, future


CLAIMS = Claims(
    needs="a series; ties hide what is behind them; at least 3 samples",
    cost="O(n), with NaturalVisibility() O(n log n) for noise",
    invariances={"monotone": 0.0, "shift": 0.0, "scale": 0.0},
    exact=(
        Exact(
            name="white noise",
            sample=lambda rng: (rng.normal(size=4000),),
            value=0.0,
            bias=0.004,
            spread=0.0013,
            source="Lacasa et al. 2012",
        ),
        Exact(
            name="logistic map, r = 4",
            sample=lambda rng: (logistic(rng, samples=4000),),
            value=0.3800,
            bias=0.007,
            spread=0.018,
            source="8 orbits of 1e6 samples; Lacasa et al. 2012 find about .38",
        ),
    ),
)


@register(family="irreversibility", takes={"x": "series"}, claims=CLAIMS)
def visibility_irreversibility(
    x: Any,
    *,
    dim: Dim = None,
    graph: VisibilityGraph | None = None,
    base: float = math.e,
) -> Any:
    """Irreversibility of a series by its directed visibility graph: do samples see the future as they see the past?

    D(P_out || P_in) = sum_k P_out(k) ln(P_out(k)/P_in(k))

    P_out is the distribution of how many later samples a sample sees, P_in of how many earlier ones. It is 0 for a
    reversible process, and a number a sample, not a rate. Degrees from the first one on that was not seen both ways are
    taken together with those before, so that the sum is finite; that makes it smaller, never larger.

    Args:
        x: DataArray or plain array: one series, other dimensions are mapped.
        dim: the dimension of time.
        graph: HorizontalVisibility() or NaturalVisibility(); None is the first.
        base: of the logarithm, > 1; e gives nat, 2 bit.

    Returns:
        DataArray over the other dimensions; an array, or a number, for plain arrays. NaN where a lane holds NaN or is
        constant.

    Raises:
        TypeError: a graph that is none.
        ValueError: fewer than 3 samples.

    Good values: 1000 samples or more; for significance compare with the same of shuffled series.

    Source: Lacasa, Nunez, Roldan, Parrondo, Luque 2012, Eur. Phys. J. B 85, 217.
    """
    graph = HorizontalVisibility() if graph is None else graph
    if not isinstance(graph, VisibilityGraph):
        raise TypeError(f"graph: must be HorizontalVisibility() or NaturalVisibility(), got {graph!r}")
    per_unit, unit = base_unit(base)

    def lanes(series: Array) -> Array:
        series = series.astype(np.float64, copy=False)
        if isinstance(graph, NaturalVisibility):
            # by a power of two, so that samples on a line stay on it
            series = series * unit_scale(np.abs(series).max(axis=1, keepdims=True))
        past, future = graph.degrees(series)
        found = np.array([_divergence(p[1:], f[:-1]) for p, f in zip(past, future, strict=True)])
        found[(series == series[:, :1]).all(axis=1)] = np.nan
        return found / per_unit

    return estimate(
        lanes,
        {"x": x},
        label=Label(
            name="visibility_irreversibility",
            units=unit,
            long_name="irreversibility of the visibility graph",
            method=repr(graph),
        ),
        dim=dim,
        vectors=False,
        ordered=True,
        continuous=False,
        least=3,
    )


def _divergence(past: NDArray[np.int64], future: NDArray[np.int64]) -> float:
    """D(P_out || P_in) of degrees, all of them 1 or more."""
    size = int(max(past.max(), future.max())) + 1
    inward, outward = (np.bincount(one, minlength=size).astype(float) for one in (past, future))
    rare = np.flatnonzero((inward[1:] == 0) | (outward[1:] == 0))
    last = int(rare[0]) + 1 if rare.size else size
    p, q = (np.append(one[1:last], one[last:].sum()) for one in (outward, inward))
    if (p[-1] == 0) != (q[-1] == 0):  # a tail seen one way only joins the degree before it
        p, q = (np.append(one[:-2], one[-2:].sum()) for one in (p, q))
    seen = p > 0
    return float((p[seen] * np.log(p[seen] / q[seen])).sum() / p.sum())
