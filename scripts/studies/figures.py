"""Makes every picture of the README and the documentation, from real runs.

    python scripts/studies/figures.py                 all of them, in half a minute
    python scripts/studies/figures.py overview orders those that are named

A gallery picture is made for each preset of each registered system; a new system needs nothing here.
"""

from __future__ import annotations

import functools
import io
import math
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica import estimators, sims
from ergodica.data.pictures import picture
from ergodica.data.pictures.canvas import new_figure
from ergodica.data.pictures.select import variables
from ergodica.data.pictures.world_lines import world_lines
from ergodica.scripts.studies import chaos_figures, documents
from ergodica.sims.loop import ResolutionWarning

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from PIL import Image

    from ergodica.sims.simulation import Simulation

FOLDER = documents.ROOT / "docs" / "figures"
COLOURS = 256  # of a picture's palette: maps of one colour scale need no more, and take a third of the space
DPI = 110
CALM = 0.05  # of the largest value
MARGIN = 0.5
ZOOM = 1.1  # axes in space leave much room
PLANES = {"flow/lorenz63": ("x", "z")}  # of an orbit's picture; the first two components elsewhere
TILES_A_ROW = 8
ATTRACTORS = (
    *(
        "flow/lorenz63",
        "flow/aizawa",
        "flow/arneodo",
        "flow/blinking-vortex",
        "flow/halvorsen",
        "flow/henon-heiles",
    ),
    *("flow/mackey-glass", "flow/lorenz96", "flow/rossler", "flow/chua", "flow/dadras", "flow/double-gyre"),
    *(
        "flow/thomas",
        "flow/three-body-figure-eight",
        "map/ikeda",
        "flow/multi-chua",
        "map/henon",
        "flow/voss-delay",
    ),
    *(
        "map/gumowski-mira",
        "map/standard",
        "flow/logarithmic",
        "flow/sprott-torus",
        "map/svensson",
        "flow/torus",
    ),
)
"""Of the README's picture, in rows of eight."""
TURBULENCE = {"points": 1024, "length": 80.0}


def save(figure: Figure, path: Path) -> None:
    """Write a small PNG with a palette."""
    from PIL import Image

    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=DPI)
    write(Image.open(buffer), path)


def write(drawn: Image.Image, path: Path) -> None:
    """Write a picture with a palette that keeps the colours of small bright spots."""
    from PIL import Image

    path.parent.mkdir(parents=True, exist_ok=True)
    few = drawn.convert("RGB").quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    few.save(path, optimize=True)


def overview() -> Figure:
    """A collision and integrable turbulence with their entropies over time: the picture of the README."""
    figure = new_figure(9.6, 5.4)
    axes = figure.subplots(2, 2, height_ratios=[1.5, 1], sharex="col")
    runs = {
        "Collision of two solitons": sims.NLSE.preset("two-soliton").run(t_end=10.0, snapshots=301),
        "Plane wave with weak noise": sims.NLSE.preset("noise", **TURBULENCE).run(t_end=40.0, snapshots=401),
    }
    for (upper, lower), (title, ds) in zip(axes.T, runs.items(), strict=True):
        psi = ds.ergodica.psi
        picture("field")(psi if title[0] == "P" else psi.sel(x=slice(-20, 20)), upper, horizontal="time")
        upper.set_title(title)
        upper.set_xlabel("")
        for space, word in (
            (estimators.SpatialDensity(), "position"),
            (estimators.SpectralPower(), "wavenumber"),
        ):
            lower.plot(ds.t, estimators.entropy(psi, dim="x", space=space), label=word)
        lower.set_xlabel("time")
        lower.set_ylabel("Shannon entropy (nat)")
        lower.grid(alpha=0.3)
        lower.legend(loc="lower right")
        lower.spines[["top", "right"]].set_visible(False)
    return figure


def preset(system: type[Simulation], name: str) -> Figure:
    """One preset over its own time: the first variable that it stores, states of a point as its orbit."""
    declared = system.presets[name]
    ds = system.preset(name).run(t_end=declared.t_end, snapshots=declared.snapshots)
    variable = next(iter(ds.ergodica.kinds))
    figure = new_figure(4.6, 3.0)
    if ds.ergodica.kinds[variable] == "states" and "component" in ds[variable].dims:
        orbit(
            ds[variable], PLANES.get(f"{system.name}/{name}"), figure.subplots(), points=system.name == "map"
        )
        return figure
    if ds.ergodica.kinds[variable] == "agents":
        school(ds, variable, figure)
        return figure
    picture(ds.ergodica.kinds[variable])(eventful(ds.ergodica[variable]), figure.subplots())
    return figure


def school(ds: xr.Dataset, variable: str, figure: Figure) -> None:
    """Particles at the end of a run as `plot` draws them, in open space as seen along the axis of their rotation."""
    one = variables(ds)[variable]
    in_space = ds.sizes["space"] == 3
    if ds.sizes["space"] == 1:
        world_lines(one, figure.subplots())
        return
    ax: Any = figure.subplots(subplot_kw={"projection": "3d"} if in_space else None)
    view = None
    if in_space and "heading" in ds and "box" not in ds:
        last = ds.isel(t=-1)
        places, headings = last[variable].values, last["heading"].values
        axis = np.cross(places - places.mean(axis=0), headings).mean(axis=0)
        azimuth = math.degrees(math.atan2(axis[1], axis[0]))
        view = (math.degrees(math.asin(axis[2] / np.linalg.norm(axis))), azimuth)
    picture("agents")(one, ax, view=view)
    ax.set_title("")
    if "box" not in ds:
        ax.set_axis_off()  # a school may be anywhere
        if in_space:
            lengths = np.ptp(np.array([ax.get_xlim3d(), ax.get_ylim3d(), ax.get_zlim3d()]), axis=1)
            ax.set_box_aspect(lengths, zoom=ZOOM)


def orbit(state: xr.DataArray, plane: tuple[str, str] | None, ax: Axes, *, points: bool) -> None:
    """Two components over each other, of a single one each value over the one before."""
    named = {str(name): state.isel(component=i).values for i, name in enumerate(state.component_name.values)}
    first, *others = named
    across, up = plane or (first, others[0] if others else first)
    x, y = named[across], named[up]
    if across == up:
        x, y = x[:-1], y[1:]
    ax.plot(x, y, **({"ls": "none", "marker": ".", "ms": 1} if points else {"lw": 0.3}))
    ax.locator_params(axis="x", nbins=6)  # else long labels touch
    ax.set_xlabel(across)
    ax.set_ylabel(up if across != up else f"next {up}")
    ax.spines[["top", "right"]].set_visible(False)


def eventful(variable: xr.DataArray) -> xr.DataArray:
    """The part of a field over (t, x) in which it is not all the time what it is nearly everywhere."""
    if set(variable.dims) != {"t", "x"}:
        return variable
    size = abs(variable)
    calm = abs(size - size.median("x")) < CALM * size.max()
    there = np.flatnonzero(~calm.all("t"))
    margin = MARGIN * (there[-1] - there[0] + 1) if there.size else 0
    first, last = (int(there[0] - margin), int(there[-1] + margin)) if there.size else (0, size.sizes["x"])
    return variable.isel(x=slice(max(0, first), last))


def orders() -> Figure:
    """Error of every scheme over its cost, for the soliton of the default preset at t = 1."""
    figure = new_figure(6.4, 4.2)
    ax = figure.subplots()
    # the coarsest steps are meant to be coarse
    warnings.simplefilter("ignore", ResolutionWarning)
    for scheme, order in sims.NLSE.orders.items():
        cost, error = zip(*_errors(scheme, [0.1 / 2 ** (j / 2) for j in range(15)]), strict=True)
        ax.loglog(cost, error, "o-", markersize=3, label=f"{scheme} (order {order})")
    ax.set_xlabel("pairs of Fourier transforms per unit of time")
    ax.set_ylabel("largest error of the field at t = 1")
    ax.grid(alpha=0.3)
    ax.legend()
    ax.spines[["top", "right"]].set_visible(False)
    return figure


def _errors(scheme: str, steps: list[float]) -> Iterator[tuple[float, float]]:
    from ergodica.sims.engines.composition import SCHEMES

    for dt in steps:
        simulation = sims.NLSE.preset("soliton", scheme=scheme, dt=dt)
        taken = math.ceil(1 / dt - 1e-12)
        psi = simulation.run(t_end=1.0, snapshots=2).ergodica.psi.isel(t=-1).values
        yield taken * SCHEMES[scheme].stages, float(np.abs(psi - simulation.exact(1.0)).max())


def tutorial() -> Iterator[tuple[str, bytes]]:
    """What the code of the tutorial draws, as PNG files by name."""
    import contextlib

    page = documents.ROOT / "docs" / "tutorial.md"
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        documents.outputs(page.read_text(), str(page))
        for path in sorted(Path(folder).glob("*.png")):
            yield path.name, path.read_bytes()


def _write_tutorial() -> None:
    from PIL import Image

    for name, content in tutorial():
        drawn = Image.open(io.BytesIO(content))
        drawn.thumbnail((1100, 1100), Image.Resampling.LANCZOS)
        write(drawn, FOLDER / "tutorial" / name)


def _saved(make: Callable[[], Figure], name: str) -> Callable[[], None]:
    return lambda: save(make(), FOLDER / f"{name}.png")


def attractors() -> None:
    """Some tiles of the gallery side by side."""
    from PIL import Image

    tiles = [Image.open(FOLDER / "gallery" / f"{name}.png").convert("RGB") for name in ATTRACTORS]
    side = tiles[0].width
    sheet = Image.new("RGB", (TILES_A_ROW * side, len(tiles) // TILES_A_ROW * side))
    for place, tile in enumerate(tiles):
        sheet.paste(tile, (place % TILES_A_ROW * side, place // TILES_A_ROW * side))
    write(
        sheet.resize((sheet.width * 3 // 4, sheet.height * 3 // 4), Image.Resampling.LANCZOS),
        FOLDER / "gallery.png",
    )


def figures() -> dict[str, Callable[[], Any]]:
    """What there is to make, by name."""
    found: dict[str, Callable[[], Any]] = {
        "overview": _saved(overview, "overview"),
        "orders": _saved(orders, "nlse/orders"),
        "gallery": attractors,
        "tutorial": _write_tutorial,
    }
    found |= {name: _saved(make, name) for name, make in chaos_figures.FIGURES.items()}
    for system in sims.systems().values():
        for name in system.presets:
            key = f"{system.name}/{name}"
            found[key] = _saved(functools.partial(preset, system, name), key)
    return found


def main(names: list[str]) -> None:
    """Make the figures of these names, all of them when there are none."""
    known = figures()
    for name in names or known:
        known[name]()
        print(name)


if __name__ == "__main__":
    main(sys.argv[1:])
