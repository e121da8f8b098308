"""A number taken from the weights of a row, with its labels: what entropies and complexities are below their names."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ergodica.estimators.arrays import Array
from ergodica.estimators.labelled import core_axes, describe, is_labelled, map_labelled
from ergodica.estimators.merging import OUTCOME, in_pieces, merged_counts
from ergodica.estimators.spaces.space import Axis, CountingSpace, Space


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

    def evaluate(weights: Array) -> Array:
        return np.stack([functional.evaluate(weights) for functional in functionals], axis=-1)

    stacked = map_weights(evaluate, x, axes, space, {"functional": len(functionals)})
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


def map_weights(
    function: Callable[[Array], Array],
    x: Any,
    axes: tuple[Axis, ...],
    space: Space,
    outputs: Mapping[str, int],
) -> Any:
    """`function` of the weights `(rows, outcomes)` of every row, also of rows whose counts merge over chunks.

    Args:
        function: returns `(rows, *outputs)`, each row from its own weights alone.
        x, axes, space: as for `evaluate_all`.
        outputs: as in `map_labelled`.
    """
    if in_pieces(x, axes) and isinstance(space, CountingSpace):
        counts = merged_counts(x, axes, space)
        return map_labelled(function, counts, core_axes(counts, OUTCOME), outputs)
    return map_labelled(
        lambda rows: function(space.weights(rows)),
        x,
        axes,
        outputs,
        space.rows_together(axes),
        exact=space.exact_integers,
    )
