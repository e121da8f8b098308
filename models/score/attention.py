"""A small transformer over the tokens of one site, with its derivative along given directions carried beside it.

All functions take `value` (rows, tokens, width) and `tangents` (directions, rows, tokens, width), or None for values
alone: the tangents pass through the same weights as the value, which is computed once for all directions.
"""

from __future__ import annotations

import itertools
import math

from ergodica.models.torch_needed import torch

Tangents = torch.Tensor | None
Pair = tuple[torch.Tensor, Tangents]


def linear(layer: torch.nn.Module, value: torch.Tensor, tangents: Tangents) -> Pair:
    """W value + b, and W tangents."""
    out = torch.nn.functional.linear(value, layer.weight, layer.bias)
    return out, None if tangents is None else torch.nn.functional.linear(tangents, layer.weight)


def gelu(value: torch.Tensor, tangents: Tangents) -> Pair:
    """x Phi(x), and (Phi(x) + x phi(x)) times the tangents."""
    out = torch.nn.functional.gelu(value)
    if tangents is None:
        return out, None
    below = 0.5 * (1 + torch.erf(value * math.sqrt(0.5)))
    slope = below + value * torch.exp(-0.5 * value.square()) * (1 / math.sqrt(2 * math.pi))
    return out, tangents * slope


def normalised(layer: torch.nn.LayerNorm, value: torch.Tensor, tangents: Tangents) -> Pair:
    """Mean 0 and variance 1 over the width, then weight and bias of `layer`."""
    out = layer(value)
    if tangents is None:
        return out, None
    centred = value - value.mean(-1, keepdim=True)
    inverse = torch.rsqrt(centred.square().mean(-1, keepdim=True) + layer.eps)
    unit = centred * inverse
    moved = tangents - tangents.mean(-1, keepdim=True)
    moved = moved - unit * (unit * tangents).mean(-1, keepdim=True)
    return out, moved * (inverse * layer.weight)


class Perceptron(torch.nn.Module):
    """Linear layers with a Gaussian error linear unit between them.

    Args:
        sizes: inputs, hidden layers, outputs.
    """

    def __init__(self, *sizes: int) -> None:
        super().__init__()
        self.layers = torch.nn.ModuleList(torch.nn.Linear(a, b) for a, b in itertools.pairwise(sizes))

    def forward(self, value: torch.Tensor, tangents: Tangents = None) -> Pair:
        """(..., outputs) of (..., inputs)."""
        for number, layer in enumerate(self.layers):
            if number:
                value, tangents = gelu(value, tangents)
            value, tangents = linear(layer, value, tangents)
        return value, tangents


class Block(torch.nn.Module):
    """One layer: tokens see each other, then each passes a perceptron; both are added to it.

    z + attention(norm(z)), z + perceptron(norm(z)); attention to token j has the weight w_j exp(q.k_j / sqrt(width of
    a head)), normalised over j, where w_j is given.

    Args:
        width: numbers in a token.
        heads: parts of it with attention of their own.
        hidden: width of the perceptron's hidden layer.
    """

    def __init__(self, width: int, heads: int, hidden: int) -> None:
        super().__init__()
        self.heads = heads
        self.before = torch.nn.LayerNorm(width)
        self.query_key_value = torch.nn.Linear(width, 3 * width)
        self.out = torch.nn.Linear(width, width)
        self.between = torch.nn.LayerNorm(width)
        self.perceptron = Perceptron(width, hidden, width)

    def forward(
        self,
        value: torch.Tensor,
        tangents: Tangents,
        logarithms: torch.Tensor | None,
        logarithm_tangents: Tangents,
        *,
        asking: int | None = None,
        entropies: list[torch.Tensor] | None = None,
    ) -> Pair:
        """The next tokens.

        Args:
            value, tangents: the tokens.
            logarithms: of w, (rows, tokens), or None where all are 1; their tangents beside them.
            asking: how many tokens, from the first on, are wanted; None for all. The others are only looked at.
            entropies: takes the mean entropy of this layer's attention, in nats.
        """
        normal, normal_tangents = normalised(self.before, value, tangents)
        mixed, mixed_tangents = self._attended(
            normal, normal_tangents, logarithms, logarithm_tangents, asking, entropies
        )
        mixed, mixed_tangents = linear(self.out, mixed, mixed_tangents)
        value = value[:, :asking] + mixed
        if tangents is not None and mixed_tangents is not None:
            tangents = tangents[:, :, :asking] + mixed_tangents
        added, added_tangents = self.perceptron(*normalised(self.between, value, tangents))
        return value + added, None if tangents is None else tangents + added_tangents

    def _attended(
        self,
        value: torch.Tensor,
        tangents: Tangents,
        logarithms: torch.Tensor | None,
        logarithm_tangents: Tangents,
        asking: int | None,
        entropies: list[torch.Tensor] | None,
    ) -> Pair:
        parts, part_tangents = linear(self.query_key_value, value, tangents)
        query, key, own = self._by_heads(parts)
        query = query[..., :asking, :] / math.sqrt(query.shape[-1])
        logits = query @ key.transpose(-1, -2)
        logits = logits.to(torch.promote_types(logits.dtype, torch.float32))
        if logarithms is not None:
            logits = logits + logarithms[:, None, None, :]
        share = logits.softmax(-1)
        if entropies is not None:
            entropies.append(torch.special.entr(share).sum(-1).mean())
        mixed = (share.to(own.dtype) @ own).transpose(-2, -3).flatten(-2)
        if part_tangents is None:
            return mixed, None
        query_t, key_t, own_t = self._by_heads(part_tangents)
        query_t = query_t[..., :asking, :] / math.sqrt(query.shape[-1])
        change = query_t @ key.transpose(-1, -2) + query @ key_t.transpose(-1, -2)
        if logarithm_tangents is not None:
            change = change + logarithm_tangents[:, :, None, None, :]
        share_t = share * (change - (share * change).sum(-1, keepdim=True))
        mixed_t = share_t.to(own.dtype) @ own + share.to(own.dtype) @ own_t
        return mixed, mixed_t.transpose(-2, -3).flatten(-2)

    def _by_heads(self, parts: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        split = parts.view(*parts.shape[:-1], 3, self.heads, -1).movedim(-3, 0).transpose(-2, -3)
        return split[0], split[1], split[2]
