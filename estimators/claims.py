"""What estimators say of themselves as data: needs, cost, invariances and known answers, each measured by a test."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from numpy.random import Generator

INVARIANCES = {
    "shift": "adding a constant",
    "scale": "multiplying by a positive constant",
    "sign": "multiplying by -1",
    "monotone": "an increasing map of each component",
    "rotation": "rotating the vectors",
    "affine": "an invertible linear map of the vectors of each array",
    "order": "permuting the samples",
    "reversal": "reversing the order of samples",
    "relabel": "renaming the symbols of each array",
    "exchange": "exchanging the first two arrays",
}
"""The vocabulary of invariances, and what each one means."""


@dataclass(frozen=True, kw_only=True)
class Exact:
    """A source whose value is known.

    Args:
        name: in words, unique within an estimator.
        sample: draws one lane of each data argument from a generator, `(n,)` or `(n, d)`.
        value: the true value, in nats where there is a base.
        bias: largest size of the systematic error at this number of samples; 0 where there is none.
        spread: standard deviation of an estimate over samples, as measured; 0 where the answer is exact, up to `bias`.
        arguments: further keyword arguments of the call (for a piece: fields of the dataclass).
        source: where the value is from.
    """

    name: str
    sample: Callable[[Generator], tuple[Any, ...]]
    value: float
    bias: float = 0.0
    spread: float = 0.0
    arguments: Mapping[str, Any] = field(default_factory=dict)
    source: str = ""


@dataclass(frozen=True, kw_only=True)
class Claims:
    """What a generic test holds an estimator to, and what `ergodica list estimators` tells.

    Args:
        needs: what the data must be, in words, with the fewest samples.
        cost: time as a function of n (samples) and d (components), as "O(n log n)".
        invariances: names of `INVARIANCES`, each with the largest change that it makes (round-off; 0: bit for bit).
        exact: known answers.
    """

    needs: str
    cost: str
    invariances: Mapping[str, float] = field(default_factory=dict)
    exact: tuple[Exact, ...] = ()

    def __post_init__(self) -> None:
        unknown = set(self.invariances) - set(INVARIANCES)
        if unknown:
            raise ValueError(
                f"invariances: must be of {', '.join(INVARIANCES)}, got {', '.join(sorted(unknown))}"
            )
