"""The pictures of the page on invariants, from runs of what the page describes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from ergodica import sims
from ergodica.data.pictures import picture
from ergodica.data.pictures.canvas import new_figure
from ergodica.data.pictures.lines import COLOURS
from ergodica.data.pictures.portrait import portrait
from ergodica.data.pictures.section import return_map, section

if TYPE_CHECKING:
    from matplotlib.figure import Figure

GROWTH = (2.8, 4.0, 1201)
WELLS = {"delta": 0.15, "gamma": 0.2, "omega": 1.0}
"""Of the Duffing oscillator: several periodic orbits side by side."""


def lorenz() -> Figure:
    """Orbits of Lorenz from neighbouring starts, in space and in a plane."""
    ds = sims.Flow(system="lorenz63", spread=1e-3).run(
        t_end=30.0, snapshots=6001, members=3, seed=1, warm_up=10.0
    )
    figure = new_figure(9.0, 4.2)
    portrait(ds.state, figure.add_subplot(1, 2, 1, projection="3d"), member=0)
    portrait(ds.state, figure.add_subplot(1, 2, 2), components=["x", "z"])
    for ax in figure.axes:
        ax.set_title("")
    return figure


def rossler_section() -> Figure:
    """Crossings of a plane by the orbit of Rossler, and the map from one to the next."""
    ds = sims.poincare_section("rossler", component="x", crossings=4000)
    figure = new_figure(9.0, 4.0)
    across, up = figure.subplots(1, 2)
    section(ds.section, across)
    return_map(ds.section, up)
    return figure


def logistic_bifurcation() -> Figure:
    """The attractor of the logistic map over its growth rate, with the exponent beneath."""
    values = np.linspace(*GROWTH)[:-1]
    ds = sims.bifurcation_diagram("logistic", parameter="r", values=values, points=400)
    figure = new_figure(7.6, 5.6)
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=[2, 1])
    picture("bifurcation")(ds.bifurcation, upper)
    upper.set_xlabel("")
    few = values[::4]
    exponents = [
        float(sims.lyapunov_spectrum("logistic", parameters={"r": r}, t_end=4096).exponent[0]) for r in few
    ]
    lower.axhline(0.0, color="0.6", linewidth=0.8)
    lower.plot(few, exponents, color=COLOURS[1], linewidth=0.9)
    lower.set_ylim(-2.0, math.log(2) + 0.1)
    lower.set_xlabel("growth rate r")
    lower.set_ylabel("Lyapunov exponent")
    lower.grid(alpha=0.25, linewidth=0.6)
    lower.spines[["top", "right"]].set_visible(False)
    return figure


def duffing_basins() -> Figure:
    """To which periodic orbit of the forced Duffing oscillator each start goes."""
    ds = sims.basins(
        "duffing",
        {"x": np.linspace(-2.2, 2.2, 400), "y": np.linspace(-2.0, 2.0, 400)},
        parameters=WELLS,
        every=2 * math.pi / WELLS["omega"],
    )
    figure = new_figure(5.8, 5.4)
    picture("basins")(ds.basin, figure.subplots())
    return figure


def lorenz_exponents() -> Figure:
    """The spectrum of Lorenz: how it settles over time."""
    ds = sims.lyapunov_spectrum("lorenz63", t_end=2000.0)
    figure = new_figure(7.6, 4.4)
    axes = figure.subplots(3, 1, sharex=True)
    for number, ax in enumerate(axes):
        value, error = float(ds.exponent[number]), float(ds.standard_error[number])
        ax.axhspan(value - error, value + error, color=COLOURS[number], alpha=0.15, linewidth=0)
        ax.plot(ds.t, ds.exponent_running[:, number], color=COLOURS[number], linewidth=1.0)
        late = ds.exponent_running.values[len(ds.t) // 20 :, number]
        room = 3 * error + float(np.ptp(late))
        ax.set_ylim(value - room, value + room)
        ax.set_ylabel(f"exponent {number + 1}")
        ax.grid(alpha=0.25, linewidth=0.6)
        ax.spines[["top", "right"]].set_visible(False)
    axes[-1].set_xlabel("time")
    axes[-1].set_xlim(0, float(ds.t[-1]))
    return figure


FIGURES = {
    "chaos/lorenz": lorenz,
    "chaos/rossler-section": rossler_section,
    "chaos/logistic-bifurcation": logistic_bifurcation,
    "chaos/duffing-basins": duffing_basins,
    "chaos/lorenz-exponents": lorenz_exponents,
}
