"""Eigenvalues of trajectories as sums of exponentials, with as many as the noise allows."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from ergodica.models.koopman.esprit import LONGEST, directions_of, esprit
from ergodica.models.koopman.exchange import exchanged
from ergodica.models.koopman.exponentials import eigenvalues_of, factors_of
from ergodica.models.koopman.variable_projection import best_exponentials
from ergodica.numerics.errors import ParameterError, whole_number
from ergodica.numerics.thin_svd import thin_svd

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Complex = NDArray[np.complex128]

WINDOWS = (1 / 3, 1 / 2, 2 / 3)
"""Shares of the snapshots that the windows of the starts have."""
MOST = 16
"""Eigenvalues that are tried where the rank is not given."""
PATIENCE = 2
"""Ranks in a row that may be worse than the best before the search ends."""
LEADING = 4
"""Components for each eigenvalue in which starts are looked for."""
ROUND_OFF = 1e-14
"""Residual, relative to the series, that is round-off of the data."""


def columns_of(values: Array) -> Array:
    """Trajectories (members, snapshots, features) as one series, scaled, with the features of all members side by side.

    They are turned into the principal components, at most as many as snapshots, without loss: squared residuals
    depend on Y Y^T alone.

    Raises:
        ParameterError: they are zero.
    """
    series = np.concatenate(list(values), axis=1)
    size = abs(series).max()
    if not size > 0:
        raise ParameterError("ds: must not be zero throughout, got zeros alone; name other variables=")
    series = series / size
    series = series / math.sqrt((series**2).mean())
    if series.shape[1] > len(series):
        series = np.asarray(np.linalg.qr(series.T, mode="r")).T
    directions, lengths, _ = thin_svd(series)
    return np.asarray(directions * lengths)


def most_eigenvalues(snapshots: int, columns: int) -> int:
    """How many eigenvalues a series can tell: windows must be longer, and as many."""
    return min(snapshots - 1, columns * snapshots // (columns + 1))


def fitted_factors(
    series: Array, rank: int, held: dict[tuple[int, int], Array] | None = None
) -> tuple[Array, float]:
    """Parameters (rank,) of the best fit from several starts, and its squared residual.

    Starts and exchanges look at the leading components alone, the last fit at all.

    Args:
        series: (snapshots, columns).
        rank: number of eigenvalues.
        held: directions of the windows of the same series, which fits of other ranks left and may need again.
    """
    leading = series[:, : LEADING * rank]
    held = {} if held is None else held
    found = [_start(leading, rank, share, held) for share in WINDOWS]
    starts, costs = best_exponentials(np.unique(found, axis=0), leading)
    best = int(np.argmin(costs))
    factors, cost = starts[best], float(costs[best])
    if cost > (series**2).sum() * ROUND_OFF**2:
        factors, cost = exchanged(factors, cost, leading)
    if leading.shape[1] < series.shape[1]:
        polished, costs = best_exponentials(factors[None], series)
        factors, cost = polished[0], float(costs[0])
    return factors, cost


def noise_optimal_factors(series: Array, numbers: int, columns: int) -> Array:
    """Parameters for the rank with the least Bayesian information criterion.

    numbers log(residual^2 / numbers) + (rank + rank columns) log(numbers)

    Args:
        series: (snapshots, columns), perhaps compressed.
        numbers: of the data.
        columns: of the data.

    Source: Schwarz 1978, Ann. Stat. 6, 461.
    """
    least, best, worse = math.inf, np.zeros(0), 0
    floor = (series**2).sum() * ROUND_OFF**2
    held: dict[tuple[int, int], Array] = {}
    for rank in range(1, min(MOST, most_eigenvalues(*series.shape)) + 1):
        found, cost = fitted_factors(series, rank, held)
        criterion = numbers * math.log(max(cost, floor) / numbers) + rank * (1 + columns) * math.log(numbers)
        worse = 0 if criterion < least else worse + 1
        if criterion < least:
            least, best = criterion, found
        if worse == PATIENCE or cost <= floor:
            break
    return best


def exponentials_in(values: Array, rank: int | None) -> tuple[Array, Array]:
    """Series (snapshots, columns) of trajectories (members, snapshots, features), and parameters of its best fit."""
    members, snapshots, features = values.shape
    series = columns_of(values)
    if rank is None:
        return series, noise_optimal_factors(series, values.size, members * features)
    most = most_eigenvalues(snapshots, members * features)
    if rank > most:
        raise ParameterError(
            f"rank: must be at most {most} for {snapshots} snapshots of {members * features} numbers, got {rank}; "
            "use rank=None, or record more"
        )
    return series, fitted_factors(series, rank)[0]


def _start(series: Array, rank: int, share: float, held: dict[tuple[int, int], Array]) -> Array:
    snapshots, columns = series.shape
    longest = min(snapshots - -(-rank // columns) + 1, LONGEST if rank < LONGEST else snapshots)
    window = max(rank + 1, min(round(share * snapshots), longest))
    if (columns, window) not in held:
        held[columns, window] = directions_of(series, window)
    return factors_of(esprit(held[columns, window], rank))


def checked_rank(rank: int | None) -> int | None:
    """The setting `rank` of a model."""
    return None if rank is None else whole_number("rank", rank, 1, "use None for one by the data")


def eigenvalues_in(parameters: Array) -> Complex:
    """Eigenvalues with conjugate pairs beside each other, the largest modulus first."""
    found = eigenvalues_of(parameters)
    return found[np.lexsort((-np.sign(found.imag), -found.real, -abs(found)))]
