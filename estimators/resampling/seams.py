"""What is made up where blocks are joined that did not follow each other."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.estimators.resampling.method import Evaluate, Rows, replicated

if TYPE_CHECKING:
    import xarray as xr

SAME = 1e-10
"""Of the largest estimate: sums in another order differ by less, seams by more."""


def of_order(
    evaluate: Evaluate,
    arrays: Sequence[Any],
    dim: str,
    estimate: "xr.DataArray",
    replicates: int,
    rows: Rows,
) -> "xr.DataArray | None":
    """What all samples in another order are estimated to be, over `replicate`; None where the order does not matter.

    Args:
        evaluate: the estimator.
        arrays: data with `dim`.
        dim: dimension of samples.
        estimate: of the samples as they are.
        replicates: how many.
        rows: every sample once in each, `(..., n)`.
    """
    other = np.asarray(replicated(evaluate, arrays, dim, 1, rows)[0].transpose(*estimate.dims))
    here = np.asarray(estimate)
    finite = np.isfinite(here)
    if (np.isfinite(other) == finite).all() and (
        not finite.any() or np.abs(other - here)[finite].max() <= SAME * np.abs(here[finite]).max()
    ):
        return None
    return replicated(evaluate, arrays, dim, replicates, rows)
