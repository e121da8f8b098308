"""Passive Brownian particles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from pydantic import Field

from ergodica.sims.active_presets import PASSIVE
from ergodica.sims.parameters import PerMember
from ergodica.sims.particles.overdamped import Overdamped
from ergodica.sims.registry import register
from ergodica.sims.simulation import Draw, Preset


@register
class Brownian(Overdamped):
    """Passive particles with repulsion: the equilibrium that active matter is compared with.

    dx_i = [sum_j F(r_ij) r_hat_ij - A x_i] dt + sqrt(2 eps) dW_i

    Its statistics are those of Boltzmann at the temperature eps, and its entropy production is 0.

    Good values: dt = 0.05 to 0.1 of 1/k, or scheme="heun", whose error of averages is O(dt^2).

    Source: Ermak and McCammon 1978, J. Chem. Phys. 69, 1352, without hydrodynamics.
    """

    name = "brownian"
    title = "Passive Brownian particles"
    equation = r"\dot x_i = \sum_j F(r_{ij}) \hat r_{ij} - A x_i + \sqrt{2\epsilon}\,\eta_i"
    references = "Ermak and McCammon 1978, J. Chem. Phys. 69, 1352"
    presets: ClassVar[Mapping[str, Preset]] = PASSIVE
    default_preset = "gas"
    rule = "kept"

    temperature: PerMember = Field(
        1.0, ge=0, le=1e6, description="eps, diffusion of position: noise sqrt(2 eps) dW; the mobility is 1"
    )

    @property
    def own(self) -> int:
        return 0

    def propulsion_numbers(self, values: Any, dt: float) -> tuple[float, float]:
        return 0.0, 0.0

    def initial_propulsion(self, draw: Draw) -> np.ndarray:
        return np.zeros((self.particles, self.dimensions))
