"""The two rollouts of EDMD on the Lorenz attractor."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import numpy as np

from ergodica import sims
from ergodica.models.koopman import EDMD
from ergodica.models.koopman.dictionaries import Dictionary, Polynomial, Radial, RandomFourier

Row = dict[str, Any]
DT, STEPS, EVERY = 0.01, 50, 10
DICTIONARIES: dict[str, Dictionary] = {
    **{f"polynomial, degree {degree}": Polynomial(degree=degree) for degree in (2, 3, 6, 9, 12)},
    "200 thin plates": Radial(centres=200),
    "200 random waves": RandomFourier(features=200),
}


def rollouts() -> Iterator[Row]:
    """Errors over 50 steps of .01, in standard deviations of each component.

    A run of the attractor is cut in two: training data, and 4,000 snapshots of which every tenth is a start.
    """
    for snapshots in (2000, 10_000):
        run = sims.Flow(system="lorenz63", tolerance=1e-12).run(
            t_end=DT * (snapshots + 4000), snapshots=snapshots + 4001, warm_up=20
        )
        train, test = run.isel(t=slice(0, snapshots + 1)), run.state.values[snapshots + 1 :]
        spread = train.state.values.std(axis=0)
        starts = np.arange(0, len(test) - STEPS, EVERY)
        truth = np.stack([test[starts + k] for k in range(1, STEPS + 1)], axis=1)
        for name, dictionary in DICTIONARIES.items():
            began = time.process_time()
            model = EDMD(dictionary=dictionary).fit(train)
            seconds = time.process_time() - began
            windows = test[starts][:, None]
            errors = {
                "linear": _errors(model.linear_steps(windows, STEPS) - truth, spread),
                "reencoded": _errors(model.reencoded_steps(windows, STEPS) - truth, spread),
            }
            x = train.state.values
            z = model.lift(x[:-STEPS, None])
            direct = model.lift(windows) @ np.linalg.lstsq(z, x[STEPS:], rcond=None)[0]
            yield {
                "snapshots": snapshots,
                "dictionary": name,
                "observables": len(model.operator),
                "seconds": seconds,
                "direct": float(_errors((direct - truth[:, -1])[:, None], spread)[0]),
                **{key: one.tolist() for key, one in errors.items()},
            }


def _errors(difference: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """Root mean square over starts and components of the differences, in spreads, at each step."""
    return np.asarray(np.sqrt(((difference / spread) ** 2).mean(axis=(0, 2))))
