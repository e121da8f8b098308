"""What all score networks share: shapes, borders, whitening, divergence."""

from __future__ import annotations

import copy
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ergodica.models.network import Network
from ergodica.models.torch_needed import torch
from ergodica.numerics.errors import ParameterError

if TYPE_CHECKING:
    from ergodica.models.score.process import Process

REFERENCES = ("none", "gaussian", "equilibrium")


@dataclass(frozen=True)
class Context:
    """What stays as it is when sites are shifted a little: which sites are asked for, and who is near them.

    Attributes:
        sites: (batch, chosen), or None for all of them.
        neighbours: (batch, chosen, k), of a network that has neighbours.
    """

    sites: torch.Tensor | None = None
    neighbours: torch.Tensor | None = None

    def chosen(self, values: torch.Tensor) -> torch.Tensor:
        """Those of `values`, (batch, sites, ...), that belong to the chosen sites."""
        if self.sites is None:
            return values
        index = self.sites.reshape(*self.sites.shape, *(1,) * (values.ndim - 2))
        return values.gather(1, index.expand(*self.sites.shape, *values.shape[2:]))


class ScoreNetwork(Network):
    """s(x) = grad ln rho(x), as a reference score and a learned correction.

    States and scores are (batch, sites, degrees): the sites are particles, or one for a system of components.
    With `reference="equilibrium"` the network gives the correction alone: the reference, D^-1 times the part of the
    drift that is not active, comes with the data (`Process.batch`), since a network knows no forces.

    Attributes:
        degrees: names of the degrees of freedom of a site.
        reference: one of `REFERENCES`.
        period: (degrees,), infinite where there are no borders; a buffer.
        scale: (m, m) symmetric square root of the covariance, of the degrees of one site, m = degrees, or of all
            together, m = sites * degrees; a buffer. Losses measure scores in these units.
    """

    period: torch.Tensor
    scale: torch.Tensor

    def __init__(self, *, degrees: Sequence[str], reference: str, together: int, **config: Any) -> None:
        super().__init__(degrees=list(degrees), reference=reference, **config)
        if reference not in REFERENCES:
            raise ParameterError(f"reference: must be one of {', '.join(REFERENCES)}, got {reference!r}")
        self.degrees, self.reference = tuple(degrees), reference
        self.register_buffer("period", torch.full((len(self.degrees),), torch.inf))
        self.register_buffer("scale", torch.eye(together))

    def of_process(self, process: Process) -> ScoreNetwork:
        """The same weights in the box of `process`.

        Raises:
            ParameterError: the degrees of freedom are others.
        """
        if process.names != self.degrees:
            raise ParameterError(
                f"network: was trained on {', '.join(self.degrees)}, got a dataset of {', '.join(process.names)}; "
                "train one for it"
            )
        moved = copy.copy(self)
        moved._buffers = dict(self._buffers)
        moved._buffers["period"] = torch.as_tensor(
            process.period, dtype=self.period.dtype, device=self.period.device
        )
        return moved

    @abstractmethod
    def prepare(self, x: torch.Tensor, process: Process) -> None:
        """Sets the buffers (period, mean, scale, ...) from many states, (samples, sites, degrees)."""

    def context(self, x: torch.Tensor, sites: torch.Tensor | None = None) -> Context:
        """What stays when `x` shifts a little; `sites`, (batch, chosen), asks for the scores of these alone."""
        return Context(sites)

    @abstractmethod
    def forward(
        self, x: torch.Tensor, context: Context | None = None, shift: torch.Tensor | None = None
    ) -> torch.Tensor:
        """Scores, or corrections, (batch, chosen, degrees), of the chosen sites.

        `shift`, of the same shape, moves the chosen sites. A network that looks at one site and its neighbours moves
        each in its own picture alone, while the others stay.
        """

    @abstractmethod
    def divergence(
        self, x: torch.Tensor, context: Context | None = None, probe: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Output of `forward`, and d s_ia/d x_ia, both (batch, chosen, degrees).

        With `probe` e, of that shape, independent entries of mean 0 and variance 1, in place of the second
        e_ia (J e)_ia, whose mean is the same: one derivative in place of one for each degree. Both can be
        differentiated by the weights.
        """

    def coloured(self, noise: torch.Tensor) -> torch.Tensor:
        """`scale` times standard noise, (batch, sites, degrees)."""
        return (noise.reshape(len(noise), -1, len(self.scale)) @ self.scale).reshape(noise.shape)

    whitened = coloured
    """A score in units of one standard deviation: the same product, since `scale` is symmetric."""
