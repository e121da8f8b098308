"""A step of Couzin's model in three dimensions, against dewi-kadita from the package index, on 1, 2 and 4 threads.

Both have the library's default numbers, in a box of its density and with random starts; a school that has formed is
denser, and takes longer where only neighbours are looked at. The other one looks at every pair, so that its time does
not depend on the state. Timed is a step within a loop of steps, without what is kept at snapshots.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

TITLE = "Couzin's zones, a step"
PEER = "dewi-kadita==0.0.4"
PACKAGES = ("ergodica", "numpy", "numba", "dewi-kadita")
THREADS = 4
ROUNDS = 3

SIZES = (150, 1_000, 4_000)
LARGE = (10_000, 100_000)  # ours alone
SCHOOL = 1_000  # steps after which a school has formed
OPEN = (100, 1_000)  # in open space, where nearly all see all; ours alone
COUNTS = (1, 2, 4)  # threads
SPEED, RADII, TURN, NOISE, BLIND, DT = 1.0, (1.0, 5.0, 10.0), 0.3, 0.1, 30.0, 0.1
STEPS = {100: 400, 150: 400, 1_000: 60, 4_000: 15, 10_000: 6, 100_000: 1}
PEER_STEPS = {150: 20, 1_000: 2, 4_000: 1}
CALLS = 5


def box(n: int) -> float:
    """150 fish in a cube of 25."""
    return 25.0 * (n / 150) ** (1 / 3)


def best(job: Callable[[], object], steps: int, calls: int = CALLS) -> float:
    """Milliseconds of a step in the fastest call."""
    found = math.inf
    for _ in range(calls):
        begin = time.perf_counter()
        job()
        found = min(found, time.perf_counter() - begin)
    return found / steps * 1e3


def ours() -> Callable[[], dict[str, float]]:
    """The stepper of `sims.Couzin`, from states that are made once."""
    from ergodica import sims
    from ergodica.numerics.arrays import CPU
    from ergodica.sims.simulation import Draw

    draws = [Draw(seed=1, member=0)]

    def school(n: int) -> Any:
        return sims.Couzin(
            particles=n,
            box=box(n),
            initial="box",
            speed=SPEED,
            repulsion_radius=RADII[0],
            orientation_width=RADII[1] - RADII[0],
            attraction_width=RADII[2] - RADII[1],
            field_of_view=360.0 - 2 * BLIND,
            turning_rate=math.degrees(TURN) / DT,
            noise=NOISE,
            dt=DT,
        )

    simulations = {f"N={n}": (school(n), n) for n in (*SIZES, *LARGE)}
    states = {name: one.initial_state(draws) for name, (one, _) in simulations.items()}

    def after(name: str, simulation: Any, n: int, steps: int) -> None:
        state = simulation.initial_state(draws)
        simulation.stepper(simulation.dt, draws=draws, device=CPU, threads=None).advance(state, 0, steps)
        simulations[name], states[name] = (simulation, n), state

    for n in SIZES:
        after(f"school, N={n}", school(n), n, SCHOOL)
    for n in OPEN:
        after(f"open torus, N={n}", sims.Couzin.preset("torus", particles=n), n, 4_000 if n < 500 else SCHOOL)

    def timed(name: str, threads: int) -> float:
        simulation, n = simulations[name]
        stepper = simulation.stepper(simulation.dt, draws=draws, device=CPU, threads=threads)
        state = {key: value.copy() for key, value in states[name].items()}
        stepper.advance(state, 0, 1)
        return best(lambda: stepper.advance(state, 1, STEPS[n]), STEPS[n])

    def run() -> dict[str, float]:
        found = {f"{name}, 1": timed(name, 1) for name in simulations}
        return found | {
            f"N={n}, {threads}": timed(f"N={n}", threads) for n in LARGE for threads in COUNTS[1:]
        }

    return run


def peer() -> Callable[[], dict[str, float]]:
    """The loop of its solver, which keeps the last state alone."""
    import numba
    from dewi_kadita.core.solver import CouzinSolver
    from dewi_kadita.core.systems import CouzinSystem

    def timed(n: int, threads: int) -> float:
        numba.set_num_threads(threads)
        system = CouzinSystem(
            n_fish=n, box_size=box(n), speed=SPEED, r_repulsion=RADII[0], r_orientation=RADII[1],
            r_attraction=RADII[2], max_turn=TURN, noise=NOISE, blind_angle=BLIND, seed=1,
        )  # fmt: skip
        solver, steps = CouzinSolver(dt=DT), PEER_STEPS[n]
        job = lambda: solver.solve(system, n_steps=steps, save_interval=steps, verbose=False)  # noqa: E731
        return best(job, steps, 2)

    timed(150, 1)  # compiles

    def run() -> dict[str, float]:
        found = {f"N={n}, 1": timed(n, 1) for n in SIZES}
        return found | {f"N={SIZES[-1]}, {threads}": timed(SIZES[-1], threads) for threads in COUNTS[1:]}

    return run


def rows(ours: list[dict[str, float]], peer: list[dict[str, float]]) -> list[dict[str, object]]:
    """Milliseconds a step, and the other's time over ours at the largest size that both have."""

    def at(side: list[dict[str, float]], *names: str) -> list[float]:
        return [min(r[name] for r in side) for name in names]

    def shown(values: list[float]) -> str:
        return " / ".join(f"{value:.3g}" for value in values)

    theirs = at(peer, *(f"N={n}, 1" for n in SIZES))
    found: list[dict[str, object]] = []
    for words, prefix in (("random start", ""), ("in a school", "school, ")):
        mine = at(ours, *(f"{prefix}N={n}, 1" for n in SIZES))
        found.append(
            {
                "job": f"Couzin 3D, a step, {words}, one thread, N = 150 / 1000 / 4000",
                "ours": f"{shown(mine)} ms",
                "against": f"dewi-kadita: {shown(theirs)} ms",
                "ratio": theirs[-1] / mine[-1],
            }
        )
    mine = at(ours, *(f"open torus, N={n}, 1" for n in OPEN))
    found.append(
        {
            "job": "Couzin 3D, a step of a torus in open space, all see all, one thread, N = 100 / 1000",
            "ours": f"{shown(mine)} ms",
            "against": f"dewi-kadita, in a box, N = 1000: {shown(theirs[1:2])} ms",
            "ratio": theirs[1] / mine[1],
        }
    )
    for n in LARGE:
        found.append(
            {
                "job": f"Couzin 3D, a step, random start, N = {n}, 1 / 2 / 4 threads",
                "ours": f"{shown(at(ours, *(f'N={n}, {threads}' for threads in COUNTS)))} ms",
                "against": "-",
                "ratio": None,
            }
        )
    side = at(peer, *(f"N={SIZES[-1]}, {threads}" for threads in COUNTS))
    found.append(
        {
            "job": f"Couzin 3D, a step of dewi-kadita, N = {SIZES[-1]}, 1 / 2 / 4 threads",
            "ours": "-",
            "against": f"dewi-kadita: {shown(side)} ms",
            "ratio": None,
        }
    )
    return found
