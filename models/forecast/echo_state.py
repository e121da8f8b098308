"""Echo state networks."""

from __future__ import annotations

import math
import warnings
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ergodica.models.described import named
from ergodica.models.forecast.block_validation import Blocks, blocks_of
from ergodica.models.forecast.forecaster import BOUND, Forecaster
from ergodica.models.forecast.left_to_fit import LARGEST
from ergodica.models.forecast.reservoir import Reservoir
from ergodica.models.forecast.ridge import ridge_path
from ergodica.models.forecast.settings import AUTO, strength
from ergodica.models.forecast.spread import KEPT, by_laws, drawn, laws_learn_from, share_over_blocks, thinned
from ergodica.models.forecast.validation import rollout_score
from ergodica.numerics.errors import ParameterError, whole_number

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

RIDGES = tuple(10.0**power for power in range(-28, 1, 2))
"""From round-off of the states on, which is what exact data need."""
TRIED: dict[str, tuple[float, ...]] = {
    "input_scale": (0.1, 0.3, 1.0, 3.0),
    "spectral_radius": (0.1, 0.4, 0.8, 1.1),
    "leak": (1.0, 0.6, 0.3, 0.1),
    "bias": (0.3, 1.0),
}
"""Values that are tried, a setting after the other in this order, from `FIRST` on."""
FIRST = {"input_scale": 0.3, "spectral_radius": 0.4, "leak": 1.0, "bias": 1.0}
STARTS = 16
"""Rollouts over the last fifth of the data, by which settings are chosen."""
FORGOTTEN = 1e-3
"""Difference of two states after the warm-up above which the reservoir has not forgotten where it began."""


@dataclass(frozen=True)
class Tuned:
    """Settings of one fit."""

    spectral_radius: float
    input_scale: float
    leak: float
    bias: float
    ridge: float

    def scaled(self, reservoir: Reservoir) -> tuple[Any, ...]:
        """What the kernels take."""
        return reservoir.scaled(self.spectral_radius, self.input_scale, self.leak, self.bias)


class HeldOut(NamedTuple):
    """The last fifth of trajectories.

    Attributes:
        known: what is before it, (members, snapshots, d).
        before: contexts of rollouts over it, (starts, snapshots, d).
        came: what these are held against, (starts, steps, d).
    """

    known: Array
    before: Array
    came: Array


@named
@dataclass(kw_only=True, eq=False)
class EchoState(Forecaster):
    """r <- (1 - leak) r + leak tanh(W r + W_in x + b); x(n + 1) = x(n) + A x(n) + B r(n) + c.

    W is random and sparse (see `Reservoir`); A, B and c are found by ridge regression in standard units. Settings left
    at "auto" are chosen one after the other by rollouts over the last fifth of each trajectory, as by `NVAR`, each from
    a context of `warm_up` snapshots. A forecast warms up on the whole context, so many at the least. A reservoir that
    does not forget where it began within the warm-up (the echo state property) gives a warning, and `notes["memory"]`
    holds how much is left.

    Draws are as those of `NVAR`: rollouts of the fit or of one without a fifth of the data, of few data also without
    two, each in turn, and one-step errors, of which a chosen part is fed back. Of a wide field there are fewer such
    fits, one at the least.

    Args:
        units: of the reservoir, 1 or more; at the most as many as there are snapshots is sensible.
        spectral_radius: largest |eigenvalue| of W, above 0, or "auto" of .1 to 1.1.
        input_scale: of the weights of the standardised input, above 0, or "auto" of .1 to 3.
        leak: above 0, up to 1, or "auto" of .1 to 1.
        bias: scale of b, 0 or more, or "auto" of .3 and 1.
        ridge: strength, 0 or more, by the variance of the standardised states; or "auto" of 1e-28 to 1.
        warm_up: snapshots from which a state is made, 1 or more.
        seed: of the reservoir.

    Good values: "auto"; for Lorenz at 100 points a period, exact to round-off, spectral_radius=.1, input_scale=.1,
    leak=1, bias=1, ridge=1e-28; with 1 % noise spectral_radius=.4, input_scale=.3, ridge=1e-6.

    Source: Jaeger and Haas 2004, Science 304, 78; Lukosevicius 2012, A practical guide to applying echo state networks.
    """

    units: int = 500
    spectral_radius: float | str = AUTO
    input_scale: float | str = AUTO
    leak: float | str = AUTO
    bias: float | str = AUTO
    ridge: float | str = AUTO
    warm_up: int = 50
    seed: int = 0

    name = "echo-state"
    references = "Jaeger and Haas 2004, Science 304, 78"

    def __post_init__(self) -> None:
        super().__post_init__()
        self.units = whole_number("units", self.units, 1)
        self.warm_up = whole_number("warm_up", self.warm_up, 1)
        self.seed = whole_number("seed", self.seed, 0)
        self.spectral_radius = strength("spectral_radius", self.spectral_radius, positive=True)
        self.input_scale = strength("input_scale", self.input_scale, positive=True)
        self.leak = strength("leak", self.leak, positive=True)
        self.bias, self.ridge = strength("bias", self.bias), strength("ridge", self.ridge)
        if not isinstance(self.leak, str) and self.leak > 1:
            raise ParameterError(f"leak: must be at most 1, got {self.leak:g}; use 1 for no leak")

    @property
    def lookback(self) -> int:
        """Snapshots that a state is made from at the least."""
        return self.warm_up

    @property
    def tuned(self) -> Tuned:
        """The settings of the fit, those that were left to it included."""
        self.fitted_layout  # noqa: B018 - raises where nothing was fitted
        return Tuned(**self.notes["tuned"])

    def _settings(self) -> dict[str, Any]:
        return asdict(self.tuned)

    @property
    def _reservoir(self) -> Reservoir:
        return Reservoir(*(self.arrays[name] for name in ("shifts", "weights", "heard", "input_bias")))

    def _learn(self, values: Array, **training: Any) -> None:
        if values.shape[1] < self.warm_up + 10:
            raise ParameterError(
                f"ds: must have at least the {self.warm_up} snapshots of the warm-up and 10 more, got "
                f"{values.shape[1]}; record more, or use a smaller warm_up"
            )
        self._refuse_wide(values.shape[-1])
        made = Reservoir.drawn(self.units, values.shape[-1], self.seed)
        self.arrays |= {
            "shifts": made.shifts,
            "weights": made.weights,
            "heard": made.heard,
            "input_bias": made.bias,
        }
        blocks = blocks_of(values, self.name)
        last = blocks.split[-1]
        # of the smallest of trajectories a part of the warm-up may be held out
        first = min(self.warm_up, last[0] - 2)
        # a forecast may have no longer context: settings that remember more must gain nothing by it
        reach = min(self.warm_up, last[0])
        split = HeldOut(values[:, : last[0]], *blocks.around(values, last, reach, STARTS))
        tuned = self._tune(split, first)
        states = self._states(values, tuned)
        times = np.arange(first, values.shape[1])
        readout, errors = self._fitted(values, states, times, (tuned.ridge,))
        without, fed = self._left_open(values, states, first, reach, blocks, tuned)
        self.arrays |= {"readout": readout[0], "errors": thinned(errors), "fed": np.array(fed)}
        self.arrays |= {"without": without, "largest": np.array(abs(values).max())}
        self.notes["tuned"] = asdict(tuned)
        self.notes["memory"] = self._memory(values[0, : self.warm_up], tuned)

    def _left_open(
        self, values: Array, states: Array, first: int, reach: int, blocks: Blocks, tuned: Tuned
    ) -> tuple[Array, float]:
        """Readouts without a fifth of the data, (laws, d + units + 1, d), and the part of the errors that is fed."""
        weights = (values.shape[-1] + self.units + 1) * values.shape[-1]
        most = max(1, KEPT // weights)
        held = [one for one in reversed(blocks.split) if blocks.starts(one, reach)[0].size][:most]
        # states after a block have heard it, but no readout is told what came within
        left = [times[times >= first] for times in (blocks.unseen(block, 1) for block in held)]
        learned = laws_learn_from(left, few=blocks.few)[:most]
        fits = [self._fitted(values, states, times, (tuned.ridge,)) for times in learned]
        around = [blocks.around(values, block, reach) for block in held]

        def roll(law: int, rows: Array, noise: Array, seen: Array) -> Array:
            return self._continued(rows, fits[law][0], noise.shape[1], tuned, noise) + seen

        fed = share_over_blocks(roll, [errors for _, errors in fits], around)
        return np.concatenate([readout for readout, _ in fits]), fed

    def _refuse_wide(self, features: int) -> None:
        strengths = len(RIDGES) if self.ridge == AUTO else 1
        most = (math.isqrt(self.units**2 + 4 * LARGEST // strengths) - self.units) // 2
        if features > most:
            raise ParameterError(
                f"ds: must have at most {most} features for {self.units} units and {strengths} strengths of the ridge, "
                f"so that the readouts have no more than {LARGEST:.2g} weights, got {features}; choose some by "
                "variables=, give a ridge, or use NVAR or RandomFeatures"
            )

    def _tune(self, split: HeldOut, first: int) -> Tuned:
        given = {name: getattr(self, name) for name in (*TRIED, "ridge")}
        start = {name: FIRST[name] if one == AUTO else one for name, one in given.items() if name != "ridge"}
        ridges = RIDGES if given["ridge"] == AUTO else (float(given["ridge"]),)
        tuned, least = self._scored(split, first, Tuned(**start, ridge=ridges[0]), ridges)
        for name, tried in TRIED.items():
            if given[name] != AUTO:
                continue
            for value in tried:
                if value == getattr(tuned, name):
                    continue
                other, score = self._scored(split, first, replace(tuned, **{name: value}), ridges)
                if score < least:
                    tuned, least = other, score
        return tuned

    def _scored(
        self, split: HeldOut, first: int, tuned: Tuned, ridges: tuple[float, ...]
    ) -> tuple[Tuned, float]:
        states = self._states(split.known, tuned)
        weights, _ = self._fitted(split.known, states, np.arange(first, split.known.shape[1]), ridges)
        made = continued(
            np.tile(self._states(split.before, tuned)[:, -1], (len(ridges), 1)),
            np.tile(split.before[:, -1], (len(ridges), 1)),
            weights,
            split.came.shape[1],
            tuned.scaled(self._reservoir),
            None,
        )
        scores = rollout_score(made.reshape(len(ridges), *split.came.shape), split.came)
        return replace(tuned, ridge=ridges[int(scores.argmin())]), float(scores.min())

    def _states(self, values: Array, tuned: Tuned) -> Array:
        from ergodica.models.forecast.echo_state_kernels import drive_through

        states = np.empty((*values.shape[:2], self.units))
        for row, own in zip(values, states, strict=True):
            drive_through(
                np.ascontiguousarray(row), np.zeros(self.units), *tuned.scaled(self._reservoir), own
            )
        return states

    def _fitted(
        self, values: Array, states: Array, times: NDArray[np.intp], ridges: tuple[float, ...]
    ) -> tuple[Array, Array]:
        d = values.shape[-1]
        heard = np.concatenate([values[:, times - 1], states[:, times - 1]], axis=-1)
        targets = (values[:, times] - values[:, times - 1]).reshape(-1, d)
        features = heard.reshape(len(targets), -1)
        weights, freedom = ridge_path(features, targets, ridges)
        errors = targets - features @ weights[-1, :-1] - weights[-1, -1]
        n = len(errors)
        return weights, (errors - errors.mean(axis=0)) * np.sqrt(n / max(n - freedom[-1], 1.0))

    def _memory(self, values: Array, tuned: Tuned) -> float:
        from ergodica.models.forecast.echo_state_kernels import drive_through

        ends = []
        for start in (0.0, 1.0):
            states = np.empty((len(values), self.units))
            begun = np.full(self.units, start)
            drive_through(np.ascontiguousarray(values), begun, *tuned.scaled(self._reservoir), states)
            ends.append(states[-1])
        left = float(abs(ends[1] - ends[0]).max())
        if left > FORGOTTEN:
            warnings.warn(
                f"echo-state: after the warm-up of {self.warm_up} snapshots states differ by {left:.1g} by where they "
                "began; use a longer warm_up, a smaller spectral_radius or a larger leak",
                stacklevel=4,
            )
        return left

    def _rollout(self, context: Array, steps: int, draws: np.random.Generator | None) -> Array:
        readout, tuned = self.arrays["readout"][None], self.tuned
        if draws is None:
            return self._continued(context, readout, steps, tuned)
        noise, seen = drawn(self.arrays["errors"], float(self.arrays["fed"]), len(context), steps, draws)
        every = np.concatenate([readout, self.arrays["without"]])

        def roll(law: int, own: NDArray[np.bool_]) -> Array:
            return self._continued(context[own], every[law][None], steps, tuned, noise[own])

        return by_laws(roll, len(every), context, steps, float(self.arrays["largest"]), draws) + seen

    def _continued(
        self, context: Array, weights: Array, steps: int, tuned: Tuned, noise: Array | None = None
    ) -> Array:
        # draws of one forecast have the same context
        distinct, back = np.unique(context.reshape(len(context), -1), axis=0, return_inverse=True)
        states = self._states(distinct.reshape(-1, *context.shape[1:]), tuned)[:, -1][back.ravel()]
        return continued(states, context[:, -1], weights, steps, tuned.scaled(self._reservoir), noise)


def continued(
    states: Array, last: Array, weights: Array, steps: int, scaled: tuple[Any, ...], noise: Array | None
) -> Array:
    """Rollouts (rows, steps, d) from states (rows, units) that have heard `last`; each fit has its share of the rows.

    Args:
        weights: (fits, d + units + 1, d).
        scaled: as of `Reservoir.scaled`.
        noise: (rows, steps, d).
    """
    from ergodica.models.forecast.echo_state_kernels import roll_out

    made = np.empty((len(last), steps, last.shape[1]))
    readouts = np.ascontiguousarray(weights[:, :-1].transpose(0, 2, 1))
    heard = np.empty((len(last), 0, last.shape[1])) if noise is None else noise
    limit = 1e3 * BOUND
    roll_out(states, np.ascontiguousarray(last), readouts, weights[:, -1].copy(), heard, limit, *scaled, made)
    return made
