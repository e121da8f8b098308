"""Minimum-entropy coupling of two distributions, and with a bottleneck between them."""

import math
from collections.abc import Callable
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ergodica.estimators.arrays import Array, normalized
from ergodica.estimators.claims import Claims
from ergodica.estimators.labelled import Dim, core_axes, describe, is_labelled
from ergodica.estimators.registry import register
from ergodica.estimators.units import base_unit

Pair = str | tuple[str, str] | int | None


@register(
    family="information",
    takes={"p": "weights", "q": "weights"},
    claims=Claims(
        needs="weights >= 0, not all of them 0",
        cost="O((m + n) max(m, n))",
        invariances={"scale": 1e-14},
    ),
)
def minimum_entropy_coupling(p: Any, q: Any, *, dim: Pair = None) -> Any:
    """Joint distribution of two marginals with nearly the least entropy: the strongest dependence that they allow.

    min H(X, Y) over all joint distributions of marginals p and q, by a greedy way that is at most 1 bit above it

    The largest masses that are left of p and q meet, again and again; at most m + n - 1 entries are not 0. The mutual
    information of the result, H(p) + H(q) - H(X, Y), is within 1 bit of the largest that is possible.

    Args:
        p, q: nonnegative weights `(..., m)` and `(..., n)`, each divided by its sum here; other dimensions are mapped.
        dim: the dimension of outcomes, or a pair for p and q where they differ; None where there is one.

    Returns:
        Probabilities over the other dimensions, the outcomes of p and those of q; where both are called alike, the
        second is `<dim>_2`. An array `(..., m, n)` for plain arrays. NaN in lanes with NaN or without any weight.

    Raises:
        TypeError: no numbers, or labelled and plain arrays together.
        ValueError: negative weights, or a dimension that is missing or chunked.

    Source: Kocaoglu, Dimakis, Vishwanath, Hassibi 2017, AAAI 31, 1156, algorithm 1; the bound of 1 bit: Rossi 2019,
    Inf. Process. Lett. 145, 1; Compton, Katz, Qi, Greenewald, Kocaoglu 2023, AISTATS 206, 10445.
    """
    return _couple(p, q, dim, _greedy, "minimum_entropy_coupling", "minimum-entropy coupling", "greedy")


def bottleneck_coupling(p: Any, q: Any, *, rate: float, dim: Pair = None, base: float = math.e) -> Any:
    """Joint distribution of two marginals that depend as strongly as a code of limited entropy between them allows.

    max I(X; Y) over X -> T -> Y with H(T) <= rate and marginals p and q: a code T of X near the rate, then the
    minimum-entropy coupling of T and Y

    T is a function of X (`entropy_bounded_code`), so that I(X; Y) = I(T; Y).

    Args:
        p, q, dim: as for `minimum_entropy_coupling`.
        rate: largest entropy of the code, in units of `base`, >= 0; from H(p) on it limits nothing.
        base: of the logarithm, > 1; e gives nat, 2 bit.

    Returns:
        As `minimum_entropy_coupling`.

    Raises:
        TypeError, ValueError: as `minimum_entropy_coupling`; ValueError for a rate below 0.

    Source: Ebrahimi, Chen, Khisti 2024, Minimum entropy coupling with bottleneck, NeurIPS 37.
    """
    limit = _checked_rate(rate, base)

    def through_code(p: Array, q: Array) -> Array:
        cells = _codes(p, limit).astype(np.int64)
        coded = np.zeros_like(p)
        np.add.at(coded, (np.arange(len(p))[:, np.newaxis], cells), p)
        joint = _greedy(coded, q)
        share = np.divide(
            joint, coded[..., np.newaxis], out=np.zeros_like(joint), where=coded[..., np.newaxis] > 0
        )
        return np.asarray(p[..., np.newaxis] * np.take_along_axis(share, cells[..., np.newaxis], axis=1))

    words = "coupling through a bottleneck"
    return _couple(p, q, dim, through_code, "bottleneck_coupling", words, f"rate={rate!r}, base={base!r}")


def entropy_bounded_code(p: Any, *, rate: float, dim: Dim = None, base: float = math.e) -> Any:
    """Code of the outcomes of a distribution that keeps as much information as its own entropy may have.

    max I(X; T) over T = f(X) with H(T) <= rate, where I(X; T) = H(T)

    The likeliest outcome takes in others until the entropy is below the rate; it is less than the binary entropy of the
    second largest probability below it.

    Args:
        p: nonnegative weights, divided by their sum here; other dimensions are mapped.
        rate, base: as for `bottleneck_coupling`.
        dim: the dimension of outcomes.

    Returns:
        Number of the code's symbol for each outcome, 0 for those taken together, of the shape of p; NaN in lanes with
        NaN or without any weight.

    Raises:
        TypeError: no numbers.
        ValueError: negative weights, a rate below 0, or a dimension that is missing or chunked.

    Source: Ebrahimi, Chen, Khisti 2024, Minimum entropy coupling with bottleneck, NeurIPS 37, section 3.
    """
    limit = _checked_rate(rate, base)
    p = _checked("p", p)
    (axis,) = core_axes(p, dim)

    def lanes(values: NDArray) -> Array:
        return _over_lanes(lambda one: _codes(one, limit), [("p", values)], values.shape[-1:])

    if is_labelled(p):
        import xarray as xr

        core = [axis.name]
        found = xr.apply_ufunc(lanes, p, input_core_dims=[core], output_core_dims=[core],
                               dask="parallelized", output_dtypes=[np.float64])  # fmt: skip
    else:
        found = np.moveaxis(lanes(np.moveaxis(p, axis.position, -1)), -1, axis.position)
    return describe(found, "entropy_bounded_code", "1", "symbol of the code", f"rate={rate!r}, base={base!r}")


def _checked(name: str, x: Any) -> Any:
    if np.ma.isMaskedArray(x):
        raise TypeError(f"{name}: must not be a masked array, whose mask would be lost; use .filled(np.nan)")
    x = x if is_labelled(x) else np.asarray(x)
    if x.dtype.kind == "c":
        raise TypeError(f"{name}: must hold weights >= 0, got complex ones; use abs({name}) ** 2")
    return x


def _checked_rate(rate: float, base: float) -> float:
    per_unit = base_unit(base)[0]
    if isinstance(rate, bool) or not isinstance(rate, Real) or not rate >= 0:
        raise ValueError(f"rate: must be an entropy >= 0, got {rate!r}; use one below that of p")
    # half a unit of round-off, so that a rate that is the entropy itself limits nothing
    return float(rate) * per_unit * (1 + 1e-15)


def _greedy(p: Array, q: Array) -> Array:
    from ergodica.estimators.information.coupling_kernels import greedy_coupling

    joint = np.zeros((len(p), p.shape[1], q.shape[1]))
    greedy_coupling(p.copy(), q.copy(), joint)
    return joint


def _codes(p: Array, limit: float) -> Array:
    from ergodica.estimators.information.coupling_kernels import absorbing_code

    cells = np.empty(p.shape)
    absorbing_code(np.ascontiguousarray(p), limit, cells)
    return cells


def _over_lanes(
    function: Callable[..., Array], arrays: list[tuple[str, NDArray]], core: tuple[int, ...]
) -> Array:
    """`function` of the probabilities `(lanes, m)` of the lanes that have some."""
    leading = np.broadcast_shapes(*(x.shape[:-1] for _, x in arrays))
    lanes = []
    for name, x in arrays:
        if (x < 0).any():
            raise ValueError(f"{name}: must hold weights >= 0, got {x.min():g}; clip round-off with .clip(0)")
        flat = np.broadcast_to(x, (*leading, x.shape[-1])).reshape(-1, x.shape[-1])
        with np.errstate(all="ignore"):
            lanes.append(normalized(flat.astype(np.float64)))
    good = np.logical_and.reduce([np.isfinite(x).all(axis=-1) for x in lanes])
    result = np.full((len(good), *core), np.nan)
    if good.any():
        result[good] = function(*(x[good] for x in lanes))
    return result.reshape((*leading, *core))


def _couple(
    p: Any, q: Any, dim: Pair, function: Callable[[Array, Array], Array], name: str, words: str, method: str
) -> Any:
    if is_labelled(p) != is_labelled(q):
        raise TypeError("p, q: must be both DataArrays or both plain arrays; give both dimensions")
    p, q = _checked("p", p), _checked("q", q)
    first, second = dim if isinstance(dim, tuple) else (dim, dim)
    (of_p,), (of_q,) = core_axes(p, first), core_axes(q, second)

    def lanes(left: NDArray, right: NDArray) -> Array:
        core = (left.shape[-1], right.shape[-1])
        return _over_lanes(function, [("p", left), ("q", right)], core)

    if not is_labelled(p):
        found = lanes(np.moveaxis(p, of_p.position, -1), np.moveaxis(q, of_q.position, -1))
        return describe(found, name, "1", words, method)
    import xarray as xr

    other = f"{of_q.name}_2" if of_q.name == of_p.name else of_q.name
    if other in p.dims:
        raise ValueError(f"q: must not have the dimension {other!r} of p as its outcomes; rename it")
    q = q.rename({of_q.name: other}) if other != of_q.name else q
    found = xr.apply_ufunc(
        lanes,
        p,
        q,
        input_core_dims=[[of_p.name], [other]],
        output_core_dims=[[of_p.name, other]],
        dask="parallelized",
        output_dtypes=[np.float64],
    )
    return describe(found, name, "1", words, method)
