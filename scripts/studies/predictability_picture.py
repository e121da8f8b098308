"""The picture of predictability."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.data.pictures.canvas import new_figure
from ergodica.data.pictures.lines import COLOURS, legend, tidy
from ergodica.scripts.studies import figures

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Row = dict[str, Any]
SHOWN = 16.0
"""Nats by the Kolmogorov-Sinai rate."""
PATH = figures.FOLDER / "models" / "predictability.png"


def draw(results: dict[str, list[Row]]) -> None:
    """Growth of entropy, losses over the number of symbols, losses while automata are learned."""
    drawn = {"growth": _growth, "scaling": _scaling, "automata": _automata}
    shown = [name for name in drawn if results.get(name)]
    if not shown:
        return
    figure = new_figure(4.6 * len(shown), 3.9)
    for number, name in enumerate(shown, start=1):
        drawn[name](figure.add_subplot(1, len(shown), number), results[name])
    figures.save(figure, PATH)


def _growth(ax: Axes, rows: list[Row]) -> None:
    for number, row in enumerate(row for row in rows if row["by"] == "equations"):
        t = np.asarray(row["t"]) * row["rate"]
        ax.plot(t, row["entropy"], color=COLOURS[number], label=row["system"])
    for row in rows:
        if row["by"] != "equations":
            number = [one["system"] for one in rows if one["by"] == "equations"].index(row["system"])
            t = np.asarray(row["t"]) * row["rate"]
            ax.plot(t, row["entropy"], color=COLOURS[number], linestyle=":")
    ends = np.array([0.0, SHOWN])
    ax.plot(ends, ends, color="0.5", linestyle="--", linewidth=1)
    # beyond, clouds are bent
    ax.set_xlim(*ends)
    ax.set_ylim(0.0, 2 * SHOWN)
    ax.set_xlabel("time by the Kolmogorov-Sinai rate, in nats")
    ax.set_ylabel("predictive entropy, in nats")
    ax.set_title("dashed: slope 1; dotted: by a learned model", fontsize="medium")
    tidy(ax)
    legend(ax)


def _scaling(ax: Axes, rows: list[Row]) -> None:
    for number, row in enumerate(rows):
        n = np.asarray(row["sizes"])
        fine = np.geomspace(n[0], n[-1] * 3, 100)
        colour = COLOURS[number]
        ax.errorbar(
            n, row["losses"], row["errors"], fmt="o", markersize=4, color=colour, label=row["process"]
        )
        ax.plot(fine, row["limit"] + row["amplitude"] * fine ** -row["exponent"], color=colour, linewidth=1)
        ax.axhline(row["exact"], color=colour, linestyle="--", linewidth=1)
    ax.set_xscale("log")
    ax.set_xlabel("symbols that were learned from")
    ax.set_ylabel("loss, in nats a symbol")
    ax.set_title("dashed: entropy rate", fontsize="medium")
    tidy(ax)
    legend(ax)


def _automata(ax: Axes, rows: list[Row]) -> None:
    for number, rule in enumerate(dict.fromkeys(row["rule"] for row in rows)):
        each = [row for row in rows if row["rule"] == rule]
        curves = np.array([row["curve"] for row in each])
        seen = each[0]["symbols"] / 1e6 * (np.arange(curves.shape[1]) + 0.5) / curves.shape[1]
        ax.plot(seen, curves.mean(0), color=COLOURS[number], label=f"rule {rule}")
        ax.fill_between(seen, curves.mean(0), each[0]["final_loss"], color=COLOURS[number], alpha=0.2)
    ax.set_xlabel("cells that were coded, in millions")
    ax.set_ylabel("loss, in nats a cell")
    ax.set_title("shaded: epiplexity", fontsize="medium")
    tidy(ax)
    legend(ax)
