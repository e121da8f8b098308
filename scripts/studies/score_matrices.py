"""Learned scores of linear processes with random matrices."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ergodica import models
from ergodica.scripts.studies.score_data import linear
from ergodica.scripts.studies.score_linear import Linear, random_linear
from ergodica.scripts.studies.score_measure import Row, covariance_alone, measured, one_core

SAMPLES, TEST = 500_000, 100_000
SPACING = 5.0
"""About twice the slowest relaxation time of the matrices."""
DIMENSIONS = (2, 5, 10)
SEEDS = 3
"""Of the matrices, and with them of data and networks."""
OPTIONS: dict[str, Any] = {
    "network_options": {"width": 64},
    "steps": 4000,
    "batch": 1024,
    "learning_rate": 2e-3,
}


def row(process: Linear, reference: str, seed: int, samples: int = SAMPLES, test: int = TEST) -> Row:
    """One training on data of its own, measured on others."""
    with one_core() as told:
        ds = linear(process, samples=samples, spacing=SPACING, seed=seed)
        fresh = linear(process, samples=test, spacing=SPACING, seed=1000 + seed)
        network = models.score.train(
            ds,
            network="mlp",
            reference=reference,
            seed=seed,
            progress=False,
            threads=1,
            **OPTIONS,
        )
        found = measured(network, fresh, process.score)
    return {
        "process": f"d = {len(process.drift)}",
        "reference": reference,
        "seed": seed,
        "exact_total": process.total,
        "exact_g": None,
        "covariance_alone": covariance_alone(ds, fresh, process.score),
        **found,
        **told,
    }


def matrices() -> Iterator[Row]:
    """Neither M nor D symmetric or diagonal."""
    for d in DIMENSIONS:
        for reference in ("gaussian", "none"):
            for seed in range(SEEDS):
                yield row(random_linear(d, seed), reference, seed)
