"""From preset or earlier run, over a TOML file, to the command line: what a run is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ergodica.numerics.errors import ParameterError, nearest
from ergodica.sims.sampling import RunArguments

if TYPE_CHECKING:
    import xarray as xr

    from ergodica.sims.simulation import Simulation

COMMAND_KEYS = ("simulate", "preset", "out", "threads")
"""What a TOML file may hold beside parameters and run arguments; `system` is `simulate` unless it is a parameter."""


@dataclass(frozen=True, kw_only=True)
class Layer:
    """What one source says; a later layer wins over an earlier one."""

    parameters: Mapping[str, Any] = field(default_factory=dict)
    run: Mapping[str, Any] = field(default_factory=dict)


def stacked(system: type[Simulation], layers: list[Layer]) -> tuple[Simulation, RunArguments]:
    """The simulation and the run that the layers describe together, validated.

    Dictionaries of parameters merge key by key as long as they belong to the same thing: a change of `initial`
    leaves the parameters of the earlier initial state behind.
    """
    parameters: dict[str, Any] = {}
    run: dict[str, Any] = {}
    for layer in layers:
        parameters = system.merged(parameters, layer.parameters)
        run |= layer.run
    return system(**parameters), RunArguments(**run)


def from_preset(system: type[Simulation], name: str | None) -> Layer:
    """What a preset says, that of the system unless named; nothing for a system without presets."""
    chosen = name or system.default_preset
    if chosen is None:
        return Layer()
    preset = system.preset_named(chosen)
    return Layer(parameters=preset.parameters, run={"t_end": preset.t_end, "snapshots": preset.snapshots})


def from_run(system: type[Simulation], ds: xr.Dataset, path: Path) -> Layer:
    """What an earlier run was asked for, read from its file."""
    from ergodica.sims.rebuild import from_dataset

    simulation = from_dataset(ds)
    if simulation.name != system.name:
        raise ParameterError(
            f"like: {path} was made by {simulation.name}, got the system {system.name!r}; "
            f"use ergodica simulate {simulation.name} --like {path}"
        )
    return Layer(parameters=simulation.given(), run=ds.ergodica.run_arguments)


def read_toml(path: Path) -> dict[str, Any]:
    """The keys of a TOML file, hyphens as underscores.

    Raises ParameterError for a file that is not there or not TOML.
    """
    import tomllib

    try:
        with path.open("rb") as file:
            found = tomllib.load(file)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ParameterError(f"config: {path} is not valid TOML, {error}; mend it there") from None
    except OSError as error:
        reason = str(error.strerror).lower()
        raise ParameterError(f"config: {path} cannot be read, {reason}; give a TOML file") from None
    return {key.replace("-", "_"): value for key, value in found.items()}


def from_toml(system: type[Simulation], found: Mapping[str, Any], path: Path) -> Layer:
    """What a TOML file says about this system.

    Raises ParameterError for a key that is no parameter, run argument or option, with the nearest one.
    """
    fields, run = system.model_fields, RunArguments.model_fields
    named = "simulate" if "system" in fields or "simulate" in found else "system"
    known = (*fields, *run, *COMMAND_KEYS, named)
    for key in found:
        if key not in known:
            raise ParameterError(
                f"{key}: {path} holds this key, which is no parameter of {system.name} and no run argument; "
                f"{nearest(key, known)}"
            )
    if found.get(named, system.name) != system.name:
        raise ParameterError(
            f"{named}: must be {system.name!r} as on the command line, got {found[named]!r} in {path}; "
            "change one of them"
        )
    for key in ("preset", "out"):
        if not isinstance(found.get(key, ""), str):
            raise ParameterError(f"{key}: must be text, got {found[key]!r} in {path}; put it in quotes")
    return Layer(
        parameters={key: value for key, value in found.items() if key in fields},
        run={key: value for key, value in found.items() if key in run},
    )
