"""Boundaries of entropy patches on series that switch between two regimes: how many are true, and a picture.

Rows go to `benchmarks/results/forecast-networks.json` by `forecast_networks.py`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica import data
from ergodica.models.forecast import EntropyPatches, PlainPatches, TransformerForecaster, boundary_scores
from ergodica.scripts.studies import figures

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

Row = dict[str, Any]
PATH = figures.FOLDER / "models" / "entropy-patches.png"
SNAPSHOTS, MARGIN, NOISE = 2000, 4, 0.02
"""Of the series that are cut, distance at which a boundary belongs to a switch, and share of the standard deviation."""
LEARNED = (500, 1000, 2000, 4000)
TRAINED, TESTED = range(3), range(100, 108)
"""Seeds of the series that are learned and of those that are cut."""
FIRST, LAST = 500, 760
"""Snapshots of the picture."""


def sines(number: int, length: int, random: np.random.Generator) -> Array:
    """Period 6 or 10, from a phase at random."""
    period, size = ((6, 0.6), (10, 1.0))[number % 2]
    return np.asarray(size * np.sin(2 * np.pi * (np.arange(length) / period + random.random())))


def shapes(number: int, length: int, random: np.random.Generator) -> Array:
    """A sine or a triangle of the same period, 12, and the same size."""
    phase = (np.arange(length) / 12 + random.random()) % 1
    return np.sin(2 * np.pi * phase) if number % 2 == 0 else np.asarray(4 * abs(phase - 0.5) - 1)


def maps(number: int, length: int, random: np.random.Generator) -> Array:
    """Orbits of the logistic map, r = 3.8, or of the tent map of slope 1.9."""
    found, x = [], random.uniform(0.2, 0.8)
    for _ in range(length):
        found.append(x)
        x = 3.8 * x * (1 - x) if number % 2 == 0 else 0.95 * (1 - abs(2 * x - 1))
    return np.array(found)


REGIMES = {
    "sines of period 6 and 10": sines,
    "a sine and a triangle of period 12": shapes,
    "the logistic and the tent map": maps,
}


def switching(regime: str, seed: int, snapshots: int) -> tuple[Array, NDArray[np.intp]]:
    """Two regimes in turn, each for 30 to 60 snapshots, with noise; and where they change."""
    random = np.random.default_rng(seed)
    lengths = random.integers(30, 60, size=1 + snapshots // 30)
    pieces = [REGIMES[regime](number, length, random) for number, length in enumerate(lengths)]
    series, switches = np.concatenate(pieces)[:snapshots], np.cumsum(lengths)
    noisy = series + NOISE * series.std() * random.normal(size=snapshots)
    return noisy, switches[switches < snapshots - MARGIN]


def dataset(series: Array) -> xr.Dataset:
    """A series over time, a snapshot each."""
    return data.from_arrays(
        {"x": series},
        title="a series that switches",
        t=np.arange(float(len(series))),
        dims={"x": ("t",)},
        units={"x": "1", "t": "1"},
    )


def forecaster(series: Array, patches: EntropyPatches | PlainPatches) -> TransformerForecaster:
    """One whose patches are those of a full training; of its network nothing is asked here."""
    model = TransformerForecaster(patches=patches, lookback=40, ahead=10, width=8, heads=2, layers=1)
    return model.fit(dataset(series), steps=1, progress=False)


def patches() -> Iterator[Row]:
    """Precision, recall and F1 of all pairs of a series that was learned and one that is cut, a row a regime."""
    for regime in REGIMES:
        # plain patches learn nothing
        for kind, lengths in ((EntropyPatches(), LEARNED), (PlainPatches(length=10), LEARNED[:1])):
            for snapshots in lengths:
                scores = []
                for trained in TRAINED:
                    model = forecaster(switching(regime, trained, snapshots)[0], kind)
                    for tested in TESTED:
                        series, true = switching(regime, tested, SNAPSHOTS)
                        found = model.boundaries(dataset(series))
                        scores.append(boundary_scores(found.t.values[found.boundary == 1], true, MARGIN))
                row: Row = {"regime": regime, "patches": kind.name, "learned": snapshots}
                names = ("precision", "recall", "f1")
                yield {
                    **row,
                    **{name: np.round([getattr(one, name) for one in scores], 3).tolist() for name in names},
                }


def draw() -> None:
    """A series, its next-token entropy, the boundaries and the true switches."""
    from ergodica.data.pictures.canvas import new_figure
    from ergodica.data.pictures.lines import COLOURS, tidy

    regime, patches = next(iter(REGIMES)), EntropyPatches()
    model = forecaster(switching(regime, TRAINED[0], LEARNED[2])[0], patches)
    series, true = switching(regime, TESTED[0], SNAPSHOTS)
    found = model.boundaries(dataset(series)).isel(t=slice(FIRST, LAST))
    begins = found.t.values[found.boundary == 1]
    figure = new_figure(9.0, 4.2)
    above, below = figure.subplots(2, 1, sharex=True)
    for ax in (above, below):
        for switch in true[(true >= FIRST) & (true < LAST)]:
            ax.axvline(switch, color="0.55", linewidth=3, alpha=0.5)
    above.plot(found.t, series[FIRST:LAST], color=COLOURS[0], linewidth=1)
    above.set_ylabel("series")
    above.set_title(
        "grey: true switches; red: where patches begin; dashed: the least entropy for it", fontsize="medium"
    )
    below.plot(found.t, found.entropy, color=COLOURS[0], linewidth=1)
    limit = patches.above * math.log(patches.levels)
    below.axhline(limit, color="0.5", linestyle="--", linewidth=1)
    below.plot(begins, found.entropy.sel(t=begins), "o", color=COLOURS[1], markersize=5)
    for begin in begins:
        above.axvline(begin, color=COLOURS[1], linewidth=1, linestyle=":")
    below.set_ylabel("entropy of the\nnext value, nats")
    below.set_xlabel("snapshot")
    below.set_xlim(FIRST, LAST)
    for ax in (above, below):
        tidy(ax)
    figures.save(figure, PATH)
