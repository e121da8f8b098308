"""What an outcome space is: the way from a signal to weights of outcomes."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ergodica.estimators.arrays import Array
from ergodica.estimators.claims import Claims


@dataclass(frozen=True, kw_only=True)
class Axis:
    """One named dimension of the data, as far as a space needs it: length, position, coordinate and labels."""

    name: str
    size: int
    values: NDArray | None = None
    position: int = -1
    units: str = "1"
    long_name: str = ""

    def spacing(self) -> float | None:
        """Step of an evenly spaced numeric coordinate; None when there is none.

        Raises:
            ValueError: the coordinate is numeric and uneven, or not finite.
        """
        if self.values is None or self.size < 2 or self.values.dtype.kind not in "iuf":
            return None
        x = self.values.astype(float)
        step = (x[-1] - x[0]) / (self.size - 1)
        # half a per mille: coordinates stored in single precision over a long box still pass
        if not (step != 0 and np.abs(np.diff(x) / step - 1).max() <= 5e-4):
            raise ValueError(
                f"{self.name}: must be evenly spaced, got steps from {np.diff(x).min():g} to "
                f"{np.diff(x).max():g}; interpolate to an even grid first"
            )
        return abs(float(step))


@dataclass(frozen=True, kw_only=True)
class Outcomes:
    """The labels of the outcomes: values of the `outcome` coordinate, their unit (None: that of the data), names."""

    values: NDArray
    units: str | None
    long_name: str
    names: NDArray | None = None


@dataclass(frozen=True, kw_only=True)
class Space(ABC):
    """A way to turn a row of data into nonnegative weights of outcomes.

    A new space is one subclass that gives `weights`, `count` and `outcomes`.
    """

    long_name: ClassVar[str]
    """What the distribution is, for labels: "spatial density"."""

    counts: ClassVar[bool] = False
    """Whether weights are counts of observations, so that corrections for few observations make sense."""

    exact_integers: ClassVar[bool] = False
    """Whether `weights` wants whole numbers as they are, since double precision would confuse large ones."""

    claims: ClassVar[Claims | None] = None
    """Needs, cost, and what leaves the weights as they are."""

    @property
    def outcomes_known(self) -> bool:
        """Whether all possible outcomes are known before the data are seen."""
        return True

    @property
    def merges(self) -> bool:
        """Whether counts of the pieces of a row add to the counts of the row."""
        return False

    @property
    def merge_remedy(self) -> str:
        """What to change to make it so."""
        return ""

    @abstractmethod
    def weights(self, values: NDArray) -> Array:
        """Weights (rows, outcomes) of `values` (rows, *core); a row that holds NaN gives NaN."""

    @abstractmethod
    def count(self, axes: tuple[Axis, ...]) -> int:
        """Number of outcomes for data along these axes."""

    @abstractmethod
    def outcomes(self, axes: tuple[Axis, ...]) -> Outcomes:
        """Labels of the outcomes."""

    def check(self, axes: tuple[Axis, ...]) -> None:  # noqa: B027 - most spaces take any axes
        """Raise ValueError when data along these axes cannot be taken."""

    def known_of(self, values: NDArray) -> "Space":
        """The same with the outcomes that these data have, for a space whose outcomes are not known."""
        return self

    def rows_together(self, axes: tuple[Axis, ...]) -> int | None:
        """Most rows that `weights` is given at once; None as many as fit the cache."""
        return None


@dataclass(frozen=True, kw_only=True)
class CountingSpace(Space):
    """A space whose outcomes are observed one by one, so that weights are counts, and rows have words of symbols.

    A new one gives `encode`, `count` and `outcomes`; `weights` where a faster way to the counts is known.
    """

    counts = True

    local: ClassVar[bool] = True
    """Whether an observation's outcome depends on its own samples alone, so that counts of pieces can be added."""

    @property
    def overlap(self) -> int:
        """Samples that an observation takes beyond its first one."""
        return 0

    @abstractmethod
    def encode(self, values: NDArray) -> NDArray[np.int64]:
        """Number of the outcome of each observation, `(rows, observations)`; -1 throughout a row with NaN."""

    @property
    def merges(self) -> bool:
        """Where an observation needs its own samples only, and the outcomes are known."""
        return self.local and self.outcomes_known

    def weights(self, values: NDArray) -> Array:
        """Counts `(rows, outcomes)`; a row that cannot be encoded gives NaN."""
        outcomes = self.count((Axis(name="observations", size=values[0].size),)) if len(values) else 0
        return counted(self.encode(values), outcomes)


def counted(codes: NDArray[np.int64], outcomes: int) -> Array:
    """Counts of each row of `codes` `(rows, observations)`; NaN for a row that starts with -1."""
    counts = np.full((len(codes), outcomes), np.nan)
    good = np.flatnonzero((codes[:, :1] >= 0).all(axis=-1)) if codes.shape[-1] else np.arange(0)
    flat = codes[good] + np.arange(len(good))[:, np.newaxis] * outcomes
    counts[good] = np.bincount(flat.ravel(), minlength=len(good) * outcomes).reshape(len(good), outcomes)
    return counts


def points(axes: tuple[Axis, ...]) -> int:
    """Number of grid points of a row."""
    return int(np.prod([axis.size for axis in axes]))


def grid_outcomes(axes: tuple[Axis, ...]) -> Outcomes:
    """Outcomes that are the grid points: the coordinate along one axis, a running number otherwise."""
    if len(axes) == 1:
        (axis,) = axes
        if axis.values is not None and axis.values.dtype.kind in "iufmM":
            return Outcomes(values=axis.values, units=axis.units, long_name=axis.long_name or axis.name)
    names = ", ".join(axis.name for axis in axes)
    return Outcomes(values=np.arange(points(axes)), units="1", long_name=f"grid point along {names}")
