"""What the divergence of a score tells: the residual of the Fokker-Planck equation, and bounds of the split."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ergodica.models.score.frames import Stretch
from ergodica.models.score.process import Process

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

ROUNDING = 1e-10
"""Of a mean square drift: what is left of the irreversible part where there is none, files being float32."""


def fokker_planck(stretch: Stretch, score: Array, spread: Array, process: Process) -> tuple[Array, Array]:
    """div v + v . s of each row, 0 in a stationary state, and its part from the drift alone, both (rows,).

    v = b - D s, and the sums go over all sites: those of one site are not 0. The two parts, div b + b . s and
    div D s + s . D s, are equal in a stationary state, so that the second result is the natural scale of the first.

    Args:
        stretch: frames with their drift.
        score: (rows, sites, degrees).
        spread: terms of div D s, (rows, sites, degrees).
        process: of the frames.
    """
    drift = stretch.divergence.sum(axis=1) + (stretch.drift * score).sum(axis=(1, 2))
    noise = (spread + score * (score @ process.diffusion)).sum(axis=(1, 2))
    return drift - noise, drift


def lower_bound(
    drift: Array, divergence: Array, score: Array, spread: Array, inverse: Array, diffusion: Array
) -> Array:
    """Terms whose stationary mean is at most the production, by degree of freedom, (rows, degrees).

    sigma_a = <b_a (D^-1 b)_a> + 2 <d_a b_a> + <s_a (D s)_a>  >=  the same with -<s_a (D s)_a> - 2 <d_a (D s)_a> last

    for b irreversible. The last step is what implicit score matching minimises: any score makes it too small, by the
    mean square of its error, so that the bound errs in second order where the production of a network errs in first.

    Args:
        drift: b_ir, (rows, sites, degrees).
        divergence: its terms by degree of freedom, (rows, degrees), summed over sites.
        score: (rows, sites, degrees).
        spread: terms of div D s, (rows, sites, degrees).
        inverse: D^-1.
        diffusion: D.
    """
    found: Array = (drift * (drift @ inverse) - score * (score @ diffusion) - 2 * spread).sum(axis=1)
    return found + 2 * divergence


def mismatch(stretch: Stretch, score: Array, spread: Array, process: Process) -> Array:
    """Terms whose stationary mean is that of the square of the score's error, <d . D d>, (rows,).

    <s . D s> + 2 <div D s> - <div b> = <d . D d> with s = grad ln rho + d, since -<div b> = <b . grad ln rho> is the
    mean of grad ln rho . D grad ln rho in a stationary state: implicit score matching with its constant.

    Args:
        stretch: frames with their drift.
        score: (rows, sites, degrees).
        spread: terms of div D s, (rows, sites, degrees).
        process: of the frames.
    """
    own: Array = (score * (score @ process.diffusion) + 2 * spread).sum(axis=(1, 2))
    return own - stretch.divergence.sum(axis=1)


def has_infinite_rate(silent: Array, drift: Array) -> NDArray[np.bool_]:
    """Where an irreversible motion has no noise along it.

    Args:
        silent: mean square of the irreversible drift along directions without noise, (degrees,).
        drift: mean square of the drift, (degrees,).
    """
    found: NDArray[np.bool_] = silent > ROUNDING * drift
    return found


def grouped(values: Array, variables: Sequence[str]) -> Array:
    """Sums over the degrees of each variable, (..., degrees) to (..., variables), in order of appearance."""
    groups = list(dict.fromkeys(variables))
    member = np.array([[one == group for group in groups] for one in variables], dtype=np.float64)
    found: Array = values @ member
    return found
