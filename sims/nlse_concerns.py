"""What the run of a nonlinear Schroedinger equation warns of: a grid, a box or a step that does not fit the field."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from ergodica.sims.simulation import Concern

if TYPE_CHECKING:
    from ergodica.sims.nlse import NLSE

TAIL_BUDGET = 1e-5  # relative amplitude in the outer third of the spectrum that a resolved field stays below
END_BUDGET = (
    1e-4  # relative size of a localized state at the ends of the box beyond which it is another state
)
BACKGROUND = 0.01  # a field whose median density is above this part of its largest fills the box
DRIFT_BUDGET = 1e-4  # relative change of an invariant above which a figure would show it
SMALLEST = 1e-300


def concerns(
    simulation: NLSE, first: Mapping[str, np.ndarray], now: Mapping[str, np.ndarray], dt: float | None
) -> Iterable[Concern]:
    """The doubts about a run, from its first snapshot and the present one; arguments as for `NLSE.watch`."""
    starts = first is now
    if starts:
        yield from about_the_start(simulation, now, dt)
    tail = float(now["spectral_tail"].max())
    if tail > TAIL_BUDGET and not (starts and ends(simulation, now["psi"]) > END_BUDGET):
        smaller = "" if starts or dt is None else " or a smaller dt"
        yield Concern(
            about="points",
            size=tail,
            message=f"the grid does not resolve the field, its outer wavenumbers hold {tail:.0e} of the "
            f"amplitude, above {TAIL_BUDGET:g}; use points={2 * simulation.points}{smaller}",
        )
    remedy = f"tolerance={simulation.tolerance / 100:g}" if dt is None else f"dt={dt / 2:g}"
    for name in simulation.conserved:
        drift = float((np.abs(now[name] - first[name]) / first[f"{name}_scale"]).max())
        if drift > DRIFT_BUDGET:
            yield Concern(
                about=name,
                size=drift,
                message=f"drifts by {drift:.0e}, above its budget of {DRIFT_BUDGET:g}; use {remedy}",
            )


def about_the_start(simulation: NLSE, now: Mapping[str, np.ndarray], dt: float | None) -> Iterable[Concern]:
    """An initial field that the box or the step does not fit."""
    limit = 2 * simulation.length**2 / (math.pi * simulation.points**2)
    density = now["density"]
    filled = np.median(density, axis=-1) > BACKGROUND * density.max(axis=-1)
    if dt is not None and dt > limit and (filled & (simulation.couplings(len(filled)) != 0)).any():
        yield Concern(
            about="dt",
            size=1.0,
            message=f"the field fills the box, and a splitting with dt above {limit:.3g} amplifies waves of "
            f"k^2 dt = 2 pi n on it, got dt={dt:g}; use dt={rounded_down(limit):g} or fewer points",
        )
    size = ends(simulation, now["psi"])
    if size > END_BUDGET:
        yield Concern(
            about="length",
            size=size,
            message=f"the initial field has not decayed at the ends of the box, it is {size:.0e} of its largest "
            f"value there, above {END_BUDGET:g}; use length={2 * simulation.length:g}",
        )


def ends(simulation: NLSE, psi: np.ndarray) -> float:
    """Size of a localized initial state at the ends of the box, relative to its largest value."""
    if simulation.state_class is None or not simulation.state_class.localized:
        return 0.0
    size = np.abs(psi)
    return float((size[:, 0] / np.maximum(size.max(axis=-1), SMALLEST)).max())


def rounded_down(value: float) -> float:
    """The value with two digits, not above it."""
    step = 10.0 ** (math.floor(math.log10(value)) - 1)
    return math.floor(value / step) * step
