"""Fits of Koopman eigenvalues beside what is known: the Cramer-Rao bound, wrong minima, bagging, kernels.

    python scripts/studies/koopman_estimates.py                everything, some minutes of one core
    python scripts/studies/koopman_estimates.py minima bagging those that are named: bound, minima, bagging, intervals,
                                                               kernels

Snapshots are those of the benchmark `koopman_noisy`. Writes `benchmarks/results/koopman-estimates.json` and fills
`docs/models/koopman-methods.md`.
"""

from __future__ import annotations

import runpy
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from unittest import mock

import numpy as np

from ergodica import data, sims
from ergodica.models.koopman import BaggedDMD, KernelEDMD, OptimisedDMD, exponential_fit, kernels
from ergodica.models.koopman.exponentials import eigenvalues_of, factors_of
from ergodica.models.koopman.variable_projection import best_exponentials
from ergodica.scripts.studies import documents, koopman_methods, measured
from ergodica.scripts.studies.koopman_methods import ESTIMATES, PAGE

Row = dict[str, Any]
CASE = runpy.run_path(str(documents.ROOT / "benchmarks" / "cases" / "koopman_noisy.py"))
SPECTRA, SNAPSHOTS = CASE["SPECTRA"], CASE["SNAPSHOTS"]
WORSE = 1e-6
"""Share by which a squared residual is above the least that is known where the minimum is a wrong one."""
NARROW = 0.25
"""Of the width by the data: two median distances."""


def bounds(spectrum: str, modes: np.ndarray, size: float) -> np.ndarray:
    """Least root mean square error of each eigenvalue that an unbiased estimate can have."""
    z, n = SPECTRA[spectrum], np.arange(SNAPSHOTS)[:, None]
    powers, slopes = z**n, n * z ** np.maximum(n - 1, 0)
    held = np.linalg.qr(powers)[0]
    outside = slopes - held @ (held.conj().T @ slopes)
    information = (outside.conj().T @ outside) * (modes.conj() @ modes.T)
    return np.asarray(size * np.sqrt(np.diag(np.linalg.inv(information)).real))


def paired(found: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Distances of eigenvalues from their own."""
    from scipy.optimize import linear_sum_assignment

    apart = abs(truth[:, None] - found)
    return np.asarray(apart[linear_sum_assignment(apart)])


def bound() -> Iterator[Row]:
    """Root mean square errors over the bound, of each eigenvalue."""
    seeds = 100
    for features in (1, 2, 5, 40):
        for noise in (0.03, 0.1):
            squares = []
            for seed in range(seeds):
                y, modes, size = CASE["snapshots"]("apart", features, noise, seed)
                found = eigenvalues_of(exponential_fit.exponentials_in(y[None], 5)[1])
                squares.append((paired(found, SPECTRA["apart"]) / bounds("apart", modes, size)) ** 2)
            mean = np.mean(squares, axis=0)
            error = np.std(squares, axis=0, ddof=1) / np.sqrt(seeds) / 2 / np.sqrt(mean)
            yield {
                "features": features,
                "noise": noise,
                "seeds": seeds,
                "ratios": np.sqrt(mean).tolist(),
                "standard_errors": error.tolist(),
            }


def minima() -> Iterator[Row]:
    """Share of the seeds whose fit is above the least squared residual that is known, with and without exchanges."""
    seeds = 100
    for spectrum in SPECTRA:
        for features in (1, 2, 5):
            for noise in (0.1, 0.3):
                wrong = {"without": 0, "with": 0}
                for seed in range(seeds):
                    y, *_ = CASE["snapshots"](spectrum, features, noise, seed)
                    series = exponential_fit.columns_of(y[None])
                    costs = {"with": exponential_fit.fitted_factors(series, 5)[1]}
                    with mock.patch.object(
                        exponential_fit, "exchanged", lambda factors, cost, series: (factors, cost)
                    ):
                        costs["without"] = exponential_fit.fitted_factors(series, 5)[1]
                    known = float(best_exponentials(factors_of(SPECTRA[spectrum])[None], series)[1][0])
                    least = min(known, *costs.values())
                    for way, cost in costs.items():
                        wrong[way] += cost > (1 + WORSE) * least
                yield {
                    "spectrum": spectrum,
                    "features": features,
                    "noise": noise,
                    "seeds": seeds,
                    **{way: count / seeds for way, count in wrong.items()},
                }


def as_run(values: np.ndarray, dt: float = 1.0) -> Any:
    """A run of one member."""
    return data.from_arrays(
        {"state": values},
        title="oscillations",
        dims={"state": ("t", "component")},
        t=dt * np.arange(len(values)),
        units={"state": "1"},
    )


def bagging() -> Iterator[Row]:
    """Median error of the worst eigenvalue of bagging over that of the fit to all snapshots."""
    seeds = 100
    for features in CASE["FEATURES"]:
        for noise in CASE["NOISES"]:
            errors: dict[str, list[float]] = {"single": [], "bagged": []}
            for seed in range(seeds):
                run = as_run(CASE["snapshots"]("apart", features, noise, seed)[0])
                for way, model in (("single", OptimisedDMD(rank=5)), ("bagged", BaggedDMD(rank=5))):
                    errors[way].append(CASE["worst"](model.fit(run).spectrum[0], SPECTRA["apart"]))
            single, bagged = (float(np.median(errors[way])) for way in ("single", "bagged"))
            yield {
                "features": features,
                "noise": noise,
                "seeds": seeds,
                "single": single,
                "bagged": bagged,
                "ratio": bagged / single,
            }


def intervals() -> Iterator[Row]:
    """How often intervals of .95 of the real part hold the truth."""
    seeds, refits, truth = 200, 200, SPECTRA["apart"]
    for name, model in (("OptimisedDMD", OptimisedDMD(rank=5)), ("BaggedDMD", BaggedDMD(rank=5))):
        for features in (1, 5):
            for noise in (0.03, 0.1):
                held, errors, estimates = [], [], []
                for seed in range(seeds):
                    run = as_run(CASE["snapshots"]("apart", features, noise, seed)[0])
                    found = model.fit(run).eigenvalues(refits, seed=seed)
                    values = found.ergodica["eigenvalue"].values
                    order = abs(values[:, None] - truth).argmin(axis=0)
                    low, high = (found[f"eigenvalue_{end}_real"].values[order] for end in ("low", "high"))
                    held.append((low <= truth.real) & (truth.real <= high))
                    errors.append(found.eigenvalue_standard_error_real.values[order])
                    estimates.append(values[order].real)
                yield {
                    "model": name,
                    "features": features,
                    "noise": noise,
                    "seeds": seeds,
                    "refits": refits,
                    "held": np.mean(held, axis=0).tolist(),
                    "standard_errors": np.sqrt(np.mean(np.square(errors), axis=0)).tolist(),
                    "spreads": np.std(estimates, axis=0, ddof=1).tolist(),
                }


def rates_off(model: KernelEDMD, run: Any, truth: dict[str, complex]) -> dict[str, float]:
    """Relative error of the nearest growth rate, by name."""
    found = np.log(model.fit(run).spectrum[0].astype(complex)) / 0.1
    return {name: float(abs(found - one).min() / abs(one)) for name, one in truth.items()}


def narrower(run: Any) -> KernelEDMD:
    """The model with a width of two median distances in place of eight."""
    width = float(KernelEDMD().fit(run).arrays["kernel.width"][0])
    return KernelEDMD(kernel=kernels.Gaussian(width=NARROW * width))


def kernels_at_defaults() -> Iterator[Row]:
    """Errors of growth rates with defaults and with other settings: the worst of the draws, their median with noise."""
    pair = {"pair": -0.2 + 2j}
    turn = np.exp(pair["pair"] * 0.1 * np.arange(200))
    clean = np.stack([turn.real, turn.imag], axis=-1)
    yield {"system": "oscillator", "settings": "defaults", "draws": 1} | rates_off(
        KernelEDMD(), as_run(clean, 0.1), pair
    )
    yield {"system": "oscillator", "settings": "narrow", "draws": 1} | rates_off(
        narrower(as_run(clean, 0.1)), as_run(clean, 0.1), pair
    )
    manifold = {"mu": -0.05, "2 mu": -0.1, "lambda": -1.0}
    found: dict[str, list[dict[str, float]]] = {"defaults": [], "narrow": []}
    for seed in range(4):
        starts = np.random.default_rng(seed).uniform(-1, 1, (20, 2))
        run = sims.Flow(system="slow-manifold", initial=starts).run(t_end=4.0, snapshots=41, members=20)
        found["defaults"].append(rates_off(KernelEDMD(), run, dict(manifold)))
        found["narrow"].append(rates_off(narrower(run), run, dict(manifold)))
    for settings, rows in found.items():
        yield {"system": "slow manifold", "settings": settings, "draws": len(rows)} | {
            name: max(one[name] for one in rows) for name in manifold
        }
    draws = 20
    for ridge in (1e-12, 1e-8):
        errors = []
        for seed in range(draws):
            seen = clean + 0.01 * clean.std() * np.random.default_rng(seed).normal(size=clean.shape)
            errors.append(rates_off(KernelEDMD(ridge=ridge), as_run(seen, 0.1), pair)["pair"])
        yield {
            "system": "oscillator, noise 1 %",
            "settings": f"ridge {ridge:g}",
            "draws": draws,
            "pair": float(np.median(errors)),
        }


STUDIES: dict[str, Callable[[], Iterable[Row]]] = {
    "bound": bound,
    "minima": minima,
    "bagging": bagging,
    "intervals": intervals,
    "kernels": kernels_at_defaults,
}


def main(names: list[str]) -> None:
    """Measure what is named, or all, and fill the page."""
    measured.measure(names, STUDIES, ESTIMATES)
    measured.fill(PAGE, koopman_methods.TABLES)


if __name__ == "__main__":
    main(sys.argv[1:])
