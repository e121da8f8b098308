"""Attention of a few tokens to each other, many rows at a time, and its derivative along given directions."""

from __future__ import annotations

import math
from typing import Any

from ergodica.models.torch_needed import torch

Tangents = torch.Tensor | None
Pair = tuple[torch.Tensor, Tangents]


def entropy(share: torch.Tensor) -> torch.Tensor:
    """Mean of -sum_j p_j ln p_j over rows, heads and tokens, in nats; `share` (..., tokens)."""
    return torch.special.entr(share.detach()).sum(-1).mean()


def attended(parts: torch.Tensor, heads: int, logarithms: torch.Tensor | None) -> torch.Tensor:
    """sum_j p_ij v_j with p_ij = w_j exp(q_i.k_j / sqrt(c)) / sum, c the width of a head.

    Args:
        parts: queries, keys and values beside each other, (rows, tokens, 3 width).
        heads: with a share of the width each.
        logarithms: ln w, (rows, tokens), or None where all weights are 1.

    Returns:
        (rows, tokens, width).
    """
    if parts.device.type == "cpu" and parts.dtype in (torch.float32, torch.float64):
        return _Attended.apply(parts, logarithms, heads)  # type: ignore[no-untyped-call]
    query, key, own = by_heads(parts, heads)
    mask = None if logarithms is None else logarithms[:, None, None, :].to(query.dtype)
    mixed = torch.nn.functional.scaled_dot_product_attention(query, key, own, attn_mask=mask)
    return mixed.transpose(-2, -3).flatten(-2)


def attended_along(
    parts: torch.Tensor,
    part_tangents: torch.Tensor,
    heads: int,
    logarithms: torch.Tensor | None,
    logarithm_tangents: Tangents,
) -> tuple[torch.Tensor, torch.Tensor]:
    """`attended`, and its derivatives along directions, (directions, rows, tokens, width)."""
    values, tangents = [], []
    bias = _bias(parts, logarithms)
    moved = [_heads(along, heads) for along in part_tangents]
    for head, (query, key, own) in enumerate(_heads(parts, heads)):
        scale = 1 / math.sqrt(query.shape[-1])
        query, key = query * scale, key * scale
        share = torch.baddbmm(bias, query, key.mT, alpha=1 / scale).softmax(-1)
        values.append(torch.bmm(share, own))
        for number, along in enumerate(moved):
            query_t, key_t, own_t = along[head]
            change = torch.baddbmm(
                _bias(parts, None if logarithm_tangents is None else logarithm_tangents[number]),
                query_t,
                key.mT,
            )
            share_t = softmax_along(share, torch.baddbmm(change, query, key_t.mT))
            tangents.append(torch.baddbmm(torch.bmm(share_t, own), share, own_t))
    count = len(moved)
    return torch.cat(values, -1), torch.stack([torch.cat(tangents[a::count], -1) for a in range(count)])


def _bias(parts: torch.Tensor, logarithms: torch.Tensor | None) -> torch.Tensor:
    """What is added to the logits, (rows or 1, 1, tokens)."""
    return parts.new_zeros(1, 1, 1) if logarithms is None else logarithms[:, None, :].to(parts.dtype)


def softmax_along(share: torch.Tensor, change: torch.Tensor) -> torch.Tensor:
    """Change of p = softmax(l) where l changes by `change`: p (dl - sum p dl)."""
    weighted = share * change
    return weighted - share * weighted.sum(-1, keepdim=True)


def by_heads(parts: torch.Tensor, heads: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Queries, keys and values, each (..., heads, tokens, width / heads)."""
    split = parts.view(*parts.shape[:-1], 3, heads, -1).movedim(-3, 0).transpose(-2, -3)
    return split[0], split[1], split[2]


class _Attended(torch.autograd.Function):
    """A head at a time, so that no array is copied to put heads beside each other."""

    @staticmethod
    def forward(ctx: Any, parts: torch.Tensor, logarithms: torch.Tensor | None, heads: int) -> torch.Tensor:
        rows, tokens, width = parts.shape
        shares = parts.new_empty(heads, rows, tokens, tokens)
        mixed = parts.new_empty(rows, tokens, width // 3)
        bias = _bias(parts, logarithms)
        for share, (query, key, own), out in zip(
            shares, _heads(parts, heads), mixed.chunk(heads, -1), strict=True
        ):
            torch.baddbmm(bias, query, key.mT, alpha=1 / math.sqrt(query.shape[-1]), out=share)
            torch.softmax(share, -1, out=share)
            out.copy_(torch.bmm(share, own))  # as `out` of bmm it would be filled row by row
        ctx.save_for_backward(parts, shares)
        ctx.heads = heads
        return mixed

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, grad: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor | None, None]:
        parts, shares = ctx.saved_tensors
        heads = ctx.heads
        found = torch.empty_like(parts)
        by_logarithms = parts.new_zeros(parts.shape[:2]) if ctx.needs_input_grad[1] else None
        grad_heads = grad.chunk(heads, -1)
        for share, (query, key, own), (by_query, by_key, by_own), out in zip(
            shares, _heads(parts, heads), _heads(found, heads), grad_heads, strict=True
        ):
            scale = 1 / math.sqrt(query.shape[-1])
            by_own.copy_(torch.bmm(share.mT, out))
            by_logits = torch._softmax_backward_data(torch.bmm(out, own.mT), share, -1, share.dtype)
            if by_logarithms is not None:
                by_logarithms += by_logits.sum(1)
            by_logits *= scale
            by_query.copy_(torch.bmm(by_logits, key))
            by_key.copy_(torch.bmm(by_logits.mT, query))
        return found, by_logarithms, None


def _heads(parts: torch.Tensor, heads: int) -> list[tuple[torch.Tensor, torch.Tensor, torch.Tensor]]:
    """Views of the query, key and values of each head, (rows, tokens, width / heads)."""
    every = parts.chunk(3 * heads, -1)
    return list(zip(every[:heads], every[heads : 2 * heads], every[2 * heads :], strict=True))
