"""Bias and spread of every estimator of a continuum over samples and components, on sources of known value.

    python scripts/studies/bias_maps.py            measure, write the results, draw the picture
    python scripts/studies/bias_maps.py picture    draw it from the results

Writes `benchmarks/results/bias_maps.json` and `docs/figures/estimators/bias-maps.png`.
"""

from __future__ import annotations

import datetime
import json
import math
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.random import Generator

from ergodica import estimators as est
from ergodica.scripts.studies import documents, figures

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

RESULT = documents.ROOT / "benchmarks" / "results" / "bias_maps.json"
PATH = figures.FOLDER / "estimators" / "bias-maps.png"
SAMPLES = (100, 300, 1000, 3000, 10_000)
COMPONENTS = (1, 2, 3, 5, 10, 20, 50)
LANES = {100: 200, 300: 100, 1000: 40, 3000: 16, 10_000: 8}
FEW_LANES, MANY_PAIRS = 4, 4e8
"""Lanes where n^2 d, the cost of neighbours in many dimensions, is above this."""
MOST_PAIRS = 2e9
"""Above this a cell of `KernelDensity`, whose cost it is in any dimension, is left out."""
MEMORY = 0.5
"""Of x_i = MEMORY x_(i-1) + sqrt(1 - MEMORY^2) z_i along the components: correlated, with a known determinant."""
INFORMATION = 1.0
"""nat, at every d: what d pairs of normal components share, or the first pair of the folded source alone."""

Arrays = tuple[np.ndarray, ...]


@dataclass(frozen=True)
class Source:
    """Samples `(lanes, n, d)`, and what is to be found in them."""

    name: str
    sample: Callable[[Generator, int, int, int], Arrays]
    truth: Callable[[int], float]


def along(z: np.ndarray) -> Arrays:
    """Correlate the components."""
    for i in range(1, z.shape[-1]):
        z[..., i] = MEMORY * z[..., i - 1] + math.sqrt(1 - MEMORY**2) * z[..., i]
    return (z,)


def normal_pairs(rng: Generator, lanes: int, n: int, d: int) -> Arrays:
    """Each component of y correlated with the same one of x, by as much as makes INFORMATION in all."""
    rho = math.sqrt(1 - math.exp(-2 * INFORMATION / d))
    x, noise = rng.normal(size=(2, lanes, n, d))
    return x, rho * x + math.sqrt(1 - rho**2) * noise


def folded_pairs(rng: Generator, lanes: int, n: int, d: int) -> Arrays:
    """Uniform components; of the first ones y = 2 x + noise modulo 1, with noise over exp(-INFORMATION)."""
    x, y = rng.random(size=(2, lanes, n, d))
    y[..., 0] = (2 * x[..., 0] + math.exp(-INFORMATION) * y[..., 0]) % 1.0
    return x, y


def _mixed(d: int) -> float:
    return 0.5 * (d - 1) * math.log(1 - MEMORY**2)


DENSITIES = (
    Source(
        "normal",
        lambda rng, lanes, n, d: along(rng.normal(size=(lanes, n, d))),
        lambda d: 0.5 * d * math.log(2 * math.pi * math.e) + _mixed(d),
    ),
    Source(
        "Laplace",
        lambda rng, lanes, n, d: along(rng.laplace(size=(lanes, n, d))),
        lambda d: d * (1 + math.log(2)) + _mixed(d),
    ),
)
PAIRS = (
    Source("normal pairs", normal_pairs, lambda d: INFORMATION),
    Source("folded pair", folded_pairs, lambda d: INFORMATION),
)
OF_DENSITIES: tuple[est.EntropyEstimator, ...] = (
    *(est.KozachenkoLeonenko(), est.KozachenkoLeonenko(k=10), est.WeightedKozachenkoLeonenko()),
    *(est.KernelDensity(), est.GaussianPlugIn(), est.Vasicek(), est.Ebrahimi(), est.Correa(), est.VanEs()),
)
OF_PAIRS: tuple[est.InformationEstimator, ...] = (
    *(est.KSG(), est.KSG2(), est.GaussianCopula(), est.GaussianInformation()),
    *(est.Compressed(components=2, estimator=est.KSG()), est.EqualMassTable(), est.DarbellayVajda()),
)


def measured(estimator: Any, source: Source, n: int, d: int) -> dict[str, Any] | None:
    """Bias and standard deviation over lanes; None where the estimator does not take such data."""
    pairs = isinstance(estimator, est.InformationEstimator)
    quadratic = isinstance(estimator, est.KernelDensity)
    if (d > 1 and getattr(estimator, "takes", "samples") == "series") or (
        quadratic and n * n * d > MOST_PAIRS
    ):
        return None
    lanes = LANES[n] if n * n * d < MANY_PAIRS else FEW_LANES
    arrays = source.sample(np.random.default_rng([n, d]), lanes, n, d)
    function: Any = est.mutual_information if pairs else est.entropy
    try:
        found = function(*arrays, dim=1, feature_dim=2, estimator=estimator)
    except ValueError:
        return None
    return {
        "estimator": repr(estimator),
        "source": source.name,
        "n": n,
        "d": d,
        "lanes": lanes,
        "bias": float(np.mean(found) - source.truth(d)),
        "spread": float(np.std(found, ddof=1)),
    }


def study() -> dict[str, Any]:
    """Every estimator on both sources of its kind, over the grid."""
    # too few samples for so many components: that is what is shown
    for warning in (est.TooFewSamplesWarning, est.CondensedWarning):
        warnings.simplefilter("ignore", warning)
    cells = []
    for estimators, sources in ((OF_DENSITIES, DENSITIES), (OF_PAIRS, PAIRS)):
        for estimator in estimators:
            begin = time.monotonic()
            grid = [(s, n, d) for s in sources for n in SAMPLES for d in COMPONENTS]
            cells += [cell for s, n, d in grid if (cell := measured(estimator, s, n, d)) is not None]
            print(f"{estimator!r}: {time.monotonic() - begin:.1f} s", flush=True)
    return {"date": datetime.datetime.now(datetime.UTC).date().isoformat(), "cells": cells}


# The picture

ROWS = (
    *((source, OF_DENSITIES[:5], OF_DENSITIES[5:]) for source in DENSITIES),
    *((source, OF_PAIRS[:5], OF_PAIRS[5:]) for source in PAIRS),
)
LINEAR, LARGEST = 0.03, 10.0
"""Biases up to the first are white, of the last and more full colour; logarithmic between."""


def short(estimator: Any) -> str:
    """A name that fits above a panel."""
    words = {
        est.KozachenkoLeonenko(): "KozachenkoLeonenko(k=3)",
        est.KozachenkoLeonenko(k=10): "KozachenkoLeonenko(k=10)",
        est.Compressed(components=2, estimator=est.KSG()): "Compressed(2, KSG)",
    }
    return words.get(estimator, type(estimator).__name__)


def picture(cells: list[dict[str, Any]]) -> Figure:
    """A panel an estimator and source: bias over n and d, written in each cell, bold where above the spread."""
    from ergodica.data.pictures.canvas import new_figure

    known = {(c["estimator"], c["source"], c["n"], c["d"]): c for c in cells}
    figure = new_figure(16.5, 12.0)
    grid = figure.subplots(4, 6)
    for axes, (source, vectors, scalars) in zip(grid, ROWS, strict=True):
        for one, estimator in zip(axes, vectors, strict=False):
            rows = [[known.get((repr(estimator), source.name, n, d)) for n in SAMPLES] for d in COMPONENTS]
            _panel(one, rows, [str(d) for d in COMPONENTS], f"{short(estimator)}")
        rows = [[known.get((repr(e), source.name, n, 1)) for n in SAMPLES] for e in scalars]
        _panel(axes[5], rows, [short(e) for e in scalars], "one component only")
        axes[0].set_ylabel(f"{source.name}\n\ncomponents d", fontsize=9)
    for one in grid[-1]:
        one.set_xlabel("samples n", fontsize=8)
    return figure


def _panel(axes: Axes, rows: list[list[dict[str, Any] | None]], names: list[str], title: str) -> None:
    bias = np.array([[math.nan if cell is None else cell["bias"] for cell in row] for row in rows])
    shade = np.sign(bias) * np.clip(np.log(np.abs(bias) / LINEAR) / math.log(LARGEST / LINEAR), 0, 1)
    axes.set_facecolor("0.85")
    axes.imshow(shade, cmap="RdBu_r", vmin=-1.15, vmax=1.15, aspect="auto")
    for i, row in enumerate(rows):
        for j, cell in enumerate(row):
            if cell is not None:
                light = abs(shade[i, j]) > 0.75
                weight = "bold" if abs(cell["bias"]) > cell["spread"] else "normal"
                text = _digits(cell["bias"])
                axes.text(
                    j,
                    i,
                    text,
                    ha="center",
                    va="center",
                    fontsize=7,
                    weight=weight,
                    color="w" if light else "k",
                )
    axes.set_xticks(range(len(SAMPLES)), [f"{n:,}" if n < 10_000 else "10⁴" for n in SAMPLES], fontsize=7)
    axes.set_yticks(range(len(names)), names, fontsize=7)
    axes.tick_params(length=0)
    axes.set_title(title, fontsize=8.5)


def _digits(value: float) -> str:
    """At most three digits: .003, .12, 1.5, 24."""
    places = 3 if abs(value) < 0.0995 else 2 if abs(value) < 0.995 else 1 if abs(value) < 9.95 else 0
    return f"{value:.{places}f}".replace("0.", ".", 1) if abs(value) < 0.995 else f"{value:.{places}f}"


def main(words: list[str]) -> None:
    """Measure, unless the picture alone is asked for, and draw."""
    if words != ["picture"]:
        RESULT.write_text(json.dumps(study(), indent=1) + "\n")
    figures.save(picture(json.loads(RESULT.read_text())["cells"]), PATH)


if __name__ == "__main__":
    main(sys.argv[1:])
