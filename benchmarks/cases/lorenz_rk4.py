"""Lorenz, 1000 members over 100 time units, Runge-Kutta steps of 0.01, one thread."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

TITLE = "Lorenz, 1000 members to t=100, RK4, dt=0.01"
PEER = None
PACKAGES = ("ergodica", "numpy", "numba")
THREADS = 1
ROUNDS = 15

MEMBERS, T_END, DT = 1000, 100.0, 0.01
EVALUATIONS = MEMBERS * round(T_END / DT) * 4


def ours() -> Callable[[], dict[str, float]]:
    """The public run; the compiled steps alone; and the loop that one writes by hand, a member at a time."""
    import numba

    from ergodica import sims
    from ergodica.sims.dynamics.kernels import kernels
    from ergodica.sims.dynamics.layout import blocks_of

    system = sims.Flow(system="lorenz63", scheme="rk4", dt=DT, spread=0.1)
    starts = system.run(t_end=1.0, snapshots=2, members=MEMBERS).state.values[:, 0].copy()
    blocks = blocks_of(starts)
    parameters = blocks_of(np.tile(system.definition.vector(), (MEMBERS, 1)))
    steps = kernels(system.definition).rk4

    @numba.njit(error_model="numpy")
    def by_hand(states, sigma, rho, beta, dt, count):  # type: ignore[no-untyped-def]
        for j in range(states.shape[0]):
            x, y, z = states[j]
            for _ in range(count):
                a0, a1, a2 = sigma * (y - x), x * (rho - z) - y, x * y - beta * z
                p, q, r = x + dt / 2 * a0, y + dt / 2 * a1, z + dt / 2 * a2
                b0, b1, b2 = sigma * (q - p), p * (rho - r) - q, p * q - beta * r
                p, q, r = x + dt / 2 * b0, y + dt / 2 * b1, z + dt / 2 * b2
                c0, c1, c2 = sigma * (q - p), p * (rho - r) - q, p * q - beta * r
                p, q, r = x + dt * c0, y + dt * c1, z + dt * c2
                d0, d1, d2 = sigma * (q - p), p * (rho - r) - q, p * q - beta * r
                x += dt / 6 * (a0 + 2 * b0 + 2 * c0 + d0)
                y += dt / 6 * (a1 + 2 * b1 + 2 * c1 + d1)
                z += dt / 6 * (a2 + 2 * b2 + 2 * c2 + d2)
            states[j, 0], states[j, 1], states[j, 2] = x, y, z

    def timed(job: Callable[[], object]) -> float:
        begin = time.perf_counter()
        job()
        return time.perf_counter() - begin

    def run() -> dict[str, float]:
        count = round(T_END / DT)
        return {
            "public": timed(lambda: system.run(t_end=T_END, snapshots=2, members=MEMBERS)),
            "public 101": timed(lambda: system.run(t_end=T_END, snapshots=101, members=MEMBERS)),
            "steps": timed(lambda: steps(blocks.copy(), parameters, DT, 0, count)),
            "by hand": timed(lambda: by_hand(starts.copy(), 10.0, 28.0, 8 / 3, DT, count)),
        }

    run()
    return run


def rows(ours: list[dict[str, float]]) -> list[dict[str, object]]:
    """Smallest times, as seconds and as nanoseconds a right-hand side."""
    best = {key: min(r[key] for r in ours) for key in ours[0]}
    by_hand = f"a numba loop by hand, a member at a time: {best['by hand']:.3f} s"
    found = []
    for key, what in (
        ("public", "`Flow.run`, 2 snapshots"),
        ("public 101", "`Flow.run`, 101 snapshots"),
        ("steps", "compiled steps alone"),
    ):
        each = best[key] / EVALUATIONS * 1e9
        found.append(
            {
                "job": f"{TITLE}: {what}",
                "ours": f"{best[key]:.4f} s, {each:.2f} ns a right-hand side",
                "against": by_hand,
                "ratio": best["by hand"] / best[key],
            }
        )
    return found
