"""What the nonlinear Schroedinger equation conserves, by spectral derivatives, for a batch of fields.

Every function takes psi (members, N) and gives (members,) real values, in the namespace of psi (numpy or
cupy). `k` (N,) are the wavenumbers 2 pi fftfreq(N, dx) in Fourier order. Sums are taken row by row, not by a matrix
product, so that a member has the same last bit in an ensemble of any size.
"""

from __future__ import annotations

from typing import Any

from ergodica.numerics.fft import fft

Array = Any


def mass(psi: Array, dx: float) -> Array:
    """int |psi|^2 dx."""
    return dx * (psi.real**2 + psi.imag**2).sum(axis=-1)


def momentum(psi_k: Array, k: Array, dx: float) -> Array:
    """int Im(psi* psi_x) dx = dx/N sum k |psi_k|^2 from psi_k = fft(psi).

    The Nyquist mode is as much a wave to the left as to the right and does not count.
    """
    points = k.size
    weight = k * (dx / points)
    weight[points // 2] = 0.0
    return ((psi_k.real**2 + psi_k.imag**2) * weight).sum(axis=-1)


def kinetic_energy(psi_k: Array, k: Array, dx: float) -> Array:
    """int |psi_x|^2 / 2 dx = dx/N sum k^2/2 |psi_k|^2."""
    return ((psi_k.real**2 + psi_k.imag**2) * (k**2 * (0.5 * dx / k.size))).sum(axis=-1)


def interaction_energy(psi: Array, coupling: Array, dx: float, density_filter: Array | None = None) -> Array:
    """-int g/2 rho P(rho) dx, rho = |psi|^2; `density_filter` (N,) is P in Fourier order, None for 1."""
    density = psi.real**2 + psi.imag**2
    if density_filter is None:
        return coupling * (density**2).sum(axis=-1) * (-0.5 * dx)
    points = density.shape[-1]
    spectrum = fft(density)
    power = spectrum.real**2 + spectrum.imag**2
    return coupling * (power * density_filter).sum(axis=-1) * (-0.5 * dx / points)


def invariants(
    psi: Array,
    *,
    k: Array,
    dx: float,
    coupling: Array,
    potential: Array | None = None,
    density_filter: Array | None = None,
) -> dict[str, Array]:
    """Mass, momentum and energy of psi (members, N).

    energy = int |psi_x|^2/2 - g/2 |psi|^4 + V |psi|^2 dx. With a density filter P there is also
    `filtered_energy`, with |psi|^2 P(|psi|^2) in place of |psi|^4: the one that the filtered equation
    conserves.

    `coupling` (members,) is g, `potential` (N,) V, `dx` the grid spacing.
    """
    psi_k = fft(psi)
    linear = kinetic_energy(psi_k, k, dx)
    if potential is not None:
        linear = linear + ((psi.real**2 + psi.imag**2) * (potential * dx)).sum(axis=-1)
    values = {
        "mass": mass(psi, dx),
        "momentum": momentum(psi_k, k, dx),
        "energy": linear + interaction_energy(psi, coupling, dx),
    }
    if density_filter is not None:
        values["filtered_energy"] = linear + interaction_energy(psi, coupling, dx, density_filter)
    return values
