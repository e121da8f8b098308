"""What a way to the error of an estimate is."""

import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import xarray as xr

Evaluate = Callable[..., "xr.DataArray"]

REPLICATE = "replicate"
PURPOSE = 46
"""Of the random numbers that choose blocks, windows and members."""

BATCH_ELEMENTS = 2**20
"""Numbers that are resampled at once: replicates are lanes of one call, so that compiled ones run on all cores."""


Rows = Callable[[int, int], NDArray[np.int64]]
"""From the first to before the last of the replicates: the samples of each, `(replicates, samples)`."""

LARGE_BIAS = 0.5
"""Of an error: smooth estimators stay below, for those from neighbours it is noise as large as the error itself."""


class ResamplingWarning(UserWarning):
    """What an error from resampling stands on does not hold for these data."""


class Spread(NamedTuple):
    """What resampling says of an estimate, each an array over its dimensions.

    Fields:
        estimate: of the data, less its bias where the method finds one.
        standard_error: of it.
        bias: what was taken off; 0 where the method cannot see it.
        lower, upper: the interval.
    """

    estimate: Any
    standard_error: Any
    bias: Any
    lower: Any
    upper: Any


@dataclass(frozen=True, kw_only=True)
class Resampling(ABC):
    """A way to the standard error and interval of any estimator; `confidence(function, x, method=...)` takes it.

    A new one is one subclass that gives `spread`.
    """

    @abstractmethod
    def spread(
        self, evaluate: Evaluate, arrays: "Sequence[Any]", dim: str, level: float, seed: int
    ) -> Spread:
        """The error of `evaluate(*arrays)`.

        Args:
            evaluate: takes labelled arrays, or datasets, and maps over a dimension `replicate` of arrays.
            arrays: data with `dim`.
            dim: dimension of samples.
            level: of the interval, such as .95.
            seed: of what is chosen at random.
        """


def replicated(
    evaluate: Evaluate, arrays: "Sequence[Any]", dim: str, replicates: int, rows: Rows
) -> "xr.DataArray":
    """`evaluate` of the samples that each row names, over a leading dimension `replicate`."""
    import xarray as xr

    mapped = all(isinstance(x, xr.DataArray) for x in arrays)
    size = max(x.size // x.sizes[dim] for x in arrays) if mapped else 1
    step = max(1, BATCH_ELEMENTS // max(1, size * rows(0, 1).shape[1])) if mapped else 1
    parts = []
    for first in range(0, replicates, step):
        block = rows(first, min(first + step, replicates))
        chosen = [_chosen(x, dim, block if mapped else block[0]) for x in arrays]
        try:
            parts.append(evaluate(*chosen))
        except ValueError as error:
            raise ValueError(
                f"{error} (said of {block.shape[1]} resampled samples of {arrays[0].sizes[dim]}; take more samples, "
                "other blocks, or another method)"
            ) from error
        if not mapped:
            parts[-1] = parts[-1].expand_dims(REPLICATE)
    return xr.concat(parts, dim=REPLICATE).transpose(REPLICATE, ...)


def _chosen(x: Any, dim: str, indices: NDArray[np.int64]) -> Any:
    """The samples at `indices`, at times as evenly spaced as before."""
    import xarray as xr

    times = x.coords[dim][: indices.shape[-1]].variable if dim in x.coords else None
    dims = (REPLICATE, dim) if indices.ndim == 2 else (dim,)
    along = [name for name, coordinate in x.coords.items() if dim in coordinate.dims]
    chosen = x.drop_vars(along).isel({dim: xr.Variable(dims, indices)})
    return chosen if times is None else chosen.assign_coords({dim: times})


def around(estimate: Any, error: Any, bias: Any, reach: float) -> Spread:
    """The interval of `reach` errors around the estimate less its bias, with a warning where that bias is large."""
    shift, scatter = np.abs(np.asarray(bias)), np.asarray(error)
    rounding = 64 * np.finfo(float).eps * np.abs(np.asarray(estimate))
    known = np.isfinite(shift) & np.isfinite(scatter)
    if known.any() and np.mean((shift > LARGE_BIAS * scatter + rounding)[known]) > 0.5:
        warnings.warn(
            "method: the bias that resampling finds is not small beside the error, so that the interval is doubtful; "
            "use Subsampling() for estimators from distances (neighbours, matches), or take more samples",
            ResamplingWarning,
            stacklevel=2,
        )
    centre = estimate - bias
    return Spread(centre, error, bias, centre - reach * error, centre + reach * error)


def student(level: float, freedom: float) -> float:
    """The quantile of Student's t that leaves (1 - level)/2 above it."""
    from scipy.special import stdtrit

    return float(stdtrit(freedom, (1 + level) / 2))
