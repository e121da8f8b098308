"""Koopman eigenvalues from 60 noisy snapshots of linear oscillations, one core, against PyDMD's BOPDMD.

Two spectra of five eigenvalues, seen in 1, 2, 5 or 20 features by random modes, with white noise of 5 to 40 % of the
root mean square. The error of a fit is the largest distance of an eigenvalue from its own, paired so that the sum is
least, at most 1; what stands in the table is its median over seeds, and the Cramer-Rao bound of the worst eigenvalue.
BOPDMD is told the rank, as ours is. It is run with its defaults, and constrained to stable eigenvalues in conjugate
pairs; the better of the two at each setting is compared unless its defaults are named. Where there are fewer features
than eigenvalues it has 20 delays, without which it has no way to find them all. Seconds are of the processor.
"""

from __future__ import annotations

import contextlib
import io
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

TITLE = "Koopman eigenvalues from 60 noisy snapshots"
PEER = "pydmd==2025.8.1"
PACKAGES = ("ergodica", "numpy", "scipy", "pydmd")
THREADS = 1
ROUNDS = 2

SNAPSHOTS, SEEDS, DELAYS = 60, 24, 20
SPECTRA = {
    "apart": np.array(
        [0.99 * np.exp(0.3j), 0.99 * np.exp(-0.3j), 0.95 * np.exp(1.1j), 0.95 * np.exp(-1.1j), 0.8]
    ),
    "close": np.array(
        [0.98 * np.exp(0.5j), 0.98 * np.exp(-0.5j), 0.97 * np.exp(0.7j), 0.97 * np.exp(-0.7j), 0.9]
    ),
}
FEATURES, NOISES = (1, 2, 5, 20), (0.05, 0.1, 0.2, 0.4)
BAGGED = ("apart", 5, 0.1)
TRIALS, FEW = 100, 6


def snapshots(spectrum: str, features: int, noise: float, seed: int) -> tuple[np.ndarray, np.ndarray, float]:
    """Snapshots (60, features), the modes, and the size of the noise."""
    rng = np.random.default_rng([seed, features])
    modes = rng.normal(size=(5, features)) + 1j * rng.normal(size=(5, features))
    modes[[1, 3]], modes[4] = modes[[0, 2]].conj(), modes[4].real
    modes /= np.linalg.norm(modes, axis=1, keepdims=True)
    clean = (SPECTRA[spectrum] ** np.arange(SNAPSHOTS)[:, None] @ modes).real
    size = noise * np.sqrt((clean**2).mean())
    return clean + size * rng.normal(size=clean.shape), modes, size


def worst(found: np.ndarray, truth: np.ndarray) -> float:
    """Largest distance of a pair, at most 1."""
    from scipy.optimize import linear_sum_assignment

    if not np.isfinite(found).all() or len(found) < len(truth):
        return 1.0
    apart = abs(np.asarray(found)[:, None] - truth)
    return float(min(1.0, apart[linear_sum_assignment(apart)].max()))


def bound(spectrum: str, modes: np.ndarray, size: float) -> float:
    """Least root mean square error that an unbiased estimate can have, of the worst eigenvalue."""
    z, n = SPECTRA[spectrum], np.arange(SNAPSHOTS)[:, None]
    powers, slopes = z**n, n * z ** np.maximum(n - 1, 0)
    held = np.linalg.qr(powers)[0]
    outside = slopes - held @ (held.conj().T @ slopes)
    information = (outside.conj().T @ outside) * (modes.conj() @ modes.T)
    return float(size * np.sqrt(np.diag(np.linalg.inv(information)).real.max()))


def measured(
    ways: dict[str, Callable[[Any], np.ndarray]], form: Callable[[np.ndarray], Any] = np.asarray
) -> dict[str, float]:
    """Median error, its mean, and seconds of each way at each setting."""
    found: dict[str, float] = {}
    for spectrum in SPECTRA:
        for features in FEATURES:
            for noise in NOISES:
                errors: dict[str, list[float]] = {way: [] for way in ways}
                seconds: dict[str, list[float]] = {way: [] for way in ways}
                bounds = []
                for seed in range(SEEDS):
                    y, modes, size = snapshots(spectrum, features, noise, seed)
                    bounds.append(bound(spectrum, modes, size))
                    for way, fit in ways.items():
                        given = form(y)
                        begin = time.process_time()
                        z = fit(given)
                        seconds[way].append(time.process_time() - begin)
                        errors[way].append(worst(z, SPECTRA[spectrum]))
                for way in ways:
                    key = f"{spectrum}, {features}, {noise}, {way}"
                    found[f"{key}, median"] = float(np.median(errors[way]))
                    found[f"{key}, mean"] = float(np.mean(errors[way]))
                    found[f"{key}, seconds"] = float(np.median(seconds[way]))
                found[f"{spectrum}, {features}, {noise}, bound"] = float(np.median(bounds))
    return found


def bagged(
    fit: Callable[[Any], np.ndarray], form: Callable[[np.ndarray], Any] = np.asarray
) -> dict[str, float]:
    """Seconds and median error of bagging."""
    errors, seconds = [], []
    for seed in range(FEW):
        y, _, _ = snapshots(*BAGGED, seed)
        given = form(y)
        begin = time.process_time()
        z = fit(given)
        seconds.append(time.process_time() - begin)
        errors.append(worst(z, SPECTRA[BAGGED[0]]))
    return {"bagged, median": float(np.median(errors)), "bagged, seconds": float(np.median(seconds))}


def ours() -> Callable[[], dict[str, float]]:
    """The public models, from a dataset."""
    from ergodica import data
    from ergodica.models.koopman import BaggedDMD, OptimisedDMD

    def run(y: np.ndarray) -> Any:
        return data.from_arrays(
            {"state": y},
            title="noisy oscillations",
            dims={"state": ("t", "component")},
            t=np.arange(float(len(y))),
            units={"state": "1"},
        )

    def eigenvalues(model: Any, **settings: object) -> Callable[[Any], np.ndarray]:
        return lambda ds: model(rank=5, **settings).fit(ds).spectrum[0]

    one = eigenvalues(OptimisedDMD)
    one(run(snapshots("apart", 5, 0.1, 0)[0]))
    return lambda: measured({"ours": one}, run) | bagged(eigenvalues(BaggedDMD, trials=TRIALS), run)


def peer() -> Callable[[], dict[str, float]]:
    """BOPDMD with its defaults, and with constraints."""
    from pydmd import BOPDMD

    warnings.simplefilter("ignore")

    def fitted(**settings: object) -> Callable[[np.ndarray], np.ndarray]:
        def fit(y: np.ndarray) -> np.ndarray:
            if y.shape[1] < 5:
                y = np.hstack([y[first : len(y) - DELAYS + 1 + first] for first in range(DELAYS)])
            with contextlib.redirect_stdout(io.StringIO()):
                model = BOPDMD(svd_rank=5, **settings).fit(y.T, np.arange(float(len(y))))
            return np.exp(model.eigs)

        return fit

    ways = {"default": fitted(), "fair": fitted(eig_constraints={"stable", "conjugate_pairs"})}
    ways["default"](snapshots("apart", 5, 0.1, 0)[0])
    return lambda: measured(ways) | bagged(fitted(num_trials=TRIALS, trial_size=0.6))


def rows(ours: list[dict[str, float]], peer: list[dict[str, float]]) -> list[dict[str, object]]:
    """Errors and times in the geometric mean of all settings, theirs over ours."""
    settings = [one.removesuffix(", bound") for one in ours[0] if one.endswith(", bound")]

    def of(side: list[dict[str, float]], way: str, what: str) -> float:
        values = [min(one[f"{key}, {way}, {what}"] for one in side) for key in settings]
        return float(np.exp(np.mean(np.log(values))))

    def better(what: str) -> float:
        values = []
        for key in settings:
            way = min(("default", "fair"), key=lambda one: peer[0][f"{key}, {one}, median"])
            values.append(min(one[f"{key}, {way}, {what}"] for one in peer))
        return float(np.exp(np.mean(np.log(values))))

    job = f"worst of five eigenvalues from 60 noisy snapshots, {len(settings)} settings"
    jobs = {
        f"{job}, medians": (of(ours, "ours", "median"), better("median"), ""),
        f"{job}, medians, its defaults": (of(ours, "ours", "median"), of(peer, "default", "median"), ""),
        f"{job}, means": (of(ours, "ours", "mean"), better("mean"), ""),
        f"{job}, seconds": (of(ours, "ours", "seconds"), better("seconds"), " s"),
        f"bagging of {TRIALS} trials for five eigenvalues of 5 features": (
            min(one["bagged, seconds"] for one in ours),
            min(one["bagged, seconds"] for one in peer),
            " s",
        ),
    }
    return [
        {
            "job": words,
            "ours": f"{mine:.3g}{unit}",
            "against": f"BOPDMD: {theirs:.3g}{unit}",
            "ratio": theirs / mine,
        }
        for words, (mine, theirs, unit) in jobs.items()
    ]
