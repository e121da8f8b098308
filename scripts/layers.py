"""From preset or earlier run, over a TOML file, to the command line: what a run is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ergodica.numerics.errors import ParameterError, nearest
from ergodica.sims.sampling import BY_PERIOD, BY_TIME, PeriodArguments, RunArguments, run_arguments

if TYPE_CHECKING:
    import xarray as xr
    from pydantic.fields import FieldInfo

    from ergodica.sims.simulation import Simulation

USUAL_PERIODS = {"periods": 50, "points_per_period": 100}
COMMAND_KEYS = ("simulate", "preset", "out", "threads")
"""What a TOML file may hold beside parameters and run arguments; `system` is `simulate` unless it is a parameter."""


@dataclass(frozen=True, kw_only=True)
class Layer:
    """What one source says; a later layer wins over an earlier one."""

    parameters: Mapping[str, Any] = field(default_factory=dict)
    run: Mapping[str, Any] = field(default_factory=dict)
    usual: Mapping[str, Any] = field(default_factory=dict)
    """Run arguments that hold where no layer says anything, and only for these `parameters` (see `_fits`)."""


def run_fields(system: type[Simulation]) -> dict[str, FieldInfo]:
    """What can be asked of a run of this system: by time, and by points per period where it may have a period."""
    fields = dict(RunArguments.model_fields)
    if not has_periods(system):
        return fields
    by_time = {name: fields.pop(name) for name in BY_TIME}
    return by_time | dict(PeriodArguments.model_fields) | fields


def has_periods(system: type[Simulation]) -> bool:
    """Whether systems of this class may have a period."""
    from ergodica.sims.simulation import Simulation

    return system.period is not Simulation.period


def stacked(system: type[Simulation], layers: list[Layer]) -> tuple[Simulation, RunArguments]:
    """The simulation and the run that the layers describe together, validated.

    Dictionaries of parameters merge key by key as long as they belong to the same thing: a change of `initial`
    leaves the parameters of the earlier initial state behind. A length by periods takes the place of an earlier
    one by time, and the other way round.
    """
    parameters: dict[str, Any] = {}
    run: dict[str, Any] = {}
    usual: Mapping[str, Any] = {}
    for layer in layers:
        parameters = system.merged(parameters, layer.parameters)
        for pair, other in ((BY_TIME, BY_PERIOD), (BY_PERIOD, BY_TIME)):
            if any(name in layer.run for name in pair):
                run = {name: value for name, value in run.items() if name not in other}
        run |= layer.run
        usual = layer.usual or usual
    simulation = system(**parameters)
    if not _fits(simulation, layers[0]):
        usual = {}
    return simulation, run_arguments(simulation, **_completed(simulation, run, usual))


def _fits(simulation: Simulation, base: Layer) -> bool:
    """Whether the length of a preset's run is that of its system still."""
    return getattr(simulation, "system", None) == base.parameters.get("system")


def _completed(simulation: Simulation, run: dict[str, Any], usual: Mapping[str, Any]) -> dict[str, Any]:
    """The run with a length: what is missing of it is the preset's, else what is usual for the system."""
    given = {pair: [name for name in pair if name in run] for pair in (BY_TIME, BY_PERIOD)}
    if len(given[BY_TIME]) == 2 or (given[BY_TIME] and given[BY_PERIOD]):
        return run
    if given[BY_PERIOD]:
        return {**USUAL_PERIODS, **{name: usual[name] for name in BY_PERIOD if name in usual}, **run}
    if usual:
        return {**usual, **run}
    usual = simulation.usual_run
    if not given[BY_TIME] or not usual:
        return {**usual, **run}
    spacing = run_arguments(simulation, **usual).spacing
    try:
        if "t_end" in run:
            return {"snapshots": max(1, round(float(run["t_end"]) / spacing)) + 1, **run}
        return {"t_end": (int(run["snapshots"]) - 1) * spacing, **run}
    except (TypeError, ValueError, OverflowError):  # no number: the model says so
        return {"t_end": 1.0, "snapshots": 2, **run}


def from_preset(system: type[Simulation], name: str | None) -> Layer:
    """What a preset says, that of the system unless named; nothing for a system without presets."""
    chosen = name or system.default_preset
    if chosen is None:
        return Layer()
    preset = system.preset_named(chosen)
    return Layer(parameters=preset.parameters, usual={"t_end": preset.t_end, "snapshots": preset.snapshots})


def from_run(system: type[Simulation], ds: xr.Dataset, path: Path) -> Layer:
    """What an earlier run was asked for, read from its file."""
    from ergodica.sims.rebuild import from_dataset

    simulation = from_dataset(ds)
    if simulation.name != system.name:
        raise ParameterError(
            f"like: {path} was made by {simulation.name}, got the system {system.name!r}; "
            f"use ergodica simulate {simulation.name} --like {path}"
        )
    by_period = {name: value for name, value in ds.ergodica.config["run"].items() if name in BY_PERIOD}
    return Layer(parameters=simulation.given(), run=ds.ergodica.run_arguments, usual=by_period)


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
    fields, run = system.model_fields, run_fields(system)
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
