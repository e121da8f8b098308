"""The score of many particles, each from a transformer over itself and its neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ergodica.models.network import register
from ergodica.models.score.attention import Pair
from ergodica.models.score.blocks import Block, LastBlock, Perceptron, linear, normalised
from ergodica.models.score.local_neighbours import distances, nearest_in_space, nearest_on_ring, ring_offsets
from ergodica.models.score.network import Context, ScoreNetwork
from ergodica.models.score.pictures import Lengths, inner, picture
from ergodica.models.score.reference import gaussian
from ergodica.models.score.spectral import reparametrise
from ergodica.models.torch_needed import torch
from ergodica.numerics.errors import ParameterError

if TYPE_CHECKING:
    from ergodica.models.score.process import Process

ORDERS = ("nearest", "ring")
CACHED = 1 << 22
"""Bytes of the tokens that are worked on at once: more would leave the shared cache, fewer would waste calls."""
ON_GPU = 1 << 27
"""The same where there is no such cache, but a cost of every call; not tried on hardware."""
SEEN = 64
"""Sites of the last batch whose attention `monitors` looks at."""


@register
class LocalScoreTransformer(ScoreNetwork):
    """Score network of any number of particles, of which each looks at its nearest neighbours alone.

    s_i = A^-1 N(x_i; x_j - x_i, g_i, g_j : j among the neighbours of i)

    Tokens are the particle and its neighbours; positions and the other degrees (propulsion, heading) have embeddings
    of their own, which are added. All tokens see each other in each layer, in the last one the particle alone looks.
    Scores do not change when particles are renumbered, nor when all move together in a periodic box; along open axes
    the particle's own position enters. They are not forced to be equivariant under rotations.

    Neighbours count with a weight that vanishes at the distance of the first one that is left out; with
    `neighbours` >= N - 1 all others count fully. N may change at any time.

    Args:
        degrees: names of the degrees of freedom of a particle, positions first.
        dimensions: how many of them are positions, 1 to 3.
        neighbours: k >= 1.
        width: numbers in a token, a multiple of `heads`.
        layers: of attention, >= 1.
        heads: of attention, >= 1.
        hidden: width of the perceptrons' hidden layers; None is twice the width.
        reference: "equilibrium", "gaussian" (by each particle's own covariance) or "none".
        spectral: give every linear layer a trained largest singular value; see `SpectralWeight`.
        order: "nearest" in space, or "ring": neighbours by index, of particles joined to a ring by their index.

    Raises:
        ParameterError: a number is out of range.

    Good values: neighbours=16, width=64, layers=3 on a CPU; the published network had 64 neighbours and 2.31 million
    weights: neighbours=64, width=256, layers=4, heads=4.

    Source: Boffi and Vanden-Eijnden 2023, arXiv 2309.12991, section "Network architecture".
    """

    name = "local-score-transformer"
    mean: torch.Tensor
    spread: torch.Tensor
    inverse: torch.Tensor
    precision: torch.Tensor
    reach: torch.Tensor
    spacing: torch.Tensor

    def __init__(
        self,
        *,
        degrees: Sequence[str],
        dimensions: int,
        neighbours: int = 16,
        width: int = 64,
        layers: int = 3,
        heads: int = 4,
        hidden: int | None = None,
        reference: str = "equilibrium",
        spectral: bool = False,
        order: str = "nearest",
    ) -> None:
        hidden = 2 * width if hidden is None else hidden
        numbers = {
            "dimensions": dimensions,
            "neighbours": neighbours,
            "width": width,
            "layers": layers,
            "heads": heads,
            "hidden": hidden,
        }
        for name, number in numbers.items():
            if number < 1:
                raise ParameterError(f"{name}: must be at least 1, got {number}")
        if dimensions > min(3, len(degrees)):
            raise ParameterError(
                f"dimensions: must be at most 3 and the number of degrees, {len(degrees)}, got {dimensions}; "
                "name the positions first among degrees"
            )
        if width % heads:
            raise ParameterError(f"width: must be a multiple of heads, got {width} for {heads} heads")
        if order not in ORDERS:
            raise ParameterError(f"order: must be one of {', '.join(ORDERS)}, got {order!r}")
        d = len(degrees)
        options = {"spectral": spectral, "order": order}
        super().__init__(degrees=degrees, reference=reference, together=d, **numbers, **options)
        self.dimensions, self.neighbours, self.width, self.order = dimensions, neighbours, width, order
        others = d - dimensions
        self.around = Perceptron(2 * dimensions + 1, width, width)
        self.place = Perceptron(dimensions, width, width)
        self.own = Perceptron(2 * others, width, width) if others else None
        if order == "ring":
            self.steps = torch.nn.Parameter(torch.randn((neighbours + 3) // 2, width))
        kinds = [Block] * (layers - 1) + [LastBlock]
        self.blocks = torch.nn.ModuleList(kind(width, heads, hidden) for kind in kinds)
        self.final = torch.nn.LayerNorm(width)
        if spectral:
            reparametrise(self)
        self.last = torch.nn.Linear(width, d)
        torch.nn.init.zeros_(self.last.weight)
        torch.nn.init.zeros_(self.last.bias)
        for name in ("mean", "spread"):
            self.register_buffer(name, torch.full((d,), float(name == "spread")))
        for name in ("reach", "spacing"):
            self.register_buffer(name, torch.ones(()))
        self.register_buffer("inverse", torch.eye(d))
        self.register_buffer("precision", torch.eye(d))
        self._seen: tuple[torch.Tensor, Context] | None = None

    def prepare(self, x: torch.Tensor, process: Process) -> None:
        """Sets the buffers from states, (samples, sites, degrees).

        Positions are measured by their standard deviation, or by the median distance to the nearest other particle
        where that is smaller; so are those in a periodic box.

        Raises:
            ParameterError: the process has other degrees, a value is not finite, the covariance is singular, or
                particles lie at one place.
        """
        self.take(process)
        d = self.dimensions
        few = x[np.linspace(0, len(x) - 1, min(len(x), 32)).round().astype(int)].detach().cpu().double()
        found = gaussian(x.detach().cpu().flatten(0, 1).numpy(), self.degrees, process.period)
        covariance = found.scale @ found.scale
        circle = np.isfinite(process.period)
        precision = found.inverse @ found.inverse
        precision[circle] = precision[:, circle] = 0.0
        spread = np.sqrt(np.diag(covariance))
        scale, inverse = found.scale, found.inverse
        if x.shape[1] > 1:
            near = self._near(few, self.context(few))
            away = distances(few.flatten(0, 1)[:, :d], near, torch.as_tensor(process.period)[:d])
            self.reach.copy_(away[:, -1].median() if self.order == "nearest" else away.square().mean().sqrt())
            self.spacing.copy_(away[:, 0].median())
            if not self.spacing > 0:
                raise ParameterError(
                    "position: particles must lie apart, got half of them or more at the place of another one; leave "
                    "the frames out in which they do"
                )
            if self.order == "nearest" or circle[:d].any():
                shrink = np.minimum(1.0, float(self.spacing) / spread[:d])
                factor = np.concatenate([shrink, np.ones(len(self.degrees) - d)])
                values, vectors = np.linalg.eigh(covariance * np.outer(factor, factor))
                root = np.sqrt(values)
                scale, inverse = (vectors * root) @ vectors.T, (vectors / root) @ vectors.T
        for name, value in {
            "mean": found.mean,
            "spread": spread,
            "scale": scale,
            "inverse": inverse,
            "precision": precision,
        }.items():
            self.get_buffer(name).copy_(torch.as_tensor(value))

    def context(self, x: torch.Tensor, sites: torch.Tensor | None = None) -> Context:
        """Who is near whom, for the chosen sites.

        Args:
            x: (batch, N, degrees).
            sites: (batch, chosen), or None for all.
        """
        batch, n = x.shape[:2]
        if self.order == "ring":
            numbers = torch.arange(n, device=x.device).expand(batch, n) if sites is None else sites
            near = nearest_on_ring(n, self.neighbours, numbers)
        else:
            d = self.dimensions
            # one more than count: its distance is where the weights vanish
            k = n - 1 if n - 1 <= self.neighbours else self.neighbours + 1
            near = nearest_in_space(x[..., :d].detach(), self.period[:d].to(x.dtype), k, sites)
        found = Context(sites, near)
        few = torch.arange(min(n, SEEN), device=x.device)[None] if sites is None else sites[:1, :SEEN]
        self._seen = x[:1].detach(), Context(few, near[:1, :SEEN])
        return found

    def forward(
        self, x: torch.Tensor, context: Context | None = None, shift: torch.Tensor | None = None
    ) -> torch.Tensor:
        """Scores, or corrections, (batch, chosen, degrees), of the chosen sites.

        `shift`, of the same shape, moves each chosen site in its own picture alone.
        """
        return self._evaluated(x, context, shift, None)[0]

    def divergence(
        self, x: torch.Tensor, context: Context | None = None, probe: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Scores, and d s_ia/d x_ia, or e_ia (J e)_ia, both (batch, chosen, degrees)."""
        if probe is not None:
            score, tangents = self._evaluated(x, context, None, probe[None])
            return score, probe * tangents[0]
        score, tangents = self._evaluated(x, context, None, torch.eye(len(self.degrees)).to(x))
        return score, tangents.diagonal(dim1=0, dim2=-1)

    def contraction(
        self, x: torch.Tensor, factor: torch.Tensor, context: Context | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Scores, and tr(F^T J_i F) of each chosen site, for F = `factor`, (degrees, q)."""
        score, tangents = self._evaluated(x, context, None, factor.T)
        return score, torch.einsum("qbsa,aq->bs", tangents, factor)

    def monitors(self) -> dict[str, float]:
        """Mean entropy of each layer's attention in nats, at most ln(k + 1), over some sites of the last batch.

        Near 0 in a layer: every token looks at one other alone, which goes with training that breaks down; `spectral`
        and a lower learning rate help.
        """
        if self._seen is None:
            return {}
        x, context = self._seen
        found: list[torch.Tensor] = []
        with torch.no_grad():
            self._evaluated(x.to(self.mean), context, None, None, found)
        return {f"attention_entropy_{layer}": float(value) for layer, value in enumerate(found)}

    def _near(self, x: torch.Tensor, context: Context) -> torch.Tensor:
        """Numbers of the neighbours among all rows of `x`, (batch * chosen, k)."""
        assert context.neighbours is not None
        first = torch.arange(len(x), device=x.device)[:, None, None] * x.shape[1]
        return (context.neighbours + first).flatten(0, 1)

    def _evaluated(
        self,
        x: torch.Tensor,
        context: Context | None,
        shift: torch.Tensor | None,
        directions: torch.Tensor | None,
        entropies: list[torch.Tensor] | None = None,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Outputs, and their derivatives along `directions`, (directions, degrees) or (directions, batch, ...)."""
        context = self.context(x) if context is None else context
        centre = context.chosen(x)
        shape = centre.shape
        centre = (centre if shift is None else centre + shift).flatten(0, 1)
        near, everyone = self._near(x, context), x.flatten(0, 1)
        weighted = self.order == "nearest" and near.shape[1] > self.neighbours
        if directions is not None:
            directions = (
                directions[:, None, :].expand(-1, len(centre), -1)
                if directions.ndim == 2
                else directions.flatten(1, 2)
            )
        tokens = 1 + near.shape[1] - weighted
        beside = 1 if directions is None else 1 + len(directions)
        room = CACHED if x.device.type == "cpu" else ON_GPU
        rows = max(1, room // (4 * self.width * tokens * beside))
        values, tangents = [], []
        for start in range(0, len(centre), rows):
            part = slice(start, start + rows)
            along = None if directions is None else directions[:, part]
            value, tangent = self._scores(centre[part], everyone[near[part]], along, weighted, entropies)
            values.append(value)
            if tangent is not None:
                tangents.append(tangent)
        value = torch.cat(values).reshape(shape)
        if directions is None:
            return value, value
        return value, torch.cat(tangents, dim=1).reshape(len(directions), *shape)

    def _scores(
        self,
        centre: torch.Tensor,
        near: torch.Tensor,
        directions: torch.Tensor | None,
        weighted: bool,
        entropies: list[torch.Tensor] | None,
    ) -> Pair:
        d = self.dimensions
        lengths = Lengths(self.mean, self.spread, self.reach, self.spacing, self.period)
        view, change = picture(centre, near[..., :d], lengths, weighted, directions)
        around, around_t = self.around(view.around, None if change is None else change.around)
        first, first_t = self.place(view.place, None if change is None else change.place)
        if self.own is not None:
            kept = near.shape[1] - weighted
            around = around + self.own(inner(near[:, :kept, d:], lengths))[0]
            own, own_t = self.own(view.own, None if change is None else change.own)
            first = first + own
            first_t = None if first_t is None else first_t + own_t
        if self.order == "ring":
            steps = [abs(offset) for offset in ring_offsets(near.shape[1] + 1, self.neighbours)]
            around = around + self.steps[steps]
        value = torch.cat([first[:, None], around], dim=1)
        tangents = None if first_t is None else torch.cat([first_t[:, :, None], around_t], dim=2)
        pad = torch.nn.functional.pad
        logarithms = pad(view.logarithms, (1, 0)) if weighted else None
        logarithm_tangents = pad(change.logarithms, (1, 0)) if weighted and change is not None else None
        for block in self.blocks:
            if entropies is not None:
                entropies.append(block.entropy(value, logarithms))  # type: ignore[operator]
            value, tangents = block(value, tangents, logarithms, logarithm_tangents)
        value, tangents = linear(self.last, *normalised(self.final, value, tangents))
        # by hand, since a matrix product would lose digits under mixed precision
        value = _times(value[:, 0], self.inverse)
        tangents = None if tangents is None else _times(tangents[:, :, 0], self.inverse)
        if self.reference == "gaussian":
            value = value - _times(centre - self.mean, self.precision)
            if tangents is not None and directions is not None:
                tangents = tangents - _times(directions, self.precision)
        return value, tangents


def _times(vectors: torch.Tensor, matrix: torch.Tensor) -> torch.Tensor:
    return (vectors[..., :, None] * matrix).sum(-2)
