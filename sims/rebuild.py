"""From a file back to the simulation that made it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ergodica.data.configuration import from_json
from ergodica.numerics.errors import ParameterError
from ergodica.sims.registry import system
from ergodica.sims.simulation import Simulation

if TYPE_CHECKING:
    import xarray as xr


def from_dataset(ds: xr.Dataset) -> Simulation:
    """The simulation whose `run(**ds.ergodica.run_arguments)` gives this dataset again.

    Raises ParameterError for a dataset that no simulation of ergodica made, and for what the file does not hold.
    """
    try:
        config = from_json(ds.attrs["ergodica_config"])
        name, parameters = config["system"], dict(config["parameters"])
    except (KeyError, TypeError, ValueError):
        raise ParameterError(
            "ergodica_config: must hold the system and its parameters, got none; "
            "only a dataset made by a simulation can be rebuilt"
        ) from None
    cls = system(name)
    for name in cls.from_file:
        if parameters.get(name) == "from-file":
            parameters[name] = cls.restore(name, ds)
    return cls(**parameters)
