"""Entropies of schools by the library dewi-kadita: makes published_entropies.json beside it.

    python -m venv peer && peer/bin/pip install dewi-kadita==0.0.4
    peer/bin/python tests/data/published_entropies.py

A school is made from its words by `school`, which the tests use too: uniform numbers of a generator with a fixed
stream and elementary functions alone.
"""

from __future__ import annotations

import importlib.metadata
import json
from pathlib import Path

import numpy as np

FILE = Path(__file__).with_suffix(".json")
SIZES = (1, 2, 3, 4, 5, 6, 7, 20, 150, 400)
STATES = (
    "uniform",
    "clump across the edge",
    "parallel",
    "mill",
    "layer",
    "coincident pairs",
    "one direction",
)
BOX = 20.0


def school(state: str, n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Positions and headings `(n, 3)` in the cube [0, 20)^3."""
    u = np.random.default_rng([seed, n, STATES.index(state)]).random((n, 8))
    polar, azimuth = 2 * u[:, 3] - 1, 2 * np.pi * u[:, 4]
    x, v = BOX * u[:, :3], sphere(polar, azimuth)
    if state == "clump across the edge":
        x = (4 * u[:, :3] - 2) % BOX
    elif state == "parallel":
        v = sphere(0.3 + 0.2 * u[:, 3], 1 + 0.4 * u[:, 4])
    elif state == "mill":
        angle = 2 * np.pi * u[:, 0]
        x = 10 + np.stack([4 * np.cos(angle), 4 * np.sin(angle), u[:, 2] - 0.5], axis=1) * (
            1 + 0.2 * u[:, 5:6]
        )
        v = sphere(0.2 * u[:, 3] - 0.1, angle + np.pi / 2 + 0.2 * u[:, 4])
    elif state == "layer":
        x[:, 2] = 7 + 0.5 * u[:, 2]
    elif state == "one direction":
        v = np.broadcast_to(v[:1], v.shape).copy()
    elif state == "coincident pairs":
        x[1::2] = x[: n - n % 2 : 2]
    return x, v


def sphere(height: np.ndarray, azimuth: np.ndarray) -> np.ndarray:
    """Unit vectors of these heights and azimuths."""
    across = np.sqrt(1 - height**2)
    return np.stack([across * np.cos(azimuth), across * np.sin(azimuth), height], axis=1)


def main() -> None:
    """Write what the library gives for every state and size."""
    from dewi_kadita.core.metrics import compute_oceanic_schooling_index

    schools = []
    for state in STATES:
        for n in SIZES:
            x, v = school(state, n, seed=1)
            found = compute_oceanic_schooling_index(x, v, BOX)
            schools.append({"state": state, "n": n, "seed": 1, **{k: float(e) for k, e in found.items()}})
    made = {
        "dewi-kadita": importlib.metadata.version("dewi-kadita"),
        "numpy": np.__version__,
        "schools": schools,
    }
    FILE.write_text(json.dumps(made, indent=1) + "\n")


if __name__ == "__main__":
    main()
