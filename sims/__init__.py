"""Solvers: one file a system, found by the registry; shared engines under them.

`sims.NLSE.preset("two-soliton").run(t_end=20.0, snapshots=201)` gives a labelled dataset.
"""

from typing import Any

import ergodica.data  # noqa: F401 - registers ds.ergodica
from ergodica.numerics.errors import nearest

_LAZY = {
    "FLOWS": "ergodica.sims.dynamics",
    "MAPS": "ergodica.sims.dynamics",
    "Simulation": "ergodica.sims.simulation",
    "PairFunction": "ergodica.sims.particles.own_force",
    "Preset": "ergodica.sims.simulation",
    "ParameterError": "ergodica.numerics.errors",
    "drift_of_eigenvalues": "ergodica.sims.linear_sde_spectrum",
    "from_dataset": "ergodica.sims.rebuild",
    "register": "ergodica.sims.registry",
    "system": "ergodica.sims.registry",
    "systems": "ergodica.sims.registry",
    "spaced": "ergodica.sims.sampling",
    "basins": "ergodica.sims.chaos",
    "bifurcation_diagram": "ergodica.sims.chaos",
    "correlation_dimension": "ergodica.sims.chaos",
    "covariant_vectors": "ergodica.sims.chaos",
    "finite_time_exponents": "ergodica.sims.chaos",
    "lyapunov_spectrum": "ergodica.sims.chaos",
    "poincare_section": "ergodica.sims.chaos",
    "zero_one_test": "ergodica.sims.chaos",
}


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name in _LAZY:
        return getattr(import_module(_LAZY[name]), name)
    if name.startswith("_") or not name[:1].isupper():
        raise AttributeError(f"module 'ergodica.sims' has no attribute {name!r}")
    from ergodica.sims.registry import systems

    classes = {cls.__name__: cls for cls in systems().values()}
    if name in classes:
        return classes[name]
    raise AttributeError(f"ergodica.sims has no system {name!r}; {nearest(name, classes)}")


def __dir__() -> list[str]:
    from ergodica.sims.registry import systems

    return sorted([*_LAZY, *(cls.__name__ for cls in systems().values())])
