"""Invariants of flows and maps: exponents, covariant vectors, dimensions, sections, diagrams, basins.

Every function takes a system as its name in the catalogue, a `Definition`, or a simulation that has one, and
returns a labelled dataset. Compiled loops call a system's kernels by their address, so that a new system
compiles its own few lines and nothing else.
"""

from typing import TYPE_CHECKING

from ergodica.lazy_names import lazy_names

if TYPE_CHECKING:
    from ergodica.sims.chaos.basin_grid import basins
    from ergodica.sims.chaos.bifurcation import bifurcation_diagram
    from ergodica.sims.chaos.correlation import correlation_dimension
    from ergodica.sims.chaos.covariant import covariant_vectors
    from ergodica.sims.chaos.finite_time import finite_time_exponents
    from ergodica.sims.chaos.sections import poincare_section
    from ergodica.sims.chaos.spectrum import lyapunov_spectrum
    from ergodica.sims.chaos.zero_one import zero_one_test

_HOMES = {
    "basins": "basin_grid",
    "bifurcation_diagram": "bifurcation",
    "correlation_dimension": "correlation",
    "covariant_vectors": "covariant",
    "finite_time_exponents": "finite_time",
    "lyapunov_spectrum": "spectrum",
    "poincare_section": "sections",
    "zero_one_test": "zero_one",
}

__all__ = [
    "basins",
    "bifurcation_diagram",
    "correlation_dimension",
    "covariant_vectors",
    "finite_time_exponents",
    "lyapunov_spectrum",
    "poincare_section",
    "zero_one_test",
]

__getattr__, __dir__ = lazy_names(__name__, _HOMES)
