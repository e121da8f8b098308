"""Neighbour search, about ten neighbours a particle, one thread, against scipy's cKDTree with periodic images."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import numpy as np

TITLE = "Neighbours in a periodic box"
PEER = "scipy numpy"
PACKAGES = ("ergodica", "numpy", "scipy", "numba")
THREADS = 1
ROUNDS = 3

SIZES = (1_000, 10_000, 100_000, 1_000_000)
DIMENSIONS = (2, 3)
NEIGHBOURS = 10
TESTED = "distances tested"
BALL = {1: 2.0, 2: math.pi, 3: 4 * math.pi / 3}


def problem(d: int, n: int) -> tuple[np.ndarray, float]:
    """Uniform particles in the unit cube, and the radius that holds ten on average."""
    return np.random.default_rng([d, n]).random((n, d)), (NEIGHBOURS / n / BALL[d]) ** (1 / d)


def nanoseconds(job: Callable[[], object], n: int) -> float:
    """The best of as many calls as make 200,000 particles, at most ten, a particle."""
    best = math.inf
    for _ in range(max(1, min(10, 200_000 // n))):
        begin = time.perf_counter()
        job()
        best = min(best, time.perf_counter() - begin)
    return best / n * 1e9


def measured(
    jobs: Callable[[np.ndarray, float], dict[str, Callable[[], object]]],
) -> Callable[[], dict[str, float]]:
    """A repetition of all jobs at all sizes, after one small round that compiles."""

    def run(sizes: tuple[int, ...] = SIZES) -> dict[str, float]:
        found = {}
        for d in DIMENSIONS:
            for n in sizes:
                for name, job in jobs(*problem(d, n)).items():
                    found[f"{name}, {d}D, N={n}"] = nanoseconds(job, n)
        return found

    run(SIZES[:2])
    return run


def ours() -> Callable[[], dict[str, float]]:
    """Each job from the positions on: sorting into cells or growing a tree is part of it."""
    from ergodica.numerics import kernel
    from ergodica.numerics.cells import grid_of, home_cell, segment, segments
    from ergodica.numerics.nearest import nearest
    from ergodica.numerics.neighbours import count_within, neighbours_within, pairs_within, sorted_into_cells
    from ergodica.numerics.sweeps import swept

    def jobs(x: np.ndarray, radius: float) -> dict[str, Callable[[], object]]:
        return {
            "sorting into cells": lambda: sorted_into_cells(x, radius, 1.0),
            "counts": lambda: count_within(x, radius, 1.0),
            "pairs": lambda: pairs_within(x, radius, 1.0),
            "lists": lambda: neighbours_within(x, radius, 1.0),
            "10 nearest": lambda: nearest(x, 10, 1.0),
            "force": lambda: force(x, radius),
        }

    @kernel
    def push(total, i, j, dx, dy, dz, squared, particles, parameters):  # type: ignore[no-untyped-def]
        strength = 1.0 - math.sqrt(squared) * parameters[0]
        return total[0] - strength * dx, total[1] - strength * dy, total[2] - strength * dz

    def force(x: np.ndarray, radius: float) -> np.ndarray:
        cells = sorted_into_cells(x, radius, 1.0)
        out = np.empty((len(x), 3))
        swept(push, space=x.shape[1] == 3)[0]((0.0, 0.0, 0.0), cells, (), (1 / radius,), out)
        return out

    @kernel
    def tested(cells):  # type: ignore[no-untyped-def]
        grid = grid_of(cells)
        total = 0
        for s in range(grid.particles):
            home = home_cell(grid, cells.x[s], cells.y[s], cells.z[s])
            for k in range(segments(grid, home)):
                found = segment(grid, home, k)
                total += cells.start[found[1]] - cells.start[found[0]]
        return total

    time_all = measured(jobs)

    def run() -> dict[str, float]:
        found = time_all()
        for d in DIMENSIONS:
            for n in SIZES:
                x, radius = problem(d, n)
                found[f"{TESTED}, {d}D, N={n}"] = tested(sorted_into_cells(x, radius, 1.0)) / n
        return found

    return run


def peer() -> Callable[[], dict[str, float]]:
    """The nearest call of scipy's for each job, from the positions on."""
    from scipy.spatial import cKDTree

    def jobs(x: np.ndarray, radius: float) -> dict[str, Callable[[], object]]:
        def tree() -> cKDTree:
            return cKDTree(x, boxsize=1.0)

        return {
            "counts": lambda: tree().query_ball_point(x, radius, return_length=True),
            "pairs": lambda: tree().query_pairs(radius, output_type="ndarray"),
            "lists": lambda: tree().query_ball_point(x, radius, return_sorted=True),
            "10 nearest": lambda: tree().query(x, 11),
        }

    return measured(jobs)


def rows(ours: list[dict[str, float]], peer: list[dict[str, float]]) -> list[dict[str, object]]:
    """Nanoseconds a particle at each size, the other's over ours at 100,000; and the distances tested a particle."""

    def at_sizes(side: list[dict[str, float]], job: str) -> list[float]:
        return [min(r[f"{job}, N={n}"] for r in side) for n in SIZES]

    def shown(values: list[float]) -> str:
        return " / ".join(f"{value:.0f}" for value in values)

    found = []
    for job in dict.fromkeys(key.rpartition(",")[0] for key in ours[0]):
        mine = at_sizes(ours, job)
        row: dict[str, object] = {"job": f"{job}, N = 1e3 / 1e4 / 1e5 / 1e6"}
        if job.startswith(TESTED):
            d = int(job[len(TESTED) + 2])
            whole = 3**d * NEIGHBOURS / BALL[d]  # in all cells around, each a radius wide
            row |= {"ours": f"{shown(mine)} a particle", "against": f"in all cells around: {whole:.0f}"}
            row["ratio"] = whole / mine[2]
        elif f"{job}, N={SIZES[0]}" in peer[0]:
            theirs = at_sizes(peer, job)
            row |= {"ours": f"{shown(mine)} ns a particle", "against": f"cKDTree: {shown(theirs)} ns"}
            row["ratio"] = theirs[2] / mine[2]
        else:
            row |= {"ours": f"{shown(mine)} ns a particle", "against": "-", "ratio": None}
        found.append(row)
    return found
