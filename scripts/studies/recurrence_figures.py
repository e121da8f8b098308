"""The pictures of the pages on recurrence and on surrogates.

    python scripts/studies/recurrence_figures.py             both
    python scripts/studies/recurrence_figures.py surrogates  the one that is named
    python scripts/studies/recurrence_figures.py dimensions  the tables of the page on recurrence, to the terminal

They go to `docs/figures/estimators`.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from ergodica import estimators as est
from ergodica import sims
from ergodica.data import pictures
from ergodica.data.pictures.canvas import new_figure
from ergodica.data.pictures.lines import COLOURS, tidy
from ergodica.scripts.studies import figures

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

FOLDER = figures.FOLDER / "estimators"
SAMPLES = 5000
LANES = 32
RADII = tuple(2.0 ** (k / 4) for k in range(-44, 7))


def orbits_of_map(name: str, n: int, lanes: int = LANES) -> NDArray[np.float64]:
    """Orbits of a map of the catalogue from nearby starts, `(lanes, n, d)`."""
    parameters = {"r": 4.0} if name == "logistic" else {}
    found = sims.Map(system=name, parameters=parameters, spread=0.01).run(
        t_end=n - 1, snapshots=n, members=lanes, warm_up=200
    )
    return np.asarray(found.state.values)


def lorenz(n: int, spacing: float, lanes: int = LANES) -> NDArray[np.float64]:
    """Orbits of the Lorenz system from nearby starts, `(lanes, n, 3)`."""
    flow = sims.Flow(system="lorenz63", spread=0.1)
    found = flow.run(t_end=spacing * (n - 1), snapshots=n, members=lanes, warm_up=50.0)
    return np.asarray(found.state.values)


def circle(n: int) -> NDArray[np.float64]:
    """Random points of a circle, `(LANES, n, 2)`."""
    angle = np.random.default_rng(1).uniform(0, 2 * np.pi, size=(LANES, n))
    return np.stack([np.cos(angle), np.sin(angle)], axis=-1)


def sources(n: int) -> dict[str, tuple[NDArray[np.float64], int]]:
    """Points `(LANES, n, d)` of known dimension, and the Theiler window."""
    rng = np.random.default_rng(2)
    return {
        "circle, 1": (circle(n), 0),
        "square, 2": (rng.random((LANES, n, 2)), 0),
        "Henon, 1.22": (orbits_of_map("henon", n), 0),
        "Lorenz, 2.05": (lorenz(n, 0.1), 5),
        "Gaussian noise, 3": (rng.normal(size=(LANES, n, 3)), 0),
    }


def told(what: str, values: Any, errors: Any) -> None:
    """Prints mean, spread and mean claimed error."""
    print(
        f"{what}: {float(values.mean()):.3f} / {float(values.std(ddof=1)):.3f} / {float(errors.mean()):.3f}"
    )


def dimensions() -> None:
    """Prints the tables of the page: dimensions, and entropies."""
    for n in (1000, SAMPLES):
        for name, (x, theiler) in sources(n).items():
            found = est.correlation_dimension(x, feature_dim=-1, theiler=theiler)
            told(f"{name}, n = {n}", found.dimension, found.standard_error)
    found = est.correlation_dimension(orbits_of_map("henon", 20_000), feature_dim=-1)
    told("Henon, n = 20000", found.dimension, found.standard_error)
    for name, orders in (("logistic", (4, 6)), ("henon", (6, 8))):
        orbits = orbits_of_map(name, SAMPLES)[..., 0]
        for order in orders:
            one = est.correlation_entropy(orbits, order=order, dt=1.0)
            told(f"K2 {name}, order {order}", one.entropy, one.standard_error)


def recurrence() -> Figure:
    """Correlation sums with their ranges, and recurrence plots of an orbit and of noise."""
    figure = new_figure(12.0, 3.9)
    sums, flow, noise = figure.subplots(1, 3)
    rng = np.random.default_rng(2)
    shown = sources(SAMPLES)
    del shown["square, 2"]
    for (name, (x, theiler)), colour in zip(shown.items(), COLOURS, strict=False):
        shares = est.correlation_sum(x[0], feature_dim=-1, radii=RADII, theiler=theiler)
        found = est.correlation_dimension(x[0], feature_dim=-1, theiler=theiler)
        sums.loglog(RADII, np.where(shares > 0, shares, np.nan), color=colour, linewidth=1, label=name)
        unit = float(np.sqrt(x[0].var(axis=0).mean()))
        r = np.array(RADII)
        used = (r * unit >= float(found.radius_low)) & (r * unit <= float(found.radius_high))
        sums.loglog(r[used], shares[used], color=colour, linewidth=3.5)
    sums.set_xlabel("radius (standard deviations)")
    sums.set_ylabel("correlation sum")
    sums.legend(frameon=False, fontsize="small")
    tidy(sums)
    step = 0.02
    orbit = lorenz(1000, step, lanes=1)[0]
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
    return figure


def asymmetry(x: Any, dim: str) -> Any:
    """Third moment of steps over their variance to 3/2."""
    step = x.diff(dim)
    return (step**3).mean(dim) / (step**2).mean(dim) ** 1.5


def surrogates() -> Figure:
    """A series and its surrogates, their spectra, and a test."""
    figure = new_figure(12.0, 3.9)
    series, spectra, test = figure.subplots(1, 3)
    x = xr.DataArray(
        lorenz(2048, 0.05, lanes=1)[0, :, 0], dims="t", coords={"t": 0.05 * np.arange(2048)}, name="x"
    )
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
    orbit = xr.DataArray(orbits_of_map("henon", 500, lanes=1)[0, :, 0], dims="t")
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
    if names == ["dimensions"]:
        dimensions()
        return
    for name in names or PICTURES:
        figures.save(PICTURES[name](), FOLDER / f"{name}.png")
        print(name)


if __name__ == "__main__":
    main(sys.argv[1:])
