"""A run before its first step: everything checked, sized and written down."""

from __future__ import annotations

import functools
import hashlib
import math
from typing import TYPE_CHECKING, Any

import numpy as np

import ergodica
from ergodica.numerics.arrays import CPU, resolve_device
from ergodica.numerics.errors import ParameterError, nearest
from ergodica.numerics.threads import check_threads
from ergodica.sims import costs
from ergodica.sims.sampling import SPACING_TOLERANCE, RunArguments
from ergodica.sims.simulation import Draw, Simulation, State

if TYPE_CHECKING:
    import xarray as xr

BLOCK_BYTES = 4 << 20  # large enough for the disk to stream, small enough to hold many in memory
MAX_BLOCK_FRAMES = 16384  # small frames wait as objects of some 1 kB each where they are taken singly


class Plan:
    """A system and the run asked of it, with its header, its stepper and its costs."""

    def __init__(self, simulation: Simulation, asked: RunArguments, threads: int | None) -> None:
        self.simulation = simulation
        self.asked = asked
        self.threads = threads
        self.members = asked.members or 1
        check_threads(threads)
        self._check_members()
        simulation.check_run(asked)
        for name in asked.record:
            if name not in simulation.optional:
                raise ParameterError(
                    f"record: {simulation.name} has no optional variable {name!r}; "
                    f"{nearest(name, simulation.optional)}"
                )
        found = resolve_device(asked.device)
        self.device = CPU if asked.device == "auto" and found.kind not in simulation.runs_on else found
        if self.device.kind not in simulation.runs_on:
            raise ParameterError(
                f"device: {simulation.name} runs on {', '.join(simulation.runs_on)}, got {asked.device!r}; "
                f"use device={simulation.runs_on[0]!r}"
            )
        self.variables = simulation.variables(asked.record)
        self.stored = tuple(v.name for v in self.variables)
        costs.refuse_more_than_memory(self, whole=False)

    def _check_members(self) -> None:
        for name, count in self.simulation.member_counts().items():
            if count != self.asked.members:
                raise ParameterError(
                    f"members: must equal the {count} values of {name}, got {self.asked.members}; "
                    f"use members={count}"
                )

    @functools.cached_property
    def stepper(self) -> Any:
        """The scheme for this spacing, compiled on first use."""
        return self.simulation.stepper(
            self.asked.spacing, draws=self.draws(), device=self.device, threads=self.threads
        )

    @property
    def warm_up_steps(self) -> int:
        """Fixed steps before t=0; none for an adaptive scheme, which goes there in one step of its own."""
        if self.stepper.dt is None:
            return 0
        intervals = self.asked.warm_up / self.asked.spacing
        return math.ceil(intervals * self.stepper.steps_per_snapshot * (1 - SPACING_TOLERANCE))

    def warm_up_adaptively(self, state: State) -> None:
        """Set the clock to where the warm-up begins, and bring an adaptive scheme to t=0."""
        if not self.asked.warm_up:
            return
        dt = self.stepper.dt
        length = self.asked.warm_up if dt is None else self.warm_up_steps * dt
        self.simulation.set_back(state, self.stepper, length)
        if dt is None:
            stepper = self.simulation.stepper(
                self.asked.warm_up, draws=self.draws(), device=self.device, threads=self.threads
            )
            stepper.advance(state, -1, 1)

    def draws(self) -> list[Draw]:
        """The random stream of each member."""
        return list(self._draws)

    @functools.cached_property
    def _draws(self) -> tuple[Draw, ...]:
        return tuple(Draw(seed=self.asked.seed, member=j) for j in range(self.members))

    @functools.cached_property
    def frame_bytes(self) -> int:
        """Bytes of one snapshot."""
        simulation = self.simulation
        coordinates = simulation.coordinates(self.asked.record)
        return costs.frame_bytes(self.variables, coordinates, simulation.static(), self.members)

    @property
    def total_bytes(self) -> int:
        """Bytes of all snapshots."""
        return self.frame_bytes * self.asked.snapshots

    @functools.cached_property
    def block_frames(self) -> int:
        """Snapshots that are written together."""
        return max(1, min(MAX_BLOCK_FRAMES, BLOCK_BYTES // self.frame_bytes))

    def config(self) -> dict[str, Any]:
        """What the file says about the run; enough to repeat it."""
        simulation = self.simulation
        digests = {
            name: hashlib.sha256(np.ascontiguousarray(a).tobytes()).hexdigest()[:16]
            for name, a in simulation.arrays().items()
        }
        return {
            "system": simulation.name,
            "version": ergodica.__version__,
            "parameters": simulation.config(),
            "digests": digests,
            "run": self.asked.model_dump(mode="json"),
            "step": {"dt": self.stepper.dt, "steps_per_snapshot": self.stepper.steps_per_snapshot},
            "device": str(self.device),
            "conserved": list(simulation.conserved),
        }

    @functools.cached_property
    def header(self) -> xr.Dataset:
        """The dataset with zero frames that is written before the first step."""
        from ergodica.data.provenance import make_attrs
        from ergodica.data.schema import Coordinate, header

        simulation = self.simulation
        time = Coordinate(
            name="t",
            dims=("t",),
            values=np.empty(0),
            units=simulation.time_units,
            long_name=simulation.time_name,
        )
        per_member = tuple(
            Coordinate(
                name=name,
                dims=("member",),
                values=np.asarray(values, float),
                units="1",
                long_name=f"{name} of each member",
            )
            for name, values in simulation.member_parameters().items()
        )
        attrs = make_attrs(title=simulation.subject, references=simulation.sources, config=self.config())
        made = header(
            self.variables,
            (time, *simulation.coordinates(self.asked.record)),
            attrs,
            members=self.asked.members,
            static=simulation.static(),
            member_coordinates=per_member,
        )
        for name, scale in simulation.scales(self.draws()).items():
            if name in made and np.isfinite(scale).all():
                made[name].attrs["ergodica_scale"] = float(np.mean(scale))
        return made
