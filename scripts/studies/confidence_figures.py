"""The picture of the page on confidence: intervals of many runs, and those that miss the truth.

    python scripts/studies/confidence_figures.py

Writes `docs/figures/estimators/confidence.png`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ergodica import estimators as est
from ergodica.scripts.studies import figures
from ergodica.scripts.studies.interval_coverage import MEMBERS, labelled
from ergodica.scripts.studies.interval_sources import CASES

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PATH = figures.FOLDER / "estimators" / "confidence.png"
RUNS = 60
METHODS = {
    "Subsampling()": est.Subsampling(),
    "BlockJackknife()": est.BlockJackknife(),
    "BlockBootstrap()": est.BlockBootstrap(),
    f"MemberBootstrap(), {MEMBERS} members": est.MemberBootstrap(),
}


def picture() -> Figure:
    """95 % intervals of the entropy rate of a Markov chain, 60 runs by each method."""
    from ergodica.data.pictures.canvas import new_figure

    (case,) = [one for one in CASES if "Markov" in one.name]
    rng = np.random.default_rng(0)
    figure = new_figure(9.6, 3.6)
    panels = figure.subplots(1, len(METHODS), sharey=True)
    for axes, (name, method) in zip(panels, METHODS.items(), strict=True):
        members = MEMBERS if isinstance(method, est.MemberBootstrap) else 1
        (values,) = case.sample(rng, RUNS * members, case.n)
        x = labelled(values.reshape(RUNS, members, -1), case)
        x = x if members > 1 else x.isel(member=0)
        found = est.confidence(case.estimate, x, method=method)
        holds = ((found.lower <= case.truth) & (case.truth <= found.upper)).values
        for chosen, colour in ((holds, "0.55"), (~holds, "C3")):
            places = np.flatnonzero(chosen)
            axes.vlines(places, found.lower[chosen], found.upper[chosen], color=colour, linewidth=1.6)
            axes.plot(places, found.estimate[chosen], ".", color=colour, markersize=4)
        axes.axhline(case.truth, color="k", linewidth=1)
        axes.set_title(f"{name}\n{int(holds.sum())} of {RUNS} hold the truth", fontsize=9)
        axes.set_xlabel("run")
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
    panels[0].set_ylabel("entropy rate / nat")
    return figure


if __name__ == "__main__":
    figures.save(picture(), PATH)
