"""The transformer of `LocalScoreTransformer` from torch's own modules, as one would write it down first."""

from __future__ import annotations

import torch


class Plain(torch.nn.Module):
    """Embeddings of place, displacements and propulsions, `TransformerEncoder`, and the score of the first token.

    Args:
        neighbours, width, layers, heads, hidden: as of `LocalScoreTransformer`.
        box: length of the periodic box, in the plane.
    """

    def __init__(
        self, *, neighbours: int, width: int, layers: int, heads: int, hidden: int, box: float
    ) -> None:
        super().__init__()
        self.neighbours, self.box = neighbours, box

        def embedding(inputs: int) -> torch.nn.Module:
            return torch.nn.Sequential(
                torch.nn.Linear(inputs, width), torch.nn.GELU(), torch.nn.Linear(width, width)
            )

        self.around, self.place, self.own = embedding(5), embedding(2), embedding(4)
        layer = torch.nn.TransformerEncoderLayer(
            width, heads, hidden, dropout=0.0, activation="gelu", batch_first=True, norm_first=True
        )
        self.encoder = torch.nn.TransformerEncoder(
            layer, layers, norm=torch.nn.LayerNorm(width), enable_nested_tensor=False
        )
        self.last = torch.nn.Linear(width, 4)

    def nearest(self, x: torch.Tensor, sites: torch.Tensor) -> torch.Tensor:
        """Numbers of the neighbours of some sites of x, (N, 4), from all distances."""
        apart = x[None, :, :2] - x[sites][:, None, :2]
        squares = (apart - self.box * torch.round(apart / self.box)).square().sum(-1)
        return squares.topk(self.neighbours + 1, largest=False).indices[:, 1:]

    def forward(self, centre: torch.Tensor, near: torch.Tensor) -> torch.Tensor:
        """Scores, (rows, 4), of sites at `centre` with neighbours `near`, (rows, neighbours, 4)."""
        apart = near[..., :2] - centre[:, None, :2]
        apart = apart - self.box * torch.round(apart / self.box)
        soft = apart.square().sum(-1, keepdim=True) + 1
        around = torch.cat([apart, apart * torch.rsqrt(soft), torch.log(soft)], -1)
        first = self.place(torch.zeros_like(centre[:, :2])) + self.own(_padded(centre[:, 2:]))
        others = self.around(around) + self.own(_padded(near[..., 2:]))
        return self.last(self.encoder(torch.cat([first[:, None], others], 1))[:, 0])

    def divergence(self, centre: torch.Tensor, near: torch.Tensor) -> torch.Tensor:
        """d s_ia/d x_ia, (rows, 4), by one backward pass for each degree."""
        centre = centre.detach().requires_grad_()
        score = self(centre, near)
        return torch.stack(
            [
                torch.autograd.grad(score[:, a].sum(), centre, retain_graph=True)[0][:, a]
                for a in range(centre.shape[1])
            ],
            -1,
        )


def _padded(values: torch.Tensor) -> torch.Tensor:
    return torch.cat([values, torch.zeros_like(values)], -1)
