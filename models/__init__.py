"""Models that learn from datasets, and what they say, as datasets: entropy production, spectra, forecasts.

    from ergodica import models
    network = models.score.train(ds)
    models.score.entropy_production(network, ds)

torch is imported at the first use of a name, not by this import.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import ergodica.data  # noqa: F401 - registers ds.ergodica
from ergodica.lazy_names import lazy_names

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
    "Network": "network",
    "fit": "training.fit",
    "load": "checkpoint",
    "register": "network",
    "save": "checkpoint",
}

__getattr__, __dir__ = lazy_names(__name__, _HOMES, ("forecast", "koopman", "score", "symbols"))
