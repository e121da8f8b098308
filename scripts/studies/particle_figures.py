"""The pictures of the page on particles.

    python scripts/studies/particle_endurance.py run.nc
    python scripts/studies/particle_figures.py run.nc            all of them
    python scripts/studies/particle_figures.py run.nc order      those that are named

The run is of two phases that form out of one; the others are short. They go to `docs/figures/particles`.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import numpy as np

import ergodica
from ergodica import estimators, sims
from ergodica.data.pictures import animate, picture
from ergodica.data.pictures.canvas import new_figure
from ergodica.data.pictures.lines import COLOURS, tidy
from ergodica.scripts.studies import figures

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

FOLDER = figures.FOLDER / "particles"
STEADY = 200.0
"""Time from which on the run of two phases is steady."""
TOUCHING = 1.0
"""Distance in diameters within which particles belong to one cluster: farther apart they do not push each other."""
FREE = {"speed": 1.0, "rotational_diffusion": 0.1, "temperature": 0.01}
"""Of particles without a force, whose motion is known."""
TILT = 40.0
"""Degrees between the axis of a mill and the view."""
EARLY, FRAMES, FPS, DPI = 120.0, 37, 8.0, 54.0
"""Of the animation."""


def snapshots(run: xr.Dataset) -> Figure:
    """The last snapshot, coloured by density and by heading."""
    figure = new_figure(10.0, 4.4)
    last = placed(run).isel(t=-1)
    for ax, color in zip(figure.subplots(1, 2), ("density", "heading"), strict=True):
        picture("agents")(last, ax, color=color)
    return figure


def placed(run: xr.Dataset) -> xr.DataArray:
    """Positions with what their picture asks for."""
    return run["position"].assign_coords({name: run[name] for name in ("heading", "box", "radius")})


def structure(run: xr.Dataset) -> Figure:
    """g(r) and S(k) of a gas and of two phases, and the motion of free particles beside its closed form."""
    figure = new_figure(11.0, 3.4)
    pairs, waves, motion = figure.subplots(1, 3)
    gas = sims.ActiveBrownian.preset("gas", particles=4096).run(
        t_end=40.0, snapshots=21, warm_up=10.0, seed=0, threads=2
    )
    two = run.sel(t=slice(STEADY, None)).isel(t=slice(None, None, 10))
    for ds, words, colour in ((gas, "gas, phi = 0.3", 0), (two, "two phases, phi = 0.5", 1)):
        g = estimators.radial_distribution(ds, radius=6.0, bins=300).mean("t")
        pairs.semilogy(g["r"], g.where(g > 0), color=COLOURS[colour], label=words, linewidth=1.2)
        s = estimators.structure_factor(ds, largest=12.0).mean("t")
        waves.loglog(s["k"], s, color=COLOURS[colour], linewidth=1.2)
    pairs.axhline(1.0, color="0.7", linewidth=0.8, zorder=0)
    pairs.set_ylim(0.05, 60.0)
    pairs.set_xlabel("distance (diameters)")
    pairs.set_ylabel("g(r)")
    pairs.legend(frameon=False, fontsize="small")
    waves.set_xlabel("wavenumber (1/diameter)")
    waves.set_ylabel("S(k)")
    free = sims.ActiveBrownian(particles=4096, box=100.0, pair_force="none", dt=0.02, **FREE).run(
        t_end=200.0, snapshots=1001, seed=0, record=("unwrapped",), threads=2
    )
    found = estimators.mean_squared_displacement(free)["mean_squared_displacement"]
    chosen = np.unique(np.geomspace(1, 500, 25).astype(int))
    lag = found["lag"].values[chosen]
    motion.loglog(lag, found.values[chosen], "o", markersize=4, color=COLOURS[0], label="free, measured")
    motion.loglog(lag, free_motion(lag), color=COLOURS[1], label="closed form")
    motion.set_xlabel("lag (diameters / speed)")
    motion.set_ylabel("mean squared displacement")
    motion.legend(frameon=False, fontsize="small")
    for ax in (pairs, waves, motion):
        tidy(ax)
    return figure


def free_motion(lag: np.ndarray) -> np.ndarray:
    """Mean squared displacement of free active Brownian particles in the plane."""
    v, rate, diffusion = (FREE[name] for name in ("speed", "rotational_diffusion", "temperature"))
    found: np.ndarray = 4 * diffusion * lag + 2 * (v / rate) ** 2 * (rate * lag - 1 + np.exp(-rate * lag))
    return found


def order(run: xr.Dataset) -> Figure:
    """What tells two phases from one, while they form."""
    figure = new_figure(6.4, 3.6)
    ax = figure.subplots()
    some = run.isel(t=slice(None, None, 2))
    joined = estimators.clusters(some, radius=TOUCHING)["largest_fraction"]
    hexatic = estimators.hexatic_order(some)
    spread = estimators.density_field(some, cell=5.0, diameter=1.0).std(["x", "y"])
    for values, words, colour in (
        (joined, "share of the largest cluster", 0),
        (hexatic["mean_hexatic"], "mean local hexatic order", 1),
        (hexatic["global_hexatic"], "global hexatic order", 2),
        (spread, "spread of the local packing fraction", 3),
    ):
        ax.plot(values["t"], values, label=words, color=COLOURS[colour], linewidth=1.2)
    ax.set_ylim(0.0, 1.02)
    ax.set_xlabel("time (diameters / speed)")
    ax.legend(frameon=False, fontsize="small", ncols=2, loc="lower center", bbox_to_anchor=(0.5, 1.0))
    tidy(ax)
    return figure


def school(run: xr.Dataset) -> Figure:
    """A school that mills in space, with its headings, seen from half above its axis."""
    ds = sims.Couzin.preset("torus").run(t_end=150.0, snapshots=2, seed=1)
    last = ds["position"].assign_coords(heading=ds["heading"]).isel(t=-1)
    away = last.values - last.values.mean(axis=0)
    axis = np.cross(away, last["heading"].values).mean(axis=0)
    axis /= np.linalg.norm(axis)
    height, turn = np.degrees(np.arcsin(axis[2])), np.degrees(np.arctan2(axis[1], axis[0]))
    figure = new_figure(5.8, 4.8)
    ax = figure.add_subplot(projection="3d")
    picture("agents")(last, ax, color="heading", view=(height + (-TILT if height > 0 else TILT), turn))
    return figure


def bands(run: xr.Dataset) -> Figure:
    """Bands of Vicsek's particles by density and by heading, and the order over time."""
    ds = sims.Vicsek.preset("bands").run(t_end=4000.0, snapshots=401, seed=0, threads=2)
    last = ds["position"].assign_coords(heading=ds["heading"], box=ds["box"]).isel(t=-1)
    figure = new_figure(12.0, 3.9)
    *maps, ax = figure.subplots(1, 3)
    for place, color in zip(maps, ("density", "heading"), strict=True):
        picture("agents")(last, place, color=color)
    order = estimators.polarization(ds)
    ax.plot(order["t"], order, color=COLOURS[0], linewidth=1.0)
    ax.set_ylim(0.0, 1.0)
    ax.set_xlabel("time (steps)")
    ax.set_box_aspect(1)
    ax.set_ylabel("polarization")
    tidy(ax)
    return figure


def forming(run: xr.Dataset) -> None:
    """The animation of two phases that form."""
    early = run.sel(t=slice(0.0, EARLY))
    FOLDER.mkdir(parents=True, exist_ok=True)
    animate(early, FOLDER / "mips.gif", variable="position", color="density", fps=FPS, frames=FRAMES, dpi=DPI)


PICTURES: dict[str, Any] = {
    "mips": snapshots,
    "structure": structure,
    "order": order,
    "school": school,
    "bands": bands,
}


def main(path: str, names: list[str]) -> None:
    """Make those that are named, or all."""
    with ergodica.open(path) as opened:
        run = opened.load()
    for name in names or [*PICTURES, "animation"]:
        if name == "animation":
            forming(run)
        else:
            figures.save(PICTURES[name](run), FOLDER / f"{name}.png")
        print(name)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
