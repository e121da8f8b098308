"""The pictures of the pages on recurrence and on surrogates.

    python scripts/studies/recurrence_figures.py             both
    python scripts/studies/recurrence_figures.py surrogates  the one that is named

They go to `docs/figures/estimators`; numbers that the pages quote are printed.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from ergodica import estimators as est
from ergodica.data import pictures
from ergodica.data.pictures.canvas import new_figure
from ergodica.data.pictures.lines import COLOURS, tidy
from ergodica.scripts.studies import figures

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

FOLDER = figures.FOLDER / "estimators"
SAMPLES = 5000
LANES = 8
RADII = tuple(2.0 ** (k / 4) for k in range(-44, 7))


def henon(lanes: int, n: int) -> NDArray[np.float64]:
    """Orbits of the Henon map, `(lanes, n, 2)`."""
    x, y = np.random.default_rng(0).uniform(-0.1, 0.1, size=(2, lanes))
    found = np.empty((lanes, n, 2))
    for t in range(-200, n):
        x, y = 1 - 1.4 * x * x + y, 0.3 * x
        if t >= 0:
            found[:, t, 0], found[:, t, 1] = x, y
    return found


def lorenz(lanes: int, n: int, spacing: float) -> NDArray[np.float64]:
    """Orbits of the Lorenz system, `(lanes, n, 3)`, by Runge and Kutta with dt = .01."""
    u = np.random.default_rng(0).normal(size=(3, lanes)) + np.array([[0.0], [0.0], [25.0]])
    found = np.empty((lanes, n, 3))
    dt, every = 0.01, round(spacing / 0.01)

    def rate(u: NDArray[np.float64]) -> NDArray[np.float64]:
        x, y, z = u
        return np.array([10 * (y - x), x * (28 - z) - y, x * y - 8 / 3 * z])

    for step in range(-2000, n * every):
        if step >= 0 and step % every == 0:
            found[:, step // every] = u.T
        first = rate(u)
        second = rate(u + dt / 2 * first)
        third = rate(u + dt / 2 * second)
        u = u + dt / 6 * (first + 2 * second + 2 * third + rate(u + dt * third))
    return found


def circle(lanes: int, n: int) -> NDArray[np.float64]:
    """Random points of a circle, `(lanes, n, 2)`."""
    angle = np.random.default_rng(1).uniform(0, 2 * np.pi, size=(lanes, n))
    return np.stack([np.cos(angle), np.sin(angle)], axis=-1)


def recurrence() -> Figure:
    """Correlation sums with their ranges, and recurrence plots of an orbit and of noise."""
    figure = new_figure(12.0, 3.9)
    sums, flow, noise = figure.subplots(1, 3)
    rng = np.random.default_rng(2)
    sources = {
        "circle, 1": (circle(LANES, SAMPLES), 0),
        "Henon, 1.22": (henon(LANES, SAMPLES), 0),
        "Lorenz, 2.05": (lorenz(LANES, SAMPLES, 0.1), 5),
        "Gaussian noise, 4": (rng.normal(size=(LANES, SAMPLES, 4)), 0),
    }
    for (name, (x, theiler)), colour in zip(sources.items(), COLOURS, strict=False):
        shares = est.correlation_sum(x[0], feature_dim=-1, radii=RADII, theiler=theiler)
        found = est.correlation_dimension(x, feature_dim=-1, theiler=theiler)
        print(
            f"{name}: {float(found.dimension.mean()):.3f}, spread {float(found.dimension.std(ddof=1)):.3f}, "
            f"claimed {float(found.standard_error.mean()):.3f}"
        )
        sums.loglog(RADII, np.where(shares > 0, shares, np.nan), color=colour, linewidth=1, label=name)
        unit = float(np.sqrt(x[0].var(axis=0).mean()))
        r = np.array(RADII)
        used = (r * unit >= float(found.radius_low[0])) & (r * unit <= float(found.radius_high[0]))
        sums.loglog(r[used], shares[used], color=colour, linewidth=3.5)
    sums.set_xlabel("radius (standard deviations)")
    sums.set_ylabel("correlation sum")
    sums.legend(frameon=False, fontsize="small")
    tidy(sums)
    step = 0.02
    orbit = lorenz(1, 1000, step)[0]
    times = ("t", step * np.arange(1000), {"units": "1", "long_name": "time"})
    for ax, points, words in (
        (flow, orbit, "Lorenz system"),
        (noise, rng.normal(size=(1000, 3)), "noise"),
    ):
        path = xr.DataArray(points, dims=("t", "component"), coords={"t": times})
        threshold = est.RecurrenceRate(value=0.05)
        pictures.picture("recurrence")(
            est.recurrence_matrix(path, dim="t", feature_dim="component", threshold=threshold), ax
        )
        measures = est.recurrence_quantification(
            path, dim="t", feature_dim="component", threshold=threshold, theiler=10
        )
        ax.set_title(f"{words}: determinism {float(measures.determinism):.2f}", fontsize="medium")
        print(words, {name: round(float(value), 3) for name, value in measures.items()})
    for name, order in (("henon", 8), ("henon", 6)):
        one = est.correlation_entropy(henon(LANES, SAMPLES)[..., 0], order=order, dt=1.0).entropy
        print(f"K2 {name}, order {order}: {float(one.mean()):.3f}, spread {float(one.std(ddof=1)):.3f}")
    x = np.random.default_rng(3).uniform(0.1, 0.9, size=LANES)
    orbits = np.empty((LANES, SAMPLES))
    for t in range(SAMPLES):
        x = 4 * x * (1 - x)
        orbits[:, t] = x
    for order in (4, 6):
        one = est.correlation_entropy(orbits, order=order, dt=1.0).entropy
        print(f"K2 logistic, order {order}: {float(one.mean()):.3f}, spread {float(one.std(ddof=1)):.3f}")
    return figure


def asymmetry(x: Any, dim: str) -> Any:
    """Third moment of steps over their variance to 3/2."""
    step = x.diff(dim)
    return (step**3).mean(dim) / (step**2).mean(dim) ** 1.5


def surrogates() -> Figure:
    """A series and its surrogates, their spectra, and a test."""
    figure = new_figure(12.0, 3.9)
    series, spectra, test = figure.subplots(1, 3)
    x = xr.DataArray(lorenz(1, 2048, 0.05)[0, :, 0], dims="t", coords={"t": 0.05 * np.arange(2048)}, name="x")
    methods = {
        "data": None,
        "Shuffle": est.Shuffle(),
        "PhaseRandomized": est.PhaseRandomized(),
        "IteratedAmplitudeAdjusted": est.IteratedAmplitudeAdjusted(),
    }
    for row, ((name, method), colour) in enumerate(zip(methods.items(), COLOURS, strict=False)):
        one = x if method is None else est.surrogate(x, method=method)[0]
        series.plot(x.t[:300], one[:300] - 50 * row, color=colour, linewidth=0.9)
        power = np.abs(np.fft.rfft(one - one.mean())) ** 2
        smooth = power[1:1025].reshape(-1, 8).mean(-1)
        spectra.loglog(
            np.arange(4.5, 1025, 8) / (2048 * 0.05), smooth, color=colour, linewidth=3 if method is None else 1.2,
            label=name,
        )  # fmt: skip
    series.set_yticks([])
    series.set_xlabel("time")
    spectra.set_xlabel("frequency")
    spectra.set_ylabel("power")
    spectra.legend(frameon=False, fontsize="small")
    orbit = xr.DataArray(henon(1, 500)[0, :, 0], dims="t")
    rng = np.random.default_rng(4)
    noise = rng.normal(size=600)
    for t in range(1, 600):
        noise[t] += 0.6 * noise[t - 1]
    cases = {
        "Henon map": orbit,
        "exponential of linear noise": xr.DataArray(np.exp(0.5 * noise[100:]), dims="t"),
    }
    for (name, one), colour in zip(cases.items(), COLOURS, strict=False):
        made = asymmetry(est.surrogate(one, count=199, dim="t"), "t")
        found = est.surrogate_test(asymmetry, one)
        test.hist(made, bins=24, color=colour, alpha=0.5)
        test.axvline(float(found.statistic), color=colour, label=f"{name}, p = {float(found.p_value):.2g}")
    test.set_xlabel("asymmetry of steps")
    test.set_ylabel("surrogates (of 199)")
    test.legend(frameon=False, fontsize="small", loc="upper left")
    test.set_ylim(0.0, 40.0)
    for ax in (series, spectra, test):
        tidy(ax)
    return figure


PICTURES: dict[str, Any] = {"recurrence": recurrence, "surrogates": surrogates}


def main(names: list[str]) -> None:
    """Make those that are named, or both."""
    for name in names or PICTURES:
        figures.save(PICTURES[name](), FOLDER / f"{name}.png")
        print(name)


if __name__ == "__main__":
    main(sys.argv[1:])
