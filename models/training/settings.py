"""What a training is asked to do, checked before its first step."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from ergodica.models.training.optimizers import OPTIMIZERS
from ergodica.numerics.errors import ParameterError, nearest, whole_number


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The numbers of a training; see `fit` for what each means.

    Raises:
        ParameterError: one of them cannot work.
    """

    steps: int
    batch: int
    learning_rate: float
    optimizer: str
    weight_decay: float
    warm_up: float
    clip: float | None
    ema: float
    check_every: int | None
    patience: int | None
    seed: int
    precision: str
    compile: bool

    def __post_init__(self) -> None:
        for name, least in (("steps", 1), ("batch", 1), ("check_every", 1), ("patience", 1), ("seed", 0)):
            value = getattr(self, name)
            if value is not None or name in ("steps", "batch", "seed"):
                object.__setattr__(self, name, whole_number(name, value, least, f"use {least} or more"))
        _between("learning_rate", self.learning_rate, 0.0, math.inf, "use 1e-3", open_below=True)
        _between("weight_decay", self.weight_decay, 0.0, math.inf, "use 0")
        _between("warm_up", self.warm_up, 0.0, 1.0, "it is a share of the steps, use 0.05")
        _between("ema", self.ema, 0.0, 1.0, "use 0.999, or 0 for no average")
        if self.clip is not None:
            _between("clip", self.clip, 0.0, math.inf, "use 1, or None for no clipping", open_below=True)
        if not isinstance(self.compile, bool):
            raise ParameterError(f"compile: must be True or False, got {self.compile!r}; use False")
        if not isinstance(self.optimizer, str) or self.optimizer not in OPTIMIZERS:
            raise ParameterError(
                f"optimizer: {self.optimizer!r} is not known; {nearest(self.optimizer, OPTIMIZERS)}"
            )


def _between(
    name: str, value: Any, low: float, high: float, remedy: str, *, open_below: bool = False
) -> None:
    number = value if isinstance(value, int | float) and not isinstance(value, bool) else math.nan
    if not (low < number if open_below else low <= number) or not number < high:
        rule = f"{'above' if open_below else 'at least'} {low:g}"
        rule += f" and below {high:g}" if math.isfinite(high) else " and finite"
        raise ParameterError(f"{name}: must be a number {rule}, got {value!r}; {remedy}")
