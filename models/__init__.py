"""Models that learn from datasets, and what they say, as datasets: entropy production, spectra, forecasts.

    from ergodica import models
    network = models.score.train(ds)
    models.score.entropy_production(network, ds)

torch is imported at the first use of a name, not by this import.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ergodica.data  # noqa: F401 - registers ds.ergodica

if TYPE_CHECKING:
    from ergodica.models import forecast as forecast
    from ergodica.models import koopman as koopman
    from ergodica.models import score as score
    from ergodica.models import symbols as symbols
    from ergodica.models.checkpoint import load as load
    from ergodica.models.checkpoint import save as save
    from ergodica.models.network import Network as Network
    from ergodica.models.network import register as register
    from ergodica.models.training.fit import fit as fit

__all__ = ["Network", "fit", "forecast", "koopman", "load", "register", "save", "score", "symbols"]

_HOMES = {
    "Network": "ergodica.models.network",
    "fit": "ergodica.models.training.fit",
    "load": "ergodica.models.checkpoint",
    "register": "ergodica.models.network",
    "save": "ergodica.models.checkpoint",
}


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name in ("forecast", "koopman", "score", "symbols"):
        return import_module(f"ergodica.models.{name}")
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'ergodica.models' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
