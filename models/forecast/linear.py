"""Linear vector autoregression."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ergodica.models.described import named
from ergodica.models.forecast.polynomial import PolynomialForecaster
from ergodica.models.forecast.polynomial_choice import SPAN
from ergodica.models.forecast.polynomial_fit import Chosen, checked_size
from ergodica.models.forecast.settings import AUTO, strength, whole_or_auto

LAGS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32)


@named
@dataclass(kw_only=True, eq=False)
class Linear(PolynomialForecaster):
    """x(n + 1) = c + A_1 x(n) + ... + A_lags x(n - lags + 1), by ridge regression of the increments.

    Settings left at "auto", wide fields and draws are treated as by `NVAR`. For a linear process with noise the draws
    are those of its predictive distribution.

    Args:
        lags: past values, 1 or more, or "auto" of 1 to 32.
        ridge: strength, 0 or more, by the variance of the standardised values; or "auto".

    Good values: lags=1 for a process that is Markov and fully observed; else "auto".

    Source: Luetkepohl 2005, New Introduction to Multiple Time Series Analysis, chapters 2 and 3.
    """

    lags: int | str = AUTO
    ridge: float | str = AUTO

    name = "linear"
    references = "Luetkepohl 2005, New Introduction to Multiple Time Series Analysis"

    def __post_init__(self) -> None:
        super().__post_init__()
        self.lags = whole_or_auto("lags", self.lags)
        self.ridge = strength("ridge", self.ridge)

    def _least(self) -> Chosen:
        return Chosen(1 if isinstance(self.lags, str) else self.lags, 1, 1, 0.0)

    def _settings(self) -> dict[str, Any]:
        return {"lags": self.chosen.delays, "ridge": self.chosen.ridge}

    def _tried(self, rows: int, snapshots: int, variables: int) -> list[Chosen]:
        lags = LAGS if isinstance(self.lags, str) else (self.lags,)
        fitting = [one for one in lags if one * variables <= rows // 2 and one <= snapshots // SPAN] or lags[
            :1
        ]
        tried = [Chosen(one, 1, 1, 0.0) for one in fitting]
        checked_size(variables, tried[0])
        return tried
