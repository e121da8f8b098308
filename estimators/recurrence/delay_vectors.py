"""The vectors whose distances are measured: as given, or made of delayed values."""

from dataclasses import dataclass

import numpy as np

from ergodica.estimators.arrays import Array, unit_scale
from ergodica.estimators.recurrence.pair_counts import NORMS
from ergodica.estimators.whole import whole
from ergodica.numerics.errors import ParameterError


@dataclass(frozen=True, kw_only=True)
class DelayVectors:
    """Vectors (x_i, x_(i + delay), ..., x_(i + (order - 1) delay)) and the distance between them.

    Args:
        order: values of a vector; 1 takes the samples as they are.
        delay: samples between its values.
        theiler: pairs with |i - j| up to it are left out; 0 leaves out a vector and itself.
        norm: "max" (largest difference) or "euclidean".

    Source: Takens 1981, Lect. Notes Math. 898, 366; Theiler 1986, Phys. Rev. A 34, 2427, for the window.
    """

    order: int
    delay: int
    theiler: int
    norm: str

    def __post_init__(self) -> None:
        for name, least in (("order", 1), ("delay", 1), ("theiler", 0)):
            whole(name, getattr(self, name), least, f"try {name}={least}")
        if self.norm not in NORMS:
            raise ParameterError(f"norm: must be of {', '.join(NORMS)}, got {self.norm!r}; use 'max'")

    @property
    def span(self) -> int:
        """Samples from the first to the last value of a vector."""
        return (self.order - 1) * self.delay

    def least(self, vectors: int = 2) -> int:
        """Fewest samples that make a pair, and `vectors` vectors."""
        return self.span + max(vectors, self.theiler + 2)

    def columns(self, x: Array) -> tuple[Array, Array]:
        """Components `(lanes, d * order, vectors)` near 1, and the power of two that brought them there, `(lanes,)`."""
        scale = unit_scale(np.abs(x).max(axis=(1, 2)))
        scaled = x * scale[:, np.newaxis, np.newaxis]
        count = x.shape[1] - self.span
        parts = [scaled[:, k * self.delay : k * self.delay + count].swapaxes(1, 2) for k in range(self.order)]
        return np.ascontiguousarray(np.concatenate(parts, axis=1)), scale

    def __str__(self) -> str:
        return f"order={self.order}, delay={self.delay}, theiler={self.theiler}, norm={self.norm}"


def deviation(columns: Array) -> Array:
    """Root mean square over components of their standard deviations, `(lanes,)`; NaN where nothing varies."""
    centred = columns - columns.mean(axis=-1, keepdims=True)
    varies = (columns.min(axis=-1) != columns.max(axis=-1)).any(axis=-1)
    return np.where(varies, np.sqrt((centred * centred).mean(axis=(1, 2))), np.nan)
