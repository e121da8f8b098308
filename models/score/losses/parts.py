"""What the losses share: which sites are asked for, and the reference score that lies in a batch."""

from __future__ import annotations

from collections.abc import Mapping

from ergodica.models.draws import Draws
from ergodica.models.score.network import Context, ScoreNetwork
from ergodica.models.torch_needed import torch
from ergodica.numerics.errors import ParameterError

Batch = Mapping[str, torch.Tensor]


def at_least_one(name: str, number: int | None) -> None:
    """Raise ParameterError unless `number` is None or a count."""
    if number is None:
        return
    if isinstance(number, bool) or not isinstance(number, int) or number < 1:
        raise ParameterError(
            f"{name}: must be None or a whole number of at least 1, got {number!r}; use None"
        )


def chosen_sites(network: ScoreNetwork, x: torch.Tensor, sites: int | None, draws: Draws) -> Context:
    """A context of `sites` random sites a row; of all where there are no more, or where all are whitened together."""
    of = x.shape[1]
    if sites is None or sites >= of or len(network.scale) != len(network.degrees):
        return network.context(x)
    return network.context(x, sites=draws.sites(sites, of))


def reference_scores(network: ScoreNetwork, batch: Batch, context: Context) -> torch.Tensor | None:
    """Score to which the output of the network is added, (batch, chosen, degrees); None where there is none.

    Raises:
        ParameterError: the batch holds none.
    """
    if network.reference != "equilibrium":
        return None
    if "reference" not in batch:
        raise ParameterError(
            "reference: 'equilibrium' needs batches with 'reference', got "
            f"{', '.join(batch)}; use models.score.train, or take Process.passive"
        )
    return context.chosen(batch["reference"])
