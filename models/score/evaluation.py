"""Scores of many states by one network or several, in batches, with the reference that a network lacks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.models.device import torch_device
from ergodica.models.score.frames import Stretch
from ergodica.models.score.network import ScoreNetwork
from ergodica.models.score.process import Process
from ergodica.models.torch_needed import torch
from ergodica.numerics.errors import ParameterError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

SITES_AT_ONCE = 4096
"""Sites in a batch where none is asked for: memory of a transformer is in proportion."""


class Scores:
    """Networks in the box of a process.

    Args:
        network: a score network, or an ensemble of them in its `networks`.
        process: of the data.
        batch: snapshots at once; None is as many as have 4096 sites.
        device: "cpu", "cuda", "cuda:1", "auto".

    Raises:
        ParameterError: other degrees of freedom, or what is no score network.
    """

    def __init__(self, network: Any, process: Process, *, batch: int | None, device: str) -> None:
        networks = list(getattr(network, "networks", [network]))
        for one in networks:
            if not isinstance(one, ScoreNetwork):
                raise ParameterError(
                    f"network: must be a score network, got {type(one).__name__}; train one with models.score.train"
                )
        if batch is not None and (isinstance(batch, bool) or int(batch) != batch or batch < 1):
            raise ParameterError(f"batch: must be a whole number above 0, got {batch!r}; leave it out")
        self.device = torch_device(device)
        self.networks = [one.of_process(process).to(self.device).eval() for one in networks]
        self.process = process
        self._batch = int(batch) if batch else max(1, SITES_AT_ONCE // process.sites)

    def of(self, stretch: Stretch) -> Array:
        """Scores, (networks, rows, sites, degrees)."""
        found = np.empty((len(self.networks), *stretch.x.shape))
        with torch.no_grad():
            for number, network in enumerate(self.networks):
                for rows, x in self._batches(network, stretch.x):
                    for sites, chosen in self._sites(x):
                        score = network(x, network.context(x, chosen))
                        found[number, rows, sites] = score.cpu().numpy()
                if network.reference == "equilibrium":
                    found[number] += self.process.passive(stretch.raw)
        return found

    def with_spread(self, stretch: Stretch) -> tuple[Array, Array]:
        """Scores and terms of div D s, both (networks, rows, sites, degrees).

        The terms are those of each degree where D is diagonal; else only their sum over the degrees of a site counts.
        """
        found = np.empty((2, len(self.networks), *stretch.x.shape))
        noise = self.process.diffusion
        diagonal = not (noise - np.diag(np.diagonal(noise))).any()
        # networks carry these derivatives forward, so that no graph is needed, and no memory for one
        with torch.no_grad():
            for number, network in enumerate(self.networks):
                for rows, x in self._batches(network, stretch.x):
                    for sites, chosen in self._sites(x):
                        context = network.context(x, chosen)
                        if diagonal:
                            score, slopes = network.divergence(x, context)
                            terms = slopes.cpu().numpy() * np.diagonal(noise)
                        else:
                            score, traces = network.contraction(x, self._root(x), context)
                            terms = traces.cpu().numpy()[..., None] / len(noise)
                        found[0, number, rows, sites] = score.cpu().numpy()
                        found[1, number, rows, sites] = terms
                if network.reference == "equilibrium":
                    found[0, number] += self.process.passive(stretch.raw)
                    found[1, number] += passive_spread(self.process, stretch)
        return found[0], found[1]

    def _root(self, like: torch.Tensor) -> torch.Tensor:
        """F with F F^T = D, (degrees, degrees)."""
        strength, axes = np.linalg.eigh(self.process.diffusion)
        return torch.as_tensor(axes * np.sqrt(np.maximum(strength, 0.0))).to(like)

    def _batches(self, network: ScoreNetwork, x: Array) -> Iterator[tuple[slice, torch.Tensor]]:
        for start in range(0, len(x), self._batch):
            rows = slice(start, min(start + self._batch, len(x)))
            yield rows, torch.as_tensor(x[rows], dtype=network.period.dtype, device=self.device)

    def _sites(self, x: torch.Tensor) -> Iterator[tuple[slice, torch.Tensor | None]]:
        """All sites, or parts of them where they are too many at once."""
        count = x.shape[1]
        if count <= SITES_AT_ONCE:
            yield slice(None), None
            return
        for start in range(0, count, SITES_AT_ONCE):
            part = torch.arange(start, min(start + SITES_AT_ONCE, count), device=x.device)
            yield slice(start, start + len(part)), part.expand(len(x), -1)


def require_finite(scores: Array) -> None:
    """Raise ParameterError where a network of states gives no numbers."""
    if not np.isfinite(scores).all():
        raise ParameterError(
            "network: must give finite scores, got some that are not; train it again, or look at the data for states "
            "far from what it was trained on"
        )


def passive_spread(process: Process, stretch: Stretch) -> Array:
    """div D s of the equilibrium reference by the degree of the score: D s is the drift without the activity."""
    d = process.dimensions
    found = np.zeros_like(stretch.drift)
    # only its sum over the axes is known
    found[..., :d] = stretch.raw["drift_divergence"][..., None] / d
    if process.rate is not None:
        found[..., d:] = -process.rate
    return found
