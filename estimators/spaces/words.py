"""Blocks of outcomes in a row as outcomes."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ergodica.estimators.claims import Claims
from ergodica.estimators.spaces.space import Axis, CountingSpace, Outcomes
from ergodica.estimators.spaces.symbols import Symbols
from ergodica.estimators.whole import whole

LARGEST_NUMBER = 2**24
"""Counts of more words would not fit into the memory that a row should take."""


@dataclass(frozen=True, kw_only=True)
class Words(CountingSpace):
    """Words of `length` outcomes of another space: the blocks that block entropies are taken of.

    w_t = sum_j s_(t + j delay) m^(length-1-j) with the outcomes s of `of`, m of them; words overlap.

    Args:
        of: space of single outcomes, whose possible outcomes are known.
        length: outcomes in a word, >= 1.
        delay: samples from one to the next, >= 1.

    Raises:
        TypeError: a space that does not count, or whose outcomes are not known.
        ValueError: length or delay below 1, more than 2^24 words, or a row shorter than a word.

    Good values: length up to ln n/ln m - 1, so that every word can be seen several times.

    Source: Shannon 1951, Bell Syst. Tech. J. 30, 50.
    """

    of: CountingSpace = field(default_factory=lambda: Symbols(number=2))
    length: int = 2
    delay: int = 1
    long_name = "distribution of words"
    exact_integers = True
    claims = Claims(needs="what the space of single outcomes needs, longer than a word", cost="O(n length)")

    def __post_init__(self) -> None:
        for name in ("length", "delay"):
            whole(name, getattr(self, name), 1, "try 2")
        if not isinstance(self.of, CountingSpace):
            raise TypeError(f"of: must be a space that counts such as Symbols(number=2), got {self.of!r}")
        if not self.of.outcomes_known:
            raise TypeError(f"of: must have known outcomes, got {self.of!r}; {self.of.merge_remedy}")
        if self.count(()) > LARGEST_NUMBER:
            raise ValueError(
                f"length: must give at most 2^24 words, got {self.length} with {self.of.count(())} outcomes; "
                "use shorter words"
            )

    @property
    def merges(self) -> bool:
        """Where single outcomes are."""
        return self.of.merges

    @property
    def merge_remedy(self) -> str:
        """That of the single outcomes."""
        return self.of.merge_remedy

    @property
    def overlap(self) -> int:
        """Samples of a word beyond its first one."""
        return self.of.overlap + (self.length - 1) * self.delay

    def encode(self, values: NDArray) -> NDArray[np.int64]:
        """Number of each word."""
        if not self.of.exact_integers and values.dtype.kind not in "fc":
            values = values.astype(np.float64)
        codes = self.of.encode(values)
        number = codes.shape[-1] - (self.length - 1) * self.delay
        self._enough(number)
        base = self.of.count(())
        words = np.zeros((len(codes), number), np.int64)
        for place in range(self.length):
            words = words * base + codes[:, place * self.delay : place * self.delay + number]
        words[codes[:, 0] < 0] = -1
        return words

    def count(self, axes: tuple[Axis, ...]) -> int:
        """All words, possible or not."""
        return int(self.of.count(())) ** int(self.length)

    def outcomes(self, axes: tuple[Axis, ...]) -> Outcomes:
        """Numbers of the words, first outcome the most significant digit."""
        digits = f"word as a number of {self.length} digits to base {self.of.count(())}"
        return Outcomes(values=np.arange(self.count(axes)), units="1", long_name=digits)

    def check(self, axes: tuple[Axis, ...]) -> None:
        """One axis, longer than a word."""
        if len(axes) > 1:
            raise ValueError(
                f"dim: must be one dimension for words, got {len(axes)}; name the one that they run along"
            )
        self.of.check(axes)
        self._enough(axes[0].size - self.overlap)

    def _enough(self, number: int) -> None:
        if number < 1:
            raise ValueError(f"dim: must be longer than a word, got {self.overlap + number} for {self.overlap + 1}; "
                             "use shorter words")  # fmt: skip
