"""Invariants of flows and maps: exponents, covariant vectors, dimensions, sections, diagrams, basins.

Every function takes a system as its name in the catalogue, a `Definition`, or a simulation that has one, and
returns a labelled dataset. Compiled loops call a system's kernels by their address, so that a new system
compiles its own few lines and nothing else.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ergodica.sims.chaos.spectrum import lyapunov_spectrum

_HOME = {
    "lyapunov_spectrum": "spectrum",
}

__all__ = ["lyapunov_spectrum"]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
