"""A Strang step of the NLSE in units of one forward and inverse pair of the fastest FFT installed."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

TITLE = "NLSE Strang step in library FFT pairs"
PEER = None
PACKAGES = ("ergodica", "numpy", "scipy", "numba", "rocket-fft")
THREADS = 1
ROUNDS = 25

POWERS = range(9, 20)
SECONDS_A_SAMPLE = 0.005
STEPS_A_SLICE = 16  # at least: steps between two snapshots


def ours() -> Callable[[], dict[str, float]]:
    """Step and pairs take turns within a repetition, size by size."""
    import scipy.fft
    from numba import njit
    from rocket_fft.lowlevel import c2c

    from ergodica.numerics import kernel
    from ergodica.sims.engines.split_step import SplitStep

    assert kernel
    axis = np.array([0])

    @njit
    def rocket(z: np.ndarray, repeats: int) -> None:
        for _ in range(repeats):
            c2c(z, z, axis, True, 1.0, 1)
            c2c(z, z, axis, False, 1.0 / z.size, 1)

    def library(module: object) -> Callable[[np.ndarray, int], None]:
        def pairs(z: np.ndarray, repeats: int) -> None:
            for _ in range(repeats):
                module.ifft(module.fft(z))  # type: ignore[attr-defined]

        return pairs

    candidates = {"rocket-fft": rocket, "numpy.fft": library(np.fft), "scipy.fft": library(scipy.fft)}

    def sample(job: Callable[[int], None], guess: float) -> float:
        repeats = max(STEPS_A_SLICE, int(SECONDS_A_SAMPLE / guess))
        begin = time.perf_counter()
        job(repeats)
        return (time.perf_counter() - begin) / repeats

    def run() -> dict[str, float]:
        times = {}
        for power in POWERS:
            points = 2**power
            x = np.linspace(-25, 25, points, endpoint=False)
            k = 2 * np.pi * np.fft.fftfreq(points, 50 / points)
            psi = 1 / np.cosh(x) + 0j
            step = SplitStep(
                symbol=k**2 / 2, coupling=np.ones(1), dt=1e-3, steps_per_snapshot=1, scheme="strang"
            )
            state = {"psi": psi[None].copy()}
            step.advance(state, 0, 1)  # the tables are made on first use
            guess = 2e-9 * points * power
            times[f"step {power}"] = sample(lambda n, s=step, f=state: s.advance(f, 0, n), guess)
            for name, pairs in candidates.items():
                times[f"{name} {power}"] = sample(lambda n, p=pairs, z=psi: p(z.copy(), n), guess)
        return times

    run()
    return run


def rows(ours: list[dict[str, float]]) -> list[dict[str, object]]:
    """One row a size: the smallest step over the smallest pair of the fastest library."""
    found = []
    for power in POWERS:
        best = {
            name: min(r[f"{name} {power}"] for r in ours)
            for name in ("step", "rocket-fft", "numpy.fft", "scipy.fft")
        }
        step = best.pop("step")
        library = min(best, key=lambda name: best[name])
        found.append(
            {
                "job": f"Strang step, N=2^{power}, over one FFT pair",
                "ours": f"{step * 1e6:.2f} us",
                "against": f"{library} pair: {best[library] * 1e6:.2f} us",
                "ratio": step / best[library],
            }
        )
    return found
