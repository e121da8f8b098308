"""Medians of scores over starts and systems: the one rule of pictures and tables."""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import xarray as xr

FAILED = "failed"
"""Beside scores, 1 where the model failed: a variable of the same dims but `horizon`."""
WORST = "worst_score"
"""Attribute of scores of which larger ones are better: the value that a failure counts as."""


def larger_is_better(scores: "xr.DataArray") -> bool:
    """Whether larger scores are better."""
    return WORST in scores.attrs


def counted(scores: "xr.DataArray", failed: "xr.DataArray | None" = None) -> "xr.DataArray":
    """The scores, a failure counted as the worst one; NaN where nothing was tried.

    Args:
        scores: dims `system`, `model` and others; NaN where a model failed or was not tried.
        failed: 1 where it failed; None takes a NaN for a failure where another model has a score.
    """
    if failed is None:
        failed = scores.isnull() & scores.notnull().any("model")
    return scores.where(failed == 0, scores.attrs.get(WORST, np.inf))


def over_starts(scores: "xr.DataArray", failed: "xr.DataArray | None" = None) -> "xr.DataArray":
    """The median of `counted` scores over `start`."""
    found = counted(scores, failed)
    return found.median("start", skipna=True, keep_attrs=True) if "start" in found.dims else found
