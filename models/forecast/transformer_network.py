"""Attention over patches of a context."""

from __future__ import annotations

from ergodica.models.forecast.gaussian_head import GaussianHead
from ergodica.models.network import Network, register
from ergodica.models.torch_needed import torch

attention = torch.nn.functional.scaled_dot_product_attention


class Attention(torch.nn.Module):
    """Several heads of attention of some things to others, where `mask` lets them."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.queries, self.out = torch.nn.Linear(width, width), torch.nn.Linear(width, width)
        self.others = torch.nn.Linear(width, 2 * width)

    def forward(self, here: torch.Tensor, there: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """`here` (rows, n, width), `there` (rows, m, width), `mask` (rows, n, m) or (rows, 1, m): as `here`."""
        q = self.queries(here).unflatten(-1, (self.heads, -1)).transpose(1, 2)
        k, v = (
            one.unflatten(-1, (self.heads, -1)).transpose(1, 2) for one in self.others(there).chunk(2, dim=-1)
        )
        made = attention(q, k, v, attn_mask=mask[:, None].expand(-1, 1, here.shape[1], -1))
        read: torch.Tensor = self.out(made.transpose(1, 2).flatten(2))
        return read


class Layer(torch.nn.Module):
    """Attention among patches and a perceptron on each, both added to what was there."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.first, self.second = torch.nn.LayerNorm(width), torch.nn.LayerNorm(width)
        self.attention = Attention(width, heads)
        self.perceptron = torch.nn.Sequential(
            torch.nn.Linear(width, 2 * width), torch.nn.GELU(), torch.nn.Linear(2 * width, width)
        )

    def forward(self, patches: torch.Tensor, there: torch.Tensor) -> torch.Tensor:
        """`patches` (rows, n, width); `there` (rows, n) says which there are."""
        known = self.first(patches)
        patches = patches + self.attention(known, known, there[:, None])
        made: torch.Tensor = patches + self.perceptron(self.second(patches))
        return made


@register
class TransformerNetwork(Network):
    """Snapshots are pooled into patches by cross attention, patches attend to each other, the last snapshot to them.

    forecast = A context + B (what the last snapshot reads), about the last snapshot

    Args:
        features: of a snapshot.
        lookback: snapshots of the context.
        ahead: snapshots of the forecast.
        patches: most patches of a context.
        width: of the embedding.
        heads: of attention; width is a multiple.
        layers: among patches.
    """

    name = "forecast-transformer"

    def __init__(
        self, features: int, lookback: int, ahead: int, patches: int, width: int, heads: int, layers: int
    ) -> None:
        super().__init__(
            features=features,
            lookback=lookback,
            ahead=ahead,
            patches=patches,
            width=width,
            heads=heads,
            layers=layers,
        )
        self.shape, self.patches = (ahead, features), patches
        self.embedding = torch.nn.Linear(features, width)
        self.place = torch.nn.Parameter(0.02 * torch.randn(lookback, width))
        self.pool, self.read = Attention(width, heads), Attention(width, heads)
        self.layers = torch.nn.ModuleList(Layer(width, heads) for _ in range(layers))
        self.last = torch.nn.LayerNorm(width)
        self.linear = torch.nn.Linear(lookback * features, ahead * features)
        self.ahead = torch.nn.Linear(2 * width, ahead * features)
        for one in (self.linear, self.ahead):
            torch.nn.init.zeros_(one.weight)
            torch.nn.init.zeros_(one.bias)
        self.head = GaussianHead(2 * width, ahead * features)

    def forward(self, context: torch.Tensor, starts: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Forecast of a context and the log of its width, (rows, ahead, features) each.

        Args:
            context: (rows, lookback, features).
            starts: which snapshots begin a patch, (rows, lookback); the first one does.
        """
        points = self.embedding(context) + self.place
        # what is beyond the most patches there can be goes to the last one
        patch = (starts.long().cumsum(dim=1) - 1).clamp(max=self.patches - 1)
        inside = patch[:, None, :] == torch.arange(self.patches, device=patch.device)[None, :, None]
        there = inside.any(dim=-1)
        share = inside.to(points.dtype)
        mean = share @ points / share.sum(dim=-1, keepdim=True).clamp(min=1.0)
        # attention to nothing is not a number; patches that are not there attend to all, and none to them
        tokens = mean + self.pool(mean, points, inside | ~there[..., None])
        for layer in self.layers:
            tokens = layer(tokens, there)
        now = points[:, -1]
        known = torch.cat([now, self.read(now[:, None], self.last(tokens), there[:, None])[:, 0]], dim=-1)
        since = context - context[:, -1:]
        forecast = self.linear(since.flatten(1)) + self.ahead(known)
        return context[:, -1:] + forecast.unflatten(1, self.shape), self.head(known).unflatten(1, self.shape)
