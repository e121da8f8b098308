"""Eigenvalues of EDMD beside those that are known."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import xarray as xr

from ergodica import data, sims
from ergodica.models.koopman import EDMD
from ergodica.models.koopman.dictionaries import Dictionary, Identity, Polynomial, Radial, RandomFourier

Row = dict[str, Any]
PAIRS = ((0.99, 0.3), (0.95, 1.1))
REAL = 0.8
TRUTH = np.array([r * np.exp(sign * 1j * a) for r, a in PAIRS for sign in (1, -1)] + [REAL])
REFITS = 200
FOCUS, SADDLE = -0.25 + 1.3919410907075054j, 0.7807764064044151


def linear(snapshots: int, seed: int, warm_up: int = 500) -> xr.Dataset:
    """x_n+1 = A x_n + noise of unit variance, stationary."""
    matrix = np.zeros((5, 5))
    for k, (r, angle) in enumerate(PAIRS):
        turn = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
        matrix[2 * k : 2 * k + 2, 2 * k : 2 * k + 2] = r * np.array(turn)
    matrix[4, 4] = REAL
    rng = np.random.default_rng(seed)
    kicks = rng.standard_normal((warm_up + snapshots, 5))
    x = np.zeros_like(kicks)
    for n in range(1, len(kicks)):
        x[n] = matrix @ x[n - 1] + kicks[n]
    return data.from_arrays(
        {"state": x[warm_up:]},
        title="a linear process",
        t=np.arange(float(snapshots)),
        dims={"state": ("t", "component")},
        units={"state": "1", "t": "1"},
    )


def noise(seeds: int = 200) -> Iterator[Row]:
    """The worst of five eigenvalues with process noise."""
    for snapshots in (1000, 10_000, 100_000):
        worst = []
        for seed in range(seeds if snapshots < 100_000 else seeds // 4):
            values = EDMD(dictionary=Identity()).fit(linear(snapshots, seed)).spectrum[0]
            worst.append(abs(values[:, None] - TRUTH).min(axis=0).max())
        yield {
            "snapshots": snapshots,
            "seeds": len(worst),
            "median": float(np.median(worst)),
            "ninetieth": float(np.quantile(worst, 0.9)),
        }


def coverage(seeds: int = 300) -> Iterator[Row]:
    """How often intervals of .95 hold the truth."""
    for snapshots in (500, 2000):
        hits: dict[str, list[Any]] = {"real": [], "imag": []}
        errors, estimates = [], []
        began = time.process_time()
        for seed in range(seeds):
            found = EDMD(dictionary=Identity()).fit(linear(snapshots, seed)).eigenvalues(REFITS, seed=seed)
            values = found.ergodica["eigenvalue"].values
            order = abs(values[:, None] - TRUTH).argmin(axis=0)
            for part, true in (("real", TRUTH.real), ("imag", TRUTH.imag)):
                low, high = (found[f"eigenvalue_{end}_{part}"].values[order] for end in ("low", "high"))
                hits[part].append((low <= true) & (true <= high))
            errors.append(found.ergodica["eigenvalue_standard_error"].values[order])
            estimates.append(values[order])
        spread = np.std(np.real(estimates), axis=0, ddof=1), np.std(np.imag(estimates), axis=0, ddof=1)
        # of a conjugate pair one: the other has the same interval
        for at, name in ((0, ".99 exp(.3i)"), (2, ".95 exp(1.1i)"), (4, ".8")):
            yield {
                "snapshots": snapshots,
                "eigenvalue": name,
                "seeds": seeds,
                "refits": REFITS,
                "real": float(np.mean(hits["real"], axis=0)[at]),
                "imag": float(np.mean(hits["imag"], axis=0)[at]),
                "standard_error": float(np.mean(errors, axis=0)[at].real),
                "spread": float(spread[0][at]),
                "spread_imag": float(spread[1][at]),
                "standard_error_imag": float(np.mean(errors, axis=0)[at].imag),
                "seconds": time.process_time() - began,
            }


def unclosed(seeds: int = 100) -> Iterator[Row]:
    """How often intervals of .95 hold the truth where the observable is half of a slow process, by the blocks."""
    slow, fast = 0.99, 0.5
    # of two independent processes of the same variance
    truth = (slow + fast) / 2
    for snapshots in (2000, 10_000):
        for longer in (None, 4):
            held, errors, estimates = [], [], []
            block = None if longer is None else longer * math.isqrt(snapshots - 1)
            for seed in range(seeds):
                rng = np.random.default_rng(seed)
                x = np.zeros(snapshots)
                for rate in (slow, fast):
                    part = rng.standard_normal()
                    for n, kick in enumerate(math.sqrt(1 - rate**2) * rng.standard_normal(snapshots)):
                        x[n] += part
                        part = rate * part + kick
                run = data.from_arrays(
                    {"state": x[:, None]},
                    title="the sum of two processes",
                    t=np.arange(float(snapshots)),
                    dims={"state": ("t", "component")},
                    units={"state": "1", "t": "1"},
                )
                found = EDMD(dictionary=Identity()).fit(run).eigenvalues(REFITS, block=block, seed=seed)
                low, high = (float(found[f"eigenvalue_{end}_real"][0]) for end in ("low", "high"))
                held.append(low <= truth <= high)
                errors.append(float(found.eigenvalue_standard_error_real[0]))
                estimates.append(float(found.eigenvalue_real[0]))
            yield {
                "snapshots": snapshots,
                "block": block,
                "seeds": seeds,
                "refits": REFITS,
                "held": float(np.mean(held)),
                "standard_error": float(np.sqrt(np.mean(np.square(errors)))),
                "spread": float(np.std(estimates, ddof=1)),
            }


def _starts(centre: tuple[float, float], radius: float, members: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    r, angle = radius * np.sqrt(rng.random(members)), rng.uniform(0, 2 * np.pi, members)
    return np.array(centre) + np.stack([r * np.cos(angle), r * np.sin(angle)], axis=1)


def duffing() -> Iterator[Row]:
    """The focus and the saddle of the Duffing oscillator from short orbits around them."""
    for name, centre, truth in (("focus", (1.0, 0.0), FOCUS), ("saddle", (0.0, 0.0), SADDLE)):
        for radius in (0.2, 0.4):
            run = sims.Flow(
                system="duffing-unforced",
                parameters={"delta": 0.5},
                initial=_starts(centre, radius, 60, 0),
                tolerance=1e-12,
            ).run(t_end=0.4, snapshots=9, members=60)
            for degree in (3, 5, 7):
                found = EDMD(dictionary=Polynomial(degree=degree)).fit(run).eigenvalues()
                rates = found.ergodica["continuous_eigenvalue"].values
                at = abs(rates - truth).argmin()
                yield {
                    "point": name,
                    "radius": radius,
                    "degree": degree,
                    "found": [float(rates[at].real), float(rates[at].imag)],
                    "error": float(abs(rates[at] - truth)),
                    "residual": float(found.residual.values[at]),
                }


def manifold(members: int, seed: int) -> xr.Dataset:
    """Orbits of the slow manifold, mu = -.05 and lambda = -1."""
    start = np.random.default_rng(seed).uniform(-1, 1, (members, 2))
    return _orbits("slow-manifold", start)


def pendulum(members: int, seed: int) -> xr.Dataset:
    """Orbits of a pendulum without friction, at most half way up."""
    start = np.random.default_rng(seed).uniform(-1.5, 1.5, (members, 2))
    return _orbits("pendulum", start)


def _orbits(system: str, starts: np.ndarray) -> xr.Dataset:
    flow = sims.Flow(system=system, initial=starts, tolerance=1e-12)
    run: xr.Dataset = flow.run(t_end=4.0, snapshots=41, members=len(starts))
    return run


SYSTEMS = {"slow manifold": manifold, "pendulum": pendulum}
DICTIONARIES: dict[str, Dictionary] = {
    "polynomial, degree 2": Polynomial(degree=2),
    "polynomial, degree 5": Polynomial(degree=5),
    "100 thin plates": Radial(centres=100),
    "100 random waves": RandomFourier(features=100),
}


def is_true(system: str, rates: np.ndarray, digits: float = 1e-3) -> np.ndarray:
    """Whether rates are to .001 eigenvalues of the system: a mu + b lambda, and of the pendulum 0 alone."""
    if system == "pendulum":
        return np.asarray(abs(rates) < digits)
    lattice = np.array([-0.05 * a - b for a in range(40) for b in range(20)])
    return np.asarray(abs(rates[:, None] - lattice).min(axis=1) < digits)


def spurious() -> Iterator[Row]:
    """Eigenvalues that are kept and flagged, on the training data and on a run that was not seen."""
    for system, make in SYSTEMS.items():
        train, fresh = make(40, 0), make(40, 1)
        for name, dictionary in DICTIONARIES.items():
            model = EDMD(dictionary=dictionary).fit(train)
            rates = model.eigenvalues().ergodica["continuous_eigenvalue"].values
            true = is_true(system, rates)
            for where, ds, epsilon in (
                ("training", train, 0.01),
                ("fresh", fresh, 0.01),
                ("fresh", fresh, 0.001),
            ):
                flagged = model.residuals(ds, epsilon=epsilon).spurious.values == 1
                yield {
                    "system": system,
                    "dictionary": name,
                    "data": where,
                    "epsilon": epsilon,
                    "eigenvalues": len(rates),
                    "kept": int((~flagged).sum()),
                    "kept_true": int((~flagged & true).sum()),
                    "true": int(true.sum()),
                }
