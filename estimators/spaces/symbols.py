"""Whole numbers as outcomes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ergodica.estimators.arrays import Array
from ergodica.estimators.claims import Claims
from ergodica.estimators.spaces.space import Axis, CountingSpace, Outcomes, counted, points
from ergodica.estimators.whole import whole

# Above, double precision no longer tells neighbouring whole numbers apart.
LARGEST_IN_FLOAT = 2.0**53


@dataclass(frozen=True, kw_only=True)
class Symbols(CountingSpace):
    """Which of several symbols is observed: whole numbers, each an outcome.

    Labels may be negative, huge and sparse. Without `number` or `labels` the outcomes are those that a row holds,
    which is all that a plug-in entropy needs; what depends on the possible ones (normalize, priors, chunks that merge)
    needs to be told of them.

    Args:
        number: how many symbols are possible: they are 0, 1, ..., number - 1.
        labels: the possible symbols, if they are not such a range.

    Raises:
        TypeError: data that are complex.
        ValueError: data with fractions or outside the possible symbols, number < 1, labels that repeat.

    Good values: number=2 for bits, labels=(-1, 1) for spins, neither for words of a text.
    """

    number: int | None = None
    labels: tuple[int, ...] | None = None
    long_name = "distribution of symbols"
    exact_integers = True
    claims = Claims(
        needs="whole numbers, one or more",
        cost="O(n) with number, O(n log n) without",
        invariances={"order": 0.0, "relabel": 0.0},
    )

    def __post_init__(self) -> None:
        if self.number is not None and self.labels is not None:
            raise ValueError("number: must be left out where labels are given, got both; use one of them")
        if self.number is not None:
            whole("number", self.number, 1, "2 is for bits")
        if self.labels is not None:
            object.__setattr__(self, "labels", _checked(self.labels))

    @property
    def outcomes_known(self) -> bool:
        """With `number` or `labels`."""
        return self.number is not None or self.labels is not None

    @property
    def merge_remedy(self) -> str:
        """The possible symbols."""
        return "" if self.outcomes_known else "give Symbols its number=, or its labels=(...)"

    def known_of(self, values: NDArray) -> "Symbols":
        """The same with the labels that the data hold."""
        values = values[np.isfinite(values)] if values.dtype.kind in "fc" else values
        if not values.size:
            raise ValueError(f"x: must hold a symbol to know what is possible, got none; {self.merge_remedy}")
        return Symbols(labels=tuple(np.unique(whole_values(values)).tolist()))

    def encode(self, values: NDArray) -> NDArray[np.int64]:
        """Position of each value among the possible symbols; without those, among the row's own."""
        rows = values.reshape(len(values), -1)
        good = np.isfinite(rows).all(axis=-1) if rows.dtype.kind in "fc" else np.ones(len(rows), bool)
        codes = np.full(rows.shape, -1, np.int64)
        used = whole_values(rows[good])
        if not self.outcomes_known:
            order = np.argsort(used, axis=-1, kind="stable")
            ascending = np.take_along_axis(used, order, axis=-1)
            own = np.empty(used.shape, np.int64)
            np.put_along_axis(own, order, _groups(ascending), axis=-1)
            codes[good] = own
        elif used.size:
            codes[good] = self._positions(used)
        return codes

    def _positions(self, used: NDArray) -> NDArray[np.int64]:
        low, high = used.min(), used.max()
        if self.labels is None:
            if low < 0 or high >= self.number:
                raise ValueError(
                    f"number: must cover every symbol, 0 to {self.number - 1 if self.number else 0}, got symbols from "
                    f"{low} to {high}; widen it, or use labels=(...)"
                )
            return np.asarray(used.astype(np.int64))
        limits = np.iinfo(used.dtype)
        fitting = [place for place, label in enumerate(self.labels) if limits.min <= label <= limits.max]
        numbers = np.array(fitting, np.int64)
        labels = np.array([self.labels[place] for place in fitting], used.dtype)
        order = np.argsort(labels)
        place = np.minimum(np.searchsorted(labels[order], used), max(len(labels) - 1, 0))
        found = order[place] if len(labels) else np.zeros(used.shape, np.int64)
        strange = labels[found] != used if len(labels) else np.ones(used.shape, bool)
        if strange.any():
            raise ValueError(
                f"labels: must hold every symbol, got {used[strange].flat[0]} in the data; add it to labels"
            )
        return np.asarray(numbers[found])

    def weights(self, values: NDArray) -> Array:
        """Counts of each row: over the possible symbols, or over its own in ascending order and zeros behind."""
        size = values.reshape(len(values), -1).shape[-1] if len(values) else 0
        if not self.outcomes_known and values.dtype.kind in "biu" and values.size:
            packed = _counts_of_close(whole_values(values.reshape(len(values), -1)))
            if packed is not None:
                return packed
        return counted(self.encode(values), self.count((Axis(name="observations", size=size),)))

    def count(self, axes: tuple[Axis, ...]) -> int:
        """Number of possible symbols; without, the most that the data can hold."""
        if self.labels is not None:
            return len(self.labels)
        return points(axes) if self.number is None else int(self.number)

    def outcomes(self, axes: tuple[Axis, ...]) -> Outcomes:
        """The symbols."""
        values = np.arange(self.count(axes)) if self.labels is None else np.array(self.labels)
        return Outcomes(values=values, units="1", long_name="symbol")


def whole_values(values: NDArray) -> NDArray:
    """Data as whole numbers, checked.

    Raises:
        TypeError: complex data.
        ValueError: fractions, or floats too large to be told apart.
    """
    if values.dtype.kind == "b":
        return values.astype(np.int8)
    if values.dtype.kind in "iu":
        return values
    if values.dtype.kind == "c":
        raise TypeError(
            "space: Symbols takes whole numbers, got complex ones; use ValueBins(), which takes |x|"
        )
    broken = values != np.rint(values)
    if broken.any():
        raise ValueError(
            f"x: symbols must be whole numbers, got {values[broken].flat[0]:g}; use space=ValueBins(bins=16)"
        )
    if values.size and np.abs(values).max() > LARGEST_IN_FLOAT:
        raise ValueError(
            f"x: symbols above 2^53 must be of an integer dtype, got {np.abs(values).max():g} as {values.dtype}, which "
            "rounds them; read them as int64"
        )
    return values.astype(np.int64)


def _checked(labels: Sequence[int]) -> tuple[int, ...]:
    try:
        listed = tuple(int(one) for one in labels if int(one) == one)
        fits = len(listed) == len(labels) > 0
    except (TypeError, ValueError):
        fits, listed = False, ()
    if fits:
        low, high = min(listed), max(listed)
        fits = len(set(listed)) == len(listed) and low >= -(2**63) and high < (2**63 if low < 0 else 2**64)
    if not fits:
        raise ValueError(
            f"labels: must be whole numbers of 64 bits, each once, got {labels!r}; give such as (-1, 1)"
        )
    return listed


def _groups(ascending: NDArray) -> NDArray[np.int64]:
    """Number of distinct values before each one, rows in ascending order."""
    new = np.zeros(ascending.shape, np.int64)
    new[:, 1:] = ascending[:, 1:] != ascending[:, :-1]
    return np.cumsum(new, axis=-1)


def _counts_of_close(rows: NDArray) -> Array | None:
    """Counts of a row's own labels, ascending, zeros behind, without sorting; None where labels lie far apart."""
    size = rows.shape[-1]
    # modulo 2^64 the distance from the least label is exact, however far apart labels of 64 bits lie
    wide = rows if rows.dtype == np.uint64 else rows.astype(np.int64)
    above = wide.view(np.uint64) - wide.min(axis=-1, keepdims=True).view(np.uint64)
    span = int(above.max())
    if span >= size:
        return None
    counts = counted(above.astype(np.int64), span + 1)
    order = np.argsort(counts == 0, axis=-1, kind="stable")
    packed = np.zeros((len(rows), size))
    used = min(size, counts.shape[-1])
    packed[:, :used] = np.take_along_axis(counts, order, axis=-1)[:, :used]
    return packed
