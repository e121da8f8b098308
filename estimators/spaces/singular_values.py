"""The distribution of variance over directions of a delay embedding, or of a matrix."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ergodica.estimators.arrays import Array
from ergodica.estimators.claims import Claims
from ergodica.estimators.spaces.factors import delay_columns, scaled, singular_values
from ergodica.estimators.spaces.space import Axis, Outcomes, Space
from ergodica.estimators.whole import whole


@dataclass(frozen=True, kw_only=True)
class SingularValues(Space):
    """How many directions a signal moves in: the singular values of its delay embedding, or of a matrix.

    p_i = s_i/sum s with the singular values s of the matrix of rows (x_t, x_(t+delay), ..., x_(t+(order-1) delay)).
    Nothing is centred: a signal far from 0 has one direction. One sinusoid has two, white noise `order` equal ones.

    Args:
        order: dimension of the embedding, >= 1; None takes data along two dimensions as the matrix itself.
        delay: samples from one component to the next, >= 1.

    Raises:
        TypeError: complex data.
        ValueError: order or delay below 1, fewer vectors than components, the wrong number of dimensions.

    Good values: order=3 to 20; a delay at which the autocorrelation has fallen to 1/e.

    Source: Roberts, Penny, Rezek 1999, Med. Biol. Eng. Comput. 37, 93 (entropy of singular values).
    """

    order: int | None = 3
    delay: int = 1
    long_name = "distribution over singular values"
    claims = Claims(
        needs="real numbers, as many delay vectors as components at least",
        cost="O(n order^2)",
        invariances={"scale": 1e-12, "sign": 1e-14},
    )

    def __post_init__(self) -> None:
        if self.order is not None:
            whole("order", self.order, 1, "try 3")
        whole("delay", self.delay, 1, "try 3")

    def weights(self, values: NDArray) -> Array:
        """Singular values of each row, largest first."""
        columns, good = self._columns(values)
        result = singular_values(columns)
        result[~good] = np.nan
        return result

    def _columns(self, values: NDArray) -> tuple[Array, NDArray[np.bool_]]:
        if np.iscomplexobj(values):
            raise TypeError(
                f"space: {type(self).__name__} takes real data, got complex; take its real part or modulus"
            )
        near_one, good = scaled(values)
        if self.order is not None:
            return delay_columns(near_one.reshape(len(values), -1), int(self.order), int(self.delay)), good
        return (near_one if near_one.shape[1] <= near_one.shape[2] else near_one.swapaxes(1, 2)), good

    def count(self, axes: tuple[Axis, ...]) -> int:
        """`order`, or the lesser side of the matrix."""
        return min(axis.size for axis in axes) if self.order is None else int(self.order)

    def outcomes(self, axes: tuple[Axis, ...]) -> Outcomes:
        """Numbers, the largest first."""
        values = np.arange(1, self.count(axes) + 1)
        return Outcomes(values=values, units="1", long_name="number of the singular value, largest first")

    def check(self, axes: tuple[Axis, ...]) -> None:
        """One dimension, long enough, or two for a matrix."""
        if self.order is None:
            if len(axes) != 2:
                raise ValueError(
                    f"dim: must be two dimensions for a matrix, got {len(axes)}; give order=3 for a signal"
                )
            return
        if len(axes) != 1:
            raise ValueError(
                f"dim: must be one dimension for an embedding, got {len(axes)}; order=None takes a matrix"
            )
        least = self.order + (self.order - 1) * self.delay
        if axes[0].size < least:
            raise ValueError(
                f"dim: must hold at least {least} values for order {self.order} and delay {self.delay}, got "
                f"{axes[0].size}; lower order or delay"
            )
