"""How far rotational diffusion turns a heading on the sphere within a step, exactly.

The angle theta between headings dt apart has the density

    sin(theta) sum_l (2 l + 1)/2 e^{-l (l + 1) D dt} P_l(cos theta)

(the heat kernel of the sphere). With rho the length of two standard normals, whose distribution is 1 - e^{-rho^2/2},
theta(rho) of equal probability has that distribution: close to rho sqrt(2 D dt) for short steps, never more than pi.
"""

from __future__ import annotations

import functools

import numpy as np

FARTHEST = 7.2  # of rho; beyond, with a probability of 6e-12, the last ratio holds
POINTS = 1024
SHORTEST = 1e-4  # of D dt; below it the first terms of a series in it are right to 1e-8
HALVINGS = 50


@functools.lru_cache(maxsize=32)  # members of an ensemble mostly turn alike
def angle_ratios(spread: float) -> tuple[float, np.ndarray]:
    """theta/rho at equal spacings of rho, and the spacing.

    Args:
        spread: D dt, rotational diffusion times the step, > 0.

    Returns:
        Spacing of rho and ratios `(POINTS,)`, read-only; linear between them, they are right to 1e-6.
    """
    rho = np.linspace(0.0, FARTHEST, POINTS)
    if spread < SHORTEST:
        return float(rho[1]), _for_all(np.full(POINTS, np.sqrt(2 * spread) * (1 - spread / 6)))
    wanted = np.exp(-0.5 * rho[1:] ** 2)
    low, high = np.zeros(POINTS - 1), np.full(POINTS - 1, np.pi)
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        beyond = _beyond(np.cos(middle), spread) > wanted
        low, high = np.where(beyond, middle, low), np.where(beyond, high, middle)
    ratios = low / rho[1:]
    # the first by the parabola that an even function is there
    return float(rho[1]), _for_all(np.concatenate([[(4 * ratios[0] - ratios[1]) / 3], ratios]))


def _for_all(ratios: np.ndarray) -> np.ndarray:
    ratios.flags.writeable = False
    return ratios


def _beyond(c: np.ndarray, spread: float) -> np.ndarray:
    """Probability of an angle whose cosine is below `c`."""
    most = int(np.sqrt(40.0 / spread)) + 2
    total = 0.5 * (1 + c)
    before, here = np.ones_like(c), c
    for degree in range(1, most):
        after = ((2 * degree + 1) * c * here - degree * before) / (degree + 1)
        total = total + 0.5 * np.exp(-degree * (degree + 1) * spread) * (after - before)
        before, here = here, after
    return total
