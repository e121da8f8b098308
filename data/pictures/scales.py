"""Axes of parameters and scales: linear, or logarithmic where values grow by factors."""

from typing import TYPE_CHECKING

import numpy as np

from ergodica.data.pictures.thin import edges

if TYPE_CHECKING:
    from matplotlib.axis import Axis

WIDE = 20.0
"""Values that span more than this factor and grow by factors stand on a logarithmic axis."""
ALIKE = 3.0
"""The largest of such factors over the smallest, in logarithms: bins of whole numbers are rounded."""
DECADE = 10.0


def grows_by_factors(values: np.ndarray) -> bool:
    """Whether rising positive values have about one ratio, and not one difference."""
    if len(values) < 3 or not (values > 0).all() or not values[-1] > WIDE * values[0]:
        return False
    steps = np.diff(np.log(values))
    return bool(steps.min() > 0 and steps.max() < ALIKE * steps.min())


def cells(values: np.ndarray) -> tuple[np.ndarray, str]:
    """Edges of the cells about rising values, and the scale of their axis, "linear" or "log"."""
    if grows_by_factors(values):
        return np.exp(edges(np.log(values))), "log"
    if len(values) == 1:
        return values[0] + np.array([-0.5, 0.5]) * (abs(float(values[0])) or 1.0), "linear"
    return edges(values), "linear"


def plain_decades(axis: "Axis", low: float, high: float) -> None:
    """On a logarithmic axis of more than a decade, name powers of ten alone: other names touch each other."""
    from matplotlib.ticker import NullFormatter

    if low > 0 and high > DECADE * low:
        axis.set_minor_formatter(NullFormatter())
