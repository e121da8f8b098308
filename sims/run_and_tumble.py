"""Run-and-tumble particles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from pydantic import Field

from ergodica.sims.active_presets import TUMBLES
from ergodica.sims.parameters import PerMember
from ergodica.sims.particles import placement
from ergodica.sims.particles.overdamped import Overdamped
from ergodica.sims.registry import register
from ergodica.sims.simulation import Draw, Preset

RULES = {1: "tumbled_on_a_line", 2: "tumbled", 3: "tumbled_in_space"}


@register
class RunAndTumble(Overdamped):
    """Particles that run straight at constant speed and tumble at random times to a direction drawn anew.

    dx_i = [v0 h_i + sum_j F(r_ij) r_hat_ij - A x_i] dt + sqrt(2 eps) dW_i,  h_i -> a random direction at the rate alpha

    so that <h(0).h(t)> = e^{-alpha t} in any dimension. Whether a particle tumbles within a step, and where to, has the
    exact probability for any dt. Stored as `heading(t, particle, space)`.

    Good values: as for active Brownian particles, with alpha = (d - 1) D_r for the same persistence.

    Source: Tailleur and Cates 2008, Phys. Rev. Lett. 100, 218103.
    """

    name = "run-and-tumble"
    title = "Run-and-tumble particles"
    equation = (
        r"\dot x_i = v_0 h_i + \sum_j F(r_{ij}) \hat r_{ij} - A x_i + \sqrt{2\epsilon}\,\eta_i, \quad "
        r"\langle h(0)\cdot h(t)\rangle = e^{-\alpha t}"
    )
    references = "Tailleur and Cates 2008, Phys. Rev. Lett. 100, 218103"
    presets: ClassVar[Mapping[str, Preset]] = TUMBLES
    default_preset = "gas"
    propulsion_name = "heading"
    propulsion_says = "heading, a unit vector"

    speed: PerMember = Field(1.0, ge=0, le=1e6, description="v0, speed of a free particle")
    tumbling_rate: PerMember = Field(
        0.1, ge=0, le=1e6, description="alpha, rate of the tumbles of a particle"
    )

    @property
    def own(self) -> int:
        return 4 if self.dimensions == 3 else 2

    def rule_name(self) -> str:
        return RULES[self.dimensions]

    def propulsion_numbers(self, values: Any, dt: float) -> tuple[float, float]:
        # the squared length of two normals is below this with the probability 1 - e^{-alpha dt}
        return 2 * values.tumbling_rate * dt, 0.0

    def initial_propulsion(self, draw: Draw) -> np.ndarray:
        return placement.directions(draw, self.particles, self.dimensions)

    def diffusions(self, values: Any) -> dict[str, tuple[str, float]]:
        return {
            **super().diffusions(values),
            "tumbling": ("rate of tumbles", values.tumbling_rate),
            "propulsion_speed": ("speed v0 along the heading", values.speed),
        }
