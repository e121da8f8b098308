"""Networks with random hidden layers: many are tried, the forecast is the one that the best ones agree on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.models.described import named
from ergodica.models.forecast.block_validation import Blocks, blocks_of
from ergodica.models.forecast.forecaster import Forecaster
from ergodica.models.forecast.polynomial import principal_axes
from ergodica.models.forecast.polynomial_choice import SPAN
from ergodica.models.forecast.random_network import RandomNetwork
from ergodica.models.forecast.ridge import ridge_path
from ergodica.models.forecast.settings import AUTO, strength
from ergodica.models.forecast.spread import left_over, thinned, with_left_over
from ergodica.models.forecast.validation import rollout_score
from ergodica.numerics.errors import whole_number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

SHAPES = ((1, 1), (2, 1), (4, 1), (4, 2), (6, 2), (6, 4), (8, 5), (20, 2), (40, 2))
"""Delays and spacings that are tried."""
SCALES = (0.2, 0.6, 1.5)
"""Of the weights that are drawn: the larger, the more the hidden units bend."""
RIDGES = tuple(10.0**power for power in range(-18, 0, 2))
INPUTS = 96
"""Most inputs of a network, where one delay has fewer."""
WINDOWS = 4000
"""Most windows of a regression, evenly over the data."""
NUMBERS = 2**24
"""Most numbers of rollouts that are compared at once."""
PARTS = ("hidden", "bias", "readouts", "errors")


@named
@dataclass(kw_only=True, eq=False)
class RandomFeatures(Forecaster):
    """A committee of x(n + 1) = x(n) + A z + B tanh(V z + b) + c, with delayed values z = (x(n), x(n - s), ...).

    V and b are drawn at random; A, B and c come from ridge regression in standard units, by singular values. Networks
    of several delays, spacings and scales of V, each with every strength of the ridge, are judged by rollouts within
    five blocks of the time, each left out of a regression once. Of the best `size` all regressions are kept, those
    without a block and one with all data. Each rolls out by itself, and the forecast is the medoid: the rollout whose
    mean |difference| from all others is smallest. Their mean would be flat where they part, like no solution of any.

    A draw is a rollout of one of them, drawn at random, that feeds back one-step errors of the regression.

    Args:
        units: of each hidden layer, 1 or more.
        size: networks in the committee, 1 or more.
        ridge: strength, 0 or more, by the variance of the standardised features; or "auto" of 1e-18 to 1e-2.
        seed: of the hidden layers.

    Good values: the defaults for 1000 snapshots, 100 a period.

    Source: Huang, Zhu and Siew 2006, Neurocomputing 70, 489 (extreme learning machine); Takens 1981 (delays); Breiman
    1996, Machine Learning 24, 123 (regressions on parts of the data).
    """

    units: int = 300
    size: int = 9
    ridge: float | str = AUTO
    seed: int = 0

    name = "random-features"
    references = "Huang, Zhu and Siew 2006, Neurocomputing 70, 489"

    def __post_init__(self) -> None:
        super().__post_init__()
        self.units, self.size = whole_number("units", self.units, 1), whole_number("size", self.size, 1)
        self.seed, self.ridge = whole_number("seed", self.seed, 0), strength("ridge", self.ridge)

    @property
    def lookback(self) -> int:
        """Snapshots that the longest delays of the committee span."""
        return max(((k - 1) * s + 1 for k, s in self.notes.get("shapes", ())), default=1)

    def _learn(self, values: Array, **training: Any) -> None:
        axes = principal_axes(values)
        inner = values @ axes.T
        blocks = blocks_of(values, self.name)
        ridges = RIDGES if self.ridge == AUTO else (float(self.ridge),)
        judged = [
            (network, *_judged(network, inner, axes, ridges, blocks))
            for network in self._tried(values.shape[1], axes)
        ]
        judged = sorted(judged, key=lambda one: one[1])[: self.size]
        self.notes["shapes"] = [[network.delays, network.spacing] for network, *_ in judged]
        self.notes["ridges"] = [ridge for _, _, ridge, _ in judged]
        self.arrays["axes"] = axes
        for at, (network, _, ridge, readouts) in enumerate(judged):
            seen, steps = _regression(network, inner)
            found, freedom = ridge_path(seen, steps, (ridge,))
            errors = steps - seen @ found[0, :-1] - found[0, -1]
            errors = thinned(errors * np.sqrt(len(errors) / max(len(errors) - freedom[0], 1.0)))
            own = (network.hidden, network.bias, np.concatenate([found, readouts]), errors)
            self.arrays |= {f"network{at}.{name}": one for name, one in zip(PARTS, own, strict=True)}
        self.arrays |= left_over(values, inner @ axes)

    def _tried(self, snapshots: int, axes: Array) -> list[RandomNetwork]:
        rng, features = np.random.default_rng(self.seed), len(axes)
        # components of a wide field hold the variance of all its points
        unit = np.sqrt(features / np.count_nonzero(axes.any(axis=0)))
        return [
            RandomNetwork.drawn(delays, spacing, scale * unit, features, self.units, rng)
            for delays, spacing in SHAPES
            for scale in SCALES
            if delays == 1
            or (((delays - 1) * spacing + 1) * SPAN <= snapshots and delays * features <= INPUTS)
        ]

    def _committee(self) -> Iterator[tuple[RandomNetwork, Array, Array]]:
        """Each network, its readouts and its one-step errors."""
        for at, (delays, spacing) in enumerate(self.notes["shapes"]):
            hidden, bias, readouts, errors = (self.arrays[f"network{at}.{name}"] for name in PARTS)
            yield RandomNetwork(delays, spacing, hidden, bias), readouts, errors

    def _rollout(self, context: Array, steps: int, draws: np.random.Generator | None) -> Array:
        axes = self.arrays["axes"]
        inner = context @ axes.T
        if draws is not None:
            return self._drawn(inner, steps, draws)
        made = np.empty((len(inner), steps, inner.shape[-1]))
        # rows at once, so that memory stays bounded
        at_once = max(1, NUMBERS // (steps * inner.shape[-1] * sum(len(r) for _, r, _ in self._committee())))
        for first in range(0, len(inner), at_once):
            rows = inner[first : first + at_once]
            every = [network.continued(readouts, rows, steps) for network, readouts, _ in self._committee()]
            made[first : first + at_once] = medoid(np.concatenate(every))
        return np.asarray(made @ axes)

    def _drawn(self, inner: Array, steps: int, draws: np.random.Generator) -> Array:
        committee = [
            (network, one, errors) for network, readouts, errors in self._committee() for one in readouts
        ]
        made = np.empty((len(inner), steps, inner.shape[-1]))
        whose = draws.integers(len(committee), size=len(inner))
        for at in np.unique(whose):
            own = whose == at
            network, readout, errors = committee[at]
            noise = errors[draws.integers(len(errors), size=(int(own.sum()), steps))]
            made[own] = network.continued(readout[None], inner[own], steps, noise)[0]
        return with_left_over(made @ self.arrays["axes"], self.arrays, draws)


def medoid(made: Array) -> Array:
    """For each row the one of (many, rows, steps, d) whose mean |difference| from the others is smallest."""
    apart = np.array([abs(made - one).mean(axis=(2, 3)).sum(axis=0) for one in made])
    return np.asarray(made[apart.argmin(axis=0), np.arange(made.shape[1])])


def _regression(
    network: RandomNetwork, inner: Array, targets: NDArray[np.intp] | None = None
) -> tuple[Array, Array]:
    """What the readout reads, (n, inputs + units), and the steps that it is to make, (n, d), to the target times."""
    targets = np.arange(network.reach, inner.shape[1]) if targets is None else targets
    count = len(inner) * len(targets)
    some = np.linspace(0, count - 1, min(count, WINDOWS)).round().astype(np.intp)
    members, times = some // len(targets), targets[some % len(targets)]
    steps = inner[members, times] - inner[members, times - 1]
    return network.seen(network.delayed(inner, members, times)), steps


def _judged(
    network: RandomNetwork, inner: Array, axes: Array, ridges: tuple[float, ...], blocks: Blocks
) -> tuple[float, float, Array]:
    """The smallest mean score over the blocks, its ridge, and the readouts without each block for that ridge.

    Scores are of standard units, in which errors are cut.
    """
    scores, readouts = [], []
    for block in blocks.split:
        context, truth = blocks.around(inner, block, network.reach)
        if not len(context):
            continue
        seen, steps = _regression(network, inner, blocks.unseen(block, network.reach))
        found, _ = ridge_path(seen, steps, ridges)
        made = network.continued(found, context, blocks.horizon)
        scores.append(rollout_score(made @ axes, truth @ axes))
        readouts.append(found)
    mean = np.mean(scores, axis=0)
    best = int(mean.argmin())
    return float(mean[best]), ridges[best], np.stack(readouts)[:, best]
