"""The states of a school depend on its past: order while the zone of orientation grows, and while it shrinks again.

    python scripts/studies/couzin_hysteresis.py

makes `docs/figures/couzin/hysteresis.png` in a minute: Couzin et al. 2002, figure 5, for the defaults of
`sims.Couzin`; and prints what the page says of the states without a past, the range of ten seeds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ergodica import sims
from ergodica.data.pictures.canvas import new_figure
from ergodica.data.pictures.lines import COLOURS, tidy
from ergodica.scripts.studies import figures

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

WIDTHS = np.arange(0.0, 6.01, 0.25)
TIME, SNAPSHOTS, SCHOOLS = 100.0, 41, 8
ALONE, SEEDS = (0.0, 2.0, 2.5, 3.0, 4.0, 6.0, 10.0), 10


@dataclass(frozen=True)
class Branch:
    """Order along one way: `(widths,)`, and polarization and rotation `(widths, schools)`."""

    widths: np.ndarray
    polarization: np.ndarray
    rotation: np.ndarray


def order(ds: xr.Dataset) -> tuple[np.ndarray, np.ndarray]:
    """Polarization and rotation of each school, means over the second half of the run."""
    half = ds.isel(t=slice(ds.sizes["t"] // 2, None))
    places, headings = half["position"].values, half["heading"].values
    away = places - places.mean(axis=2, keepdims=True)
    away /= np.linalg.norm(away, axis=-1, keepdims=True)
    polarization = np.linalg.norm(headings.mean(axis=2), axis=-1).mean(axis=1)
    rotation = np.linalg.norm(np.cross(away, headings).mean(axis=2), axis=-1).mean(axis=1)
    return polarization, rotation


def branches() -> tuple[Branch, Branch]:
    """The way up and the way down, each width beginning where the last one ended."""
    found = []
    last: xr.Dataset | None = None
    for way, widths in enumerate((WIDTHS, WIDTHS[::-1])):
        values = []
        for k, width in enumerate(widths):
            start = {} if last is None else {"initial": last}
            simulation = sims.Couzin(orientation_width=float(width), **start)
            # a seed for each width: the same noise again would tie them together
            ds = simulation.run(t_end=TIME, snapshots=SNAPSHOTS, members=SCHOOLS, seed=way * len(widths) + k)
            values.append(order(ds))
            last = ds.isel(t=-1)
        found.append(Branch(widths, *(np.array(one) for one in zip(*values, strict=True))))
    return found[0], found[1]


def draw(up: Branch, down: Branch) -> Figure:
    """Both measures of both ways over the width of the zone."""
    figure = new_figure(8.0, 3.2)
    axes = figure.subplots(1, 2, sharex=True, sharey=True)
    for ax, name in zip(axes, ("polarization", "rotation"), strict=True):
        for branch, word, colour, line in ((up, "growing", 0, "-"), (down, "shrinking", 1, "--")):
            values = getattr(branch, name)
            ax.fill_between(
                branch.widths, values.min(axis=1), values.max(axis=1), color=COLOURS[colour], alpha=0.2, lw=0
            )
            ax.plot(branch.widths, values.mean(axis=1), line, color=COLOURS[colour], label=word)
        ax.set_xlabel("width of the zone of orientation")
        ax.set_ylabel(name)
        ax.set_ylim(0.0, 1.02)
        tidy(ax)
    axes[1].legend(frameon=False)
    return figure


def states() -> str:
    """Polarization and rotation from random starts, means from 400 to 500 s, the lowest and highest seed."""
    lines = ["| `orientation_width` | P | M |", "|---|---|---|"]
    for width in ALONE:
        simulation = sims.Couzin(orientation_width=width)
        # the second half of 300 to 500 s
        ds = simulation.run(t_end=200.0, snapshots=81, members=SEEDS, seed=0, warm_up=300.0)
        found = (f"{values.min():.3f} to {values.max():.3f}" for values in order(ds))
        lines.append(f"| {width:g} | {' | '.join(found)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(states())
    figures.save(draw(*branches()), figures.FOLDER / "couzin" / "hysteresis.png")
