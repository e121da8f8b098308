"""Epiplexity of elementary cellular automata: what a small network learns of a state many steps ahead."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ergodica import models
from ergodica.models.symbols import prequential_code
from ergodica.models.torch_needed import torch

functional = torch.nn.functional
Row = dict[str, Any]

RULES = (15, 30, 54)
STEPS, CELLS, ROWS, BATCHES = 16, 64, 16, 3000
SEEDS = (0, 1, 2)
KEPT = 100
"""Points of a curve in the results."""


@models.register
class AutomatonObserver(models.Network):
    """Logits of each cell of a ring, `steps` later, from the cells within `depth` (kernel - 1)/2 of it."""

    name = "automaton-observer"

    def __init__(self, *, width: int = 32, depth: int = 4, kernel: int = 9) -> None:
        super().__init__(width=width, depth=depth, kernel=kernel)
        sizes = [1] + [width] * depth
        self.layers = torch.nn.ModuleList(
            torch.nn.Conv1d(a, b, kernel, padding=kernel // 2, padding_mode="circular")
            for a, b in pairwise(sizes)
        )
        self.head = torch.nn.Conv1d(width, 1, 1)

    def forward(self, cells: torch.Tensor) -> torch.Tensor:
        """(rows, cells) of (rows, cells) of 0 and 1."""
        h = 2.0 * cells[:, None] - 1.0
        for number, layer in enumerate(self.layers):
            new = functional.silu(layer(h))
            h = new if number == 0 else h + new
        logits: torch.Tensor = self.head(h)
        return logits[:, 0]


def evolved(rule: int, cells: NDArray[np.int8], steps: int) -> NDArray[np.int8]:
    """Cells of a ring after some steps of an elementary automaton; cell i sees i - 1, i and i + 1."""
    table = np.array([rule >> number & 1 for number in range(8)], dtype=np.int8)
    for _ in range(steps):
        cells = table[4 * np.roll(cells, 1, -1) + 2 * cells + np.roll(cells, -1, -1)]
    return cells


def automata() -> Iterator[Row]:
    """A row a rule and seed."""
    for rule in RULES:
        for seed in SEEDS:
            torch.manual_seed(seed)
            start = AutomatonObserver()
            found = prequential_code(
                start, _batches(rule, seed), _loss, learning_rate=2e-3, warm_up=10, seed=seed
            )
            curve = found.loss.values.reshape(KEPT, -1).mean(1)
            yield {
                "rule": rule,
                "seed": seed,
                "epiplexity": float(found.epiplexity),
                "random": float(found.random_part),
                "final_loss": float(found.final_loss),
                "symbols": BATCHES * ROWS * CELLS,
                "curve": curve.round(5).tolist(),
            }


def _batches(rule: int, seed: int) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    rng = np.random.default_rng([rule, seed])
    for _ in range(BATCHES):
        start = rng.integers(0, 2, (ROWS, CELLS)).astype(np.int8)
        yield torch.from_numpy(start).float(), torch.from_numpy(evolved(rule, start, STEPS)).float()


def _loss(network: Any, batch: tuple[torch.Tensor, torch.Tensor]) -> torch.Tensor:
    loss: torch.Tensor = functional.binary_cross_entropy_with_logits(
        network(batch[0]), batch[1], reduction="none"
    )
    return loss
