"""Several networks for one density: their mean, and from their spread an error bar."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ergodica.models.network import Network, register
from ergodica.models.score.network import Context, ScoreNetwork
from ergodica.models.torch_needed import torch
from ergodica.numerics.errors import ParameterError

if TYPE_CHECKING:
    from ergodica.models.score.process import Process


@register
class ScoreEnsemble(ScoreNetwork):
    """The mean of networks of one architecture, trained from different seeds.

    Args:
        networks: the members, or as in a checkpoint {"name": ..., "config": ...} of each.

    Raises:
        ParameterError: there is none, or they differ in architecture.

    Attributes:
        networks: the members; their scores one by one give an error bar.
    """

    name = "score-ensemble"

    def __init__(self, networks: Sequence[ScoreNetwork | Mapping[str, Any]]) -> None:
        if not networks:
            raise ParameterError("networks: needs at least one, got none")
        members = [
            one if isinstance(one, ScoreNetwork) else Network.rebuilt(one["name"], one["config"])
            for one in networks
        ]
        kinds = [{"name": one.name, "config": one.config} for one in members]
        first = members[0]
        if not isinstance(first, ScoreNetwork):
            raise ParameterError(f"networks: must be score networks, got {first.name!r}")
        for kind in kinds[1:]:
            if kind != kinds[0]:
                raise ParameterError(
                    f"networks: must have one architecture, got {kinds[0]} and {kind}; compare them one by one"
                )
        super().__init__(degrees=first.degrees, reference=first.reference, together=len(first.scale))
        self.config = {"networks": kinds}
        self.networks: list[ScoreNetwork] = torch.nn.ModuleList(members)  # type: ignore[assignment]
        # Under the name of the ensemble too, so that a checkpoint holds them and losses find them.
        for buffer in ("period", "diffusion", "scale"):
            self.register_buffer(buffer, getattr(first, buffer).clone())

    def take(self, process: Process) -> None:
        """Sets `period` and `diffusion` of all members."""
        super().take(process)
        for network in self.networks:
            network.take(process)

    def prepare(self, x: torch.Tensor, process: Process) -> None:
        """Prepares all members."""
        self.take(process)
        for network in self.networks:
            network.prepare(x, process)
        self.scale.copy_(self.networks[0].scale)

    def context(self, x: torch.Tensor, sites: torch.Tensor | None = None) -> Context:
        """That of the first member: one architecture has one neighbourhood."""
        return self.networks[0].context(x, sites)

    def forward(
        self, x: torch.Tensor, context: Context | None = None, shift: torch.Tensor | None = None
    ) -> torch.Tensor:
        """Mean score, (batch, chosen, degrees)."""
        return torch.stack([network(x, context, shift) for network in self.networks]).mean(0)

    def divergence(
        self, x: torch.Tensor, context: Context | None = None, probe: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Mean score and its divergence, both (batch, chosen, degrees)."""
        return _mean([network.divergence(x, context, probe) for network in self.networks])

    def whitened_divergence(
        self, x: torch.Tensor, context: Context | None = None, probe: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Mean of those of the members."""
        return _mean([network.whitened_divergence(x, context, probe) for network in self.networks])

    def contraction(
        self, x: torch.Tensor, factor: torch.Tensor, context: Context | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Mean of those of the members."""
        return _mean([network.contraction(x, factor, context) for network in self.networks])


def _mean(pairs: Sequence[tuple[torch.Tensor, torch.Tensor]]) -> tuple[torch.Tensor, torch.Tensor]:
    first, second = zip(*pairs, strict=True)
    return torch.stack(first).mean(0), torch.stack(second).mean(0)
