"""The pictures of the page on series.

    python scripts/studies/series_figures.py             all of them
    python scripts/studies/series_figures.py multiscale  those that are named

They go to `docs/figures/estimators`.
"""

from __future__ import annotations

import math
import sys
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica import estimators as est
from ergodica.data.pictures.canvas import new_figure
from ergodica.data.pictures.lines import COLOURS, tidy
from ergodica.scripts.studies import figures

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

FOLDER = figures.FOLDER / "estimators"
SCALES = range(1, 21)
SAMPLES = 20_000
LANES = 8


def white(rng: np.random.Generator) -> NDArray[np.float64]:
    """Independent Gaussian numbers."""
    return rng.normal(size=(LANES, SAMPLES))


def pink(rng: np.random.Generator) -> NDArray[np.float64]:
    """Gaussian noise whose power falls as 1/f."""
    spectrum = np.fft.rfft(rng.normal(size=(LANES, SAMPLES)))
    frequency = np.arange(spectrum.shape[-1])
    spectrum[:, 0] = 0.0
    spectrum[:, 1:] /= np.sqrt(frequency[1:])
    return np.fft.irfft(spectrum, SAMPLES)


def logistic(rng: np.random.Generator) -> NDArray[np.float64]:
    """The logistic map at 3.9."""
    x = np.empty((LANES, SAMPLES))
    now = rng.uniform(0.2, 0.8, size=LANES)
    for t in range(-1000, SAMPLES):
        now = 3.9 * now * (1.0 - now)
        if t >= 0:
            x[:, t] = now
    return x


SOURCES = {"white noise": white, "1/f noise": pink, "logistic map, 3.9": logistic}


def multiscale() -> Figure:
    """Sample entropy over scales of three series, and the spread of three methods on short ones."""
    figure = new_figure(10.0, 3.9)
    curves, spread = figure.subplots(1, 2)
    rng = np.random.default_rng(0)
    scales = np.array(SCALES)
    for (name, source), colour in zip(SOURCES.items(), COLOURS, strict=False):
        found = est.multiscale(est.sample_entropy, source(rng), scales=SCALES, method=est.RefinedComposite())
        curves.errorbar(
            scales, found.mean(0), found.std(0), color=colour, label=name, marker="o", markersize=3
        )
    exact = [-math.log(math.erf(0.1 * math.sqrt(s))) for s in scales]
    curves.plot(scales, exact, color="black", linewidth=0.8, zorder=5, label="white noise, exact")
    curves.set_ylim(0.0, 2.8)
    curves.set_ylabel("sample entropy (nat)")
    curves.legend(frameon=False, fontsize="small")
    short = rng.normal(size=(400, 1000))
    for method, colour in zip(
        (est.CoarseGrained(), est.Composite(), est.RefinedComposite()), COLOURS, strict=False
    ):
        found = est.multiscale(est.sample_entropy, short, scales=SCALES, method=method)
        defined = np.isfinite(found).all(axis=0)
        error = np.sqrt(np.mean((found - exact) ** 2, axis=0))
        words = type(method).__name__
        spread.plot(scales[defined], error[defined], color=colour, label=words, marker="o", markersize=3)
    spread.set_ylabel("error (nat, root mean square)")
    spread.set_yscale("log")
    spread.legend(frameon=False, fontsize="small", title="white noise, n = 1000")
    for ax in (curves, spread):
        ax.set_xlabel("scale (samples)")
        ax.set_xlim(0.0, max(SCALES) + 1)
        ax.set_xticks(range(0, max(SCALES) + 1, 5))
        tidy(ax)
    return figure


PICTURES: dict[str, Any] = {"multiscale": multiscale}


def main(names: list[str]) -> None:
    """Make those that are named, or all."""
    for name in names or PICTURES:
        figures.save(PICTURES[name](), FOLDER / f"{name}.png")
        print(name)


if __name__ == "__main__":
    main(sys.argv[1:])
