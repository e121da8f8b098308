"""Layers of a small transformer over the tokens of one site, which carry derivatives along directions beside them.

All take `value` (rows, tokens, width) and `tangents` (directions, rows, tokens, width), or None for values alone: the
tangents pass through the same weights as the value, which is computed once for all directions.
"""

from __future__ import annotations

import itertools
import math

from ergodica.models.score import products
from ergodica.models.score.attention import (
    Pair,
    Tangents,
    attended,
    attended_along,
    by_heads,
    entropy,
    softmax_along,
)
from ergodica.models.torch_needed import torch


def linear(layer: torch.nn.Module, value: torch.Tensor, tangents: Tangents) -> Pair:
    """W value + b, and W tangents."""
    assert isinstance(layer, torch.nn.Linear)
    weight = layer.weight
    return (
        products.linear(value, weight, layer.bias),
        None if tangents is None else products.linear(tangents, weight),
    )


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
    moved = torch.addcmul(moved, unit, (unit * tangents).mean(-1, keepdim=True), value=-1)
    return out, moved * (inverse * layer.weight)


class Perceptron(torch.nn.Module):
    """Linear layers with Gaussian error linear units between them.

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

    z + attention(norm(z)), then z + perceptron(norm(z))

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
        self, value: torch.Tensor, tangents: Tangents, logarithms: torch.Tensor | None, change: Tangents
    ) -> Pair:
        """The next tokens.

        Args:
            value, tangents: the tokens.
            logarithms: of the weights of the tokens that are looked at, (rows, tokens), or None where all are 1.
            change: tangents of these.
        """
        parts, part_tangents = linear(self.query_key_value, *normalised(self.before, value, tangents))
        if part_tangents is None:
            mixed, mixed_tangents = attended(parts, self.heads, logarithms), None
        else:
            mixed, mixed_tangents = attended_along(parts, part_tangents, self.heads, logarithms, change)
        return self.passed(value, tangents, mixed, mixed_tangents)

    def passed(
        self, value: torch.Tensor, tangents: Tangents, mixed: torch.Tensor, mixed_tangents: Tangents
    ) -> Pair:
        """What attention gave is added, and what the perceptron then gives."""
        value, tangents = _sum(value, tangents, *linear(self.out, mixed, mixed_tangents))
        return _sum(value, tangents, *self.perceptron(*normalised(self.between, value, tangents)))

    def entropy(self, value: torch.Tensor, logarithms: torch.Tensor | None) -> torch.Tensor:
        """Mean entropy of the attention, in nats."""
        query, key, _ = by_heads(self.query_key_value(self.before(value)), self.heads)
        logits = query @ key.mT / math.sqrt(query.shape[-1])
        return entropy((logits if logarithms is None else logits + logarithms[:, None, None, :]).softmax(-1))


class LastBlock(Block):
    """The last layer, from which the first token alone is wanted.

    With one query q the keys need not be known: q.(K z_j) = (K^T q).z_j, and sum_j p_j V z_j = V sum_j p_j z_j, so
    that its weights meet one vector a head in place of all tokens.
    """

    def __init__(self, width: int, heads: int, hidden: int) -> None:
        super().__init__(width, heads, hidden)
        del self.query_key_value
        self.query = torch.nn.Linear(width, width)
        self.key = torch.nn.Linear(width, width, bias=False)  # softmax takes what is equal for all keys away
        self.own = torch.nn.Linear(width, width)

    def forward(
        self, value: torch.Tensor, tangents: Tangents, logarithms: torch.Tensor | None, change: Tangents
    ) -> Pair:
        """The first token, (rows, 1, width); arguments as of `Block`."""
        tokens, token_tangents = normalised(self.before, value, tangents)
        asking, asking_t = self._asking(tokens, token_tangents)
        share = self._share(asking, tokens, logarithms)
        pooled, pooled_t = share.to(tokens.dtype) @ tokens, None
        if token_tangents is not None and asking_t is not None:
            moved = asking_t @ tokens.mT + asking @ token_tangents.mT
            share_t = softmax_along(share, moved if change is None else moved + change[:, :, None, :])
            pooled_t = share_t.to(tokens.dtype) @ tokens + share.to(tokens.dtype) @ token_tangents
        weight = self._split(self.own.weight)
        mixed = torch.einsum("mhw,hcw->mhc", pooled, weight).flatten(-2) + self.own.bias
        mixed_t = None if pooled_t is None else torch.einsum("amhw,hcw->amhc", pooled_t, weight).flatten(-2)
        return self.passed(
            value[:, :1],
            None if tangents is None else tangents[:, :, :1],
            mixed[:, None],
            None if mixed_t is None else mixed_t[:, :, None],
        )

    def entropy(self, value: torch.Tensor, logarithms: torch.Tensor | None) -> torch.Tensor:
        """Mean entropy of the attention, in nats."""
        tokens = self.before(value)
        return entropy(self._share(self._asking(tokens, None)[0], tokens, logarithms))

    def _asking(self, tokens: torch.Tensor, tangents: Tangents) -> Pair:
        """K^T q / sqrt(c) of each head, (rows, heads, width)."""
        query, query_t = linear(self.query, tokens[:, 0], None if tangents is None else tangents[:, :, 0])
        weight = self._split(self.key.weight)
        weight = weight * (1 / math.sqrt(weight.shape[1]))
        asking = torch.einsum("mhc,hcw->mhw", query.view(*query.shape[:-1], self.heads, -1), weight)
        if query_t is None:
            return asking, None
        return asking, torch.einsum(
            "amhc,hcw->amhw", query_t.view(*query_t.shape[:-1], self.heads, -1), weight
        )

    def _split(self, weight: torch.Tensor) -> torch.Tensor:
        """(heads, width / heads, width)."""
        return weight.view(self.heads, -1, weight.shape[1])

    @staticmethod
    def _share(asking: torch.Tensor, tokens: torch.Tensor, logarithms: torch.Tensor | None) -> torch.Tensor:
        logits = asking @ tokens.mT
        logits = logits.to(torch.promote_types(logits.dtype, torch.float32))
        return (logits if logarithms is None else logits + logarithms[:, None, :]).softmax(-1)


def _sum(value: torch.Tensor, tangents: Tangents, added: torch.Tensor, added_tangents: Tangents) -> Pair:
    if tangents is None or added_tangents is None:
        return value + added, None
    return value + added, tangents + added_tangents
