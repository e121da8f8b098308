"""The seven entropies of a school and their index, a frame, one core, against dewi-kadita from the package index.

Ours is timed as called, through a labelled dataset of several frames; the other one frame at a time, as it is made.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from timing import best

TITLE = "Seven school entropies"
PEER = "dewi-kadita==0.0.4"
PACKAGES = ("ergodica", "numpy", "scipy", "numba", "dewi-kadita")
THREADS = 1
ROUNDS = 3

SIZES = (150, 1_000, 4_000)
LARGE = (10_000, 100_000)  # ours alone
STATES = ("isotropic", "aligned")
BOX = 20.0
FRAMES = {150: 40, 1_000: 10, 4_000: 4, 10_000: 2, 100_000: 1}
CALLS = {150: 10, 1_000: 3, 4_000: 1}  # of the peer's, a repetition


def school(state: str, n: int, frames: int) -> tuple[np.ndarray, np.ndarray]:
    """Uniform positions, and headings in all directions or near one, `(frames, n, 3)`."""
    rng = np.random.default_rng([n, STATES.index(state)])
    x, v = BOX * rng.random((frames, n, 3)), rng.normal(size=(frames, n, 3))
    if state == "aligned":
        v += [10.0, 0.0, 0.0]
    return x, v / np.linalg.norm(v, axis=-1, keepdims=True)


def ours() -> Callable[[], dict[str, float]]:
    """Both forms, of a dataset with a periodic box."""
    import xarray as xr

    from ergodica import estimators as est

    forms = {"corrected": est.school_entropies, "as published": est.published_school_entropies}

    def dataset(state: str, n: int) -> xr.Dataset:
        x, v = school(state, n, FRAMES[n])
        dims = ("t", "particle", "space")
        return xr.Dataset({"position": (dims, x), "heading": (dims, v), "box": ("space", np.full(3, BOX))})

    made = {(state, n): dataset(state, n) for state in STATES for n in (*SIZES, *LARGE)}

    def run() -> dict[str, float]:
        return {
            f"{form}, {state}, N={n}": best(lambda f=function, ds=ds: f(ds), 3) / FRAMES[n] * 1e3
            for form, function in forms.items()
            for (state, n), ds in made.items()
            if form == "corrected" or n in SIZES
        }

    for function in forms.values():
        function(made["isotropic", 150])
    return run


def peer() -> Callable[[], dict[str, float]]:
    """All its entropies of one frame."""
    from dewi_kadita.core.metrics import compute_oceanic_schooling_index

    made = {(state, n): school(state, n, 1) for state in STATES for n in SIZES}

    def run() -> dict[str, float]:
        return {
            f"{state}, N={n}": best(
                lambda x=x, v=v: compute_oceanic_schooling_index(x[0], v[0], BOX), CALLS[n]
            )
            * 1e3
            for (state, n), (x, v) in made.items()
        }

    return run


def rows(ours: list[dict[str, float]], peer: list[dict[str, float]]) -> list[dict[str, object]]:
    """Milliseconds a frame at each size, and the other's time over ours at 4000."""

    def at(side: list[dict[str, float]], job: str, sizes: tuple[int, ...]) -> list[float]:
        return [min(r[f"{job}, N={n}"] for r in side) for n in sizes]

    def shown(values: list[float]) -> str:
        return " / ".join(f"{value:.3g}" for value in values)

    found: list[dict[str, object]] = []
    for form in ("corrected", "as published"):
        for state in STATES:
            mine, theirs = at(ours, f"{form}, {state}", SIZES), at(peer, state, SIZES)
            found.append(
                {
                    "job": f"{form}, {state} headings, N = 150 / 1000 / 4000",
                    "ours": f"{shown(mine)} ms a frame",
                    "against": f"dewi-kadita: {shown(theirs)} ms",
                    "ratio": theirs[-1] / mine[-1],
                }
            )
    large = {state: at(ours, f"corrected, {state}", LARGE) for state in STATES}
    for state, mine in large.items():
        found.append(
            {
                "job": f"corrected, {state} headings, N = 1e4 / 1e5",
                "ours": f"{shown(mine)} ms a frame",
                "against": "-",
                "ratio": None,
            }
        )
    return found
