"""The picture of the page on ordinal patterns: noises, maps and flows in the complexity-entropy plane.

    python scripts/studies/ordinal_figures.py

It goes to `docs/figures/estimators/ordinal.png`; the numbers that it shows are printed.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from ergodica import estimators as est
from ergodica import sims
from ergodica.data.pictures import picture
from ergodica.data.pictures.canvas import new_figure
from ergodica.data.pictures.lines import COLOURS, tidy
from ergodica.scripts.studies import figures

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SAMPLES = 60_000
MAPS = {
    "logistic": "x",
    "tent": "x",
    "henon": "x",
    "ikeda": "x",
    "standard": "p",
    "skew-tent": "x",
    "ricker": "x",
}
PARAMETERS = {"logistic": {"r": 4.0}}
FLOWS = {"lorenz63": "z", "rossler": "x", "chua": "y", "halvorsen": "x"}
HURST = (0.1, 0.3, 0.5, 0.7, 0.9)
FREQUENCY = 0.7373
POINTS_PER_PERIOD = 200
RATIOS = (0.3, 0.5)
"""Of a pattern's length over the natural period, between which orders of motion are best apart."""


def fractional_noise(hurst: float, n: int, rng: np.random.Generator) -> np.ndarray:
    """Fractional Gaussian noise, exact: by circulant embedding of its covariance (Davies and Harte 1987)."""
    k = np.arange(n + 1.0)
    covariance = 0.5 * (np.abs(k - 1) ** (2 * hurst) - 2 * k ** (2 * hurst) + (k + 1) ** (2 * hurst))
    eigenvalues = np.fft.fft(np.concatenate([covariance, covariance[-2:0:-1]])).real.clip(0)
    size = len(eigenvalues)
    z = rng.normal(size=size) + 1j * rng.normal(size=size)
    noise: np.ndarray = np.fft.fft(np.sqrt(eigenvalues / size) * z).real[:n]
    return noise


def named(run: xr.Dataset, component: str) -> xr.DataArray:
    """A component of the state by its name."""
    return run["state"].swap_dims(component="component_name").sel(component_name=component)


def orbit(system: str, component: str) -> xr.DataArray:
    """One component of a map of the catalogue."""
    run = sims.Map(system=system, parameters=PARAMETERS.get(system, {})).run(
        t_end=SAMPLES, snapshots=SAMPLES + 1, warm_up=1000
    )
    return named(run, component)


def flow(system: str, component: str) -> xr.DataArray:
    """One component of a flow of the catalogue."""
    run = sims.Flow(system=system).run(
        periods=SAMPLES / POINTS_PER_PERIOD, points_per_period=POINTS_PER_PERIOD, warm_up=100
    )
    return named(run, component)


def signals() -> dict[str, dict[str, tuple[np.ndarray, int]]]:
    """Groups of series by name, each with the delay of its patterns."""
    rng = np.random.default_rng(0)
    wave = np.sin(FREQUENCY * np.arange(SAMPLES) + 0.3)
    flows = {}
    for name, component in FLOWS.items():
        x = flow(name, component)
        flows[name] = x.values, int(est.ordinal_sampling(x).suggested_delay)
    return {
        "maps": {name: (orbit(name, component).values, 1) for name, component in MAPS.items()},
        "flows, at the suggested delay": flows,
        "fractional Brownian motion": {
            f"H={h}": (fractional_noise(h, SAMPLES, rng).cumsum(), 1) for h in HURST
        },
        "noise": {"white": (rng.normal(size=SAMPLES), 1)},
        "sinusoid, alone and in noise": {
            f"noise {s}": (wave + s * rng.normal(size=SAMPLES), 1) for s in (0.0, 0.1, 0.3, 1.0)
        },
    }


def places(ax: Axes) -> None:
    """Where they are."""
    limits = est.complexity_limits(math.factorial(5))
    for curve in (limits["lower"], limits["upper"]):
        picture("plane_limits")(curve, ax)
    for (group, members), colour, marker in zip(signals().items(), COLOURS, "osD*^", strict=False):
        points = []
        for name, (x, delay) in members.items():
            found = est.complexity_entropy_plane(x, space=est.OrdinalPatterns(delay=delay))
            points.append((float(found.entropy), float(found.complexity)))
            print(f"{group}: {name}, delay {delay}: {points[-1][0]:.4f}, {points[-1][1]:.4f}")
        size = 70 if marker == "*" else 26
        across, up = np.array(points).T
        ax.scatter(across, up, color=colour, marker=marker, s=size, label=group, clip_on=False)
    ax.set_xlim(0, 1)
    ax.set_ylim(0, 0.52)
    ax.set_ylabel("statistical complexity (Jensen-Shannon)")
    ax.legend(frameon=False, fontsize="small", loc="lower center")


def scan(ax: Axes) -> None:
    """Entropy and complexity of the Lorenz system against the length of patterns."""
    x = flow("lorenz63", "z")
    period = float(est.ordinal_sampling(x).period)
    found = est.complexity_delay_scan(x, delays=np.unique(np.geomspace(1, 400, 60).astype(int)).tolist())
    ratio = found["pattern_time"] / period
    ax.axvspan(*RATIOS, color="0.9", zorder=0)
    for name, colour in (("entropy", COLOURS[0]), ("complexity", COLOURS[1])):
        ax.semilogx(ratio, found[name], color=colour, label=name)
    ax.set_xlabel("length of a pattern / natural period")
    ax.set_ylim(0, 1.02)
    ax.set_title("Lorenz z, 200 samples a period", fontsize="medium")
    ax.legend(frameon=False, fontsize="small")
    tidy(ax)


def ordinal() -> Figure:
    """Both."""
    figure = new_figure(10.5, 4.2)
    left, right = figure.subplots(1, 2, width_ratios=[1.5, 1])
    places(left)
    scan(right)
    return figure


if __name__ == "__main__":
    figures.save(ordinal(), figures.FOLDER / "estimators" / "ordinal.png")
