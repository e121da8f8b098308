"""Five routes to entropy production on the same paths, beside the exact one, and their picture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ergodica import estimators as est
from ergodica import models
from ergodica.data.pictures.canvas import new_figure
from ergodica.data.pictures.lines import COLOURS, tidy
from ergodica.scripts.studies import figures
from ergodica.scripts.studies.score_data import linear
from ergodica.scripts.studies.score_linear import Linear, Trapped, random_linear
from ergodica.scripts.studies.score_measure import Row, one_core

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PATH = figures.FOLDER / "models" / "score-truths.png"
SAMPLES, MEMBERS = 20_000, 6
PROCESSES: dict[str, tuple[Linear, float]] = {
    "active particle in a trap": (Trapped().linear, 1.0),
    "4 components, random M and D": (random_linear(4, 3), 0.1),
}
"""Each with the spacing of its samples."""
FROM_PATHS: dict[str, est.IrreversibilityEstimator] = {
    "matrix logarithm": est.LinearFit(),
    "uncertainty bound": est.UncertaintyBound(),
    "nearest neighbours": est.NearestNeighbours(),
}
REFERENCES = {"score, Gaussian reference": "gaussian", "score, no reference": "none"}
STEPS, WIDTH = 1500, 32


def routes() -> Iterator[Row]:
    """Rates of each member by each route."""
    for name, (process, spacing) in PROCESSES.items():
        ds = linear(process, samples=SAMPLES, spacing=spacing, seed=1, members=MEMBERS)
        found: dict[str, list[float]] = {label: [] for label in (*REFERENCES, "identity")}
        with one_core():
            for label, reference in REFERENCES.items():
                for member in range(MEMBERS):
                    one = ds.isel(member=member)
                    network = models.score.train(
                        one, network="mlp", network_options={"width": WIDTH}, reference=reference,
                        steps=STEPS, batch=1024, seed=member, progress=False, threads=1,
                    )  # fmt: skip
                    rates = models.score.entropy_production(network, one, progress=False)
                    found[label].append(float(rates["total"]))
                    if reference == "gaussian":
                        found["identity"].append(float(rates["identity_total"]))
        for label, estimator in FROM_PATHS.items():
            rates = est.entropy_production(ds["state"], dim="t", feature_dim="component", estimator=estimator)
            found[label] = [float(rate) for rate in rates]
        yield {
            "process": name,
            "spacing": spacing,
            "samples": SAMPLES,
            "members": MEMBERS,
            "exact_total": process.total,
            "routes": found,
        }


def picture(rows: Sequence[Row]) -> Figure:
    """A panel a process: mean over members, bars of one standard deviation, and each member as a dot."""
    figure = new_figure(10.0, 3.8)
    axes = np.atleast_1d(figure.subplots(1, len(rows), sharey=True))
    labels = [*rows[0]["routes"]]
    for ax, row in zip(axes, rows, strict=True):
        ax.axvline(row["exact_total"], color="0.75", linewidth=4, zorder=0)
        for place, label in enumerate(labels):
            values = np.array(row["routes"][label])
            colour = COLOURS[place % len(COLOURS)]
            at = len(labels) - place
            ax.plot(values, np.full(len(values), at - 0.22), ".", color=colour, alpha=0.5, markersize=5)
            ax.errorbar(
                values.mean(), at, xerr=values.std(ddof=1), fmt="o", color=colour, capsize=3, markersize=6
            )
        ax.set_title(f"{row['process']}, samples {row['spacing']:g} apart", fontsize="medium")
        ax.set_xlabel("entropy production (nat per time); grey: exact")
        tidy(ax)
    axes[0].set_yticks(range(1, len(labels) + 1), labels[::-1])
    return figure


def draw(rows: Sequence[Row]) -> None:
    """Draw and save."""
    PATH.parent.mkdir(parents=True, exist_ok=True)
    figures.save(picture(rows), PATH)
