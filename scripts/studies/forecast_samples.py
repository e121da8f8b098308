"""What the long-term scores of forecasts say of two orbits of one system, of two systems, and of noise.

    python scripts/studies/forecast_samples.py        all pairs, less than a minute of one core
    python scripts/studies/forecast_samples.py page   the table from the results

The Lorenz system at 100 points a period, orbits on the attractor from other starts; a row is the median of five pairs.
Writes `benchmarks/results/forecast-samples.json` and fills `docs/estimators/forecasts.md`.
"""

from __future__ import annotations

import math
import sys
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica import estimators as est
from ergodica import sims
from ergodica.scripts.studies import documents, measured
from ergodica.scripts.studies.documents import markdown

if TYPE_CHECKING:
    import xarray as xr

Row = dict[str, Any]
RESULT = documents.ROOT / "benchmarks" / "results" / "forecast-samples.json"
PAGE = documents.ROOT / "docs" / "estimators" / "forecasts.md"
PAIRS, POINTS, RHO = 5, 100, 28.0
SAMPLES = (1000, 10_000, 100_000)
OTHERS = (29.0, 40.0)
NOISE = "noise"
SCORES = {
    "state_space_divergence": ("\\(D_{\\mathrm{stsp}}\\)", ""),
    "spectral_hellinger": ("\\(D_H\\)", ""),
    "log_spectral_distance": ("log spectral distance", " dB"),
    "correlation_dimension_error": ("error of \\(D_2\\)", ""),
}


def orbit(samples: int, seed: int, rho: float = RHO) -> xr.Dataset:
    """A run on the attractor, 100 points a period of that of rho = 28."""
    facts = sims.FLOWS["lorenz63"].facts
    assert facts is not None
    assert facts.period is not None
    dt = facts.period / POINTS
    system = sims.Flow(system="lorenz63", parameters={"rho": rho}, spread=1.0)
    made: xr.Dataset = system.run(t_end=dt * (samples - 1), snapshots=samples, seed=seed, warm_up=50)
    return made


def noise_like(run: xr.Dataset, seed: int) -> xr.Dataset:
    """Gaussian noise of the same mean and size in each component."""
    values = run["state"].values
    draws = np.random.default_rng(seed).standard_normal(values.shape)
    return run.assign(state=run["state"].copy(data=values.mean(axis=0) + values.std(axis=0) * draws))


def scored(what: Row, pairs: list[tuple[xr.Dataset, xr.Dataset]]) -> Row:
    """All scores of all pairs."""
    found = []
    for made, truth in pairs:
        with warnings.catch_warnings():
            # of other numbers of samples, which are what is asked here
            warnings.simplefilter("ignore", UserWarning)
            found.append(est.attractor_scores(made, truth, samples=what["samples"]))
    return what | {name: [float(one[name]) for one in found] for name in SCORES}


def samples() -> Iterator[Row]:
    """Rows of the table."""
    for count in SAMPLES:
        yield scored(
            {"samples": count, "against": RHO},
            [(orbit(count, 2 * one + 1), orbit(count, 2 * one)) for one in range(PAIRS)],
        )
    truths = [orbit(SAMPLES[-1], 2 * one) for one in range(PAIRS)]
    for rho in OTHERS:
        pairs = [(orbit(SAMPLES[-1], 2 * k + 1, rho), truth) for k, truth in enumerate(truths)]
        yield scored({"samples": SAMPLES[-1], "against": rho}, pairs)
    pairs = [(noise_like(truth, k), truth) for k, truth in enumerate(truths)]
    yield scored({"samples": SAMPLES[-1], "against": NOISE}, pairs)


def forecast_samples(margin: float) -> str:
    """Long-term scores of pairs: the median, and the least and largest."""
    rows = []
    for one in measured.results_in(RESULT).get("samples", []):
        words = f"{one['samples']:,}"
        if one["against"] == NOISE:
            words += ", Gaussian noise of the same mean and size"
        elif one["against"] != RHO:
            words += f", \\(\\rho={one['against']:g}\\) in place of {RHO:g}"
        cells = []
        for name, (_, unit) in SCORES.items():
            middle, least, most = (_plain(float(f(one[name]))) for f in (np.median, np.min, np.max))
            cells.append(f"{middle}{unit} ({least} to {most})")
        rows.append((words, *cells))
    return markdown(("samples", *(head for head, _ in SCORES.values())), rows)


def _plain(value: float) -> str:
    """A positive number in two digits at least, without a power of ten."""
    return f"{value:.{max(0, 1 - math.floor(math.log10(value)))}f}"


TABLES = (forecast_samples,)


def main(names: list[str]) -> None:
    """Measure and fill the page."""
    measured.measure(names, {"samples": samples}, RESULT)
    measured.fill(PAGE, TABLES)


if __name__ == "__main__":
    main(sys.argv[1:])
