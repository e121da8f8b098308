"""Active Ornstein-Uhlenbeck particles."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from pydantic import Field

from ergodica.sims.active_presets import ORNSTEIN_UHLENBECK
from ergodica.sims.parameters import PerMember
from ergodica.sims.particles.overdamped import Overdamped
from ergodica.sims.registry import register
from ergodica.sims.simulation import Draw, Preset

PROPULSION = 3  # step of the stream of the initial state


@register
class ActiveOU(Overdamped):
    """Particles driven by coloured noise, with soft repulsion, in a periodic box or a trap.

    dx_i = [v0 g_i + sum_j F(r_ij) r_hat_ij - A x_i] dt + sqrt(2 eps) dW_i
    dg_i = -gamma g_i dt + sqrt(2 gamma) dV_i

    with r_hat_ij from j to i and F the pair force. Each component of g has variance 1. The propulsion g is stored as
    `propulsion(t, particle, space)`; it is turned exactly, for any dt.

    Good values: the presets; dt = 0.02 to 0.1 of 1/k.

    Source: Boffi and Vanden-Eijnden 2023, arXiv 2309.12991; Szamel 2014, Phys. Rev. E 90, 012111.
    """

    name = "active-ou"
    title = "Active Ornstein-Uhlenbeck particles"
    equation = (
        r"\dot x_i = v_0 g_i + \sum_j F(r_{ij}) \hat r_{ij} - A x_i + \sqrt{2\epsilon}\,\eta_i, \quad "
        r"\dot g_i = -\gamma g_i + \sqrt{2\gamma}\,\zeta_i"
    )
    references = "Boffi and Vanden-Eijnden 2023, arXiv 2309.12991; Szamel 2014, Phys. Rev. E 90, 012111"
    presets: ClassVar[Mapping[str, Preset]] = ORNSTEIN_UHLENBECK
    default_preset = "gas"
    rule = "relaxed"
    propulsion_name = "propulsion"
    propulsion_says = "propulsion g, of variance 1 in each component"
    directed = False

    radius: float = Field(1.0, gt=0, le=1e6, description="a, radius of a particle: forces begin at about 2a")
    pair_force: str = Field(
        "softplus", description="force between particles: softplus, harmonic, wca or none"
    )
    stiffness: PerMember = Field(2.5, ge=0, le=1e9, description="k of the pair force; for wca its energy")
    speed: PerMember = Field(0.25, ge=0, le=1e6, description="v0, speed of a free particle in each direction")
    relaxation_rate: PerMember = Field(
        0.1, gt=0, le=1e9, description="gamma, rate at which a particle forgets its propulsion"
    )
    temperature: PerMember = Field(
        0.1, ge=0, le=1e6, description="eps, diffusion of position: noise sqrt(2 eps) dW; the mobility is 1"
    )
    dt: float = Field(0.02, gt=0, description="largest time step; the one used divides the snapshots")

    @property
    def own(self) -> int:
        return self.dimensions

    def propulsion_numbers(self, values: Any, dt: float) -> tuple[float, float]:
        rate = values.relaxation_rate * dt
        return math.exp(-rate), math.sqrt(-math.expm1(-2 * rate))

    def initial_propulsion(self, draw: Draw) -> np.ndarray:
        n, d = self.particles, self.dimensions
        return draw.normals(n * d, PROPULSION).reshape(n, d)

    def diffusions(self, values: Any) -> dict[str, tuple[str, float]]:
        return {
            **super().diffusions(values),
            "propulsion_diffusion": ("diffusion coefficient of each component of g", values.relaxation_rate),
            "propulsion_rate": ("rate gamma of the drift -gamma g of the propulsion", values.relaxation_rate),
            "propulsion_speed": ("speed v0 that multiplies the propulsion", values.speed),
        }
