"""Several forecasters of one kind on data drawn anew: what the data leave open."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.models.described import named, rebuilt
from ergodica.models.forecast.forecaster import BOUND, Forecaster
from ergodica.models.forecast.nvar import NVAR
from ergodica.numerics.errors import ParameterError, whole_number

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

PART = "part{}."
BLOCKS = 10
"""Blocks that one trajectory is drawn anew from."""
WINDOWS = 8
"""Lookbacks that a block holds at the least: each block loses one."""
FED = "fed"
"""Array with the share of the one-step errors that draws feed back, in whatever learns one. Rollouts within a block are
too short to tell it, and it is 1 where nothing tells: bands of parts with shares of their own are too wide."""


@named
@dataclass(kw_only=True, eq=False)
class Ensemble(Forecaster):
    """The mean of `size` forecasters, each fitted to moving blocks drawn from the data with replacement.

    A part that diverges within a forecast is left out of its mean.

    Settings that a part chooses from the data are chosen once, from all of them, and so is the share of the one-step
    errors that draws feed back. A part with a seed gets one of its own. Each draw of a forecast is a draw of one part,
    every part in turn: the spread holds what the data leave open about the model, and the errors of one step.

    Args:
        of: the forecaster that the parts are copies of.
        size: number of parts, 1 or more.
        resampled: whether the parts differ in their data; False for parts that differ in their seeds alone.
        seed: of the blocks and of the parts.

    Good values: size=5; resampled=False for networks, which differ enough by their seeds.

    Source: Kuensch 1989, Ann. Stat. 17, 1217 (moving blocks); Lakshminarayanan et al. 2017 (seeds).
    """

    of: Forecaster = field(default_factory=NVAR)
    size: int = 5
    resampled: bool = True
    seed: int = 0

    name = "ensemble"
    references = "Kuensch 1989, Ann. Stat. 17, 1217"

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.of, Forecaster):
            raise ParameterError(f"of: must be a forecaster, got {self.of!r}; use of=NVAR()")
        self.size, self.seed = whole_number("size", self.size, 1), whole_number("seed", self.seed, 0)
        if not isinstance(self.resampled, bool):
            raise ParameterError(f"resampled: must be True or False, got {self.resampled!r}; use True")
        alike = not self.by_gradients and _reseeded(self.of.config, 1) == self.of.config
        if alike and not self.resampled and self.size > 1:
            raise ParameterError(
                f"resampled: must be True for a {self.of.name}, which has no seed, got False: its parts would be equal"
                "; use True"
            )
        self.parts: list[Forecaster] = []

    @property
    def by_gradients(self) -> bool:
        """Whether the parts train networks."""
        return self.of.by_gradients

    @property
    def lookback(self) -> int:
        """Snapshots that a part begins from."""
        return max((one.lookback for one in self.parts), default=self.of.lookback)

    def _learn(self, values: Array, **training: Any) -> None:
        self.parts = []
        first = self._part(0)
        self._fit(first, values, 0, training, "settled" if self.resampled else "part0")
        settled = first.settled() if self.resampled else self.of
        shared = first.state() if self.resampled else {}
        shared = {name: one for name, one in shared.items() if name.rpartition(".")[2] == FED}
        parts = []
        for at in range(self.size):
            if at == 0 and not self.resampled:
                parts.append(first)
                continue
            part = self._part(at, settled)
            self._fit(part, self._drawn(values, first.lookback, at), at, training, f"part{at}")
            if shared:
                part.restore({**part.state(), **shared})
            parts.append(part)
        self.parts = parts
        self.notes["parts"] = [{"config": one.config, "notes": one.notes} for one in parts]

    def _part(self, at: int, like: Forecaster | None = None) -> Forecaster:
        part = rebuilt(self.of.name, _reseeded((like or self.of).config, self.seed + at))
        assert isinstance(part, Forecaster)
        return part

    def _fit(self, part: Forecaster, values: Array, at: int, training: dict[str, Any], folder: str) -> None:
        d = values.shape[-1]
        part.layout = self.layout
        part.arrays = {"mean": np.zeros(d), "scale": np.ones(d)}
        options = dict(training)
        if self.of.by_gradients:
            options["seed"] = options.get("seed", 0) + self.seed + at
        if options.get("out") is not None:
            options["out"] = f"{options['out']}/{folder}"
        part._learn(values, **options)

    def _drawn(self, values: Array, lookback: int, at: int) -> Array:
        if not self.resampled:
            return values
        members, snapshots, _ = values.shape
        length = min(snapshots, max(-(-snapshots // BLOCKS), WINDOWS * lookback))
        count = max(1, round(members * snapshots / length))
        rng = np.random.default_rng((self.seed, at))
        who = rng.integers(members, size=count)
        when = rng.integers(snapshots - length + 1, size=count)
        return np.asarray(values[who[:, None], when[:, None] + np.arange(length)])

    def _rollout(self, context: Array, steps: int, draws: np.random.Generator | None) -> Array:
        if draws is None:
            return mean_of_those_that_stay(
                np.stack([one._rollout(context, steps, None) for one in self.parts])
            )
        made = np.empty((len(context), steps, context.shape[-1]))
        whose = draws.permutation(np.arange(len(context)) % self.size)
        for at, part in enumerate(self.parts):
            own = whose == at
            if own.any():
                made[own] = part._rollout(context[own], steps, draws)
        return made

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
            begin = PART.format(at)
            part = rebuilt(self.of.name, said["config"])
            assert isinstance(part, Forecaster)
            part.layout, part.notes = self.layout, copy.deepcopy(said["notes"])
            part.restore({n.removeprefix(begin): one for n, one in state.items() if n.startswith(begin)})
            self.parts.append(part)
        super().restore({name: one for name, one in state.items() if not name.startswith("part")})


def mean_of_those_that_stay(made: Array) -> Array:
    """Mean over the parts of rollouts (parts, rows, steps, d), of each row without the parts that diverge.

    A single one would take the mean along. Where all diverge it is that of all.
    """
    # not finite counts as outside
    stays = np.asarray((abs(made) <= BOUND).all(axis=(2, 3)))
    stays = stays | ~stays.any(axis=0)
    taken = np.where(stays[..., None, None], made, 0.0)
    return np.asarray(taken.sum(axis=0) / stays.sum(axis=0)[:, None, None])


def _reseeded(config: dict[str, Any], by: int) -> dict[str, Any]:
    """Settings whose seeds are moved on, those of a forecaster within included."""
    return {
        name: value + by if name == "seed" else _reseeded(value, by) if isinstance(value, dict) else value
        for name, value in config.items()
    }
