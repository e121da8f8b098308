"""Which samples of the past a transfer entropy looks at."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True)
class Embedding:
    """Lags and lengths of the pasts; arguments as for `transfer_entropy`.

    Raises:
        TypeError: one that is no whole number.
        ValueError: one out of range.
    """

    lag: int = 1
    history: int = 1
    source_history: int = 1
    given_lag: int = 1
    given_history: int = 0

    def __post_init__(self) -> None:
        for one in fields(self):
            value, least = getattr(self, one.name), 0 if one.name in ("history", "given_history") else 1
            if isinstance(value, bool) or not isinstance(value, int | np.integer):
                raise TypeError(f"{one.name}: must be a whole number of samples, got {value!r}")
            if value < least:
                raise ValueError(
                    f"{one.name}: must be >= {least} samples, got {value}; the next one is t itself"
                )

    @property
    def reach(self) -> int:
        """Samples before the first t."""
        given = self.given_lag + self.given_history - 1 if self.given_history else 0
        return max(self.history, self.lag + self.source_history - 1, given)

    def check(self, samples: int) -> None:
        """Raise ValueError where no t is left."""
        if samples <= self.reach:
            raise ValueError(
                f"dim: must hold more than {self.reach} observations for this lag and history, got {samples}; "
                "give more data"
            )

    def pieces(
        self, target: NDArray, source: NDArray, given: Sequence[NDArray]
    ) -> tuple[NDArray, list[NDArray], list[NDArray], list[list[NDArray]]]:
        """Present of the target, its past, that of the source and of each condition, the nearest sample first.

        Args:
            target, source, given: with time first; the pieces are views of the same layout.
        """

        def before(x: NDArray, first: int, count: int) -> list[NDArray]:
            return [x[self.reach - first - k : len(x) - first - k] for k in range(count)]

        return (
            target[self.reach :],
            before(target, 1, self.history),
            before(source, self.lag, self.source_history),
            [before(one, self.given_lag, self.given_history) for one in given],
        )
