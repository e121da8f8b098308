"""What the run of a flow past a cylinder warns of: cells, speed and sound that do not fit the flow."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from ergodica.sims.simulation import Concern

if TYPE_CHECKING:
    from ergodica.sims.cylinder_wake import CylinderWake

SOUND = 1 / math.sqrt(3.0)  # speed of sound, cells a step
SHEDDING = 47.0  # Reynolds number at which a free cylinder begins to shed vortices
LAMINAR = 180.0  # and up to which the flow stays in a plane; beyond it the law of the frequency ends
MACH_BUDGET = 0.45  # of the fastest cell, whose pressure is then wrong by some tenth
LAYER_BUDGET = 0.9  # cells in the length D/sqrt(Re), which the boundary layer has
NEAR_RESONANCE = (0.75, 1.3)  # ratios of the frequency of shedding to that of sound across the channel


def strouhal(reynolds: float) -> float:
    """f D/U of a free cylinder, -3.3265/Re + .1816 + 1.6e-4 Re (Williamson 1989, J. Fluid Mech. 206, 579)."""
    re = min(reynolds, LAMINAR)
    return -3.3265 / re + 0.1816 + 1.6e-4 * re


def concerns(
    simulation: CylinderWake, first: Mapping[str, np.ndarray], now: Mapping[str, np.ndarray]
) -> Iterable[Concern]:
    """The doubts about a run, from its first snapshot and the present one; arguments as for `watch`."""
    mach = float(np.max(now["fastest"])) / SOUND
    if mach > MACH_BUDGET:
        yield Concern(
            about="speed",
            size=mach,
            message=f"the flow reaches a Mach number of {mach:.2g}, above {MACH_BUDGET:g}, where it is no longer "
            f"incompressible; use speed={digits(0.7 * simulation.speed * MACH_BUDGET / mach)}",
        )
    if first is not now:
        return
    each = simulation.reynolds if isinstance(simulation.reynolds, tuple) else (simulation.reynolds,)
    layer = simulation.diameter / math.sqrt(max(each))
    if layer < LAYER_BUDGET:
        yield Concern(
            about="diameter",
            size=1 / layer,
            message=f"the boundary layer, D/sqrt(Re) thick, has {layer:.2g} cells, below {LAYER_BUDGET:g}; use "
            f"diameter={math.ceil(LAYER_BUDGET * math.sqrt(max(each)))}",
        )
    # the lift is odd in y: sound that it can excite has half a wave across a channel, a whole one across a period
    waves = 1 if simulation.sides == "periodic" else 2
    ratios = [
        waves * strouhal(re) * simulation.speed * simulation.height / SOUND for re in each if re > SHEDDING
    ]
    near = [ratio for ratio in ratios if NEAR_RESONANCE[0] < ratio < NEAR_RESONANCE[1]]
    if near:
        yield Concern(
            about="height",
            size=1.0,
            message=f"vortices are shed at {near[0]:.2g} of the frequency of sound across the channel and excite it; "
            f"use speed={digits(0.9 * simulation.speed * NEAR_RESONANCE[0] / max(ratios))}",
        )


def digits(value: float) -> str:
    """Two digits of a value, not above it."""
    step = 10.0 ** (math.floor(math.log10(value)) - 1)
    return f"{math.floor(value / step) * step:.2g}"
