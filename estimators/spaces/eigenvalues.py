"""The distribution of variance over principal components."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ergodica.estimators.arrays import Array
from ergodica.estimators.claims import Claims
from ergodica.estimators.spaces.factors import singular_values
from ergodica.estimators.spaces.singular_values import SingularValues
from ergodica.estimators.spaces.space import Axis, Outcomes


@dataclass(frozen=True, kw_only=True)
class Eigenvalues(SingularValues):
    """Over how many principal components the variance is spread: eigenvalues of a covariance matrix.

    p_i = l_i/sum l with the eigenvalues l of the covariance of the delay vectors (x_t, ..., x_(t+(order-1) delay)), or
    of a matrix along two dimensions, the first of samples and the second of variables. The Shannon entropy is the von
    Neumann entropy of the covariance over its trace. A constant signal is NaN.

    Args:
        order: dimension of the embedding, >= 1; None takes data along two dimensions as the matrix.
        delay: samples from one component to the next, >= 1.
        centred: subtract the mean of each component; without, eigenvalues of the matrix of second moments.

    Raises:
        TypeError, ValueError: as for `SingularValues`.

    Good values: order=3 to 20 for signals; order=None, dim=("t", "component") for a path.

    Source: Broomhead and King 1986, Physica D 20, 217.
    """

    centred: bool = True
    long_name = "distribution over principal components"
    claims = Claims(
        needs="real numbers that vary, as many delay vectors as components at least",
        cost="O(n order^2)",
        invariances={"shift": 1e-12, "scale": 1e-12, "sign": 1e-14},
    )

    def weights(self, values: NDArray) -> Array:
        """Eigenvalues of each row, largest first."""
        columns, good = self._columns(values)
        if self.order is None and values.shape[1] <= values.shape[2]:
            columns = columns.swapaxes(
                1, 2
            )  # the second dimension is that of variables, also where it is the longer
        centre = None
        if self.centred:
            mean, low = columns.mean(axis=2, keepdims=True), columns.min(axis=2, keepdims=True)
            # a constant differs from its own mean by round-off, which is no variance
            centre = np.where(columns.max(axis=2, keepdims=True) > low, mean, low)
        strength = singular_values(columns, centre)[:, : min(columns.shape[1:])]
        strength[~good] = np.nan
        return np.asarray(strength * strength)

    def outcomes(self, axes: tuple[Axis, ...]) -> Outcomes:
        """Numbers, the largest first."""
        values = np.arange(1, self.count(axes) + 1)
        return Outcomes(values=values, units="1", long_name="number of the eigenvalue, largest first")
