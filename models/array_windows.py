"""Windows of trajectories that are in memory already."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.data.windows import Windows
from ergodica.numerics.errors import ParameterError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

VALUES = "values"


class ArrayWindows(Windows):
    """Windows of `length` snapshots, `stride` apart, of an array; batches are {"values": (batch, length, features)}.

    It has all that `data.Windows` has: `len`, `batches`, `in_order`, `sample`, `split`.

    Args:
        values: (members, snapshots, features); kept in float32, as networks compute.
        length: snapshots of a window, 1 or more.
        stride: snapshots from one frame of a window to the next, 1 or more.

    Raises:
        ParameterError: it has other dimensions, is not finite, or has too few snapshots.
    """

    def __init__(self, values: ArrayLike, length: int, stride: int = 1) -> None:
        import xarray as xr

        array: Any = np.asarray(values)
        if array.ndim != 3:
            raise ParameterError(
                f"values: must be (members, snapshots, features), got the shape {array.shape}; give values[None] for "
                "one trajectory"
            )
        # a copy that nobody else writes to
        held = xr.Variable(("member", "t", "feature"), array.astype(np.float32, order="C"))
        super().__init__(xr.Dataset({VALUES: held}), [VALUES], length=length, stride=stride)
