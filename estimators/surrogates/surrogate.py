"""Surrogates of a series, labelled as it is."""

# ruff: noqa: B008 - frozen dataclasses are safe as defaults

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ergodica.estimators.labelled import Dim, is_labelled
from ergodica.estimators.recurrence.lanes import named
from ergodica.estimators.samples import Label, estimate, sample_dim
from ergodica.estimators.surrogates.iterated_amplitude_adjusted import IteratedAmplitudeAdjusted
from ergodica.estimators.surrogates.method import SurrogateMethod, at_least

SURROGATE = "surrogate"
LARGEST_WHOLE = 2**53


def surrogate(
    x: Any,
    *,
    method: SurrogateMethod = IteratedAmplitudeAdjusted(),
    count: int = 1,
    dim: Dim = None,
    feature_dim: str | Sequence[str] | int | None = None,
    seed: int = 0,
) -> Any:
    """Series that share some properties of the data and are random beyond.

    Args:
        x: numbers in order; every other dimension is mapped, each lane with random numbers of its own.
        method: what is kept: Shuffle(), BlockShuffle(length=...), CircularShift(), PhaseRandomized(),
            AmplitudeAdjusted(), IteratedAmplitudeAdjusted() or TimeReversed().
        count: how many.
        dim: the dimension of order.
        feature_dim: components of a vector, which stay together, for the methods that can.
        seed: whole number; surrogate k of lane j is the same whatever the count, the chunks and the threads.

    Returns:
        `x` with a leading dimension `surrogate`; a plain array `(count, *x.shape)` for a plain one. Whole numbers stay
        whole. Lanes that hold NaN or infinity are NaN.

    Raises:
        TypeError: a method that is none, or one that cannot take vectors or whole numbers.
        ValueError: too few samples, no such dimension, count below 1, several reversed series, which are all the same.

    Good values: IteratedAmplitudeAdjusted() for whether a series is nonlinear, CircularShift() for whether two depend
    on each other; see `surrogate_test`.

    Source: that of the method; Schreiber and Schmitz 2000, Physica D 142, 346, for all of them.
    """
    check_method(method)
    number = at_least("count", count, 1)
    if number > 1 and not method.random:
        raise ValueError(
            f"count: must be 1 for {method!r}, which has no chance in it, got {count}; use count=1"
        )
    labelled = is_labelled(x)
    array, dim, feature_dim = named(x, dim, feature_dim)
    made = surrogates_of(array, method, range(number), dim, feature_dim, seed)
    return made if labelled else made.values


def check_method(method: SurrogateMethod) -> None:
    """Raises TypeError where it is none."""
    if not isinstance(method, SurrogateMethod):
        raise TypeError(f"method: must be one such as Shuffle() or PhaseRandomized(), got {method!r}")


def surrogates_of(
    x: Any, method: SurrogateMethod, numbers: range, dim: Dim, feature_dim: Any, seed: int
) -> Any:
    """Surrogates with the given numbers of a DataArray, along a leading dimension `surrogate`."""
    features = [feature_dim] if isinstance(feature_dim, str) else list(feature_dim or ())
    dim = sample_dim(x, dim, features)
    order = dim if isinstance(dim, str) or dim is None else next(iter(dim))  # type: ignore[arg-type]
    if len(features) > 1:
        raise ValueError(f"feature_dim: must be one dimension here, got {features}; stack them into one")
    if SURROGATE in x.dims:
        raise ValueError("x: must not have a dimension 'surrogate', got one; rename it")

    def lanes(values: NDArray, lane: NDArray[np.int64]) -> NDArray:
        if values.dtype.kind in "iu" and values.size and int(np.abs(values).max()) > LARGEST_WHOLE:
            raise ValueError(
                "x: must hold whole numbers up to 2^53, got larger ones; number the symbols from 0"
            )
        n, d = values.shape[1:]
        method.check(n)
        if method.scalar and d > 1:
            raise TypeError(
                f"feature_dim: {method!r} takes scalars, got vectors of {d}; leave it out to map over it, or use "
                "PhaseRandomized()"
            )
        drawn = np.stack(
            [method.draw(one, seed, int(at), numbers) for one, at in zip(values, lane, strict=True)]
        )
        return drawn if features else drawn[..., 0]

    sizes = {SURROGATE: len(numbers)}
    if order is not None and order in x.dims:
        sizes[str(order)] = x.sizes[order]
    sizes |= {one: x.sizes[one] for one in features if one in x.dims}
    label = Label(
        name=str(x.name or "x"),
        units=str(x.attrs.get("units", "1")) or "1",
        long_name=f"surrogate of {x.attrs.get('long_name') or x.name or 'a series'}",
        method=f"{method!r}, seed={seed}",
    )
    made = estimate(
        lanes,
        {"x": x},
        label=label,
        dim=dim,
        feature_dim=feature_dim,
        ordered=True,
        continuous=not method.keeps_values,
        least=method.fewest,
        outputs=sizes,
        numbered=True,
    )
    made = made.transpose(SURROGATE, *x.dims).assign_coords({SURROGATE: np.asarray(numbers)})
    made = made.assign_coords({name: one for name, one in x.coords.items() if name not in made.coords})
    kind = x.attrs.get("ergodica_kind")
    made.attrs |= {"ergodica_kind": kind} if kind else {}
    return made.astype(x.dtype) if x.dtype.kind in "biu" else made
