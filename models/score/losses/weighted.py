"""A sum of losses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ergodica.models.draws import Draws
from ergodica.models.score.losses.parts import Batch
from ergodica.models.score.network import ScoreNetwork
from ergodica.models.torch_needed import torch
from ergodica.numerics.errors import ParameterError


@dataclass(frozen=True)
class WeightedSum:
    """sum_k w_k L_k.

    Args:
        terms: pairs (w_k, L_k), w_k > 0.

    Raises:
        ParameterError: there is no term, or a weight is not positive.

    Good values: ((1.0, ImplicitScoreMatching()), (0.1, FokkerPlanckResidual())) for rates of about 1.
    """

    terms: tuple[tuple[float, Callable[..., torch.Tensor]], ...]

    def __post_init__(self) -> None:
        if not self.terms:
            raise ParameterError("terms: needs at least one pair (weight, loss), got none")
        for weight, loss in self.terms:
            if not weight > 0:
                raise ParameterError(
                    f"terms: weights must be above 0, got {weight:g} for {type(loss).__name__}; leave it out"
                )

    @property
    def needs_drift(self) -> bool:
        """Whether a term does."""
        return any(getattr(loss, "needs_drift", False) for _, loss in self.terms)

    @property
    def sites(self) -> int | None:
        """The most that a term asks for; None where one asks for all."""
        asked: list[Any] = [getattr(loss, "sites", None) for _, loss in self.terms]
        return None if None in asked else max(asked)

    def __call__(self, network: ScoreNetwork, batch: Batch, draws: Draws) -> torch.Tensor:
        """Loss of each row, (batch,)."""
        return torch.stack([weight * loss(network, batch, draws) for weight, loss in self.terms]).sum(0)
