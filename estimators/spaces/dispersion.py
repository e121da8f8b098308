"""Dispersion patterns: words of amplitude classes."""

import itertools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from ergodica.estimators.arrays import Array, unit_scale
from ergodica.estimators.claims import Claims
from ergodica.estimators.spaces.ordinal import real_rows
from ergodica.estimators.spaces.ordinal_windows import check_windows, rows_of
from ergodica.estimators.spaces.space import Axis, CountingSpace, Outcomes
from ergodica.estimators.spaces.spatial_density import largest_part
from ergodica.estimators.whole import whole

MAPPINGS: Mapping[str, Callable[[float], float]] = {
    "normal cdf": NormalDist().inv_cdf,
    "logistic": lambda share: math.log(share / (1 - share)),
    "tanh": lambda share: math.atanh(2 * share - 1),
    "linear": lambda share: share,
}
"""Inverse of each mapping: where the share of the range of classes lies, in standard deviations from the mean."""

LARGEST_COUNT = 2**22
"""Most outcomes: 34 MB a lane."""

NAMED_COUNT = 10_000
"""Most outcomes that are named."""


@dataclass(frozen=True, kw_only=True)
class Dispersion(CountingSpace):
    """Words of `order` classes of amplitude, `delay` apart, in windows that slide by one sample.

    y = Phi((x - mean)/sd), class = floor(c y) + 1 (c at most), word = (class_t, class_(t+delay), ...)

    Phi is the normal distribution function: the classes of Gaussian data are equally likely. Other mappings are the
    logistic function, (tanh + 1)/2, and "linear", from the least value (0) to the largest (1). mean and sd (of the
    population, 1/n) are those of the lane, so that counts of pieces do not add up. There are c^order words, numbered by
    sum_k (class_k - 1) c^(order-1-k) and named "123" in `outcome_name`.

    A lane of one repeated value has no scale, and is NaN, as is one with NaN or infinity.

    Args:
        classes: c, >= 2.
        order: classes in a word, >= 1.
        delay: step between them, >= 1.
        mapping: "normal cdf", "logistic", "tanh" or "linear".

    Raises:
        ValueError: a parameter out of range, more than 2^22 words, fewer samples than (order-1)*delay+1.

    Good values: classes=6, order=2 or 3, with classes^order well below n.

    Source: Rostaghi and Azami 2016, IEEE Signal Process. Lett. 23, 610; mappings: Azami and Escudero 2018, Entropy 20,
    210.
    """

    classes: int = 6
    order: int = 3
    delay: int = 1
    mapping: str = "normal cdf"
    long_name = "dispersion patterns"
    local = False
    claims = Claims(
        needs="real numbers in order, not all the same",
        cost="O(n (classes + order)), O(classes^order) memory",
        invariances={"shift": 1e-12, "scale": 1e-12, "sign": 1e-12, "reversal": 1e-12},
    )

    def __post_init__(self) -> None:
        whole("classes", self.classes, 2, "6 is usual")
        whole("order", self.order, self._least_order, "2 or 3 is usual")
        whole("delay", self.delay, 1, "1 takes neighbouring samples")
        if self.mapping not in MAPPINGS:
            raise ValueError(
                f"mapping: must be one of {', '.join(MAPPINGS)}, got {self.mapping!r}; 'normal cdf' is usual"
            )
        if self.count(()) > LARGEST_COUNT:
            raise ValueError(
                f"order: must give at most 2^22 outcomes, got {self.count(())} of {self.classes} classes and order "
                f"{self.order}; use fewer classes or a lower order"
            )

    @property
    def _least_order(self) -> int:
        return 1

    @property
    def overlap(self) -> int:
        """(order-1)*delay."""
        return (self.order - 1) * self.delay

    @property
    def merge_remedy(self) -> str:
        """What to change so that counts of pieces add up."""
        return "use OrdinalPatterns(), which need no mean of the whole"

    def check(self, axes: tuple[Axis, ...]) -> None:
        """One axis with a word at least."""
        check_windows(axes, self.order, self.delay)

    def count(self, axes: tuple[Axis, ...]) -> int:
        """classes^order"""
        return int(self.classes) ** int(self.order)

    def outcomes(self, axes: tuple[Axis, ...]) -> Outcomes:
        """Numbers of the words and their names."""
        return self._named([str(k + 1) for k in range(self.classes)], self.order, "dispersion pattern")

    def _named(self, letters: list[str], length: int, long_name: str) -> Outcomes:
        count = self.count(())
        glue = "" if max(map(len, letters)) == 1 else " "
        words = (glue.join(word) for word in itertools.product(letters, repeat=length))
        names = np.array(list(words)) if count <= NAMED_COUNT else None
        return Outcomes(values=np.arange(count), units="1", long_name=long_name, names=names)

    def rows_together(self, axes: tuple[Axis, ...]) -> int:
        """Enough for several cores."""
        return rows_of(axes[0].size, self.count(axes))

    def weights(self, values: NDArray) -> Array:
        """Counts of the words of each row; NaN in a row with NaN or infinity, or of one value."""
        from ergodica.estimators.spaces.dispersion_kernels import count_words
        from ergodica.estimators.spaces.ordinal_kernels import threads_for

        rows = real_rows(values)
        counts = np.empty((len(rows), self.count(())))
        with threads_for(rows):
            count_words(rows, self.edges(rows), self.delay, *self._numbering(), counts)
        return counts

    def encode(self, values: NDArray) -> NDArray[np.int64]:
        """Number of each word, `(rows, n - overlap)`; -1 throughout a row with NaN or infinity, or of one value."""
        from ergodica.estimators.spaces.dispersion_kernels import encode_words
        from ergodica.estimators.spaces.ordinal_kernels import threads_for

        rows = real_rows(values)
        symbols = np.empty((len(rows), max(rows.shape[1] - self.overlap, 0)), np.int64)
        with threads_for(rows):
            encode_words(rows, self.edges(rows), self.delay, *self._numbering(), symbols)
        return symbols

    def edges(self, rows: Array) -> Array:
        """Least values of the second, third, ... class of each row, `(rows, classes - 1)`."""
        shares = [MAPPINGS[self.mapping](k / self.classes) for k in range(1, self.classes)]
        with np.errstate(all="ignore"):
            scale = unit_scale(largest_part(rows))
            rows = rows * scale
            if self.mapping == "linear":
                zero = rows.min(axis=-1, keepdims=True)
                unit = rows.max(axis=-1, keepdims=True) - zero
            else:
                zero = rows.mean(axis=-1, keepdims=True)
                unit = rows.std(axis=-1, keepdims=True)
            return np.asarray((zero + unit * np.array(shares)) / scale)

    def _numbering(self) -> tuple[NDArray[np.int32], int]:
        """Factors of the classes (from 0) of a word, and what is added, to give its number."""
        return self.classes ** np.arange(self.order - 1, -1, -1, dtype=np.int32), 0
