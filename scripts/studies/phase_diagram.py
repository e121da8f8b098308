"""The phase diagram of active Brownian discs: packing fraction, Peclet number, and the binodal.

    python scripts/studies/phase_diagram.py            what is missing, then the picture
    python scripts/studies/phase_diagram.py --draw     the picture alone
    python scripts/studies/phase_diagram.py --again    all

Discs of diameter s with D_r = 3 D/s^2, D the diffusion of position, as of spheres in a solvent: one number says all,

    Pe = v0 s/D = 3 v0/(D_r s)

as in Redner, Hagan and Baskaran 2013, Phys. Rev. Lett. 110, 055701, and Digregorio et al. 2018, Phys. Rev. Lett.
121, 098003. The harmonic force has k = 100 v0/s. Each point is written to `benchmarks/results/phase_diagram.json`
when it is done, so that a study that is stopped goes on where it was. Half an hour on two cores.
"""

from __future__ import annotations

import argparse
import datetime
import json
import math
import os
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass, replace
from multiprocessing import get_context
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica import estimators, sims
from ergodica.scripts.studies import documents

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

RESULT = documents.ROOT / "benchmarks" / "results" / "phase_diagram.json"
FRACTIONS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
PECLETS = (20.0, 30.0, 40.0, 50.0, 60.0, 80.0, 120.0, 180.0)
STIFFNESS, DT = 100.0, 2.5e-3
WORKERS = 2
CELL = 5.0
"""Side in diameters of the cells whose density is compared."""
SNAPSHOTS = 81
BLOCKS = 8
BINS, LARGEST = 48, 1.4
PLANE, BINODAL, LARGE = 1024, 4096, 16384
"""Discs of the runs that colour the plane, that give the binodal, and that show what size does."""
LOOSEST = 0.65
"""Packing fraction up to which a round cluster fits into the box."""
UNSTEADY = 3.0
"""Standard errors by which the halves of a run differ, from which on its densities are marked."""
CRITICAL = (0.597, 40.0)
"""The critical point of nearly hard discs: Siebert et al. 2018, Phys. Rev. E 98, 030601."""


@dataclass(frozen=True, order=True)
class Point:
    """A run: where in the plane, how many discs, from where, how long before and while it is measured, and how fine."""

    particles: int
    peclet: float
    packing_fraction: float
    start: str
    warm_up: float
    t_end: float
    stiffness: float = STIFFNESS
    dt: float = DT


def start(packing_fraction: float) -> str:
    """In two phases wherever a cluster fits: it dissolves sooner than one comes to be."""
    return "clustered" if packing_fraction < LOOSEST else "random"


def points() -> list[Point]:
    """The coloured plane from few discs, the binodal from many; sizes, starts, steps and stiffnesses to compare."""
    plane = [Point(PLANE, peclet, phi, start(phi), 100.0, 200.0) for peclet in PECLETS for phi in FRACTIONS]
    binodal = [Point(BINODAL, peclet, 0.5, "clustered", 200.0, 300.0) for peclet in PECLETS[2:]]
    starts = [Point(PLANE, peclet, 0.5, "random", 100.0, 200.0) for peclet in PECLETS[2:]]
    large = [Point(LARGE, 80.0, 0.5, "clustered", 200.0, 200.0)]
    finer = [
        replace(Point(PLANE, 120.0, 0.5, "clustered", 100.0, 200.0), dt=DT / 2, stiffness=stiffness)
        for stiffness in (STIFFNESS, 2 * STIFFNESS)
    ]
    # the longest first, so that none is waited for at the end
    return [*large, *binodal, *finer, *plane, *starts]


def measure(point: Point) -> dict[str, Any]:
    """One point's row."""
    begun = perf_counter()
    simulation = sims.ActiveBrownian(
        particles=point.particles,
        packing_fraction=point.packing_fraction,
        stiffness=point.stiffness,
        dt=point.dt,
        rotational_diffusion=3 / point.peclet,
        temperature=1 / point.peclet,
        initial=point.start,
    )
    ds = simulation.run(
        t_end=point.t_end, snapshots=SNAPSHOTS, warm_up=point.warm_up, seed=0, threads=1, progress=False
    )
    field = estimators.density_field(ds, cell=CELL, diameter=1.0)
    spread = field.std(["x", "y"]).values
    phases = estimators.coexistence_densities(ds, diameter=1.0, blocks=BLOCKS)
    distribution = estimators.density_distribution(ds, cell=CELL, diameter=1.0, bins=BINS, largest=LARGEST)
    error, drift = steadiness(spread)
    return {
        **asdict(point),
        "spread": float(spread.mean()),
        "spread_error": error,
        "drift": drift,
        **{str(name): _number(phases[name]) for name in phases},
        "densities": [round(float(one), 5) for one in distribution["density"]],
        "distribution": [round(float(one), 5) for one in distribution.mean("t")],
        "seconds": perf_counter() - begun,
    }


def steadiness(series: np.ndarray) -> tuple[float, float]:
    """Standard error of the mean from blocks, and the difference of the two halves over its own standard error."""
    blocks = np.array([one.mean() for one in np.array_split(series, BLOCKS)])
    first, second = np.split(blocks, 2)
    spread = math.hypot(float(first.std(ddof=1)), float(second.std(ddof=1))) / math.sqrt(BLOCKS / 2)
    error = float(blocks.std(ddof=1)) / math.sqrt(BLOCKS)
    return error, float(second.mean() - first.mean()) / spread if spread > 0 else 0.0


def unsteady(row: dict[str, Any]) -> bool:
    """Whether a run still changes: its halves differ by more than chance."""
    return abs(float(row["drift"])) > UNSTEADY


def _number(value: xr.DataArray) -> float | None:
    number = float(value)
    return number if math.isfinite(number) else None


def rows() -> dict[Point, dict[str, Any]]:
    """What is done."""
    if not RESULT.exists():
        return {}
    fields = Point.__dataclass_fields__
    return {
        Point(**{name: row[name] for name in fields if name in row}): row
        for row in json.loads(RESULT.read_text())["points"]
    }


def write(done: dict[Point, dict[str, Any]]) -> None:
    """All rows, in order; the file appears whole or not at all."""
    known = set(points())
    lines = [json.dumps(done[point]) for point in sorted(done) if point in known]
    head = f'"stiffness": {STIFFNESS}, "dt": {DT}, "cell": {CELL}, "snapshots": {SNAPSHOTS}'
    part = RESULT.with_suffix(".part")
    date = datetime.datetime.now(datetime.UTC).date().isoformat()
    head = f'"study": "phase_diagram", "date": "{date}", {head}'
    part.write_text("{" + head + ', "points": [\n' + ",\n".join(lines) + "\n]}\n")
    os.replace(part, RESULT)


def run(*, again: bool) -> None:
    """Measure what is missing."""
    from tqdm import tqdm

    done = {} if again else rows()
    missing = [point for point in points() if point not in done]
    with ProcessPoolExecutor(WORKERS, mp_context=get_context("spawn")) as pool:
        jobs = {pool.submit(measure, point): point for point in missing}
        for job in tqdm(as_completed(jobs), total=len(jobs), desc="phase diagram", unit="point"):
            done[jobs[job]] = job.result()
            write(done)


def diagram(done: dict[Point, dict[str, Any]]) -> xr.Dataset:
    """The coloured plane, and the binodal of the larger systems, its errors and whether a run is unsteady."""
    import xarray as xr

    spread = np.full((len(FRACTIONS), len(PECLETS)), np.nan)
    binodal = {
        f"{phase}_{what}": np.full(len(PECLETS), np.nan)
        for phase in ("gas", "liquid")
        for what in ("density", "error")
    }
    moving = np.zeros(len(PECLETS), bool)
    for point, row in done.items():
        up = PECLETS.index(point.peclet)
        if (point.stiffness, point.dt) != (STIFFNESS, DT):
            continue
        if point.particles == PLANE:
            if point.start == start(point.packing_fraction):
                spread[FRACTIONS.index(point.packing_fraction), up] = row["spread"]
        elif point.particles == BINODAL and row["phases"] == 2:
            moving[up] = unsteady(row)
            for name, values in binodal.items():
                values[up] = row[name]
    ds = xr.Dataset(
        {"spread": (("packing_fraction", "peclet"), spread)},
        coords={"packing_fraction": list(FRACTIONS), "peclet": list(PECLETS)},
    )
    ds["spread"].attrs = {
        "units": "1",
        "long_name": "spread of the local packing fraction",
        "ergodica_kind": "phase_diagram",
    }
    ds["packing_fraction"].attrs = {"units": "1", "long_name": "packing fraction"}
    ds["peclet"].attrs = {"units": "1", "long_name": "Peclet number"}
    return ds.assign_coords(
        {name: ("peclet", values) for name, values in (binodal | {"unsteady": moving}).items()}
    )


def draw(done: dict[Point, dict[str, Any]]) -> Figure:
    """The plane with the binodal, and how often each density is found along phi = 0.5."""
    from matplotlib import colormaps
    from matplotlib.ticker import FixedLocator, NullLocator, ScalarFormatter

    from ergodica.data.pictures import picture
    from ergodica.data.pictures.canvas import new_figure
    from ergodica.data.pictures.lines import COLOURS, tidy

    figure = new_figure(10.0, 4.4)
    plane, profile = figure.subplots(1, 2, width_ratios=[1.35, 1])
    ds = diagram(done)
    picture("phase_diagram")(ds["spread"], plane)
    plane.set_yscale("log")
    plane.yaxis.set_major_locator(FixedLocator(PECLETS))
    plane.yaxis.set_minor_locator(NullLocator())
    plane.yaxis.set_major_formatter(ScalarFormatter())
    moving = ds["unsteady"].values
    for phase in ("gas", "liquid"):
        plane.plot(
            ds[f"{phase}_density"][moving],
            ds["peclet"][moving],
            "o",
            markersize=5.5,
            markerfacecolor="white",
            markeredgecolor=COLOURS[1],
            zorder=5,
            label="open: run not steady" if phase == "gas" else None,
        )
    large = [row for point, row in done.items() if point.particles == LARGE and row["phases"] == 2]
    for row in large:
        plane.errorbar(
            [row["gas_density"], row["liquid_density"]],
            [row["peclet"]] * 2,
            fmt="D",
            markersize=6,
            markerfacecolor="none" if unsteady(row) else "black",
            color="black",
            label=f"{LARGE:,} discs" if row is large[0] else None,
            zorder=5,
        )
    plane.plot(
        *CRITICAL,
        "*",
        color="white",
        markeredgecolor="black",
        markersize=11,
        zorder=5,
        label="critical point of hard discs",
        linestyle="none",
    )
    plane.legend(
        loc="lower left",
        bbox_to_anchor=(-0.12, 1.0),
        frameon=False,
        fontsize="small",
        ncols=2,
        columnspacing=1,
    )
    along = [row for point, row in sorted(done.items()) if point.particles == BINODAL]
    for row, colour in zip(along, colormaps["viridis"](np.linspace(0, 0.9, len(along))), strict=True):
        profile.plot(row["densities"], row["distribution"], color=colour, label=f"Pe = {row['peclet']:g}")
    profile.set_xlim(0.0, 1.15)
    profile.set_xlabel(f"packing fraction in cells of {CELL:g} diameters")
    profile.set_ylabel("probability density")
    profile.legend(frameon=False, fontsize="small")
    tidy(profile)
    return figure


def main() -> None:
    """Measure and draw."""
    from ergodica.scripts.studies import figures

    parser = argparse.ArgumentParser(description="The phase diagram of active Brownian discs.")
    parser.add_argument("--draw", action="store_true", help="make the picture from what is there")
    parser.add_argument("--again", action="store_true", help="measure all anew")
    asked = parser.parse_args()
    if not asked.draw:
        run(again=asked.again)
    figures.save(draw(rows()), figures.FOLDER / "particles" / "phase-diagram.png")


if __name__ == "__main__":
    main()
