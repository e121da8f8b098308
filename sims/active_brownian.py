"""Active Brownian particles."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from pydantic import Field, model_validator

from ergodica.numerics.errors import ParameterError
from ergodica.sims.active_presets import BROWNIAN_HEADINGS
from ergodica.sims.parameters import PerMember
from ergodica.sims.particles import placement
from ergodica.sims.particles.overdamped import Overdamped
from ergodica.sims.registry import register
from ergodica.sims.simulation import Draw, Preset


@register
class ActiveBrownian(Overdamped):
    """Particles of constant speed whose headings diffuse on the circle or the sphere, with soft repulsion.

    dx_i = [v0 h_i + sum_j F(r_ij) r_hat_ij - A x_i] dt + sqrt(2 eps) dW_i,  h_i diffuses with D_r

    so that <h(0).h(t)> = e^{-(d - 1) D_r t} in d dimensions. Headings are turned by angles of the exact distribution
    for any dt, in space by that of diffusion on the sphere. Stored as `heading(t, particle, space)`.

    Good values: stiffness = 100 v0/(2a) keeps overlaps at some percent, with dt = 0.1 to 0.2 of 1/k.

    Source: Fily and Marchetti 2012, Phys. Rev. Lett. 108, 235702; Romanczuk et al. 2012, Eur. Phys. J. Spec. Top.
    202, 1.
    """

    name = "active-brownian"
    title = "Active Brownian particles"
    equation = (
        r"\dot x_i = v_0 h_i + \sum_j F(r_{ij}) \hat r_{ij} - A x_i + \sqrt{2\epsilon}\,\eta_i, \quad "
        r"\langle h(0)\cdot h(t)\rangle = e^{-(d-1) D_r t}"
    )
    references = (
        "Fily and Marchetti 2012, Phys. Rev. Lett. 108, 235702; "
        "Romanczuk et al. 2012, Eur. Phys. J. Spec. Top. 202, 1"
    )
    presets: ClassVar[Mapping[str, Preset]] = BROWNIAN_HEADINGS
    default_preset = "gas"
    propulsion_name = "heading"
    propulsion_says = "heading, a unit vector"

    speed: PerMember = Field(1.0, ge=0, le=1e6, description="v0, speed of a free particle")
    rotational_diffusion: PerMember = Field(
        0.1, ge=0, le=1e6, description="D_r, diffusion of the heading, in radian^2 a time"
    )

    @model_validator(mode="after")
    def _has_directions(self) -> ActiveBrownian:
        if self.dimensions < 2:
            raise ParameterError(
                f"dimensions: must be 2 or 3 for headings that turn, got {self.dimensions}; use sims.RunAndTumble"
            )
        return self

    @property
    def own(self) -> int:
        return self.dimensions - 1

    def rule_name(self) -> str:
        return "rotated" if self.dimensions == 2 else "wandered"

    def propulsion_numbers(self, values: Any, dt: float) -> tuple[float, float]:
        if self.dimensions == 2:
            return math.sqrt(2 * values.rotational_diffusion * dt), 0.0
        return self._angles(values.rotational_diffusion * dt)[0], 0.0

    def table(self, values: Any, dt: float) -> np.ndarray:
        if self.dimensions == 2:
            return np.zeros(2)
        return self._angles(values.rotational_diffusion * dt)[1].copy()  # kernels know one type of array

    @staticmethod
    def _angles(spread: float) -> tuple[float, np.ndarray]:
        from ergodica.sims.particles.sphere import angle_ratios

        return angle_ratios(spread)

    def initial_propulsion(self, draw: Draw) -> np.ndarray:
        return placement.directions(draw, self.particles, self.dimensions)

    def diffusions(self, values: Any) -> dict[str, tuple[str, float]]:
        return {
            **super().diffusions(values),
            "heading_diffusion": (
                "rotational diffusion coefficient of the heading",
                values.rotational_diffusion,
            ),
            "propulsion_speed": ("speed v0 along the heading", values.speed),
        }
