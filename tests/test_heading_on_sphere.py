"""The angle by which rotational diffusion turns a heading on the sphere within a step."""

from __future__ import annotations

import numpy as np
import pytest

from ergodica.sims.particles.sphere import FARTHEST, SHORTEST, angle_ratios


@pytest.mark.parametrize("spread", [1e-8, 1e-6, 9.9e-5, 1.01e-4, 1e-3, 1e-1, 1.0])
def test_the_mean_cosine_is_that_of_the_heat_kernel(spread):
    spacing, ratios = angle_ratios(spread)
    known = np.arange(len(ratios)) * spacing
    rho = np.linspace(0.0, FARTHEST, 200_001)
    angle = np.interp(rho, known, ratios) * rho
    # 1 - cos without loss of digits
    lost = np.trapezoid(2 * np.sin(angle / 2) ** 2 * rho * np.exp(-0.5 * rho**2), rho)
    # <P_1> = e^{-2 s}. The series below 1e-4 is right to 1e-8, interpolation of the table to 1e-6; its second term is
    # spread/3, up to 3e-5
    rtol = 1e-7 if spread < SHORTEST else 3e-6
    np.testing.assert_allclose(lost, -np.expm1(-2 * spread), rtol=rtol)


def test_the_second_moment_is_exact_too():
    spread = 9e-5
    spacing, ratios = angle_ratios(spread)
    rho = np.linspace(0.0, FARTHEST, 200_001)
    c = np.cos(np.interp(rho, np.arange(len(ratios)) * spacing, ratios) * rho)
    second = np.trapezoid(1.5 * (1 - c**2) * rho * np.exp(-0.5 * rho**2), rho)
    # 1 - <P_2> = 1 - e^{-6 s}; 1 - c^2 loses 9 of 16 digits at the smallest angles
    np.testing.assert_allclose(second, -np.expm1(-6 * spread), rtol=1e-6)
