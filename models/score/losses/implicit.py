"""Implicit score matching."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ergodica.models.draws import Draws
from ergodica.models.score.losses.parts import Batch, at_least_one, chosen_sites, reference_scores
from ergodica.models.score.network import ScoreNetwork
from ergodica.models.torch_needed import torch


@dataclass(frozen=True)
class ImplicitScoreMatching:
    """1/2 |A s|^2 + div (A^2 s), whose mean is that of 1/2 |A (s - grad ln rho)|^2 up to a constant.

    A is the `scale` of the network, so that errors count in standard deviations. With a reference r beside the data
    and s = r + c the loss is 1/2 |A c|^2 + (A r).(A c) + div (A^2 c): the rest has no weights in it.
    The value of a row is the mean over its sites. No bias; the divergence is exact, or by Hutchinson's e.(J e).

    Args:
        probes: random signs e for each state in place of the exact divergence, >= 1; None is exact.
        sites: random sites for each state, >= 1; None is all.

    Good values: exact up to about 20 coordinates, and for a `ScoreMLP` of depth 2, where it costs no more than one
    probe; one probe and many rows otherwise.

    Source: Hyvarinen 2005, J. Mach. Learn. Res. 6, 695, eq. 4; probes: Song, Garg, Shi and Ermon 2019, Uncertainty in
    Artificial Intelligence, eq. 8 (sliced score matching, with the first term exact).
    """

    probes: int | None = None
    sites: int | None = None
    needs_drift: ClassVar[bool] = False

    def __post_init__(self) -> None:
        at_least_one("probes", self.probes)
        at_least_one("sites", self.sites)

    def __call__(self, network: ScoreNetwork, batch: Batch, draws: Draws) -> torch.Tensor:
        """Loss of each row, (batch,)."""
        x = batch["x"]
        context = chosen_sites(network, x, self.sites, draws)
        if self.probes is None:
            score, trace = network.whitened_divergence(x, context)
        else:
            asked = x if context.sites is None else context.chosen(x)
            found = [
                network.whitened_divergence(x, context, draws.signs(tuple(asked.shape[1:])).to(x))
                for _ in range(self.probes)
            ]
            score = found[0][0]
            trace = torch.stack([one for _, one in found]).mean(0)
        value = 0.5 * score.square().sum(-1) + trace
        reference = reference_scores(network, batch, context)
        if reference is not None:
            value = value + (network.whitened(reference) * score).sum(-1)
        return value.mean(-1)
