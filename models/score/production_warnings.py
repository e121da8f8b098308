"""What is warned of before an entropy production is believed."""

from __future__ import annotations

import warnings

import numpy as np

from ergodica.models.score.process import Process
from ergodica.models.score.production_sums import ProductionSums
from ergodica.models.score.stationarity import growth, unbalanced

LARGEST_CHANGE = 7.0
"""Standard errors between the halves of a run before a warning; of 6 blocks each, by chance once in 20,000 runs."""
FEW, ROUNDING = 6, 1e-6
LARGEST_DIFFERENCE, SMALL, SURE = 3.0, 0.01, 12
"""Of the total from the identity: standard errors before a warning, the share of the total that has none, and the
blocks whose scatter is an error known well enough."""
FORGOTTEN = 0.25
"""Share of the variance of a mean that blocks may lose to correlations before a warning: 13 % of the error."""


def warned_of_drift(sums: ProductionSums, members: int) -> bool:
    """Warns where the rate of the second half of the run is far from that of the first, and says whether it did."""
    each = sums.each.means("production_total").reshape(members, -1)
    half = each.shape[1] // 2
    if not half:
        return False
    early, late = each[:, :half], each[:, -half:]
    if members >= FEW:
        early, late = early.mean(axis=1), late.mean(axis=1)
    if early.size < FEW:
        return False
    change = late.mean() - early.mean()
    error = np.sqrt((early.var(ddof=1) + late.var(ddof=1)) / early.size)
    if abs(change) <= LARGEST_CHANGE * error or abs(change) <= ROUNDING * abs(each).mean():
        return False
    warnings.warn(
        f"ds: must be stationary, got a rate that changes by {change / early.mean():+.0%} from the first half of the "
        f"run to the second, {abs(change) / error:.0f} standard errors; cut its start with ds.sel(t=slice(...)), or "
        "simulate with warm_up",
        stacklevel=4,
    )
    return True


def warned_of_growth(sums: ProductionSums, process: Process, members: int) -> bool:
    """Warns where the variance of a degree of freedom does not rest, and says whether it did."""
    each, noise = growth(sums, process, members), np.diagonal(process.diffusion)
    spread = np.maximum(sums.means.mean("square") - sums.means.mean("state") ** 2, 0.0)
    a = unbalanced(each, noise, np.sqrt(spread * sums.means.mean("drift") / process.sites))
    if a is None:
        return False
    mean = float(each[:, a].mean())
    cause = (
        "cut its start with ds.sel(t=slice(...)), or simulate with warm_up; particles that nothing holds need a trap "
        "or a box"
        if mean > 0
        else "simulate with warm_up, and check that the drift is that of these states"
    )
    warnings.warn(
        f"ds: must be stationary, got a variance of {process.names[a]} that by drift and noise changes at a rate of "
        f"{2 * mean:+.3g} where its noise alone gives {2 * noise[a]:.3g}; {cause}",
        stacklevel=4,
    )
    return True


def warn_of_difference(total: float, identity: float, error: float) -> None:
    """A warning where a total is not that of the identity without a network."""
    off = abs(total - identity)
    if off > LARGEST_DIFFERENCE * error and off > SMALL * max(abs(total), abs(identity)):
        warnings.warn(
            f"total: must be that without a score, {identity:.4g}, got {total:.4g}, {off / error:.0f} standard errors "
            "away: the network is wrong by more than the error bars say; train longer or on more data, with a larger "
            "network or another reference, or simulate with a smaller dt"
            if error > 0
            else f"total: must be that without a score, {identity:.4g}, got {total:.4g}; train the network anew",
            stacklevel=4,
        )


def warned_of_short_blocks(sums: ProductionSums) -> bool:
    """Warns where blocks cut much of the correlations off, so that errors are too small, and says whether it did."""
    if sums.finer is None:
        return False
    from ergodica.estimators.resampling.correlation import memory

    parts = sums.finer.per_member
    series = sums.finer.means("production").reshape(-1, parts)
    remembered = float(np.median([memory(one) for one in series])) / parts
    if remembered <= FORGOTTEN / sums.means.per_member:
        return False
    longest = max(int(FORGOTTEN / remembered), 1) * len(series)
    warnings.warn(
        f"blocks: must be long beside what the frames remember, some {remembered:.1%} of a run, got blocks of "
        f"{1 / sums.means.per_member:.1%}; errors are too small: use blocks={max(longest, 4)} or a longer run",
        stacklevel=4,
    )
    return True
