"""Denoising score matching with antithetic noise."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from ergodica.models.draws import Draws
from ergodica.models.score.losses.parts import Batch, at_least_one, chosen_sites, reference_scores
from ergodica.models.score.network import ScoreNetwork
from ergodica.models.torch_needed import torch
from ergodica.numerics.errors import ParameterError


@dataclass(frozen=True)
class Denoising:
    """1/2 |A s(x + d) + xi/sigma|^2 with d = sigma A xi, xi standard normal, averaged over d and -d.

    A is the `scale` of the network. What has no weights in it is left out, which leaves
    1/4 (|A s(x+d)|^2 + |A s(x-d)|^2) + xi.(A s(x+d) - A s(x-d))/(2 sigma): the noise of 1/sigma cancels between the
    two. No second derivatives. The score learned is that of the data with noise: its density is wider, for a Gaussian
    by 1 + sigma^2, and the score smaller by as much. A reference beside the data is taken at x.
    The value of a row is the mean over its sites.

    Args:
        sigma: noise in standard deviations of the data, > 0.
        sites: random sites for each state, >= 1; None is all.

    Raises:
        ParameterError: sigma is not positive, or sites are below 1.

    Good values: sigma=0.05: 0.25 % of bias for a Gaussian; narrow structures, such as a core of repulsion, need noise
    below their width.

    Source: Vincent 2011, Neural Comput. 23, 1661, eq. 8; antithetic: Boffi and Vanden-Eijnden 2023, arXiv 2309.12991.
    """

    sigma: float = 0.05
    sites: int | None = None
    needs_drift: ClassVar[bool] = False

    def __post_init__(self) -> None:
        at_least_one("sites", self.sites)
        number = self.sigma
        if isinstance(number, bool) or not isinstance(number, int | float) or not 0 < number < math.inf:
            raise ParameterError(
                f"sigma: must be a finite number above 0, got {number!r}; 0.05 is a good start"
            )

    def __call__(self, network: ScoreNetwork, batch: Batch, draws: Draws) -> torch.Tensor:
        """Loss of each row, (batch,)."""
        x = batch["x"]
        context = chosen_sites(network, x, self.sites, draws)
        noise = draws.normal(tuple(context.chosen(x).shape[1:])).to(x)
        shift = self.sigma * network.coloured(noise)
        plus, minus = (network.whitened(network(x, context, sign * shift)) for sign in (1, -1))
        value = 0.25 * (plus.square() + minus.square()) + noise * (plus - minus) / (2 * self.sigma)
        reference = reference_scores(network, batch, context)
        if reference is not None:
            value = value + 0.5 * network.whitened(reference) * (plus + minus)
        return value.sum(-1).mean(-1)
