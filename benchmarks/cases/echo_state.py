"""Echo state network of 500 units on Lorenz 1963, one core, against reservoirpy from the package index.

Same size, density and leak; both are warmed up, fitted to 1000 snapshots by ridge regression and run free for 1000
steps. Ours solves by an orthogonal triangle where reservoirpy solves the normal equations, which lose the small ridges
that exact data need; the choice of settings by rollouts is not timed.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from timing import best

TITLE = "Echo state network"
PEER = "reservoirpy==0.4.2"
PACKAGES = ("ergodica", "numpy", "numba", "reservoirpy", "scipy")
THREADS = 1
ROUNDS = 3

UNITS, LEARNED, FREE, DT = 500, 1000, 1000, 0.015008


def lorenz(count: int) -> np.ndarray:
    """Snapshots (count, 3) in standard units, by Runge and Kutta's scheme."""

    def rate(x: np.ndarray) -> np.ndarray:
        return np.array([10 * (x[1] - x[0]), x[0] * (28 - x[2]) - x[1], x[0] * x[1] - 8 / 3 * x[2]])

    x, h, found = np.array([-9.787, -15.04, 20.53]), DT / 4, np.empty((count, 3))
    for n in range(count):
        found[n] = x
        for _ in range(4):
            k1 = rate(x)
            k2 = rate(x + h / 2 * k1)
            k3 = rate(x + h / 2 * k2)
            x = x + h / 6 * (k1 + 2 * k2 + 2 * k3 + rate(x + h * k3))
    return (found - found.mean(axis=0)) / found.std(axis=0)


def ours() -> Callable[[], dict[str, float]]:
    """The kernels that `EchoState` calls, and its fit."""
    from ergodica.models.forecast.echo_state import continued
    from ergodica.models.forecast.echo_state_kernels import drive_through
    from ergodica.models.forecast.reservoir import Reservoir
    from ergodica.models.forecast.ridge import ridge_path

    values = lorenz(LEARNED)
    scaled = Reservoir.drawn(UNITS, 3, 0).scaled(0.4, 0.3, 1.0, 1.0)
    states = np.empty((LEARNED, UNITS))

    def drive() -> None:
        drive_through(values, np.zeros(UNITS), *scaled, states)

    def fit() -> np.ndarray:
        return ridge_path(
            np.concatenate([values, states], axis=1)[50:-1], np.diff(values[50:], axis=0), (1e-10,)
        )[0]

    drive()
    weights = fit()

    def free() -> None:
        continued(states[-1:], values[-1:], weights, FREE, scaled, None)

    free()

    def run() -> dict[str, float]:
        return {"drive": best(drive) / LEARNED * 1e6, "free": best(free) / FREE * 1e6, "fit": best(fit) * 1e3}

    return run


def peer() -> Callable[[], dict[str, float]]:
    """Its nodes: a reservoir and a ridge readout with feedback of the output through the input."""
    import reservoirpy
    from reservoirpy.nodes import Reservoir, Ridge

    if hasattr(reservoirpy, "verbosity"):
        reservoirpy.verbosity(0)
    values = lorenz(LEARNED)
    reservoir = Reservoir(UNITS, lr=1.0, sr=0.4, input_scaling=0.3, rc_connectivity=10 / UNITS, seed=0)
    readout = Ridge(ridge=1e-8)
    states = reservoir.run(values)

    def drive() -> None:
        reservoir.run(values)

    def fit() -> None:
        readout.fit(states[:-1], values[1:], warmup=50)

    fit()

    def free() -> None:
        x = values[-1]
        for _ in range(FREE):
            x = readout(reservoir(x.reshape(x.shape)))

    free()

    def run() -> dict[str, float]:
        return {"drive": best(drive) / LEARNED * 1e6, "free": best(free) / FREE * 1e6, "fit": best(fit) * 1e3}

    return run


def rows(ours: list[dict[str, float]], peer: list[dict[str, float]]) -> list[dict[str, object]]:
    """Microseconds a step and milliseconds a fit, the fastest of all rounds, and the other's time over ours."""
    found: list[dict[str, object]] = []
    for key, job, unit in (
        ("drive", "a step that hears the data", "us"),
        ("free", "a step on its own", "us"),
        ("fit", "the readout of 1000 snapshots", "ms"),
    ):
        mine, theirs = (min(one[key] for one in side) for side in (ours, peer))
        found.append(
            {
                "job": f"echo state network of {UNITS} units, {job}",
                "ours": f"{mine:.3g} {unit}",
                "against": f"reservoirpy: {theirs:.3g} {unit}",
                "ratio": theirs / mine,
            }
        )
    return found
