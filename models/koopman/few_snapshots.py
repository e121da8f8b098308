"""A warning where a Koopman model has as many numbers to choose as the data have to choose them by."""

from __future__ import annotations

import warnings

ENOUGH = 2
"""Pairs of snapshots for each observable, or numbers for each of a fit, below which it follows the single ones.

Of noise a fit of p observables to n pairs leaves sqrt(1 - p/n) where it was fitted and sqrt(1 + p/n) elsewhere: at
n = 2 p these differ by a factor of 1.7.
"""


def warn_of_few(
    name: str,
    chosen: float,
    data: int,
    remedy: str,
    what: str = "independent observables",
    of: str = "pairs of snapshots",
) -> None:
    """Says that `data` are too few for a fit of `chosen` numbers, a ridge taken off these, and what else helps."""
    if data < ENOUGH * chosen:
        warnings.warn(
            f"{name}: {chosen:.0f} {what} are fitted to {data} {of}, fewer than {ENOUGH} each: eigenvalues may be "
            f"those of chance, and residuals on the training data say little; record more, or use {remedy}",
            stacklevel=4,
        )
