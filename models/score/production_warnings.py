"""What is warned of before an entropy production is believed."""

from __future__ import annotations

import warnings

import numpy as np

from ergodica.models.score.production_sums import ProductionSums

LARGEST_CHANGE = 7.0
"""Standard errors between the halves of a run before a warning; of 6 blocks each, by chance once in 20,000 runs."""
FEW, ROUNDING = 6, 1e-6
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


def warn_of_short_blocks(sums: ProductionSums) -> None:
    """A warning where blocks cut much of the correlations off, so that errors are too small."""
    if sums.finer is None:
        return
    from ergodica.estimators.resampling.correlation import memory

    parts = sums.finer.per_member
    series = sums.finer.means("production").reshape(-1, parts)
    remembered = float(np.median([memory(one) for one in series])) / parts
    if remembered > FORGOTTEN / sums.means.per_member:
        longest = max(int(FORGOTTEN / remembered), 1) * len(series)
        warnings.warn(
            f"blocks: must be long beside what the frames remember, some {remembered:.1%} of a run, got blocks of "
            f"{1 / sums.means.per_member:.1%}; errors are too small: use blocks={max(longest, 4)} or a longer run",
            stacklevel=4,
        )
