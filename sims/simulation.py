"""What a system is: validated parameters, declared claims, and the few methods that the run loop calls."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, Self

import numpy as np

from ergodica.data.schema import Coordinate, Variable
from ergodica.numerics.errors import ParameterError, nearest
from ergodica.sims.parameters import Parameters
from ergodica.sims.sampling import RunArguments, run_arguments

if TYPE_CHECKING:
    import xarray as xr

    from ergodica.numerics.arrays import Device

State = dict[str, Any]
"""Named arrays, each with a leading member axis; all that a scheme needs to go on bit for bit."""


class Stepper(Protocol):
    """A scheme, compiled for one spacing of snapshots."""

    @property
    def steps_per_snapshot(self) -> int:
        """1 for an adaptive scheme: its step is the whole interval."""

    @property
    def dt(self) -> float | None:
        """Length of a step in the unit of `t`; None for an adaptive scheme."""

    @property
    def slice_steps(self) -> int:
        """At most so many steps a call, for progress and Ctrl-C; set by parameters alone, never by the clock."""

    def advance(self, state: State, first: int, count: int) -> None:
        """Take `count` steps in place; `first` is the global index of the first, for random numbers."""


class ManySnapshots(Stepper, Protocol):
    """A scheme that takes many snapshots in one call; the run loop then asks for as many as fit into a moment."""

    def snapshots(self, state: State, first: int, count: int) -> State:
        """Advance through `count` snapshots as `advance` would one after another, leaving the same state.

        `first` is the global index of the first step. Returns what `observe` reads at each snapshot, in arrays of
        their own with a leading axis of snapshots, so (count, members, ...).
        """


@dataclass(frozen=True, kw_only=True)
class Preset:
    """A named starting point that reproduces a known phenomenon."""

    summary: str
    parameters: Mapping[str, Any]
    t_end: float
    snapshots: int
    source: str
    error: float | None = None
    """Largest error against the declared exact solution up to `t_end`, where there is one."""


@dataclass(frozen=True, kw_only=True)
class Concern:
    """What is not resolved in a run: reported once, and again when it has grown a hundredfold."""

    about: str
    """The parameter or variable."""
    size: float
    message: str
    """What is wrong, by how much, and the remedy."""


@dataclass(frozen=True, kw_only=True)
class Draw:
    """The random numbers of one member's initial state: stream (seed, member), whatever the ensemble's size."""

    seed: int
    member: int
    purpose: int = field(default=1)

    def normals(self, count: int, step: int = 0) -> np.ndarray:
        """`count` independent standard normal numbers, shape (count,)."""
        from ergodica.numerics.random import normals

        return normals(self.seed, self.member, step, count, purpose=self.purpose)

    @staticmethod
    def normals_of(draws: Sequence[Draw], count: int) -> np.ndarray:
        """`normals` of every member of a run, shape (members, count); the members differ in their number alone."""
        from ergodica.numerics.random import normals_of_streams

        members = [draw.member for draw in draws]
        return normals_of_streams(draws[0].seed, members, 0, count, purpose=draws[0].purpose)


class Simulation(Parameters, ABC):
    """A physical or dynamical system with all its parameters, ready to run.

    A subclass sets the class variables, declares its fields with units and ranges, and gives `variables`,
    `coordinates`, `initial_state`, `stepper` and `observe`. It is decorated with `@register`.
    """

    name: ClassVar[str]
    """Word for the command line and the file, such as `nlse`."""
    title: ClassVar[str]
    equation: ClassVar[str]
    references: ClassVar[str]
    presets: ClassVar[Mapping[str, Preset]] = {}
    default_preset: ClassVar[str | None] = None
    orders: ClassVar[Mapping[str, int]] = {}
    """Order of each fixed-step scheme."""
    symmetries: ClassVar[tuple[str, ...]] = ()
    initial_states: ClassVar[Mapping[str, type[Parameters]]] = {}
    """Named initial states with their parameters."""
    optional: ClassVar[Mapping[str, str]] = {}
    """Variables that `record` can add, with what they are."""
    devices: ClassVar[tuple[str, ...]] = ("cpu",)
    time_name: ClassVar[str] = "time"
    time_units: ClassVar[str] = "1"
    from_file: ClassVar[tuple[str, ...]] = ()
    """Fields that may be arrays; the file's own variables hold them, the configuration says `from-file`."""

    @classmethod
    def preset(cls, name: str | None = None, **changes: Any) -> Self:
        """The system at a named starting point, with some parameters changed.

        Raises ParameterError for an unknown name, with the nearest ones.
        """
        chosen = cls.default_preset if name is None else name
        if chosen is None:
            return cls(**changes)
        return cls(**cls.merged(cls.preset_named(chosen).parameters, changes))

    @classmethod
    def preset_named(cls, name: str) -> Preset:
        """The declaration of a preset."""
        if not isinstance(name, str):
            raise ParameterError(f"preset: must be a name, got {name!r}; {nearest(name, cls.presets)}")
        if name not in cls.presets:
            raise ParameterError(f"preset: {cls.name} has no {name!r}; {nearest(name, cls.presets)}")
        return cls.presets[name]

    # What the run loop asks of a system

    @property
    def subject(self) -> str:
        """Title of the dataset: the system, and what tells this run from others."""
        return self.title

    @property
    def label(self) -> str | None:
        """Word in the name of a file when no preset was named."""
        return self.default_preset

    @property
    def sources(self) -> str:
        """References of the dataset."""
        return self.references

    @property
    def period(self) -> float | None:
        """The period that `run(periods=...)` counts, in the unit of `t`; None for a system that has none."""
        return None

    @property
    def usual_run(self) -> Mapping[str, float]:
        """Arguments of `run` that fit the system, for a command that names none; empty where presets have them."""
        return {}

    @property
    def conserved(self) -> tuple[str, ...]:
        """Names of the recorded variables that these parameters conserve."""
        return ()

    @abstractmethod
    def variables(self, record: Sequence[str]) -> tuple[Variable, ...]:
        """What is stored at each snapshot."""

    @abstractmethod
    def coordinates(self, record: Sequence[str]) -> tuple[Coordinate, ...]:
        """Coordinates beside `t` and `member`."""

    def static(self) -> dict[str, tuple[Variable, np.ndarray]]:
        """Variables without time."""
        return {}

    def member_parameters(self) -> dict[str, tuple[float, ...]]:
        """Parameters that differ from member to member, each of the ensemble's length."""
        return dict(self.per_member())

    def member_counts(self) -> dict[str, int]:
        """Size of the ensemble that each parameter given per member asks for."""
        return {name: len(values) for name, values in self.member_parameters().items()}

    @abstractmethod
    def initial_state(self, draws: Sequence[Draw]) -> State:
        """The state at the start, one row for each member's random stream."""

    def check_run(self, asked: RunArguments) -> None:
        """Raise ParameterError for run arguments that this system cannot honour; before the first step."""

    def set_back(self, state: State, stepper: Stepper, warm_up: float) -> None:
        """Set the clock of the state, in place, to t=-warm_up, where a warm-up begins, if the system has a clock."""

    @property
    def runs_on(self) -> tuple[str, ...]:
        """The devices that these parameters can run on."""
        return self.devices

    def restarted(self, state: State, draws: Sequence[Draw]) -> State:
        """The state with its clock at t=0, after a warm-up."""
        return state

    def state_of(self, snapshot: xr.Dataset) -> Any:
        """What `initial` must be so that a new run starts from this snapshot."""
        raise ParameterError(f"initial: {self.name} cannot start from a dataset")

    @abstractmethod
    def stepper(
        self, spacing: float, *, draws: Sequence[Draw], device: Device, threads: int | None
    ) -> Stepper:
        """The scheme for this spacing of snapshots, one row for each member's random stream.

        A scheme that is driven by noise takes its numbers from (seed, member, step) and a purpose other than 1.
        Raises ParameterError for what cannot work.
        """

    @abstractmethod
    def observe(self, state: State, record: Sequence[str]) -> dict[str, np.ndarray]:
        """Values of one snapshot, each with a leading member axis; may hold more than is stored."""

    def observe_many(self, states: State, record: Sequence[str]) -> dict[str, np.ndarray]:
        """`observe` of many snapshots, as `ManySnapshots` gives them, each value (count, members, ...)."""
        count = len(next(iter(states.values())))
        each = [
            self.observe({name: values[k] for name, values in states.items()}, record) for k in range(count)
        ]
        return {name: np.stack([one[name] for one in each]) for name in each[0]}

    def failures(self, state: State) -> Mapping[int, tuple[float | None, str]]:
        """Members that have stopped, with the time, if known, and the reason; the others go on."""
        return {}

    def scales(self, draws: Sequence[Draw]) -> Mapping[str, np.ndarray]:
        """What a drift of each conserved variable is relative to, one value a member."""
        return {}

    def watch(
        self, first: Mapping[str, np.ndarray], now: Mapping[str, np.ndarray], dt: float | None
    ) -> Iterable[Concern]:
        """Doubts about this run's resolution, at its first snapshot (`first is now`) and at each later one.

        `first` holds what was observed at the start with no other axis than that of members, `dt` is the step.
        """
        return ()

    def watch_many(
        self, first: Mapping[str, np.ndarray], many: Mapping[str, np.ndarray], dt: float | None
    ) -> Iterable[Concern]:
        """`watch` of many snapshots after the first, each value (count, members, ...), in their order."""
        if type(self).watch is Simulation.watch:
            return
        for k in range(len(next(iter(many.values())))):
            yield from self.watch(first, {name: values[k] for name, values in many.items()}, dt)

    def exact(self, t: float, *, member: int = 0) -> np.ndarray:
        """The exact value of the first variable at time t, without member axis.

        Raises ParameterError where no closed form is declared.
        """
        raise ParameterError(f"exact: {self.name} declares no exact solution")

    def arrays(self) -> dict[str, np.ndarray]:
        """Values of the `from_file` fields that are arrays."""
        held = {name: getattr(self, name) for name in self.from_file}
        return {name: value for name, value in held.items() if isinstance(value, np.ndarray)}

    def config(self) -> dict[str, Any]:
        """Every parameter as plain values, for the file; arrays are marked `from-file`."""
        values = self.model_dump(mode="json", exclude=set(self.arrays()))
        return {name: values.get(name, "from-file") for name in type(self).model_fields}

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other):
            return NotImplemented
        assert isinstance(other, Simulation)
        mine, theirs = self.arrays(), other.arrays()
        return (
            self.config() == other.config()
            and mine.keys() == theirs.keys()
            and all(np.array_equal(mine[name], theirs[name]) for name in mine)
        )

    def __hash__(self) -> int:
        return hash((self.name, repr(sorted(self.config().items()))))

    @classmethod
    def restore(cls, name: str, ds: xr.Dataset) -> Any:
        """The value of a `from_file` field, read from a dataset of this system."""
        raise ParameterError(f"{name}: {cls.name} does not keep it in the file; give it again")

    def run(
        self,
        *,
        t_end: float | None = None,
        snapshots: int | None = None,
        periods: float | None = None,
        points_per_period: int | None = None,
        seed: int = 0,
        members: int | None = None,
        device: str = "cpu",
        record: Sequence[str] = (),
        warm_up: float = 0.0,
        out: str | Path | None = None,
        resume: bool = False,
        overwrite: bool = False,
        progress: bool | None = None,
        threads: int | None = None,
    ) -> xr.Dataset:
        """Run and return the labelled dataset.

        Parameters: `t_end` last time; `snapshots` number of evenly spaced snapshots, t=0 and t_end counted;
        or in their place `periods` length in periods of the system and `points_per_period` snapshots in each
        (see `period`; of the first member where parameters differ);
        `seed` of all random numbers, those of the noise and of the start: nothing changes with it where a system draws
        none, such as a flow or map without noise and with `spread` 0;
        `members` size of an ensemble (None: no member dimension);
        `device` cpu, cuda, cuda:N or auto; `record` optional variables (see `optional`);
        `warm_up` time to run before t=0; `out` a path ending in .nc or .zarr to stream to;
        `resume` go on with an unfinished file, or extend a finished one to a later `t_end`;
        `overwrite` replace an existing file; `progress` show a bar (None: only on a terminal);
        `threads` number of CPU threads (None: all).

        Raises ParameterError before the first step for what cannot work, FileExistsError for an existing
        `out`, RunError for a run that cannot go on; what was computed until then is in the file.
        """
        from ergodica.sims.loop import run

        arguments: dict[str, Any] = {
            "t_end": t_end,
            "snapshots": snapshots,
            "periods": periods,
            "points_per_period": points_per_period,
            "seed": seed,
            "members": members,
            "device": device,
            "record": record,
            "warm_up": warm_up,
        }
        asked = run_arguments(self, **arguments)
        return run(
            self, asked, out=out, resume=resume, overwrite=overwrite, progress=progress, threads=threads
        )
