"""Windows of trajectories, and their observables in blocks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ergodica.models.koopman.koopman import KoopmanModel

    Array = NDArray[np.float64]

ROWS = 4096
"""Windows that are lifted at once, so that memory does not grow with the length of a run."""


def windows_of(values: Array, lookback: int) -> Array:
    """Every window of trajectories, oldest snapshot first: (members, snapshots, features) to
    (members, snapshots - lookback + 1, lookback, features), without a copy.
    """
    view = np.lib.stride_tricks.sliding_window_view(values, lookback, axis=1)
    return np.moveaxis(view, -1, 2)


def pairs_of_windows(values: Array, lookback: int, rows: int = ROWS) -> Iterator[Array]:
    """Runs of windows in a row, (at most rows + 1, lookback, features): each window but the last has its next one.

    Together they hold every pair of consecutive windows once, and none across members.
    """
    for windows in windows_of(values, lookback):
        for first in range(0, len(windows) - 1, rows):
            yield windows[first : first + rows + 1]


def lifted_pairs(
    model: KoopmanModel, values: Array, rows: int = ROWS
) -> Iterator[tuple[NDArray[Any], NDArray[Any]]]:
    """Observables of consecutive windows, in blocks: z_n and z_n+1, each (at most rows, r)."""
    for windows in pairs_of_windows(values, model.lookback, rows):
        z = model.lift(windows)
        yield z[:-1], z[1:]
