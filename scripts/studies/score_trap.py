"""Learned scores of a particle in a trap: active, without noise of position, and passive."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica import models, sims
from ergodica.scripts.studies.score_data import trapped
from ergodica.scripts.studies.score_linear import Trapped
from ergodica.scripts.studies.score_measure import Array, Row, Score, covariance_alone, measured, one_core

if TYPE_CHECKING:
    import xarray as xr

SAMPLES, TEST = 500_000, 100_000
SPACING = 40.0
"""Twice the slowest relaxation time, 1/A = 20."""
SEEDS = 3
OPTIONS = {"network_options": {"width": 64}, "steps": 4000, "batch": 1024, "learning_rate": 2e-3}
LONG = {"steps": 6000, "learning_rate": 1e-3}
"""Where nothing but the data tells the score."""
SPEEDS = (0.1, 0.3, 0.6)


def exact_score(one: Trapped, dimensions: int = 2) -> Score:
    """Score of states (samples, 2 dimensions): positions first, then propulsions."""
    precision = np.kron(np.linalg.inv(one.covariance), np.eye(dimensions))

    def score(x: Array) -> Array:
        return np.asarray(-x @ precision)

    return score


def learned(ds: xr.Dataset, reference: str, seed: int, **options: Any) -> Any:
    """The network of this study."""
    return models.score.train(
        ds,
        network="mlp",
        reference=reference,
        seed=seed,
        progress=False,
        threads=1,
        **{**OPTIONS, **options},
    )


def row(one: Trapped, reference: str, seed: int, **options: Any) -> Row:
    """One training on data of its own, measured on others."""
    with one_core() as told:
        ds = trapped(one, samples=SAMPLES, spacing=SPACING, seed=seed)
        test = trapped(one, samples=TEST, spacing=SPACING, seed=1000 + seed)
        found = measured(learned(ds, reference, seed, **options), test, exact_score(one))
    return {
        "process": f"v0 = {one.v0:g}, eps = {one.eps:g}",
        "reference": reference,
        "seed": seed,
        "exact_total": 2 * one.total,
        "exact_g": 2 * one.of_propulsion,
        "covariance_alone": covariance_alone(ds, test, exact_score(one)),
        **found,
        **told,
    }


def trap() -> Iterator[Row]:
    """v0=.3, A=.05, gamma=eps=.1 in the plane, with and without a Gaussian to start from."""
    for reference in ("gaussian", "none"):
        for seed in range(SEEDS):
            yield row(Trapped(), reference, seed, **LONG)


def simulated() -> Iterator[Row]:
    """The same particle from steps of a simulation, which have an error of first order in dt."""
    for dt in (0.1, 1.0):
        one = Trapped()
        simulation = sims.ActiveOU.preset(
            "trap", particles=2048, pair_force="none", trap=one.A, speed=one.v0, dt=dt, initial="random"
        )
        with one_core() as told:
            run = simulation.run(
                t_end=260 * SPACING, snapshots=261, seed=1, record=("drift", "drift_divergence")
            )
            ds = singly(run.isel(t=slice(11, None)))
            test = trapped(one, samples=TEST, spacing=SPACING, seed=1000)
            network = learned(ds, "gaussian", 0)
            found = measured(network, test, exact_score(one))
        on_run = models.score.entropy_production(network, ds, progress=False)
        yield {
            "process": f"steps of dt = {dt:g}",
            "reference": "gaussian",
            "seed": 0,
            "exact_total": 2 * one.total,
            "exact_g": 2 * one.of_propulsion,
            "covariance_alone": covariance_alone(ds, test, exact_score(one)),
            "total_of_steps": float(on_run["total"]),
            "total_of_steps_error": float(on_run["total_standard_error"]),
            **found,
            **told,
        }


def singly(run: xr.Dataset) -> xr.Dataset:
    """Particles that do not see each other, one member each."""
    alone = run.drop_vars([name for name in ("particle",) if name in run.coords])
    moved = [str(name) for name in alone.data_vars if "particle" in alone[name].dims]
    parts = alone[moved].rename(particle="member").expand_dims("particle")
    parts = parts.transpose("member", "t", "particle", "space", missing_dims="ignore")
    return parts.assign({name: alone[name] for name in alone.data_vars if name not in moved})


def noiseless() -> Iterator[Row]:
    """No noise of position: the total is infinite, <|v_g|^2>/gamma = A in each direction whatever v0."""
    for v0 in SPEEDS:
        for seed in range(SEEDS):
            yield row(Trapped(v0=v0, eps=0.0), "gaussian", seed)


def passive() -> Iterator[Row]:
    """v0 = 0: no entropy production; networks of independent data, pairs of which have no noise in common."""
    one, score = Trapped(v0=0.0), exact_score(Trapped(v0=0.0))
    with one_core() as told:
        networks = [
            learned(trapped(one, samples=SAMPLES // 2, spacing=SPACING, seed=seed), "none", seed)
            for seed in range(SEEDS)
        ]
    test = trapped(one, samples=TEST, spacing=SPACING, seed=1000)
    pairs = [
        models.score.entropy_production(models.score.ScoreEnsemble(list(pair)), test, progress=False)
        for pair in combinations(networks, 2)
    ]
    between = [float(pair["total_without_scatter"]) for pair in pairs]
    for seed, network in enumerate(networks):
        yield {
            "process": f"v0 = {one.v0:g}, eps = {one.eps:g}",
            "reference": "none",
            "seed": seed,
            "exact_total": 0.0,
            "exact_g": 0.0,
            "between_networks": between,
            **measured(network, test, score),
            **told,
        }
