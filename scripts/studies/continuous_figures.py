"""The picture and the table of the page on entropies of densities.

python scripts/studies/continuous_figures.py            the picture
python scripts/studies/continuous_figures.py table      the table, as the page has it
"""

from __future__ import annotations

import math
import sys
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from ergodica import estimators as est
from ergodica.data.pictures.canvas import new_figure
from ergodica.data.pictures.lines import COLOURS, tidy
from ergodica.scripts.studies import figures

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FOLDER = figures.FOLDER / "estimators"
GAUSSIAN = 0.5 * np.log(2 * np.pi * math.e)
LANES = 200
SIZES = {300: 40, 1_000: 24, 3_000: 12, 10_000: 4}
"""Samples, and how many lanes of them the picture takes."""
DIMENSIONS = (1, 2, 3, 5, 8, 12, 20)
SHOWN = {
    "KozachenkoLeonenko": est.KozachenkoLeonenko(),
    "WeightedKozachenkoLeonenko": est.WeightedKozachenkoLeonenko(k=20),
    "KernelDensity": est.KernelDensity(),
    "GaussianPlugIn": est.GaussianPlugIn(),
}
MOST = {"WeightedKozachenkoLeonenko": 8}
"""Components from which on it asks for more neighbours."""
SCALARS = (
    est.KozachenkoLeonenko(),
    est.Vasicek(),
    est.Ebrahimi(),
    est.Correa(),
    est.VanEs(),
    est.KernelDensity(),
    est.GaussianPlugIn(),
)
DENSITIES: dict[str, tuple[Callable[..., np.ndarray], float]] = {
    "Gaussian": (lambda rng, shape: rng.normal(size=shape), GAUSSIAN),
    "exponential": (lambda rng, shape: rng.exponential(size=shape), 1.0),
    "uniform": (lambda rng, shape: rng.random(shape), 0.0),
    "Cauchy": (lambda rng, shape: rng.standard_cauchy(shape), np.log(4 * np.pi)),
}


def errors(estimator: est.EntropyEstimator, n: int, d: int, lanes: int) -> np.ndarray:
    """Estimate minus truth a lane, for unit Gaussians."""
    x = np.random.default_rng([n, d]).normal(size=(lanes, n, d))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", est.CondensedWarning)  # the picture is of it
        h = est.entropy(x, dim=1, feature_dim=2, estimator=estimator)
    found: np.ndarray = np.asarray(h, dtype=np.float64) - d * GAUSSIAN
    return found


def continuous() -> Figure:
    """Error over the dimension and over the number of samples, and how many kernels make a density."""
    figure = new_figure(12.0, 3.6)
    dimension, samples, kernels = figure.subplots(1, 3)
    for number, (name, estimator) in enumerate(SHOWN.items()):
        style = {"color": COLOURS[number], "marker": "o", "markersize": 3.5, "linewidth": 1.2}
        shown = [d for d in DIMENSIONS if d <= MOST.get(name, d)]
        found = [errors(estimator, 1_000, d, 12) for d in shown]
        dimension.errorbar(
            shown, [e.mean() for e in found], [e.std(ddof=1) for e in found], label=name, **style
        )
        size = [np.sqrt((errors(estimator, n, 3, lanes) ** 2).mean()) for n, lanes in SIZES.items()]
        samples.loglog(list(SIZES), size, **style)
    dimension.axhline(0.0, color="0.7", linewidth=0.8, zorder=0)
    dimension.set(xlabel="components d, n = 1000", ylabel="error (nat)", ylim=(-0.5, 2.5))
    dimension.legend(frameon=False, fontsize="x-small", loc="upper left")
    samples.set(xlabel="samples n, d = 3", ylabel="root mean square error (nat)")
    for number, n in enumerate(SIZES):
        made = [_kernels(n, d) for d in DIMENSIONS]
        style = {"color": COLOURS[number], "marker": "o", "markersize": 3.5, "linewidth": 1.2}
        kernels.semilogy(DIMENSIONS, made, label=f"n = {n}", **style)
    kernels.axhline(5.0, color="0.7", linewidth=0.8, zorder=0)
    kernels.set(xlabel="components d", ylabel="kernels that make the density")
    kernels.legend(frameon=False, fontsize="small")
    for ax in (dimension, samples, kernels):
        tidy(ax)
    return figure


def _kernels(n: int, d: int) -> float:
    x = np.random.default_rng([n, d]).normal(size=(n, d))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", est.CondensedWarning)
        return float(est.kernel_density_entropy(x, dim=0, feature_dim=1).effective_kernels)


def table() -> str:
    """Bias and spread of scalars at n = 1000 and 10,000, in nats."""
    heads = [f"{name}, n = {n:,}" for name in DENSITIES for n in (1_000, 10_000)]
    lines = ["| estimator | " + " | ".join(heads) + " |", "| --- |" + " --- |" * len(heads)]
    for estimator in SCALARS:
        cells = []
        for sample, truth in DENSITIES.values():
            for n in (1_000, 10_000):
                lanes = 40 if isinstance(estimator, est.KernelDensity | est.Correa) and n > 1_000 else LANES
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore", est.CondensedWarning)
                    x = sample(np.random.default_rng([n, 1]), (lanes, n))
                    found = np.asarray(est.entropy(x, dim=1, estimator=estimator)) - truth
                cells.append(f"{found.mean():.3f} / {found.std(ddof=1):.3f}")
        lines.append(f"| `{type(estimator).__name__}()` | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    """Make one of them."""
    if sys.argv[1:] == ["table"]:
        print(table())
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    figures.save(continuous(), FOLDER / "continuous.png")


if __name__ == "__main__":
    main()
