"""Losses of symbolic sequences beside entropy rates that are known, and how they fall with the data."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ergodica import sims
from ergodica.models.symbols import SymbolModel, scaling_law

Row = dict[str, Any]
Symbols = NDArray[np.int64]

TRAINED, TESTED = 100_000, 100_000
SIZES = (1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000)
SEEDS = (0, 1, 2)
STAY = 0.9


def logistic(count: int, seed: int, r: float) -> Symbols:
    """x > 1/2 along an orbit of the logistic map, a generating partition."""
    start = float(np.random.default_rng(seed).uniform(0.2, 0.8))
    orbit = sims.Map(system="logistic", parameters={"r": r}, initial=(start,)).run(
        t_end=count + 1000, snapshots=count + 1001
    )
    return np.asarray(orbit.state.values[1001:, 0] > 0.5, dtype=np.int64)


def even(count: int, seed: int) -> Symbols:
    """The even process: ones come in pairs between zeros, a coin at each pair; of infinite memory."""
    coins = np.random.default_rng(seed).random(count + 2) < 0.5
    return np.repeat(coins, np.where(coins, 2, 1)).astype(np.int64)[1 : count + 1]


def chain(count: int, seed: int) -> Symbols:
    """A chain of two states that stays with probability .9."""
    turns = np.random.default_rng(seed).random(count) > STAY
    return np.cumsum(turns) % 2


def golden(count: int, seed: int) -> Symbols:
    """The golden mean shift at its largest entropy: no two ones in a row."""
    ratio = (1 + math.sqrt(5)) / 2
    rng = np.random.default_rng(seed).random(count)
    made = np.zeros(count, dtype=np.int64)
    for i in range(1, count):
        made[i] = made[i - 1] == 0 and rng[i] < 1 / ratio**2
    return made


def exponent(r: float) -> float:
    """The Lyapunov exponent of the logistic map, which is its entropy rate (Pesin)."""
    return float(sims.lyapunov_spectrum("logistic", parameters={"r": r}).exponent.values[0])


PROCESSES: dict[str, tuple[Callable[[int, int], Symbols], Callable[[], float]]] = {
    "logistic map, r = 4": (lambda n, seed: logistic(n, seed, 4.0), lambda: math.log(2)),
    "logistic map, r = 3.8": (lambda n, seed: logistic(n, seed, 3.8), lambda: exponent(3.8)),
    "even process": (even, lambda: 2 / 3 * math.log(2)),
    "golden mean shift": (golden, lambda: math.log((1 + math.sqrt(5)) / 2)),
    "chain of two states": (chain, lambda: -STAY * math.log(STAY) - (1 - STAY) * math.log(1 - STAY)),
}


def symbols() -> Iterator[Row]:
    """A row a process and seed."""
    for name, (made, exact) in PROCESSES.items():
        rate = exact()
        for seed in SEEDS:
            values = made(TRAINED + TESTED, seed)
            model = SymbolModel().fit(values[:TRAINED], seed=seed, progress=False)
            loss, error = model.entropy_rate(values[TRAINED:])
            yield {"process": name, "seed": seed, "exact": rate, "loss": loss, "error": error}


def scaling() -> Iterator[Row]:
    """Losses over the number of symbols, and the law through them."""
    for name in ("logistic map, r = 3.8", "even process"):
        made, exact = PROCESSES[name]
        losses, errors = [], []
        for size in SIZES:
            found = []
            for seed in SEEDS:
                values = made(size + TESTED, 100 + seed)
                model = SymbolModel().fit(values[:size], seed=seed, patience=5, progress=False)
                found.append(model.entropy_rate(values[size:]))
            mean, error = np.asarray(found).T
            losses.append(float(mean.mean()))
            errors.append(float(np.hypot(mean.std(ddof=1), error.mean()) / math.sqrt(len(SEEDS))))
        law = scaling_law(SIZES, losses, errors)
        said = {one: float(law[one]) for one in ("limit", "limit_low", "limit_high", "exponent", "amplitude")}
        yield {
            "process": name,
            "exact": exact(),
            "sizes": list(SIZES),
            "losses": losses,
            "errors": errors,
            **said,
        }
