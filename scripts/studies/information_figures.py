"""The picture of the page on information: estimators of an entropy rate against the length of a series.

python scripts/studies/information_figures.py
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ergodica import estimators as est
from ergodica.data.pictures.canvas import new_figure
from ergodica.data.pictures.lines import COLOURS, tidy
from ergodica.estimators.information.sources import TWO_STATES_RATE, two_states
from ergodica.scripts.studies import figures

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PATH = figures.FOLDER / "estimators" / "information.png"
LENGTHS = (100, 300, 1000, 3000, 10_000, 30_000)
LANES = 20
METHODS: dict[str, est.RateEstimator] = {
    "Markov(order=1)": est.Markov(order=1),
    "BlockEntropies(length=8)": est.BlockEntropies(length=8),
    "ContextTreeWeighting(depth=8)": est.ContextTreeWeighting(depth=8),
    "LempelZiv76()": est.LempelZiv76(),
    "LempelZiv78()": est.LempelZiv78(),
}


def rates() -> Figure:
    """Mean and spread over series of a chain of two states, beside its rate."""
    figure = new_figure(6.4, 3.8)
    ax = figure.subplots()
    series = np.stack([two_states(np.random.default_rng(seed), LENGTHS[-1])[0] for seed in range(LANES)])
    for colour, (words, method) in zip(COLOURS, METHODS.items(), strict=False):
        found = np.stack([est.entropy_rate(series[:, :n], method=method) for n in LENGTHS])
        ax.errorbar(LENGTHS, found.mean(axis=1), found.std(axis=1), fmt="o-", color=colour, label=words,
                    markersize=3, linewidth=1.2, capsize=2)  # fmt: skip
    ax.axhline(TWO_STATES_RATE, color="0.4", linewidth=0.8, zorder=0, label="the chain's rate")
    ax.set_xscale("log")
    ax.set_xlabel("symbols")
    ax.set_ylabel("entropy rate (nat a symbol)")
    ax.legend(frameon=False, fontsize="small", ncols=2, loc="lower center", bbox_to_anchor=(0.5, 1.0))
    tidy(ax)
    return figure


if __name__ == "__main__":
    PATH.parent.mkdir(parents=True, exist_ok=True)
    rates().savefig(PATH, dpi=110, bbox_inches="tight")
