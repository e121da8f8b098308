"""A complex variable over its two stored parts, of which only what is asked for is read."""

from typing import TYPE_CHECKING, Any

import numpy as np
from xarray.backends import BackendArray
from xarray.core import indexing

if TYPE_CHECKING:
    import xarray as xr


class Pair(BackendArray):
    """psi_real + i psi_imag, read piece by piece.

    Args:
        real: the real part, such as a variable of a lazily opened file.
        imaginary: the imaginary part, of the same shape.
    """

    def __init__(self, real: "xr.Variable", imaginary: "xr.Variable") -> None:
        self.parts = (real, imaginary.transpose(*real.dims))
        self.shape = real.shape
        self.dtype = np.result_type(real.dtype, imaginary.dtype, np.complex64)

    def __getitem__(self, key: indexing.ExplicitIndexer) -> Any:
        return indexing.explicit_indexing_adapter(key, self.shape, indexing.IndexingSupport.OUTER, self._read)

    def _read(self, key: tuple[Any, ...]) -> np.ndarray:
        real, imaginary = (np.asarray(part[key].values) for part in self.parts)
        joined = np.empty(real.shape, self.dtype)
        joined.real, joined.imag = real, imaginary
        return joined


def lazy_pair(real: "xr.DataArray", imaginary: "xr.DataArray") -> "xr.DataArray":
    """The complex variable of two parts with the dimensions and coordinates of the real one, nothing read yet."""
    import xarray as xr

    lazy = indexing.LazilyIndexedArray(Pair(real.variable, imaginary.variable))
    return xr.DataArray(xr.Variable(real.dims, lazy, fastpath=True), real.coords)
