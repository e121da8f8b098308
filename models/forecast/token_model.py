"""A causal model of quantised values: how uncertain the next one is."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from ergodica.models.forecast.neural import one_thread
from ergodica.models.torch_needed import torch

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

WIDTHS = (0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1.0)
"""Of the kernel, in standard deviations of the feature; the one that foresees best is taken."""
REFERENCES = 2048
"""Most windows that are remembered, evenly over the data."""
FEATURES = 8
"""Most features that are looked at, evenly over those that there are."""
ROWS = 4096
"""Windows that are compared at once, so that memory stays bounded."""


class TokenModel(torch.nn.Module):
    """Entropy of the next token given the values before it, for each feature by itself.

    p(a | c) = (sum_i K(c - c_i) [a_i = a] + 1/levels) / (sum_i K(c - c_i) + 1),  K(c) = exp(-|c|^2/(2 h^2))

    with c the last `order` values, c_i those windows of the training data and a_i the tokens that followed. Where
    nothing like a window was seen every token is as likely. The width h is the one of the largest likelihood of the
    tokens when each window is left out, with those that overlap it.

    Args:
        features: of a snapshot.
        levels: tokens, of equal size from the lowest to the highest value, 2 or more.
        order: values that the next one depends on, 1 or more.

    Source: kernel estimates of conditional densities with widths by likelihood: Hall, Racine and Li 2004, J. Am. Stat.
    Assoc. 99, 1015.
    """

    edges: torch.Tensor
    windows: torch.Tensor
    after: torch.Tensor
    width: torch.Tensor

    def __init__(self, features: int, levels: int, order: int) -> None:
        super().__init__()
        self.levels, self.order = levels, order
        self.looked_at = np.unique(np.linspace(0, features - 1, min(features, FEATURES)).round().astype(int))
        count = len(self.looked_at)
        self.register_buffer("edges", torch.zeros(count, levels - 1))
        self.register_buffer("windows", torch.zeros(count, 0, order))
        self.register_buffer("after", torch.zeros(count, 0, levels))
        self.register_buffer("width", torch.ones(count))

    def learn(self, values: NDArray[np.float64]) -> None:
        """Remembers windows of trajectories, (members, snapshots, features), and what followed them."""
        found = [self._remembered(values[..., feature]) for feature in self.looked_at]
        for name, each in zip(("edges", "windows", "after", "width"), zip(*found, strict=True), strict=True):
            setattr(self, name, torch.from_numpy(np.float32(np.stack(each))))

    def restore(self, known: dict[str, torch.Tensor]) -> None:
        """Takes what was learned, as `state_dict` gives it."""
        for name, one in known.items():
            setattr(self, name, one)

    def entropies(self, values: torch.Tensor) -> torch.Tensor:
        """Entropy of each snapshot's tokens given those before in nats a feature, (rows, snapshots).

        It is ln(levels) for the first `order` snapshots.
        """
        rows, snapshots, _ = values.shape
        made = torch.full((rows, snapshots), math.log(self.levels), dtype=values.dtype, device=values.device)
        if snapshots > self.order:
            total = torch.zeros_like(made[:, self.order :])
            # several threads share a product out by its size, and sums then hang on the number of rows
            with one_thread():
                for at, feature in enumerate(self.looked_at):
                    windows = values[:, :-1, feature].unfold(1, self.order, 1).reshape(-1, self.order)
                    chances = torch.cat([self._chances(at, some) for some in torch.split(windows, ROWS)])
                    total += -torch.xlogy(chances, chances).sum(-1).view(rows, -1)
            made[:, self.order :] = total / len(self.looked_at)
        return made

    def _chances(self, at: int, windows: torch.Tensor) -> torch.Tensor:
        """p of the next token after windows (n, order) of a feature, (n, levels)."""
        near = torch.exp(-(torch.cdist(windows, self.windows[at]) ** 2) / (2 * self.width[at] ** 2))
        return (near @ self.after[at] + 1 / self.levels) / (near.sum(-1, keepdim=True) + 1)

    def _remembered(self, values: Array) -> tuple[Array, Array, Array, np.float64]:
        """Edges, windows, the tokens after them and the width, of one feature (members, snapshots)."""
        low, high = values.min(), values.max()
        # equally full levels would be narrow where a series turns, and noise would seem hard to predict there
        edges = low + (high - low) * np.arange(1, self.levels) / self.levels
        if values.shape[1] <= self.order:
            return edges, np.empty((0, self.order)), np.empty((0, self.levels)), np.float64(1.0)
        every = np.lib.stride_tricks.sliding_window_view(values, self.order + 1, axis=1)
        every = every.reshape(-1, self.order + 1)
        place = np.unique(np.linspace(0, len(every) - 1, min(len(every), REFERENCES)).round().astype(int))
        windows = every[place, :-1]
        after = np.eye(self.levels)[np.searchsorted(edges, every[place, -1])]
        spread = values.std() if high > low else 1.0
        widths = spread * np.array(WIDTHS)
        return edges, windows, after, widths[_foresight(windows, after, place, widths).argmax()]


def _foresight(windows: Array, after: Array, place: NDArray[np.intp], widths: Array) -> Array:
    """Mean log probability of tokens `after` (n, levels) windows that are left out with those that overlap them."""
    square = (windows**2).sum(1)
    distance = np.maximum(square[:, None] + square - 2 * windows @ windows.T, 0.0)
    distance[abs(place[:, None] - place) < windows.shape[1]] = np.inf
    found = []
    for width in widths:
        near = np.exp(-distance / (2 * width**2))
        chance = ((near @ after * after).sum(1) + 1 / after.shape[1]) / (near.sum(1) + 1)
        found.append(np.log(chance).mean())
    return np.array(found)
