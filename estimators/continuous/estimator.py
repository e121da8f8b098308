"""What an estimator of differential entropy is."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ergodica.estimators.arrays import Array
from ergodica.estimators.claims import Claims


@dataclass(frozen=True, kw_only=True)
class EntropyEstimator(ABC):
    """A way to h = -int f ln f from samples of f; `entropy(x, estimator=...)` takes it.

    A new estimator is one subclass in one file.
    """

    claims: ClassVar[Claims]
    takes: ClassVar[str] = "samples"
    """Kind of data, of `registry.DATA_KINDS`: "samples" for vectors, "series" where there is one component only."""

    @abstractmethod
    def entropy(self, x: Array) -> Array:
        """h in nats, `(lanes,)`, of C-contiguous float64 `(lanes, n, d)` of finite numbers; every lane on its own."""

    def fewest_samples(self, components: int) -> int:
        """Fewest samples n for vectors of so many components."""
        return 2

    def check(self, samples: int, components: int) -> None:
        """Whether there are enough samples, and not too many components.

        Raises:
            ValueError: there are not.
        """
        if self.takes == "series" and components != 1:
            raise ValueError(
                f"feature_dim: {self!r} takes one component, got {components}; "
                "use KozachenkoLeonenko() for vectors"
            )
        least = self.fewest_samples(components)
        if samples < least:
            raise ValueError(
                f"dim: {self!r} needs at least {least} samples of {components} components, got {samples}; "
                "give more data"
            )


def refuse_copies(copies: NDArray[np.int64], samples: int) -> None:
    """An error where points of a cloud coincide, which those of a density never do.

    Args:
        copies: how many points of each lane have an exact copy, `(lanes,)`.
        samples: points of a lane.

    Raises:
        ValueError: there are some.
    """
    if copies.any():
        most = int(copies.max())
        raise ValueError(
            f"x: must hold values of a continuum, got {most} of {samples} samples with an exact copy; "
            "for rounded or repeated values use a discrete estimator (space=Symbols() or ValueBins(bins=...)), "
            "or keep one of each with np.unique(x, axis=0)"
        )
