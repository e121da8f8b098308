"""How often what comes lies within the bands of draws."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica import estimators as est
from ergodica import sims
from ergodica.models.forecast import NVAR, EchoState, Ensemble, Linear
from ergodica.models.forecast.spread import crps
from ergodica.scripts.studies.forecasters_valid import LEARNED, lorenz, series, starts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ergodica.models.forecast import Forecaster

    Array = NDArray[np.float64]

Row = dict[str, Any]
DRAWS, UNSEEN = 199, 20_000
SETS, STEPS, STARTS = 20, 50, 200
"""Training sets of the linear process, steps of a forecast, and forecasts of each."""
LORENZ_SETS, LORENZ_STEPS, LORENZ_STARTS = 5, 100, 35
TURN, KEPT = 0.2, 0.97
SHORT, SHORT_STARTS = 120, 20
"""Snapshots of a process of one component that are known, and forecasts of it."""
LAGGED = (1.5, -0.75)
"""Weights of its last two values."""
OBSERVED = {
    "linear process of two components": 0.0,
    "the same with noise of the observation of 30 %": 0.3,
}
NOISY = {"Lorenz with 1 % noise": 0.01, "Lorenz with 5 % noise": 0.05}
IN_FLOWS = {"without noise": 0.0, "with 5 % noise": 0.05}
"""Standard deviations of the noise by that of each component."""
FLOWS = (
    *("lorenz63", "rossler", "chua", "halvorsen", "thomas"),
    *("aizawa", "rabinovich-fabrikant", "sprott-a", "sprott-b", "dadras"),
)
PERIODS, POINTS, LATER, SETTLING = (1, 3, 10), 100, 12, 50
"""Periods that are known, snapshots in each, periods that are forecast from, and those before all of them."""
CHAOTIC: dict[str, Callable[[], Forecaster]] = {
    "NVAR": NVAR,
    "Ensemble": lambda: Ensemble(of=NVAR()),
}
SINGLE: dict[str, Callable[[], Forecaster]] = {"NVAR": NVAR, "EchoState": EchoState}


def linear_process(snapshots: int, seed: int) -> Array:
    """x(n + 1) = .97 R x(n) + noise, R the rotation by .2, after it has settled, (snapshots, 2)."""
    rng, settled = np.random.default_rng(seed), 500
    matrix = KEPT * np.array([[np.cos(TURN), -np.sin(TURN)], [np.sin(TURN), np.cos(TURN)]])
    x, found = np.zeros(2), []
    for _ in range(settled + snapshots):
        x = matrix @ x + rng.normal(size=2)
        found.append(x)
    return np.asarray(found[settled:])


def autoregression(snapshots: int, seed: int) -> Array:
    """x(n + 1) = 1.5 x(n) - .75 x(n - 1) + noise after it has settled, (snapshots, 1)."""
    rng, settled = np.random.default_rng(seed), 300
    x = np.zeros(settled + snapshots)
    for n in range(2, len(x)):
        x[n] = LAGGED[0] * x[n - 1] + LAGGED[1] * x[n - 2] + rng.normal()
    return x[settled:, None]


def noisy(pair: tuple[Array, Array], share: float, seed: int) -> tuple[Array, Array]:
    """Two orbits with noise by the standard deviations of the first."""
    rng = np.random.default_rng(seed)
    known, unseen = (one + share * pair[0].std(axis=0) * rng.normal(size=one.shape) for one in pair)
    return known, unseen


def spread() -> Iterator[Row]:
    """Shares within 50 and 90 % of the draws, a row a training set."""
    for system, share in OBSERVED.items():
        for number in range(SETS):
            pair = linear_process(LEARNED, 2 * number), linear_process(UNSEEN, 2 * number + 1)
            known, unseen = noisy(pair, share, 1000 + number)
            shares = covered(Linear(), known, unseen, STEPS, STARTS)
            yield {"system": system, "set": number, "forecaster": "Linear", "steps": STEPS, **shares}
    for number in range(SETS):
        known, unseen = autoregression(SHORT, 2 * number), autoregression(UNSEEN, 2 * number + 1)
        for name, maker in (SINGLE | {"Linear": Linear}).items():
            shares = covered(maker(), known, unseen, STEPS, SHORT_STARTS)
            system = f"autoregression of order 2, {SHORT} snapshots"
            yield {"system": system, "set": number, "forecaster": name, "steps": STEPS, **shares}
    for system, share in NOISY.items():
        for number in range(LORENZ_SETS):
            pair = lorenz(LEARNED, 10 + number), lorenz(UNSEEN, 100 + number)
            known, unseen = noisy(pair, share, 1000 + number)
            for name, maker in CHAOTIC.items():
                shares = covered(maker(), known, unseen, LORENZ_STEPS, LORENZ_STARTS)
                yield {"system": system, "set": number, "forecaster": name, "steps": LORENZ_STEPS, **shares}
    for periods in PERIODS:
        for words, share in IN_FLOWS.items():
            system = f"ten flows, {periods} period{'s' if periods > 1 else ''} {words}"
            for number, flow_name in enumerate(FLOWS):
                known, later = noisy(flow(flow_name, periods), share, 1000 + number)
                for name, maker in SINGLE.items():
                    shares = covered(maker(), known, later, LORENZ_STEPS, LORENZ_STARTS)
                    yield {
                        "system": system,
                        "set": number,
                        "forecaster": name,
                        "steps": LORENZ_STEPS,
                        **shares,
                    }


def flow(name: str, periods: int) -> tuple[Array, Array]:
    """The last periods before now of a flow of the catalogue, and what comes later."""
    facts = sims.FLOWS[name].facts
    assert facts is not None
    assert facts.period is not None
    whole = max(PERIODS) + LATER
    run = sims.Flow(system=name).run(
        periods=whole, points_per_period=POINTS, warm_up=SETTLING * facts.period, threads=1, progress=False
    )
    now = max(PERIODS) * POINTS
    values = run.state.values
    return values[now - periods * POINTS : now], values[now:]


def covered(model: Forecaster, known: Array, unseen: Array, steps: int, count: int) -> Row:
    """Shares of what follows within the bands, and the ranked probability score in standard deviations of what is
    unseen, over all steps and starts."""
    context, truth = starts(unseen, steps, count)
    with warnings.catch_warnings():
        # that a draw left its bounds is in the shares
        warnings.simplefilter("ignore")
        draws = model.fit(series(known)).continued(context, steps, members=DRAWS, seed=0)
    flat = np.moveaxis(draws, 0, -1).reshape(-1, DRAWS)
    shares = {
        str(level): round(float(est.interval_coverage(flat, truth.ravel(), dim=0, level=level)), 4)
        for level in (0.5, 0.9)
    }
    scale = unseen.std(axis=0)
    return shares | {"crps": round(float(crps(draws / scale, truth / scale).mean()), 5)}
