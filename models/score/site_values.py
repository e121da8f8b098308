"""What a score says of each site in each frame: its velocity, production and divergences."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ergodica.models.score.evaluation import Scores, passive_spread, require_finite
from ergodica.models.score.frames import Stretch, opened, stretches
from ergodica.models.score.other_process import warn_of_other_process
from ergodica.models.score.parity import Split, irreversible_part, parities, variable_of
from ergodica.models.score.process import Process, process_of, require_drift
from ergodica.models.score.residual import grouped, has_infinite_rate

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

FIRST = 64
"""Frames that tell whether degrees of freedom move where they have no noise."""


class SiteValues(NamedTuple):
    """Frames, their irreversible velocity (rows, sites, degrees), and numbers of each site, (rows, sites)."""

    stretch: Stretch
    velocity: Array
    values: dict[str, Array]


@dataclass(frozen=True)
class Sites:
    """A pass over a dataset, site by site.

    Attributes:
        data: what is read.
        scores: the networks.
        split: of the drift, by parity.
        infinite: (degrees,), whose rates are infinite.
        divergence: whether divergences are asked for.
        progress: whether a bar is shown; None on a terminal.
    """

    data: xr.Dataset
    scores: Scores
    split: Split
    infinite: NDArray[np.bool_]
    divergence: bool
    progress: bool | None

    @property
    def process(self) -> Process:
        """The process of the data."""
        return self.scores.process

    @property
    def members(self) -> int:
        """How many members, 1 without a dimension of them."""
        return int(self.data.sizes.get("member", 1))

    def __iter__(self) -> Iterator[SiteValues]:
        from tqdm import tqdm

        bar = tqdm(
            total=self.data.sizes["t"],
            desc="velocities",
            unit="frame",
            disable=None if self.progress is None else not self.progress,
            leave=False,
        )
        names = (*self.process.variables, *self.process.optional)
        with bar:
            for stretch in stretches(self.data, self.process, names):
                yield self._of(stretch)
                bar.update(len(stretch.x) // self.members)

    def _of(self, stretch: Stretch) -> SiteValues:
        process, spread = self.process, None
        if self.divergence:
            scores, spreads = self.scores.with_spread(stretch)
            spread = spreads.mean(axis=0)
        else:
            scores = self.scores.of(stretch)
        require_finite(scores)
        velocity = self.split(stretch).drift - scores.mean(axis=0) @ process.diffusion
        produced = velocity * (velocity @ process.inverse)
        variables = variable_of(process)
        groups = tuple(dict.fromkeys(variables))
        values: dict[str, Array] = {}
        if not self.infinite.any():
            values["production"] = produced.sum(axis=-1)
        infinite = grouped(self.infinite.astype(np.float64), variables)
        for number, group in enumerate(groups):
            if len(groups) > 1 and not infinite[number]:
                values[f"production_of_{group}"] = grouped(produced, variables)[..., number]
            values[f"square_speed_of_{group}"] = grouped(velocity**2, variables)[..., number]
        if spread is not None:
            values |= self._divergences(stretch, spread, groups)
        return SiteValues(stretch, velocity, values)

    def _divergences(self, stretch: Stretch, spread: Array, groups: tuple[str, ...]) -> dict[str, Array]:
        variables = variable_of(self.process)
        if self.process.particles:
            drift = grouped(passive_spread(self.process, stretch), variables)
        else:
            drift = stretch.divergence[..., None]
        found = drift - grouped(spread, variables)
        return {f"divergence_of_{group}": found[..., number] for number, group in enumerate(groups)}


@contextmanager
def sites_of(
    network: Any,
    ds: xr.Dataset | str | os.PathLike[str],
    purpose: str,
    *,
    parity: str | Mapping[str, str] = "even",
    drift: Callable[[Any], Any] | None = None,
    divergence: bool = False,
    batch: int | None = None,
    device: str = "cpu",
    progress: bool | None = None,
) -> Iterator[Sites]:
    """The pass of a map, checked; arguments as of `entropy_production`."""
    with opened(ds) as data:
        process = process_of(data)
        require_drift(data, process, purpose)
        scores = Scores(network, process, batch=batch, device=device)
        warn_of_other_process(network, data, stacklevel=5)
        split = irreversible_part(parities(parity, process), process, data, drift)
        yield Sites(data, scores, split, _infinite(data, process, split), divergence, progress)


def _infinite(data: xr.Dataset, process: Process, split: Split) -> NDArray[np.bool_]:
    first = next(stretches(data.isel(t=slice(FIRST)), process, (*process.variables, *process.optional)))
    silent = split(first).drift @ process.silent
    return has_infinite_rate((silent**2).mean(axis=(0, 1)), (first.drift**2).mean(axis=(0, 1)))


def words_of(name: str, particles: bool = True) -> str:
    """What a number of a site is; a site is a particle or the whole state."""
    kind, _, group = name.partition("_of_")
    return {
        "production": "entropy production rate"
        + " of a particle" * particles
        + (f" by its {group}" if group else ""),
        "square_speed": f"square of the velocity of the probability flow of the {group}",
        "speed": f"velocity of the probability flow of the {group}, root mean square",
        "divergence": f"divergence of the velocity by the {group}",
    }[kind]
