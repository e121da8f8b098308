"""A causal model of quantised values: how uncertain the next one is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ergodica.models.torch_needed import torch

if TYPE_CHECKING:
    from numpy.typing import NDArray


class TokenModel(torch.nn.Module):
    """Entropy of the next token given those before, of a Markov model of variable order, for each feature by itself.

    p_k(a | c) = (n_k(a | c) + m_k(c) p_(k-1)(a | c')) / (n_k(c) + m_k(c))

    with n_k the counts after the k tokens c, m_k(c) how many different tokens came after them, c' the last k - 1 of
    them (Witten and Bell), and p_(-1) = 1/levels. What was never seen is as uncertain as its last seen tokens.

    Args:
        features: of a snapshot.
        levels: tokens, of equal size from the lowest to the highest value, 2 or more.
        order: tokens that the next one depends on, 1 or more.

    Source: Witten and Bell 1991, IEEE Trans. Inf. Theory 37, 1085.
    """

    edges: torch.Tensor
    entropy: torch.Tensor

    def __init__(self, features: int, levels: int, order: int) -> None:
        super().__init__()
        self.levels, self.order = levels, order
        # contexts of k tokens lie at first[k] and after
        self.first = [sum(levels**j for j in range(k)) for k in range(order + 2)]
        self.register_buffer("edges", torch.zeros(features, levels - 1))
        self.register_buffer("entropy", torch.full((features, self.first[-1]), float(np.log(levels))))

    def learn(self, values: NDArray[np.float64]) -> None:
        """Counts the tokens of trajectories, (members, snapshots, features)."""
        flat = values.reshape(-1, values.shape[-1])
        low, high = flat.min(axis=0), flat.max(axis=0)
        # equally full levels would be narrow where a series turns, and noise would seem hard to predict there
        shares = np.arange(1, self.levels) / self.levels
        self.edges.copy_(torch.from_numpy(low[:, None] + (high - low)[:, None] * shares))
        tokens = self.tokens(torch.from_numpy(np.float32(values))).numpy()
        for feature in range(values.shape[-1]):
            table = np.concatenate([_entropies(p) for p in self._chances(tokens[..., feature])])
            self.entropy[feature] = torch.from_numpy(table)

    def tokens(self, values: torch.Tensor) -> torch.Tensor:
        """The level of each value, (rows, snapshots, features), whole numbers from 0."""
        columns = values.movedim(-1, 0).contiguous()
        found = torch.searchsorted(self.edges, columns.flatten(1))
        return found.view(columns.shape).movedim(0, -1)

    def entropies(self, values: torch.Tensor) -> torch.Tensor:
        """Entropy of each snapshot's tokens given those before in nats a feature, (rows, snapshots)."""
        tokens = self.tokens(values)
        code, made = torch.zeros_like(tokens[:, 0]), []
        features = torch.arange(tokens.shape[-1], device=tokens.device)
        for n in range(values.shape[1]):
            known = min(n, self.order)
            made.append(self.entropy[features, self.first[known] + code].mean(-1))
            code = (code * self.levels + tokens[:, n]) % self.levels ** min(n + 1, self.order)
        return torch.stack(made, dim=1)

    def _chances(self, tokens: NDArray[np.int64]) -> list[NDArray[np.float64]]:
        """p of the next token after each context of 0, 1, ... tokens, (contexts, levels)."""
        levels, chances = self.levels, [np.full((1, self.levels), 1.0 / self.levels)]
        code = np.zeros_like(tokens)
        for k in range(self.order + 1):
            counts = np.zeros((levels**k, levels))
            if tokens.shape[1] > k:
                np.add.at(counts, (code[:, k:], tokens[:, k:]), 1)
            different = np.maximum((counts > 0).sum(1, keepdims=True), 1)
            shorter = np.tile(chances[-1], (levels if k else 1, 1))
            chances.append((counts + different * shorter) / (counts.sum(1, keepdims=True) + different))
            # the k + 1 tokens before each snapshot
            code[:, k + 1 :] = code[:, k + 1 :] + levels**k * tokens[:, : tokens.shape[1] - k - 1]
        return chances[1:]


def _entropies(chances: NDArray[np.float64]) -> NDArray[np.float64]:
    made: NDArray[np.float64] = -(chances * np.log(chances)).sum(axis=1)
    return made
