"""The picture of the page on irreversibility: all routes over the spacing of samples, beside the exact rate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.data.pictures.canvas import new_figure
from ergodica.data.pictures.lines import COLOURS, tidy
from ergodica.scripts.studies import figures
from ergodica.scripts.studies.irreversibility import rows

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PATH = figures.FOLDER / "estimators" / "irreversibility.png"
PANELS = (
    ("rotation", 2.0, "rotation, w = 2", (0.0, 9.5)),
    ("brownian-gyrator", 5.0, "gyrator, T2 = 5 T1", (-0.2, 0.6)),
    ("brownian-gyrator", 1.0, "gyrator in equilibrium, T2 = T1", (-0.4, 0.4)),
    ("aoup-in-a-trap", 0.3, "active particle in a trap", (0.0, 0.75)),
    ("three-state-ring", 6.0, "driven ring of three states", (-0.2, 5.8)),
    ("flashing-ratchet", None, "flashing ratchet, dt = 0.1", (-0.05, 1.6)),
)
"""Process, its parameter, title and limits: the routes that miss by far leave their panel."""
ONLY_OF_STATES = ("generator fit",)
"""Cells of a continuum are no Markov process, and what this finds there says so; it is in the results."""
STYLE = {
    "linear fit": (0, "o"),
    "short-time fit": (1, "s"),
    "uncertainty bound": (2, "^"),
    "finite-time bound": (3, "v"),
    "nearest neighbours": (4, "D"),
    "counted transitions": (1, "P"),
    "sampled transitions": (6, "X"),
    "generator fit": (5, "*"),
}


def routes() -> Figure:
    """A panel a process."""
    figure = new_figure(11.0, 6.6)
    axes = figure.subplots(2, 3)
    for ax, (process, value, title, limits) in zip(axes.ravel(), PANELS, strict=True):
        chosen = [row for row in rows() if row["process"] == process and value in (None, row["value"])]
        panel(ax, chosen, "dt" if value is not None else "value")
        ax.set_title(title, fontsize="medium")
        ax.set_ylim(*limits)
    handles: dict[str, Any] = {}
    for ax in axes.ravel():
        handles |= dict(zip(*reversed(ax.get_legend_handles_labels()), strict=True))
    figure.legend(
        handles.values(), handles, ncols=4, frameon=False, fontsize="small", loc="outside lower center"
    )
    for ax in axes[:, 0]:
        ax.set_ylabel("entropy production (nat per time)")
    return figure


def panel(ax: Axes, chosen: list[dict[str, Any]], along: str) -> None:
    """Routes over the spacing, or over a parameter."""
    x = np.array([row[along] for row in chosen])
    ax.plot(x, [row["exact"] for row in chosen], color="0.7", linewidth=4, zorder=0, label="exact")
    for name, (colour, marker) in STYLE.items():
        of_states = "counted transitions" in chosen[0]["routes"]
        if name not in chosen[0]["routes"] or (name in ONLY_OF_STATES and not of_states):
            continue
        mean, spread = (
            np.array([row["routes"][name][what] for row in chosen]) for what in ("mean", "spread")
        )
        ax.errorbar(
            x, mean, spread, color=COLOURS[colour % len(COLOURS)], marker=marker, markersize=4, linewidth=0.9,
            capsize=2, label=name,
        )  # fmt: skip
    if along == "dt":
        ax.set_xscale("log")
    ax.set_xlabel("spacing dt" if along == "dt" else "step V of the potential")
    tidy(ax)


def main() -> None:
    """Draw and save."""
    figures.save(routes(), PATH)


if __name__ == "__main__":
    main()
