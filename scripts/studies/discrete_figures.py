"""The picture of the page on discrete entropies.

python scripts/studies/discrete_figures.py
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ergodica import estimators as est
from ergodica.data.pictures.canvas import new_figure
from ergodica.data.pictures.lines import COLOURS, tidy
from ergodica.scripts.studies import discrete_tables, figures

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FOLDER = figures.FOLDER / "estimators"
SHOWN = (
    est.PlugIn(),
    est.MillerMadow(),
    est.Grassberger(),
    est.JamesStein(),
    est.NSB(),
    est.ChaoShen(),
    est.ChaoWangJost(),
)
ROWS = 60


def discrete() -> Figure:
    """Bias and root mean square error over the number of counts, for a source with a long tail."""
    figure = new_figure(9.6, 3.8)
    bias, size = figure.subplots(1, 2)
    p = tuple(discrete_tables.zipf())
    n = np.array(discrete_tables.SIZES)
    for number, estimator in enumerate(SHOWN):
        error = np.array([discrete_tables.errors(estimator, p, k, ROWS) for k in discrete_tables.SIZES])
        style = {"color": COLOURS[number % len(COLOURS)], "marker": "o", "markersize": 3.5, "linewidth": 1.2}
        bias.semilogx(n, error.mean(axis=1), label=type(estimator).__name__, **style)
        size.loglog(n, np.sqrt((error**2).mean(axis=1)), **style)
    bias.axhline(0.0, color="0.7", linewidth=0.8, zorder=0)
    bias.set_ylabel("bias (nat)")
    size.set_ylabel("root mean square error (nat)")
    for ax in (bias, size):
        ax.set_xlabel("counts n, of 1000 outcomes with p ~ 1/i")
        ax.axvline(discrete_tables.OUTCOMES, color="0.85", linewidth=0.8, zorder=0)
        tidy(ax)
    bias.legend(frameon=False, fontsize="small")
    return figure


def main() -> None:
    """Make it."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    figures.save(discrete(), FOLDER / "discrete.png")


if __name__ == "__main__":
    main()
