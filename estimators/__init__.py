"""Entropies and information of labelled arrays, put together from small pieces: measures, outcome spaces, estimators.

```python
from ergodica import estimators as est
est.entropy(psi, dim="x", space=est.SpectralPower(), of=est.Renyi(q=2), base=2)
```

Pieces are small frozen dataclasses, functions take data first. Importing costs what numpy costs.
"""

# ruff: noqa: F403 - each family names in `__all__` what it gives

import ergodica.data  # noqa: F401 - registers ds.ergodica
from ergodica.estimators import (
    complexity,
    continuous,
    fields,
    forecasts,
    information,
    irreversibility,
    measures,
    particles,
    probability,
    recurrence,
    resampling,
    schools,
    series,
    spaces,
    spectra,
    surrogates,
)
from ergodica.estimators.complexity import *
from ergodica.estimators.continuous import *
from ergodica.estimators.counts import counts
from ergodica.estimators.entropy import entropy, probabilities
from ergodica.estimators.fields import *
from ergodica.estimators.fields.quantities import field_quantities
from ergodica.estimators.fields.states import state_quantities
from ergodica.estimators.forecasts import *
from ergodica.estimators.information import *
from ergodica.estimators.irreversibility import *
from ergodica.estimators.measures import *
from ergodica.estimators.particles import *
from ergodica.estimators.particles.quantities import particle_quantities
from ergodica.estimators.probability import *
from ergodica.estimators.quantities import measurable_kinds, measure, register_quantities
from ergodica.estimators.recurrence import *
from ergodica.estimators.registry import estimators
from ergodica.estimators.resampling import *
from ergodica.estimators.schools import *
from ergodica.estimators.series import *
from ergodica.estimators.spaces import *
from ergodica.estimators.spectra import *
from ergodica.estimators.surrogates import *

__all__ = [
    *complexity.__all__,
    *resampling.__all__,
    *continuous.__all__,
    *fields.__all__,
    *forecasts.__all__,
    *information.__all__,
    *irreversibility.__all__,
    *measures.__all__,
    *particles.__all__,
    *probability.__all__,
    *recurrence.__all__,
    *schools.__all__,
    *series.__all__,
    *spaces.__all__,
    *spectra.__all__,
    *surrogates.__all__,
    "counts",
    "entropy",
    "estimators",
    "field_quantities",
    "measurable_kinds",
    "measure",
    "particle_quantities",
    "probabilities",
    "register_quantities",
    "state_quantities",
]
