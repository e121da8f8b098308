"""What estimators of entropy from the spacings of a sorted sample share."""

import math
from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.random import Generator

from ergodica.estimators.arrays import Array, unit_scale
from ergodica.estimators.continuous.estimator import EntropyEstimator
from ergodica.numerics.errors import ParameterError

UNIFORM_SIDE = 3.0


def uniform(n: int) -> Callable[[Generator], tuple[Array]]:
    """Draws `(n,)` even on [0, UNIFORM_SIDE], of entropy ln UNIFORM_SIDE."""

    def sample(rng: Generator) -> tuple[Array]:
        return (UNIFORM_SIDE * rng.random(n),)

    return sample


def scalars(n: int) -> Callable[[Generator], tuple[Array]]:
    """Draws `(n,)` of the unit Gaussian."""

    def sample(rng: Generator) -> tuple[Array]:
        return (rng.normal(size=n),)

    return sample


@dataclass(frozen=True, kw_only=True)
class SpacingEntropy(EntropyEstimator):
    """Entropy of scalars from the spacings x_(i+m) - x_(i-m) of the sorted sample.

    Args:
        window: m, 1 to (n - 1)/2; None takes floor(sqrt(n) + 1/2), and (n - 1)/2 where that is less.
    """

    window: int | None = None
    takes: ClassVar[str] = "series"

    def __post_init__(self) -> None:
        m = self.window
        if m is not None and (isinstance(m, bool) or not isinstance(m, int | np.integer) or m < 1):
            raise ParameterError(
                f"window: must be a whole number of spacings from 1, got {m!r}; None takes sqrt(n)"
            )

    def fewest_samples(self, components: int) -> int:
        """2 m + 1."""
        return 2 * (self.window or 1) + 1

    def window_of(self, n: int) -> int:
        """m for n samples."""
        return int(self.window or min(math.floor(math.sqrt(n) + 0.5), (n - 1) // 2))

    def entropy(self, x: Array) -> Array:
        """h in nats, `(lanes,)`, of `(lanes, n, 1)`."""
        _, n, d = x.shape
        self.check(n, d)
        # near unit size, so that no spacing leaves the range of numbers
        scale = unit_scale(np.abs(x[..., 0]).max(axis=-1))
        ascending = np.sort(x[..., 0], axis=-1) * scale[:, np.newaxis]
        return self.of_sorted(ascending, self.window_of(n)) - np.log(scale)

    @abstractmethod
    def of_sorted(self, x: Array, m: int) -> Array:
        """h of ascending `(lanes, n)`."""


def log_spacings(upper: Array, lower: Array) -> Array:
    """ln(upper - lower).

    Raises:
        ValueError: a spacing is 0, because so many values are equal.
    """
    spacings = upper - lower
    if (spacings <= 0).any():
        most = int((spacings <= 0).sum(axis=-1).max())
        raise ValueError(
            f"x: must hold values of a continuum, got {most} spacings of 0 between exact copies; for rounded or "
            "repeated values use a discrete estimator (space=Symbols() or ValueBins(bins=...)), or a larger window"
        )
    return np.asarray(np.log(spacings))


def padded(x: Array, m: int) -> Array:
    """m copies of the least value before, and of the largest after: x_(i) for i < 1 and i > n."""
    first, last = np.repeat(x[:, :1], m, axis=1), np.repeat(x[:, -1:], m, axis=1)
    return np.concatenate([first, x, last], axis=1)
