"""Every flow of the catalogue: nanoseconds a right-hand side, many members, one thread; and elementary functions."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

TITLE = "right-hand sides of the catalogue's flows, 256 members"
PEER = None
PACKAGES = ("ergodica", "numpy", "numba")
THREADS = 1
ROUNDS = 5

MEMBERS, DT, SHORTEST = 256, 1e-4, 2e-3
SLOWEST = 8
POINTS = 4096
FUNCTIONS = ("sin", "cos", "exp", "log", "tanh", "arctan", "pow")


def ours() -> Callable[[], dict[str, float]]:
    """Runge-Kutta steps of every flow; functions over an array, ours and the mathematics library's."""
    from ergodica import sims
    from ergodica.sims.dynamics.kernels import kernels
    from ergodica.sims.dynamics.layout import LANES, blocks_of

    jobs: dict[str, tuple[Callable[..., object], np.ndarray, np.ndarray, int]] = {}
    for name, definition in sims.FLOWS.items():
        if definition.lags:
            continue
        start = definition.initial_point()
        states = blocks_of(start * (1 + 1e-3 * np.sin(np.arange(MEMBERS))[:, None]))
        parameters = blocks_of(np.tile(definition.vector(), (MEMBERS, 1)))
        steps, count = kernels(definition).rk4, 1
        steps(states.copy(), parameters, DT, 0, 1)
        while _timed(steps, states.copy(), parameters, count) < SHORTEST:
            count *= 2
        jobs[name] = steps, states, parameters, count
    functions = _functions()

    def run() -> dict[str, float]:
        found = {}
        for name, (steps, states, parameters, count) in jobs.items():
            seconds = min(_timed(steps, states.copy(), parameters, count) for _ in range(3))
            found[name] = seconds / (4 * count * len(states) * LANES) * 1e9
        for name, job in functions.items():
            begin = time.perf_counter()
            job()
            found[name] = (time.perf_counter() - begin) / POINTS * 1e9
        return found

    return run


def _timed(steps: Callable[..., object], states: np.ndarray, parameters: np.ndarray, count: int) -> float:
    begin = time.perf_counter()
    steps(states, parameters, DT, 0, count)
    return time.perf_counter() - begin


def _functions() -> dict[str, Callable[[], object]]:
    """Name such as `our sin` -> a call over all points."""
    import math

    from ergodica.numerics import elementary, kernel

    sincos, exp, log, tanh = elementary.sincos, elementary.exp, elementary.log, elementary.tanh
    arctan, power = elementary.arctan, elementary.power

    @kernel(error_model="numpy")
    def our_sin(x, y):  # type: ignore[no-untyped-def]
        for i in range(x.size):
            y[i] = sincos(x[i])[0]

    @kernel(error_model="numpy")
    def our_cos(x, y):  # type: ignore[no-untyped-def]
        for i in range(x.size):
            y[i] = sincos(x[i])[1]

    @kernel(error_model="numpy")
    def our_exp(x, y):  # type: ignore[no-untyped-def]
        for i in range(x.size):
            y[i] = exp(x[i])

    @kernel(error_model="numpy")
    def our_log(x, y):  # type: ignore[no-untyped-def]
        for i in range(x.size):
            y[i] = log(x[i])

    @kernel(error_model="numpy")
    def our_tanh(x, y):  # type: ignore[no-untyped-def]
        for i in range(x.size):
            y[i] = tanh(x[i])

    @kernel(error_model="numpy")
    def our_arctan(x, y):  # type: ignore[no-untyped-def]
        for i in range(x.size):
            y[i] = arctan(x[i])

    @kernel(error_model="numpy")
    def our_pow(x, y):  # type: ignore[no-untyped-def]
        for i in range(x.size):
            y[i] = power(x[i], 1.3)

    @kernel
    def their_sin(x, y):  # type: ignore[no-untyped-def]
        for i in range(x.size):
            y[i] = math.sin(x[i])

    @kernel
    def their_cos(x, y):  # type: ignore[no-untyped-def]
        for i in range(x.size):
            y[i] = math.cos(x[i])

    @kernel
    def their_exp(x, y):  # type: ignore[no-untyped-def]
        for i in range(x.size):
            y[i] = math.exp(x[i])

    @kernel
    def their_log(x, y):  # type: ignore[no-untyped-def]
        for i in range(x.size):
            y[i] = math.log(x[i])

    @kernel
    def their_tanh(x, y):  # type: ignore[no-untyped-def]
        for i in range(x.size):
            y[i] = math.tanh(x[i])

    @kernel
    def their_arctan(x, y):  # type: ignore[no-untyped-def]
        for i in range(x.size):
            y[i] = math.atan(x[i])

    @kernel
    def their_pow(x, y):  # type: ignore[no-untyped-def]
        for i in range(x.size):
            y[i] = math.pow(x[i], 1.3)

    ours = (our_sin, our_cos, our_exp, our_log, our_tanh, our_arctan, our_pow)
    theirs = (their_sin, their_cos, their_exp, their_log, their_tanh, their_arctan, their_pow)
    made: dict[str, Callable[[], object]] = {}
    x, y = np.linspace(0.1, 9.0, POINTS), np.empty(POINTS)
    for who, functions in (("our", ours), ("their", theirs)):
        for name, function in zip(FUNCTIONS, functions, strict=True):
            function(x, y)
            made[f"{who} {name}"] = lambda function=function: function(x, y)  # type: ignore[misc]
    return made


def rows(ours: list[dict[str, float]]) -> list[dict[str, object]]:
    """The median, the slowest, and each function beside the mathematics library's."""
    best = {name: min(r[name] for r in ours) for name in ours[0]}
    flows = {name: each for name, each in best.items() if " " not in name}
    slowest = sorted(flows, key=lambda name: -flows[name])[:SLOWEST]
    fast = sum(each <= 1.5 for each in flows.values())
    found: list[dict[str, object]] = [
        {
            "job": f"right-hand side, median of {len(flows)} flows, {MEMBERS} members",
            "ours": f"{np.median(list(flows.values())):.2f} ns; {fast} flows within 1.5 ns",
            "against": "slowest: " + ", ".join(f"{name} {flows[name]:.1f} ns" for name in slowest),
            "ratio": None,
        }
    ]
    for name in FUNCTIONS:
        mine, library = best[f"our {name}"], best[f"their {name}"]
        found.append(
            {
                "job": f"{name} of an array, a value",
                "ours": f"{mine:.2f} ns",
                "against": f"mathematics library: {library:.2f} ns",
                "ratio": library / mine,
            }
        )
    return found
