"""The random network of an echo state forecaster."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

CONNECTIONS = 10
"""Units that each unit hears."""
DENSE = 1000
"""Most units whose spectral radius is found from all eigenvalues."""


@dataclass(frozen=True, eq=False)
class Reservoir:
    """Random weights of unit scale; their settings multiply them.

    Attributes:
        neighbours: units that each unit hears, (connections, units).
        weights: of spectral radius 1, (connections, units).
        heard: of the input, uniform on -1 to 1 by the root of the number of features, (d, units).
        bias: uniform on -1 to 1, (units,).
    """

    neighbours: NDArray[np.int32]
    weights: Array
    heard: Array
    bias: Array

    @staticmethod
    def drawn(units: int, features: int, seed: int) -> Reservoir:
        """A reservoir by its seed."""
        rng = np.random.default_rng(seed)
        count = min(CONNECTIONS, units)
        neighbours = np.stack([rng.choice(units, count, replace=False) for _ in range(units)], axis=1)
        weights = rng.normal(size=(count, units))
        weights /= _spectral_radius(neighbours, weights)
        heard = rng.uniform(-1, 1, size=(features, units)) / np.sqrt(features)
        return Reservoir(neighbours.astype(np.int32), weights, heard, rng.uniform(-1, 1, size=units))

    def scaled(self, spectral_radius: float, input_scale: float, leak: float, bias: float) -> tuple[Any, ...]:
        """What the kernels take: neighbours, weights, heard, bias, leak."""
        return (
            self.neighbours,
            self.weights * spectral_radius,
            self.heard * input_scale,
            self.bias * bias,
            float(leak),
        )


def _spectral_radius(neighbours: NDArray[Any], weights: Array) -> float:
    count, units = weights.shape
    if units > DENSE:
        from scipy.sparse import csr_array
        from scipy.sparse.linalg import ArpackNoConvergence, eigs

        matrix = csr_array(
            (weights.T.ravel(), neighbours.T.ravel(), np.arange(0, count * units + 1, count)), (units, units)
        )
        try:
            found = eigs(matrix, k=4, return_eigenvectors=False, v0=np.ones(units), ncv=64)
            return float(abs(found).max())
        except ArpackNoConvergence:
            pass
    dense = np.zeros((units, units))
    dense[np.arange(units), neighbours] = weights
    return float(abs(np.linalg.eigvals(dense)).max())
