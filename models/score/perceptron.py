"""A multilayer perceptron that carries derivatives forward beside its values."""

from __future__ import annotations

from ergodica.models.torch_needed import torch


class Perceptron(torch.nn.Module):
    """N(u), with SiLU between its layers, and l.(dN/du r) for directions r and covectors l.

    Derivatives are carried forward by hand: faster than `torch.func.jvp` under `vmap`, and differentiable by the
    weights at the usual cost.

    Args:
        inputs: n.
        outputs: m.
        width: of the hidden layers.
        depth: hidden layers, >= 1.
    """

    def __init__(self, inputs: int, outputs: int, *, width: int, depth: int) -> None:
        super().__init__()
        layers = [torch.nn.Linear(width if i else inputs, width) for i in range(depth)]
        self.hidden: list[torch.nn.Linear] = torch.nn.ModuleList(layers)  # type: ignore[assignment]
        self.last = torch.nn.Linear(width, outputs)
        torch.nn.init.zeros_(self.last.weight)
        torch.nn.init.zeros_(self.last.bias)

    def forward(self, u: torch.Tensor) -> torch.Tensor:
        """N(u), (batch, m), of `u`, (batch, n); zero before training."""
        for layer in self.hidden:
            u = torch.nn.functional.silu(layer(u))
        return self.last(u)

    def derivative(self, u: torch.Tensor, right: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """N(u), (batch, m), and dN/du r, (batch, m), for one direction a row, `right`, (batch, n)."""
        value, tangent = self._carried(u, right)
        return value, tangent @ self.last.weight.T

    def contracted(
        self, u: torch.Tensor, right: torch.Tensor, left: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """N(u), (batch, m), and sum_q l_q . (dN/du r_q), (batch, groups).

        Args:
            u: (batch, n).
            right: r_q, (groups, q, 1 or batch, n).
            left: l_q, (groups, q, m).
        """
        pulled = left @ self.last.weight  # (groups, q, width)
        if len(self.hidden) == 2 and right.shape[2] == 1:
            return self._closed(u, right[:, :, 0], pulled)
        groups, count = right.shape[:2]
        value, tangent = self._carried(u, right.flatten(0, 1))
        terms = (tangent * pulled.flatten(0, 1)[:, None]).sum(-1)  # (groups * q, batch)
        return value, terms.reshape(groups, count, -1).sum(1).T

    def _carried(self, u: torch.Tensor, tangent: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        for layer in self.hidden:
            u, slope = _silu(layer(u))
            tangent = slope * (tangent @ layer.weight.T)
        return self.last(u), tangent

    def _closed(
        self, u: torch.Tensor, right: torch.Tensor, pulled: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        # With slopes f, f' of two hidden layers, sum_q l_q V diag(f') W diag(f) U r_q = f' . (W o K) f, where
        # K = sum_q (V^T l_q) (U r_q)^T is the same for all rows: one product in place of one for each direction.
        first, second = self.hidden
        u, slope = _silu(first(u))
        u, outer_slope = _silu(second(u))
        joined = second.weight * (pulled.mT @ (right @ first.weight.T))  # (groups, width, width)
        return self.last(u), torch.stack([((slope @ k.T) * outer_slope).sum(-1) for k in joined], dim=-1)


def _silu(a: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    logistic = torch.sigmoid(a)
    value = a * logistic
    return value, logistic * (1 + a - value)
