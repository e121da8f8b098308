"""The command of one system, made from its model: `system_command.nlse` is `ergodica simulate nlse`."""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Group, Parameter

from ergodica.numerics.errors import ParameterError
from ergodica.numerics.threads import check_threads
from ergodica.scripts import layers, options, outputs
from ergodica.scripts.ending import add_hints
from ergodica.sims.registry import systems
from ergodica.sims.sampling import BY_TIME, RunArguments

if TYPE_CHECKING:
    from ergodica.sims.simulation import Simulation

RUN = Group("Run", sort_key=0)
PARAMETERS = Group("Parameters of the system; a preset may set another default", sort_key=1)
OUTPUT = Group("Output", sort_key=2)


def __getattr__(name: str) -> Callable[..., Any]:
    if name.startswith("__") or name not in systems():
        raise AttributeError(f"module 'ergodica.scripts.system_command' has no attribute {name!r}")
    return system_command(systems()[name])


def system_command(system: type[Simulation]) -> Callable[..., Any]:
    """The command that runs a system, with an option for each of its fields and of the run arguments."""
    run = [
        options.option(name, field, RUN, default=_length(system).get(name, ""))
        for name, field in layers.run_fields(system).items()
    ]
    own = [options.option(name, field, PARAMETERS) for name, field in system.model_fields.items()]
    listed = [*_choosing(system), *run, *own, *_writing(system)]
    names = [one.name for one in listed]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise TypeError(
            f"{system.name}: {', '.join(sorted(twice))} is taken by an option of every system; rename it"
        )
    return options.command(lambda given: simulate(system, given), listed)


def _length(system: type[Simulation]) -> dict[str, str]:
    """In words, where the length of a run comes from that is not given."""
    if not system.presets:
        return {}
    if not layers.has_periods(system):
        return dict.fromkeys(BY_TIME, "default that of the preset")
    by_time = dict.fromkeys(BY_TIME, "default that of the preset, for another system by its period")
    return by_time | {name: f"default {value:g}" for name, value in layers.USUAL_PERIODS.items()}


def _choosing(system: type[Simulation]) -> list[inspect.Parameter]:
    found = [
        _option(
            "like", str, RUN, "repeat the run of this file; options given beside it change it", metavar="FILE"
        ),
        _option(
            "config",
            str,
            RUN,
            "TOML file of parameters and run arguments; options win over it",
            metavar="FILE",
        ),
    ]
    if system.presets:
        note = (
            f"named starting point; default {system.default_preset}"
            if system.default_preset
            else "named starting point"
        )
        return [_option("preset", str, RUN, note, metavar="NAME", choices=tuple(system.presets)), *found]
    return found


def _writing(system: type[Simulation]) -> list[inspect.Parameter]:
    return [
        _option(
            "out",
            str,
            OUTPUT,
            f"file to write, ending in .nc or .zarr; default runs/{system.name}-PRESET.nc",
            name=("--out", "-o"),
            metavar="FILE",
        ),
        _option("force", bool, OUTPUT, "overwrite the file when it is there"),
        _option(
            "resume",
            bool,
            OUTPUT,
            "go on with an unfinished file, or extend a finished one to a later --t-end",
        ),
        _option("dry_run", bool, OUTPUT, "show steps, memory, size on disk and time; write nothing"),
        _option("threads", int, OUTPUT, "number of CPU threads; default all", metavar="INT"),
        _option("progress", bool, OUTPUT, "show a progress bar; default on a terminal", negative=None),
    ]


def _option(word: str, kind: type, group: Group, text: str, /, **settings: Any) -> inspect.Parameter:
    chosen = {"negative": "", "show_default": False, "group": group, "help": text, **settings}
    return inspect.Parameter(
        word,
        inspect.Parameter.KEYWORD_ONLY,
        default=None,
        annotation=Annotated[kind | None, Parameter(**chosen)],
    )


def simulate(system: type[Simulation], given: dict[str, Any]) -> None:
    """Put the layers together, check the output, run, and say what came of it."""
    config = Path(given["config"]) if given.get("config") else None
    toml = layers.read_toml(config) if config else {}
    over = [layers.from_toml(system, toml, config)] if config else []
    over.append(
        layers.Layer(
            parameters=options.values(system.model_fields, given),
            run=options.values(layers.run_fields(system), given),
        )
    )
    preset = given.get("preset") or toml.get("preset")
    name = preset
    if given.get("like"):
        from ergodica.scripts.inputs import open_run

        if preset:
            raise ParameterError(f"preset: must not be given with --like, got {preset!r}; leave one out")
        like = Path(given["like"])
        with open_run(str(like)) as ds:
            base = layers.from_run(system, ds, like)
        name = "again"
    else:
        base = layers.from_preset(system, preset)
    simulation, asked = layers.stacked(system, [base, *over])
    name = name or simulation.label

    threads = given["threads"] if "threads" in given else toml.get("threads")
    check_threads(threads)
    force, resume = bool(given.get("force")), bool(given.get("resume"))
    if force and resume:
        raise ParameterError("force: must not be given with --resume; --force starts anew, --resume goes on")
    default = f"runs/{system.name}-{name}.nc" if name else f"runs/{system.name}.nc"
    asked_out = given.get("out") or toml.get("out") or default
    dry = bool(given.get("dry_run"))
    out = outputs.output(str(asked_out), outputs.DATA, force=force or resume or dry)
    if dry:
        from ergodica.scripts.dry_run import dry_run

        print(dry_run(simulation, asked, out=out, threads=threads))
        return
    if given.get("like") and out.exists() and out.samefile(given["like"]):
        raise ParameterError(f"out: must be another file than that of --like, got {out}; use -o again.nc")
    _run(simulation, asked, out, given, threads=threads)


def _run(
    simulation: Simulation, asked: RunArguments, out: Path, given: dict[str, Any], *, threads: int | None
) -> None:
    from ergodica.scripts.summary import summary

    start = time.monotonic()
    try:
        ds = simulation.run(
            **asked.given(),
            out=out,
            resume=bool(given.get("resume")),
            overwrite=bool(given.get("force")),
            progress=given.get("progress"),
            threads=threads,
        )
    except BaseException as error:
        from ergodica.scripts.resume_hint import resume_hint

        add_hints(error, resume_hint(out, error))
        raise
    with ds:
        print(summary(ds, out, time.monotonic() - start))
