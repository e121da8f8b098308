"""What a measure of disorder is: a function of one probability vector."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ergodica.estimators.arrays import Array


@dataclass(frozen=True, kw_only=True)
class Measure(ABC):
    """A functional of a probability vector, largest for the uniform one and zero for a certain outcome.

    A new measure is one subclass that gives `evaluate` and `maximum`; every function, space and generic test
    takes it.
    """

    name: ClassVar[str]
    """Name of the result, a Python identifier."""

    logarithmic: ClassVar[bool] = True
    """Whether it is the logarithm of something, so that its unit is set by a base (nat, bit)."""

    impossible_count: ClassVar[bool] = False
    """Whether outcomes that never happen change it, so that the number of possible outcomes must be known."""

    @abstractmethod
    def evaluate(self, p: Array) -> Array:
        """The measure along the last axis of `p` (nonnegative, sum 1), in nats; a row of NaN gives NaN."""

    @abstractmethod
    def maximum(self, outcomes: int) -> float:
        """Its value, in nats, for `outcomes` equally likely outcomes."""

    @property
    def long_name(self) -> str:
        """What a figure's axis says."""
        return f"{type(self).__name__} entropy"


def parameter(name: str, value: float, allowed: Callable[[float], bool], rule: str, remedy: str) -> float:
    """A parameter of a measure as a float, checked."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = np.nan
    if not allowed(number):
        raise ValueError(f"{name}: must be {rule}, got {value!r}; {remedy}")
    return number


def order(q: float, *, finite: bool) -> float:
    """The order of a Renyi or Tsallis entropy as a float, checked."""
    try:
        value = float(q)
    except (TypeError, ValueError):
        value = np.nan
    rule = "a finite number >= 0" if finite else "a number >= 0 (infinity included)"
    if not value >= 0 or (finite and np.isinf(value)):
        remedy = "; the limit is Renyi(q=inf)" if finite and np.isinf(value) else "; q=1 is Shannon"
        raise ValueError(f"q: must be {rule}, got {q!r}{remedy}")
    return value


def support(p: Array) -> Array:
    """Number of outcomes of nonzero probability along the last axis; NaN where the row is NaN."""
    return np.where(np.isnan(p[..., 0]), np.nan, np.count_nonzero(p > 0, axis=-1))


def log_or_zero(p: Array) -> Array:
    """ln p, and 0 where p = 0, so that a product with p is the limit p ln p -> 0."""
    return np.asarray(np.log(p + (p == 0)))
