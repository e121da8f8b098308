"""From a file back to the simulation that made it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ergodica.data.configuration import from_json
from ergodica.numerics.errors import ParameterError
from ergodica.sims.registry import system
from ergodica.sims.simulation import Simulation

if TYPE_CHECKING:
    import xarray as xr


def from_dataset(ds: xr.Dataset, *, function: Callable[..., Any] | None = None) -> Simulation:
    """The simulation whose `run(**ds.ergodica.run_arguments)` gives this dataset again.

    `function` is the right-hand side of a system that was made from a function, which no file holds.

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
    if function is not None:
        held = parameters.get("function")
        if not isinstance(held, dict):
            raise ParameterError(
                "function: is for a dataset of a system made from a function, got another; leave it out"
            )
        parameters["function"] = held | {"function": function}
    for name in cls.from_file:
        if parameters.get(name) == "from-file":
            parameters[name] = cls.restore(name, ds)
    return cls(**parameters)
