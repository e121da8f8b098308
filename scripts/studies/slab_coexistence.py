"""Densities of gas and liquid of active Brownian discs by two routes that share nothing but the run.

    python scripts/studies/slab_coexistence.py

A slab of liquid across a periodic box, phi = 0.5 and Pe = 120 as in `phase_diagram`: once from the profile of density
across the slab, once from where the distribution of Voronoi areas has its peaks. Writes
`benchmarks/results/slab_coexistence.json` and `docs/figures/particles/coexistence.png`; some minutes on one core.
"""

from __future__ import annotations

import datetime
import json
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica import estimators, sims
from ergodica.numerics.geometry import Box
from ergodica.numerics.nearest import nearest
from ergodica.scripts.studies import documents, phase_diagram

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

RESULT = documents.ROOT / "benchmarks" / "results" / "slab_coexistence.json"
PARTICLES, FRACTION, PECLET = 4096, 0.5, 120.0
WARM_UP, T_END, SNAPSHOTS = 150.0, 300.0, 121
BLOCKS = 6
STRIPE = 2.0
"""Width in diameters of the stripes of the profile."""
AROUND = {"gas": 30, "liquid": 200}
"""Cells that are taken together, in both phases all within some 7.5 diameters: fewer in the liquid lie between the
voids that belong to it, and are denser than it is."""
OTHERS = (15, 30, 60, 120)
"""Fewer cells, to show that."""
TOP = 0.5
"""A peak is fitted where the distribution is above this share of its height."""
DISC = math.pi / 4
DIVIDE = (DISC / FRACTION) ** (1 / 3)
"""Root of the area that divides the peaks: that of the mean density."""
BINS = 60


def slab(particles: int, length: float) -> np.ndarray:
    """Positions `(particles, 2)` of a triangular lattice that closes along y and is a slab in the middle along x."""
    each = math.floor(length)
    column, place = np.divmod(np.arange(particles), each)
    gap = length / each
    y = gap * (place + 0.5 * (column % 2))
    x = gap * math.sqrt(3) / 2 * (column - column.mean()) + length / 2
    return np.stack([x, y % length], axis=1)


def simulate() -> xr.Dataset:
    """The run of a slab."""
    length = math.sqrt(PARTICLES * DISC / FRACTION)
    angle = np.random.default_rng(0).uniform(0, 2 * math.pi, PARTICLES)
    headings = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    simulation = sims.ActiveBrownian(
        particles=PARTICLES,
        packing_fraction=FRACTION,
        stiffness=phase_diagram.STIFFNESS,
        dt=phase_diagram.DT,
        rotational_diffusion=3 / PECLET,
        temperature=1 / PECLET,
        initial=np.stack([slab(PARTICLES, length), headings], axis=1),
    )
    ds: xr.Dataset = simulation.run(t_end=T_END, snapshots=SNAPSHOTS, warm_up=WARM_UP, seed=1, threads=1)
    return ds


def profile(ds: xr.Dataset) -> tuple[np.ndarray, np.ndarray]:
    """Distances from the middle of the slab, and the packing fraction there in each snapshot, `(t, stripes)`."""
    length = float(ds["box"][0])
    x = ds["position"].values[..., 0]
    middle = np.angle(np.exp(2j * math.pi * x / length).mean(axis=1)) * length / (2 * math.pi)
    away = x - middle[:, None]
    away -= length * np.rint(away / length)
    stripes = round(length / STRIPE)
    edges = np.linspace(-length / 2, length / 2, stripes + 1)
    counts = np.array([np.histogram(one, edges)[0] for one in away])
    return (edges[1:] + edges[:-1]) / 2, counts * DISC * stripes / length**2


def step(x: np.ndarray, gas: float, liquid: float, half: float, width: float) -> np.ndarray:
    """Two interfaces at `half` from the middle."""
    rise: np.ndarray = np.tanh((half - np.abs(x)) / width)
    return gas + 0.5 * (liquid - gas) * (1 + rise)


def by_profile(x: np.ndarray, densities: np.ndarray) -> np.ndarray:
    """Gas, liquid, place and width of the interfaces fitted to the mean of some snapshots."""
    from scipy.optimize import curve_fit

    mean = densities.mean(axis=0)
    guess = (float(mean.min()), float(mean.max()), float(np.abs(x).max()) / 2, 3.0)
    return np.asarray(curve_fit(step, x, mean, guess)[0])


def mean_areas(areas: np.ndarray, ds: xr.Dataset, around: int) -> np.ndarray:
    """Mean of the areas `(t, particle)` of Voronoi cells over each particle and the nearest to it, `around` in all."""
    box = Box(tuple(ds["box"].values))
    found = np.empty_like(areas)
    for one, area, place in zip(found, areas, ds["position"].values, strict=True):
        near = nearest(place, around - 1, box).indices
        one[:] = (area + area[near].sum(axis=1)) / around
    return found


def peak(areas: np.ndarray, weights: np.ndarray, phase: str) -> float:
    """Packing fraction of a phase where the distribution of areas has its peak.

    The mean area of particles in one phase is one over its density exactly. Areas of random places have a gamma
    distribution, whose cube root is Gaussian (Wilson and Hilferty 1931, Proc. Natl. Acad. Sci. 17, 684). The share of
    the box at each area has the peak; a Gaussian is fitted to the share of particles around there.
    """
    roots = np.cbrt(areas.ravel())
    side = roots > DIVIDE if phase == "gas" else roots <= DIVIDE
    low, high = np.quantile(roots[side], (0.0, 0.999))
    share, edges = np.histogram(roots, BINS, (low, high), weights=weights.ravel())
    count = np.histogram(roots, BINS, (low, high))[0]
    middle = (edges[1:] + edges[:-1]) / 2
    smooth = np.convolve(share, np.ones(5) / 5, "same")
    top = int(np.argmax(smooth[4:-4])) + 4
    below = np.flatnonzero(smooth < TOP * smooth[top])
    use = slice(int(below[below < top].max(initial=-1)) + 1, int(below[below > top].min(initial=BINS)))
    # a Gaussian is a parabola in the logarithm, whose errors are one over the root of the counts
    n = np.maximum(count[use], 1)
    bend, slope, _ = np.polyfit(middle[use] - middle[top], np.log(n), 2, w=np.sqrt(n))
    centre, variance = middle[top] - slope / (2 * bend), -1 / (2 * bend)
    return float(DISC / (centre**3 + 3 * centre * variance))


def by_areas(ds: xr.Dataset, areas: np.ndarray, around: int, phase: str) -> list[float]:
    """A phase's packing fraction from its peak, with its standard error from stretches of the run."""
    means = mean_areas(areas, ds, around)
    parts = zip(np.array_split(means, BLOCKS), np.array_split(areas, BLOCKS), strict=True)
    return _with_error([peak(*part, phase) for part in parts])


def _with_error(values: Sequence[float] | np.ndarray) -> list[float]:
    return [float(np.mean(values)), float(np.std(values, ddof=1)) / math.sqrt(len(values))]


def compare(ds: xr.Dataset) -> dict[str, Any]:
    """Both routes with errors from stretches of the run, and what the counts in cells give."""
    x, densities = profile(ds)
    areas = 1 / estimators.local_density(ds).values
    fits = np.array([by_profile(x, one) for one in np.array_split(densities, BLOCKS)])
    cells = estimators.coexistence_densities(ds, diameter=1.0, blocks=BLOCKS)
    routes = {
        "profile": {"gas": _with_error(fits[:, 0]), "liquid": _with_error(fits[:, 1])},
        "areas": {phase: by_areas(ds, areas, around, phase) for phase, around in AROUND.items()},
        "cells": {
            phase: [float(cells[f"{phase}_density"]), float(cells[f"{phase}_error"])] for phase in AROUND
        },
    }
    first, second = routes["profile"], routes["areas"]
    apart = {
        phase: (first[phase][0] - second[phase][0]) / math.hypot(first[phase][1], second[phase][1])
        for phase in AROUND
    }
    distributions = {}
    for around in AROUND.values():
        shown = DISC / mean_areas(areas, ds, around)
        share, edges = np.histogram(shown, 120, (0.0, 1.2), weights=areas, density=True)
        middle = (edges[1:] + edges[:-1]) / 2
        distributions[str(around)] = [middle.round(4).tolist(), share.round(5).tolist()]
    return {
        "study": "slab_coexistence",
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "particles": PARTICLES,
        "packing_fraction": FRACTION,
        "peclet": PECLET,
        "t_end": T_END,
        "routes": routes,
        "difference_in_errors": apart,
        "liquid_of_fewer_cells": {str(one): by_areas(ds, areas, one, "liquid") for one in OTHERS},
        "half_width": float(fits[:, 2].mean()),
        "interface": float(np.abs(fits[:, 3]).mean()),
        "profile": [x.round(4).tolist(), densities.mean(axis=0).round(5).tolist()],
        "distributions": distributions,
    }


def draw(found: dict[str, Any]) -> Figure:
    """The profile with its fit, the distribution, and the densities of both."""
    from ergodica.data.pictures.canvas import new_figure
    from ergodica.data.pictures.lines import COLOURS, tidy

    figure = new_figure(9.6, 3.6)
    left, right = figure.subplots(1, 2)
    x, density = (np.array(one) for one in found["profile"])
    routes = found["routes"]
    left.plot(x, density, "o", markersize=3, color=COLOURS[0], label="stripes")
    fine = np.linspace(x[0], x[-1], 400)
    fit = step(
        fine,
        routes["profile"]["gas"][0],
        routes["profile"]["liquid"][0],
        found["half_width"],
        found["interface"],
    )
    left.plot(fine, fit, color=COLOURS[1], label="fit")
    left.set_xlabel("distance from the middle of the slab (diameters)")
    left.set_ylabel("packing fraction")
    left.legend(frameon=False)
    for phase, colour in (("gas", 0), ("liquid", 2)):
        around = AROUND[phase]
        right.plot(
            *found["distributions"][str(around)], color=COLOURS[colour], label=f"{around} Voronoi cells"
        )
        right.axvline(routes["areas"][phase][0], linestyle="--", color=COLOURS[colour])
        right.axvline(
            routes["profile"][phase][0],
            color=COLOURS[1],
            linewidth=1.0,
            label="plateaus of the profile" if phase == "gas" else None,
        )
    right.set_xlabel("local packing fraction")
    right.set_ylabel("probability density")
    right.legend(frameon=False)
    for ax in (left, right):
        tidy(ax)
    return figure


def main() -> None:
    """Run, compare, write, draw."""
    from ergodica.scripts.studies import figures

    found = compare(simulate())
    RESULT.write_text(json.dumps(found) + "\n")
    print(
        json.dumps(
            {name: found[name] for name in ("routes", "difference_in_errors", "half_width", "interface")},
            indent=1,
        )
    )
    figures.save(draw(found), figures.FOLDER / "particles" / "coexistence.png")


if __name__ == "__main__":
    main()
