"""The picture and the table of accuracy of the page on information of a continuum.

python scripts/studies/ksg_figures.py          the picture, to `docs/figures/estimators/ksg.png`
python scripts/studies/ksg_figures.py table    the table, to the terminal
"""

from __future__ import annotations

import math
import sys
import warnings
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.random import Generator

from ergodica import estimators as est
from ergodica.data.pictures.canvas import new_figure
from ergodica.data.pictures.lines import COLOURS, tidy
from ergodica.scripts.studies import figures

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PATH = figures.FOLDER / "estimators" / "ksg.png"
SAMPLES, LANES = 1000, 20
CORRELATION = 0.6
"""Of each component of x with the same one of y."""
COMPONENTS = (1, 2, 3, 5, 8, 12, 18, 25)
NOISE = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
"""Standard deviations of what is added to a parabola."""
TRANSFER = 0.0920525
"""Of the autoregressive pair, by the covariances of its stationary state."""

Pairs = tuple[np.ndarray, np.ndarray]
ESTIMATORS: dict[str, est.InformationEstimator] = {
    "KSG()": est.KSG(),
    "KSG2()": est.KSG2(),
    "GaussianCopula()": est.GaussianCopula(),
    "GaussianInformation()": est.GaussianInformation(),
    "DarbellayVajda()": est.DarbellayVajda(),
    "EqualMassTable()": est.EqualMassTable(),
}


def correlated(rng: Generator, lanes: int, n: int, d: int, correlation: float) -> Pairs:
    """Normal vectors `(lanes, n, d)`, component by component correlated."""
    x, noise = rng.normal(size=(2, lanes, n, d))
    return x, correlation * x + np.sqrt(1 - correlation**2) * noise


def of_correlation(correlation: float, d: int = 1) -> float:
    """I of such vectors."""
    return float(d / 2 * np.log(1 / (1 - correlation**2)))


def parabola(rng: Generator, lanes: int, n: int, noise: float) -> Pairs:
    """y = x^2 + noise, of which covariances and ranks of y against x tell nothing."""
    x, e = rng.normal(size=(2, lanes, n, 1))
    return x, x**2 + noise * e


def of_parabola(noise: float) -> float:
    """h(Y) - h(Y | X) of a parabola, by sums over fine grids."""
    x = np.linspace(-7, 7, 4_001)
    weights = np.exp(-(x**2) / 2)
    weights /= weights.sum()
    y = np.linspace(-8 * noise, 30 + 8 * noise, 3_001)
    density = np.array([weights @ np.exp(-(((value - x**2) / noise) ** 2) / 2) for value in y])
    density /= noise * np.sqrt(2 * np.pi)
    terms = np.where(density > 0, density * np.log(np.where(density > 0, density, 1.0)), 0.0)
    return float(-terms.sum() * (y[1] - y[0]) - np.log(2 * np.pi * math.e * noise**2) / 2)


def autoregressive(rng: Generator, lanes: int, n: int) -> Pairs:
    """x_t = .5 x + e, y_t = .5 y + .4 x_{t-1} + e, each `(lanes, n)`."""
    noise = rng.normal(size=(2, n + 100, lanes))
    x, y = np.zeros((2, n + 100, lanes))
    for t in range(1, n + 100):
        x[t] = 0.5 * x[t - 1] + noise[0, t]
        y[t] = 0.5 * y[t - 1] + 0.4 * x[t - 1] + noise[1, t]
    return np.ascontiguousarray(x[100:].T), np.ascontiguousarray(y[100:].T)


def picture() -> Figure:
    """The share of the truth that is found, as components grow, and what a parabola shows to each way."""
    figure = new_figure(10.0, 3.8)
    left, right = figure.subplots(1, 2)
    rng = np.random.default_rng(0)
    shown = ("KSG()", "KSG2()", "GaussianCopula()")
    shares: dict[str, list[np.ndarray]] = {name: [] for name in shown}
    for d in COMPONENTS:
        x, y = correlated(rng, LANES, SAMPLES, d, CORRELATION)
        for name in shown:
            shares[name].append(ESTIMATORS[name].mutual_information(x, y) / of_correlation(CORRELATION, d))
    for number, (name, found) in enumerate(shares.items()):
        spread = np.std(found, axis=1)
        left.errorbar(
            2 * np.array(COMPONENTS), np.mean(found, axis=1), spread, color=COLOURS[number], label=name, marker="o",
            markersize=3, linewidth=1.2,
        )  # fmt: skip
    left.axhline(1.0, color="0.7", linewidth=0.8, zorder=0)
    left.set_xlabel("components of x and y together")
    left.set_ylabel("estimate over truth, n = 1000")
    left.set_ylim(0.0, 1.25)
    left.legend(frameon=False, fontsize="small")
    right.plot(NOISE, [of_parabola(noise) for noise in NOISE], color="0.4", linewidth=1.2, label="truth")
    pairs = [parabola(rng, LANES, SAMPLES, noise) for noise in NOISE]
    for number, name in enumerate(("KSG()", "GaussianCopula()", "DarbellayVajda()", "EqualMassTable()")):
        means = [ESTIMATORS[name].mutual_information(x, y).mean() for x, y in pairs]
        colour = COLOURS[(0, 2, 3, 4)[number]]
        right.plot(NOISE, means, "o", color=colour, markersize=4, label=name)
    right.set_xscale("log")
    right.set_xlabel("noise added to y = x²")
    right.set_ylabel("mutual information (nat), n = 1000")
    right.legend(frameon=False, fontsize="small")
    for ax in (left, right):
        tidy(ax)
    return figure


def table() -> list[str]:
    """Bias/spread of each estimator on sources with known values, a row a source."""
    lanes = 200
    rng = np.random.default_rng(1)

    def mutual(pairs: Pairs) -> Callable[[Any], np.ndarray]:
        return lambda way: np.asarray(way.mutual_information(*pairs))

    def transfer(pairs: Pairs) -> Callable[[Any], np.ndarray]:
        return lambda way: np.asarray(est.transfer_entropy(*pairs, estimator=way))

    sources: dict[str, tuple[float, Callable[[Any], np.ndarray]]] = {}
    for n in (100, 1000, 10_000):
        for correlation in (0.0, 0.6, 0.9):
            pairs = correlated(rng, lanes, n, 1, correlation)
            sources[f"normal, correlation {correlation:g}, n = {n:,}"] = (
                of_correlation(correlation),
                mutual(pairs),
            )
    heavy = tuple(np.exp(2 * part) for part in correlated(rng, lanes, SAMPLES, 1, CORRELATION))
    sources["the same, exp(2 x) and exp(2 y), n = 1,000"] = of_correlation(CORRELATION), mutual(heavy)
    sources["y = x² + 0.5 noise, n = 1,000"] = of_parabola(0.5), mutual(parabola(rng, lanes, SAMPLES, 0.5))
    for d in (3, 25):
        value = of_correlation(CORRELATION, d) if d == 3 else 2.36
        correlation = CORRELATION if d == 3 else float(np.sqrt(1 - np.exp(-2 * value / d)))
        pairs = correlated(rng, lanes, SAMPLES, d, correlation)
        sources[f"normal, {d} + {d} components, n = 1,000"] = value, mutual(pairs)
    x, y = autoregressive(rng, lanes, 10_000)
    sources["transfer entropy of an autoregressive pair, n = 10,000"] = TRANSFER, transfer((x, y))
    sources["the same backwards"] = 0.0, transfer((y, x))
    lines = [f"| source | truth | {' | '.join(f'`{name}`' for name in ESTIMATORS)} |"]
    lines.append("|---" * (2 + len(ESTIMATORS)) + "|")
    for words, (value, function) in sources.items():
        lines.append(f"| {words} | {value:.4f} | {' | '.join(_cells(function, value, ESTIMATORS))} |")
    return lines


def _cells(
    function: Callable[[Any], np.ndarray], value: float, ways: Mapping[str, est.InformationEstimator]
) -> list[str]:
    cells = []
    for way in ways.values():
        try:
            found = function(way)
        except (TypeError, ValueError):  # scalars alone, or no conditional form
            cells.append("-")
            continue
        cells.append(f"{found.mean() - value:+.3f} / {found.std(ddof=1):.3f}")
    return cells


if __name__ == "__main__":
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", est.TooFewSamplesWarning)  # it is what the picture shows
        if sys.argv[1:] == ["table"]:
            print("\n".join(table()))
        else:
            PATH.parent.mkdir(parents=True, exist_ok=True)
            figures.save(picture(), PATH)
