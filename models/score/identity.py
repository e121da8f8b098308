"""The entropy production of a stationary process without its score."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


def score_free_production(drift: Array, divergence: Array, inverse: Array) -> Array:
    """Production of each row, whose stationary mean is the total and needs no score.

    sigma = <b_ir . D^-1 b_ir> + <div b_ir> - <div b_rev>

    It follows from <b . s> = <s . D s>, which is the stationary Fokker-Planck equation times ln rho, and from
    <b . s> = -<div b>, both integrated by parts. On degrees of freedom without noise b_ir must be 0.

    Args:
        drift: b_ir, (rows, sites, degrees).
        divergence: div b_ir - div b_rev, (rows, sites).
        inverse: D^-1 on the degrees of freedom with noise, (degrees, degrees).

    Returns:
        (rows,), in nat per unit of time.

    Source: Boffi and Vanden-Eijnden 2023, arXiv 2309.12991; with parity: Spinney and Ford 2012, Phys. Rev. E 85,
    051113.
    """
    power: Array = np.einsum("nia,ab,nib->n", drift, inverse, drift, optimize=True)
    return power + divergence.sum(axis=1)
