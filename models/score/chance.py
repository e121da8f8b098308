"""Whether a training found more than chance."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.models.draws import Draws
from ergodica.models.torch_needed import torch

if TYPE_CHECKING:
    from ergodica.models.score.network import ScoreNetwork

ERRORS = 2.0
"""Standard errors by which a network must be better than the one it started from."""
MOST_BATCHES = 16


def beyond_chance(
    found: ScoreNetwork, start: ScoreNetwork, loss: Any, held_out: Any, *, rows: int, seed: int
) -> bool:
    """Whether the loss on held-out data fell by more than `ERRORS` standard errors of its fall.

    The fall is that of each row, with the same random numbers for both networks, so that what they share drops out.
    The lowest of many checks on few data is always a little below the first, also where the start was exact.

    Args:
        found: after the training.
        start: before it; it stays where it is.
        loss: one value a row.
        held_out: has `sample(count)`.
        rows: of a batch.
        seed: of the random numbers.
    """
    weights = next(found.parameters())
    device, dtype = weights.device, weights.dtype
    before = copy.deepcopy(start).to(device, dtype).eval()
    arrays: Mapping[str, Any] = held_out.sample(MOST_BATCHES * rows)
    falls: list[Any] = []
    for first in range(0, len(arrays["x"]), rows):
        batch = {
            name: torch.as_tensor(np.ascontiguousarray(values[first : first + rows])).to(device, dtype)
            for name, values in arrays.items()
        }
        values = []
        for network in (before, found):
            draws = Draws(seed, -1 - first, batch=len(batch["x"]), device=device, dtype=dtype)
            values.append(loss(network, batch, draws).detach().cpu().double())
        falls.append((values[0] - values[1]).numpy())
    fall = np.concatenate(falls)
    if len(fall) < 2:
        return True
    return bool(fall.mean() > ERRORS * fall.std(ddof=1) / np.sqrt(len(fall)))
