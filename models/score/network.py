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
    drift that is not active, comes with the data (`Process.passive`), since a network knows no forces.

    Attributes:
        degrees: names of the degrees of freedom of a site.
        reference: one of `REFERENCES`.
        period: (degrees,), infinite where there are no borders; a buffer.
        diffusion: D of the process, (degrees, degrees); NaN before `prepare`; a buffer.
        scale: (m, m) symmetric square root of the covariance, of the degrees of one site, m = degrees, or of all
            together, m = sites * degrees; a buffer. Losses measure scores in these units.
    """

    period: torch.Tensor
    diffusion: torch.Tensor
    scale: torch.Tensor

    def __init__(self, *, degrees: Sequence[str], reference: str, together: int, **config: Any) -> None:
        super().__init__(degrees=list(degrees), reference=reference, **config)
        if reference not in REFERENCES:
            raise ParameterError(f"reference: must be one of {', '.join(REFERENCES)}, got {reference!r}")
        self.degrees, self.reference = tuple(degrees), reference
        self.register_buffer("period", torch.full((len(self.degrees),), torch.inf))
        self.register_buffer("diffusion", torch.full((len(self.degrees),) * 2, torch.nan))
        self.register_buffer("scale", torch.eye(together))

    def of_process(self, process: Process) -> ScoreNetwork:
        """The same weights in the box of `process`.

        Raises:
            ParameterError: the degrees of freedom are others.
        """
        moved = copy.deepcopy(self)
        moved.take(process)
        return moved

    def take(self, process: Process) -> None:
        """Sets what is known of a process without data: `period` and `diffusion`.

        Raises:
            ParameterError: the degrees of freedom are others.
        """
        if tuple(process.names) != self.degrees:
            raise ParameterError(
                f"network: was made for {', '.join(self.degrees)}, got a dataset of {', '.join(process.names)}; "
                "train one for it"
            )
        self.period.copy_(torch.as_tensor(process.period))
        self.diffusion.copy_(torch.as_tensor(process.diffusion))

    @abstractmethod
    def prepare(self, x: torch.Tensor, process: Process) -> None:
        """Sets the buffers (`take`, mean, scale, ...) from many states, (samples, sites, degrees)."""

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

    def whitened_divergence(
        self, x: torch.Tensor, context: Context | None = None, probe: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """A s, (batch, chosen, degrees), and its divergence by A^-1 x, summed over each site, (batch, chosen).

        This is tr(A J A), with A the `scale` and J the derivative of s. With `probe` e in place of it e.(A J A e),
        whose mean is the same.
        """
        if probe is None:
            score, trace = self.contraction(x, self.scale, context)
            return self.whitened(score), trace
        score, terms = self.divergence(x, context, self.coloured(probe))
        return self.whitened(score), terms.sum(-1)

    def contraction(
        self, x: torch.Tensor, factor: torch.Tensor, context: Context | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Output of `forward`, and tr(F^T J_i F) of each chosen site, (batch, chosen), for F = `factor`, (degrees, q).

        J_i is the derivative of s_i by x_i. F F^T = D gives the divergence of D s. A network that takes all sites
        together, and cannot shift each in its own picture, has a method of its own.
        """
        sites = x.shape[1] if context is None or context.sites is None else context.sites.shape[1]
        total = torch.zeros((), dtype=x.dtype, device=x.device)
        score = None
        for direction in factor.T:
            probe = direction.expand(len(x), sites, -1)
            score, terms = self.divergence(x, context, probe)
            total = total + terms.sum(-1)
        if score is None:
            score = self(x, context)
            total = score.new_zeros(score.shape[:2])
        return score, total

    def coloured(self, noise: torch.Tensor) -> torch.Tensor:
        """`scale` times standard noise, (batch, sites, degrees)."""
        return (noise.reshape(len(noise), -1, len(self.scale)) @ self.scale).reshape(noise.shape)

    whitened = coloured
    """A score in units of one standard deviation: the same product, since `scale` is symmetric."""
