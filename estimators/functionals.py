"""A number taken from the weights of a row, with its labels: what entropies and complexities are below their names."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ergodica.estimators.arrays import Array
from ergodica.estimators.labelled import describe, is_labelled, map_labelled
from ergodica.estimators.spaces.space import Axis, Space


@dataclass(frozen=True, kw_only=True)
class Functional:
    """One number a row.

    Args:
        name: name of the result.
        units: its unit.
        long_name: what it is, in words.
        method: how it was computed, with every parameter.
        evaluate: takes weights (rows, outcomes), returns (rows,).
    """

    name: str
    units: str
    long_name: str
    method: str
    evaluate: Callable[[Array], Array]


def evaluate_all(
    x: Any, axes: tuple[Axis, ...], space: Space, functionals: Sequence[Functional]
) -> list[Any]:
    """Several functionals of the same weights in one pass over the data.

    Args:
        x: DataArray or plain array.
        axes: what makes a row of it.
        space: makes the weights.
        functionals: what is taken of them.

    Returns:
        One result a functional, named and labelled.
    """

    def kernel(rows: NDArray) -> Array:
        weights = space.weights(rows)
        return np.stack([functional.evaluate(weights) for functional in functionals], axis=-1)

    stacked = map_labelled(kernel, x, axes, {"functional": len(functionals)}, space.rows_together(axes))
    return [
        describe(
            stacked.isel(functional=index) if is_labelled(stacked) else stacked[..., index],
            functional.name,
            functional.units,
            functional.long_name,
            functional.method,
        )
        for index, functional in enumerate(functionals)
    ]
