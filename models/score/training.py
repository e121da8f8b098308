"""Training of a score network on the states of a dataset."""

from __future__ import annotations

import os
from collections.abc import Mapping
from inspect import signature
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ergodica.models.checkpoint import save
from ergodica.models.network import Network
from ergodica.models.score.chance import beyond_chance
from ergodica.models.score.ensemble import ScoreEnsemble
from ergodica.models.score.ensemble_folder import check_folder, clear, numbered
from ergodica.models.score.mlp import ScoreMLP
from ergodica.models.score.network import ScoreNetwork
from ergodica.models.score.plan import HELD_OUT, LEARNING_RATE_AROUND, planned
from ergodica.models.torch_needed import torch
from ergodica.models.training.fit import fit
from ergodica.numerics.errors import ParameterError, nearest, whole_number

if TYPE_CHECKING:
    import xarray as xr

    from ergodica.models.score.plan import Loss

KEPT = "as it started: training made it better by no more than chance"


def train(
    source: xr.Dataset | str | os.PathLike[str],
    *,
    network: str | ScoreNetwork = "auto",
    network_options: Mapping[str, Any] | None = None,
    reference: str | None = None,
    loss: Loss | None = None,
    residual: float = 0.0,
    ensemble: int = 1,
    seed: int = 0,
    steps: int | None = None,
    batch: int | None = None,
    held_out: float = HELD_OUT,
    out: str | os.PathLike[str] | None = None,
    resume: bool = False,
    overwrite: bool = False,
    **options: Any,
) -> ScoreNetwork | ScoreEnsemble:
    """A network whose output is grad ln rho of the stationary density that the snapshots of a run are drawn from.

    Args:
        source: a stationary run: particles or components, with the diffusion of its noise (see `process_of`); a
            Dataset, or the path of a file, which is streamed and need not fit into memory.
        network: "mlp" for few coordinates, "transformer" for many particles, "auto" by their number, or a network:
            training starts at its weights, of an ensemble at new ones.
        network_options: arguments of the network that is made, such as {"width": 64}.
        reference: "gaussian", "equilibrium" or "none"; None is "equilibrium" for particles in a
            periodic box with drift and noise on all, else "gaussian".
        loss: such as `ImplicitScoreMatching()`; None is that one, exact for few coordinates, else by random signs.
        residual: weight of `FokkerPlanckResidual` beside the loss, >= 0; it needs the drift.
        ensemble: networks trained one after another with seeds `seed`, `seed` + 1, ...; their spread is an error.
        seed: of first weights, batches and noise.
        steps: of the optimizer; None follows from the amount of data, with an early end where nothing improves.
        batch: snapshots a step; None follows from their size.
        held_out: share of time, the last one, that only tests; 0 for none.
        out: folder for checkpoints and the trained network; those of an ensemble lie in `out`/0, `out`/1, ...
        resume: go on with what is in `out`.
        overwrite: replace what is in `out`.
        options: further ones of `models.fit`, such as learning_rate, device, precision, progress. Unless given,
            `threads` is 1 for a `ScoreMLP`, whose products are too small to share, and its learning_rate 4e-3 where a
            coordinate is periodic, which takes five times fewer steps.

    Returns:
        The network, of its averaged weights those that were best on held-out data, or the ensemble of them. Where
        these are better than the first ones by less than two standard errors, the first ones: a Gaussian density,
        or a uniform one, is exact from the start, and few data would only be fitted too closely.

    Raises:
        ParameterError: the dataset lacks what a score needs, by name, or an option cannot be.

    Good values: the defaults; 1e5 independent states of a particle in a trap give an error of the score of about 2 %,
    5e5 of below 1 %.

    Source: Boffi and Vanden-Eijnden 2023, arXiv 2309.12991.
    """
    check_ensemble(ensemble)
    check_options(options)
    seed = whole_number("seed", seed, 0, "use 0 or more")
    given: dict[str, Any] = {
        "loss": loss,
        "residual": residual,
        "steps": steps,
        "batch": batch,
        "held_out": held_out,
    }
    folder = None if out is None else Path(out)
    first = int(os.environ.get("RANK", "0")) == 0
    if folder is not None:
        if ensemble > 1:
            check_folder(folder, resume=resume, overwrite=overwrite)
        if overwrite and first and numbered(folder):
            clear(folder)
    trained = []
    for number in range(ensemble):
        own = network
        if ensemble > 1 and isinstance(network, ScoreNetwork):
            own = remade(network, seed + number)
        plan = planned(source, own, network_options, reference, seed=seed + number, **given)
        if isinstance(plan.network, ScoreMLP):
            usual = {"learning_rate": LEARNING_RATE_AROUND} if plan.network.periodic else {}
            options = {"threads": 1, **usual, **options}
        place = folder / str(number) if folder is not None and ensemble > 1 else folder
        found = fit(
            plan.network,
            plan.training,
            loss=plan.loss,
            held_out=0 if plan.held_out is None else plan.held_out,
            steps=plan.steps,
            batch=plan.batch,
            seed=seed + number,
            out=place,
            resume=resume,
            overwrite=overwrite,
            **options,
        )
        best = found.network
        assert isinstance(best, ScoreNetwork)
        if found.best_step and plan.held_out is not None:
            chosen = {"rows": plan.batch, "seed": seed + number}
            if not beyond_chance(best, plan.network, plan.loss, plan.held_out, **chosen):
                best.load_state_dict(plan.network.state_dict())
                best.notes = {**best.notes, "kept": KEPT}
                if place is not None and first:
                    save(best, place, overwrite=True)
        trained.append(best)
    if ensemble == 1:
        return trained[0]
    together = ScoreEnsemble(trained)
    together.notes = dict(trained[0].notes)
    if folder is not None and first:
        save(together, folder, overwrite=True)
    return together


def remade(network: ScoreNetwork, seed: int) -> ScoreNetwork:
    """An untrained network of the same architecture."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        found = Network.rebuilt(network.name, network.config)
    assert isinstance(found, ScoreNetwork)
    return found


def check_ensemble(ensemble: int) -> None:
    """Raise ParameterError unless there is at least one network to train."""
    if isinstance(ensemble, bool) or not isinstance(ensemble, int) or ensemble < 1:
        raise ParameterError(f"ensemble: must be a whole number above 0, got {ensemble!r}; use 1")


def check_options(options: Mapping[str, Any]) -> None:
    """Raise ParameterError for an option that neither `train` nor `fit` has."""
    known = {*signature(fit).parameters, *signature(train).parameters} - {"data", "source", "options"}
    for name in options:
        if name not in known:
            raise ParameterError(f"{name}: is no option of train; {nearest(name, known)}")
