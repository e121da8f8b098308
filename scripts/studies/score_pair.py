"""Learned scores of two active particles on a ring, beside their stationary Fokker-Planck equation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica import models
from ergodica.scripts.studies.score_data import components, two_on_a_ring
from ergodica.scripts.studies.score_measure import Row, measured, one_core
from ergodica.scripts.studies.score_ring import TwoOnARing
from ergodica.scripts.studies.score_ring_density import SteadyState

if TYPE_CHECKING:
    import xarray as xr

SAMPLES, MEMBERS = 200, 2000
SPACING = 5.0
"""Half a relaxation time of the propulsion."""
RUNS, TEST = (1, 2, 4, 5), 3
"""Seeds of the simulations."""
SEEDS = 3
OPTIONS: dict[str, Any] = {
    "network_options": {"harmonics": 8},
    "steps": 4000,
    "batch": 2048,
    "learning_rate": 4e-3,
}


def row(network: Any, test: xr.Dataset, steady: SteadyState, process: str, reference: str) -> Row:
    """A network on states that it has not seen."""
    total, _, of_propulsion = steady.rates()
    return {
        "process": process,
        "reference": reference,
        "exact_total": total,
        "exact_g": of_propulsion,
        **measured(network, test, steady.score),
    }


def pair() -> Iterator[Row]:
    """v0=.25, k=2.5, gamma=eps=.1 on a circle of 16; networks share the simulated data, not their seeds."""
    of = TwoOnARing()
    steady = SteadyState(of)
    *runs, test = (
        two_on_a_ring(of, samples=SAMPLES, members=MEMBERS, spacing=SPACING, seed=seed)
        for seed in (*RUNS, TEST)
    )
    together = np.concatenate([run["state"].values for run in runs])
    training = components(of, test["t"].values, together)
    for reference in ("gaussian", "none"):
        networks, seconds = [], 0.0
        for seed in range(SEEDS):
            with one_core() as told:
                network = models.score.train(
                    training,
                    network="mlp",
                    reference=reference,
                    seed=seed,
                    progress=False,
                    threads=1,
                    **OPTIONS,
                )
            networks.append(network)
            seconds += told["seconds"]
            yield {"seed": seed, **row(network, test, steady, "one network", reference), **told}
        mean = models.score.ScoreEnsemble(networks)
        together_says = row(mean, test, steady, f"mean of {SEEDS} networks", reference)
        yield {"seed": None, "seconds": seconds, **together_says}
