"""Forecasters of several kinds, weighed by what they do on data that they were not fitted to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.models.described import named, rebuilt
from ergodica.models.forecast.forecaster import Forecaster
from ergodica.models.forecast.nbeats import NBeats
from ergodica.models.forecast.neural_kalman import NeuralKalman
from ergodica.models.forecast.nvar import NVAR
from ergodica.numerics.errors import ParameterError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

PART = "part{}."
SHARE = 0.2
"""Of the snapshots, the last ones, that weigh."""
STARTS, LEAD = 16, 100
"""Forecasts that weigh for each trajectory, and their longest lead."""
WORST = 3.0
"""Errors, in standard deviations, beyond which worse is not told from bad."""
PARTS = 4
"""Weights are whole multiples of 1/PARTS."""


@named
@dataclass(kw_only=True, eq=False)
class Blend(Forecaster):
    """The weighted mean of forecasters: sum_k w_k forecast_k, with w_k >= 0 and sum_k w_k = 1.

    Each is fitted to the first four fifths of the time and forecasts from 16 starts in the last fifth; the weights,
    in quarters, are those with the smallest mean |error|. Those with a weight are then fitted to all. One that the
    data are too short for is left out. A draw is one of a part that is drawn by its weight.

    Args:
        of: the forecasters, one or more.

    Good values: the default, an autoregression for clean data, a network for delays and one for noise.

    Source: Wolpert 1992, Neural Networks 5, 241.
    """

    name = "blend"
    references = "Wolpert 1992, Neural Networks 5, 241"

    of: tuple[Forecaster, ...] = field(default_factory=lambda: (NVAR(), NBeats(), NeuralKalman()))

    def __post_init__(self) -> None:
        super().__post_init__()
        self.of = tuple(self.of) if isinstance(self.of, list | tuple) else (self.of,)
        if not self.of or not all(isinstance(one, Forecaster) for one in self.of):
            raise ParameterError(f"of: must be forecasters, got {self.of!r}; use of=(NVAR(), NBeats())")
        self.parts: list[Forecaster] = []

    @property
    def by_gradients(self) -> bool:
        """Whether any of the forecasters trains a network."""
        return any(one.by_gradients for one in self.of)

    @property
    def lookback(self) -> int:
        """Snapshots that the parts begin from; before the fit the fewest of any."""
        if self.parts:
            return max(one.lookback for one in self.parts)
        return min(one.lookback for one in self.of)

    def _learn(self, values: Array, **training: Any) -> None:
        out = training.pop("out", None)
        learned = values[:, : round((1 - SHARE) * values.shape[1])]
        tried: list[tuple[int, Forecaster]] = []
        for at in range(len(self.of)):
            part = self._part(at)
            try:
                if part.lookback < learned.shape[1]:
                    part._learn(learned, **self._options(at, training))
                    tried.append((at, part))
            except ParameterError:
                if len(self.of) == 1:
                    raise
        weights = _weights([one for _, one in tried], values, learned.shape[1]) if tried else ()
        chosen = [(at, w) for (at, _), w in zip(tried, weights, strict=True) if w > 0]
        if not chosen:
            raise ParameterError(
                f"ds: is too short for every one of the blend, got {values.shape[1]} snapshots; record more"
            )
        self.parts = []
        for at, _ in chosen:
            part = self._part(at)
            given = {} if out is None else {"out": f"{out}/part{at}"}
            part._learn(values, **self._options(at, training | given))
            self.parts.append(part)
        self.arrays["weights"] = np.array([w for _, w in chosen])
        self.notes["parts"] = [
            {"at": at, "notes": one.notes} for (at, _), one in zip(chosen, self.parts, strict=True)
        ]

    def _part(self, at: int) -> Forecaster:
        part = rebuilt(self.of[at].name, self.of[at].config)
        assert isinstance(part, Forecaster)
        part.layout = self.layout
        d = self.fitted_layout.features
        part.arrays = {"mean": np.zeros(d), "scale": np.ones(d)}
        return part

    def _options(self, at: int, training: dict[str, Any]) -> dict[str, Any]:
        return training if self.of[at].by_gradients else {}

    def _rollout(self, context: Array, steps: int, draws: np.random.Generator | None) -> Array:
        weights = self.arrays["weights"]
        if draws is None:
            made = [one._rollout(context, steps, None) for one in self.parts]
            return np.asarray(np.tensordot(weights, np.stack(made), axes=1))
        whose = draws.choice(len(weights), p=weights, size=len(context))
        drawn = np.empty((len(context), steps, context.shape[-1]))
        for at, part in enumerate(self.parts):
            own = whose == at
            if own.any():
                drawn[own] = part._rollout(context[own], steps, draws)
        return drawn

    def state(self) -> dict[str, NDArray[Any]]:
        """What was learned, by name; of each part after `part0.` and so on."""
        parts = {
            PART.format(at) + name: one
            for at, part in enumerate(self.parts)
            for name, one in part.state().items()
        }
        return {**super().state(), **parts}

    def restore(self, state: dict[str, NDArray[Any]]) -> None:
        """Takes what `state` gave; the parts are built anew."""
        self.parts = []
        for at, said in enumerate(self.notes["parts"]):
            begin, part = PART.format(at), self._part(said["at"])
            part.notes = said["notes"]
            part.restore({n.removeprefix(begin): v for n, v in state.items() if n.startswith(begin)})
            self.parts.append(part)
        super().restore({n: v for n, v in state.items() if not n.startswith("part")})


def _weights(parts: list[Forecaster], values: Array, first: int) -> tuple[float, ...]:
    """Those with the smallest mean |error| over forecasts from starts at `first` and after."""
    snapshots = values.shape[1]
    lead = max(1, min(LEAD, (snapshots - first) // 2))
    starts = np.unique(np.linspace(first, snapshots - lead, STARTS).astype(int))
    ahead = np.concatenate([values[:, n : n + lead] for n in starts])
    made = []
    for part in parts:
        context = np.concatenate([values[:, n - part.lookback : n] for n in starts])
        made.append(np.nan_to_num(part._rollout(context, lead, None), nan=np.inf).clip(-1e6, 1e6))
    errors = {
        w: np.mean(np.minimum(abs(np.tensordot(w, np.stack(made), axes=1) - ahead), WORST))
        for w in _simplex(len(parts))
    }
    return min(errors, key=lambda w: errors[w])


def _simplex(count: int) -> Iterator[tuple[float, ...]]:
    """All weights in multiples of 1/PARTS, those of one part alone first."""
    found = [
        tuple(k / PARTS for k in np.unravel_index(n, (PARTS + 1,) * count))
        for n in range((PARTS + 1) ** count)
        if sum(np.unravel_index(n, (PARTS + 1,) * count)) == PARTS
    ]
    yield from sorted(found, key=lambda w: sum(one > 0 for one in w))
