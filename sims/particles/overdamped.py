"""What all overdamped particles share: their fields, datasets, starts, and checks."""

from __future__ import annotations

import functools
import math
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from pydantic import Field, field_serializer, field_validator, model_validator

from ergodica.data.schema import Coordinate, Variable
from ergodica.numerics.errors import ParameterError, nearest
from ergodica.numerics.geometry import Box
from ergodica.sims.parameters import OneMember, PerMember
from ergodica.sims.particles import own_force, region, snapshots, starts
from ergodica.sims.particles.pair_force import PairForce, named
from ergodica.sims.particles.skins import skin_for
from ergodica.sims.particles.step_limit import stiffest
from ergodica.sims.sampling import numbered_steps
from ergodica.sims.simulation import Draw, Simulation, State, Stepper

if TYPE_CHECKING:
    import xarray as xr

    from ergodica.numerics.arrays import Device
    from ergodica.sims.particles.stepping import Numbers

STARTS = ("random", "lattice", "clustered")
DENSEST = {1: 1.0, 2: math.pi / math.sqrt(12), 3: math.pi / math.sqrt(18)}
"""Packing fractions of the densest packings of hard particles."""
SOFTEST = 8.0  # packing fraction up to which soft particles may be squeezed
HARD_OVERLAP = 0.8  # of a diameter: closer than that a hard force throws particles out of the box
PUSHES = 4.0  # times what drives a particle that a hard contact carries, in a crowd


class Overdamped(Simulation):
    """Particles without inertia: base of the self-propelled ones, not a system of its own.

    A subclass gives `rule`, `own`, `propulsion_name`, `propulsion_numbers`, `initial_propulsion` and its fields.
    """

    rule: ClassVar[str]
    """Name of the kernel in `ergodica.sims.particles.propulsion`; one for each dimension where they differ."""
    propulsion_name: ClassVar[str | None] = None
    propulsion_says: ClassVar[str] = ""
    directed: ClassVar[bool] = True
    """Whether the propulsion is a unit vector."""
    optional: ClassVar[Mapping[str, str]] = {
        "unwrapped": "positions that go on across the borders of a periodic box",
        "force": "sum of the pair forces on each particle",
        "drift": "deterministic velocity: propulsion, pair forces and trap",
        "drift_divergence": "divergence of the drift by the position of each particle, of dimension 1/time",
    }
    devices = ("cpu", "cuda")
    from_file = ("initial",)
    symmetries = ("translation", "rotation", "permutation")

    particles: int = Field(1024, ge=1, le=10_000_000, description="number of particles")
    dimensions: int = Field(2, ge=1, le=3, description="1 for a line, 2 for the plane, 3 for space")
    box: float | None = Field(
        None,
        gt=0,
        le=1e9,
        description="length of a periodic box; in its place a packing_fraction, or open space",
    )
    packing_fraction: float | None = Field(
        None,
        gt=0,
        description="phi, the particles' volume over that of the periodic box: sets the box in place of a length",
    )
    radius: float = Field(0.5, gt=0, le=1e6, description="a, radius of a particle: forces begin at about 2a")
    pair_force: str = Field(
        "harmonic", description="force between particles: harmonic, softplus, wca or none"
    )
    function: Any = Field(
        None,
        description="from Python: a pair force of your own, a sims.PairFunction, in place of a force by name",
    )
    stiffness: PerMember = Field(100.0, ge=0, le=1e9, description="k of the pair force; for wca its energy")
    softness: float = Field(
        7.5, gt=0, le=1e6, description="beta of the softplus force: it reaches some 1/beta beyond a contact"
    )
    trap: PerMember = Field(
        0.0, ge=0, le=1e6, description="A of a harmonic trap around the origin of open space"
    )
    temperature: PerMember = Field(
        0.0, ge=0, le=1e6, description="eps, diffusion of position: noise sqrt(2 eps) dW; the mobility is 1"
    )
    scheme: Literal["euler", "heun"] = Field(
        "euler",
        description="euler: Euler-Maruyama, weak order 1; heun: weak order 2 with two forces a step; both turn the "
        "propulsion exactly",
    )
    initial: Any = Field(
        "random",
        description="random: evenly, then pushed apart, lattice: triangular or cubic, clustered: close packed in the "
        "middle; from Python an array of positions and propulsion (particles, 2, dimensions), or a snapshot",
    )
    dt: float = Field(1e-3, gt=0, description="largest time step; the one used divides the snapshots")

    # What a propulsion says of itself

    @abstractmethod
    def propulsion_numbers(self, values: Any, dt: float) -> tuple[float, float]:
        """The two numbers of the propulsion's rule for a step."""

    @abstractmethod
    def initial_propulsion(self, draw: Draw) -> np.ndarray:
        """The propulsion at the start, `(particles, dimensions)`."""

    @property
    @abstractmethod
    def own(self) -> int:
        """How many normals a particle's propulsion takes in a step."""

    def drive(self, values: Any) -> float:
        """The speed of a free particle, all but noise."""
        return float(values.speed) if "speed" in type(self).model_fields else 0.0

    def table(self, values: Any, dt: float) -> np.ndarray:
        """What the rule has tabulated for a step."""
        return np.zeros(2)

    def rule_name(self) -> str:
        """The kernel of the propulsion in these dimensions."""
        return self.rule

    def diffusions(self, values: Any) -> dict[str, tuple[str, float]]:
        """Diffusion coefficients and rates that the dataset names: what each is, and its value."""
        return {
            "position_diffusion": ("diffusion coefficient of each component of position", values.temperature)
        }

    # Checks

    @field_validator("pair_force")
    @classmethod
    def _known_force(cls, value: str) -> str:
        if value != own_force.NAME:
            named(value)
        return value

    @field_validator("function", mode="before")
    @classmethod
    def _known_function(cls, value: Any) -> Any:
        return own_force.given(value)

    @field_serializer("function")
    def _named_function(self, value: Any) -> Any:
        return None if value is None else value.as_plain()

    @model_validator(mode="after")
    def _resolve(self) -> Overdamped:
        if self.function is not None:
            fields = type(self).model_fields
            own_force.check_alone(
                {name: getattr(self, name) for name in self.model_fields_set},
                {name: fields[name].default for name in fields},
            )
            object.__setattr__(self, "pair_force", own_force.NAME)
        elif self.pair_force == own_force.NAME:
            raise ParameterError(
                "pair_force: 'own' needs function, got none; use function=sims.PairFunction(...)"
            )
        self._check_region()
        for values in self.per_member_sets():
            if self.pair is not None:
                region.check_range("pair_force", self.pair.reach(values.pair), self.region)
            limit = self.largest_dt(values)
            if self.dt > limit:
                raise ParameterError(
                    f"dt: must be at most {limit:.3g} for the stiffness of force and trap, got {self.dt:g}; use a "
                    "smaller dt or stiffness"
                )
        object.__setattr__(self, "initial", self._checked_initial(self.initial))
        return self

    def _check_region(self) -> None:
        if self.box is not None and self.packing_fraction is not None:
            raise ParameterError(
                "packing_fraction: must not be given beside box, got both; leave one out, or where a preset gives it "
                "use packing_fraction=None, in the shell --packing-fraction none"
            )
        length = self.box_length
        if length is None:
            return
        trap = max(self.trap) if isinstance(self.trap, tuple) else self.trap
        if trap > 0:
            raise ParameterError(
                f"trap: must be 0 in a periodic box, got {trap:g}; leave box and packing_fraction out"
            )
        if self.pair is None:
            return
        phi = self.particles * starts.volume(self.radius, self.dimensions) / length**self.dimensions
        most = DENSEST[self.dimensions] if self.pair.hard else SOFTEST
        if phi > most:
            name = "box" if self.packing_fraction is None else "packing_fraction"
            raise ParameterError(
                f"{name}: the particles must fit, at most {most:.4g} of the box, got a packing fraction of {phi:.4g}; "
                "use fewer or smaller particles, or a larger box"
            )

    def largest_dt(self, values: Any) -> float:
        """The step from which on the stiffest crowd of contacts, or the trap, is unstable."""
        curvature = values.trap
        if self.pair is not None:
            load = PUSHES * (self.drive(values) + values.temperature / self.radius)
            curvature += stiffest(
                self.pair,
                values.pair,
                dimensions=self.dimensions,
                density=None if self.box_length is None else self.particles / self.region.volume,
                count=self.particles,
                trap=values.trap,
                load=load,
                temperature=values.temperature,
                closest=2 * self.radius * HARD_OVERLAP,
            )
        return 2.0 / curvature if curvature > 0 else math.inf

    def _checked_initial(self, value: Any) -> Any:
        if isinstance(value, str):
            if value == "from-file":
                raise ParameterError("initial: 'from-file' needs its file; use sims.from_dataset(ds)")
            if value not in STARTS:
                raise ParameterError(f"initial: {value!r} is not known; {nearest(value, STARTS)}")
            if value == "clustered":
                starts.clustered(self.particles, self.radius, self.region)
            return value
        if hasattr(value, "data_vars"):
            value = self.state_of(value)
        shape: tuple[int, ...] = (self.particles, self.dimensions)
        if self.propulsion_name is not None:
            shape = (self.particles, 2, self.dimensions)
        array = region.checked_vectors("initial", value, shape)
        if self.propulsion_name is not None and self.directed:
            region.check_units("initial", array[..., 1, :])
        if self.pair is not None and self.pair.hard:
            for one in array.reshape(-1, *shape):
                self._check_overlaps(one[:, 0] if one.ndim == 3 else one)
        return array

    def _check_overlaps(self, places: np.ndarray) -> None:
        least = HARD_OVERLAP * 2 * self.radius
        distance, i, j = starts.closest(places, 2 * self.radius, self.region)
        if distance < least:
            raise ParameterError(
                f"initial: particles must lie at least {least:g} apart for {self.pair_force}, got {distance:g} "
                f"between {i} and {j}; move them apart, use initial='lattice' or a smaller packing_fraction"
            )

    # What the run loop asks

    @functools.cached_property
    def pair(self) -> PairForce | None:
        """The pair force."""
        return named(self.pair_force) if self.function is None else self.function.force

    @property
    def box_length(self) -> float | None:
        """Length of the periodic box; None in open space."""
        if self.packing_fraction is not None:
            return starts.box_length(self.particles, self.radius, self.dimensions, self.packing_fraction)
        return self.box

    @functools.cached_property
    def region(self) -> Box:
        """Open space or the periodic box."""
        return region.region(self.box_length, self.dimensions)

    def per_member_sets(self) -> list[Any]:
        """The numbers of each member where parameters differ, else those of all."""
        counts = {len(v) for _, v in self.per_member()}
        return [MemberValues(self, j) for j in range(min(counts, default=1))]

    def member_counts(self) -> dict[str, int]:
        counts = super().member_counts()
        single = 2 if self.propulsion_name is None else 3
        if isinstance(self.initial, np.ndarray) and self.initial.ndim > single:
            counts["initial"] = len(self.initial)
        return counts

    def coordinates(self, record: Sequence[str]) -> tuple[Coordinate, ...]:
        return region.particle_coordinates(self.particles, self.dimensions)

    def variables(self, record: Sequence[str]) -> tuple[Variable, ...]:
        stored = [region.particle_variable("position", "position")]
        if self.propulsion_name is not None:
            stored.append(region.particle_variable(self.propulsion_name, self.propulsion_says))
        said = {
            "unwrapped": "position across periodic borders",
            "force": self.optional["force"],
            "drift": self.optional["drift"],
        }
        stored += [region.particle_variable(name, said[name]) for name in said if name in record]
        if "drift_divergence" in record:
            stored.append(region.particle_number("drift_divergence", self.optional["drift_divergence"]))
        return tuple(stored)

    def static(self) -> dict[str, tuple[Variable, np.ndarray]]:
        held = region.box_variable(self.region)
        sets = self.per_member_sets()
        each = [self.diffusions(values) for values in sets]
        for name, (says, _) in each[0].items():
            values = np.array([one[name][1] for one in each], dtype=np.float64)
            dims = ("member",) if len(each) > 1 else ()
            declared = Variable(name=name, dims=dims, units="1", long_name=says, kind="parameter")
            held[name] = (declared, values if dims else values[0])
        radius = Variable(
            name="radius", dims=(), units="1", long_name="radius of a particle", kind="parameter"
        )
        return {**held, "radius": (radius, np.array(self.radius))}

    def initial_state(self, draws: Sequence[Draw]) -> State:
        n, d, members = self.particles, self.dimensions, len(draws)
        position, propulsion = np.empty((members, n, d)), np.zeros((members, n, d))
        single = 2 if self.propulsion_name is None else 3
        for j, draw in enumerate(draws):
            if isinstance(self.initial, str):
                position[j] = self._places(draw)
                propulsion[j] = self.initial_propulsion(draw)
                continue
            one = self.initial[j] if self.initial.ndim > single else self.initial
            position[j], propulsion[j] = (one[:, 0], one[:, 1]) if single == 3 else (one, 0.0)
        crossings = np.zeros(position.shape, np.int64)
        length = self.box_length
        if length is not None:
            inside = self.region.wrap(position)
            crossings += np.rint((position - inside) / length).astype(np.int64)
            position = inside
        return {
            "position": position,
            "crossings": crossings,
            "propulsion": propulsion,
            "order": np.tile(np.arange(n, dtype=np.int32), (members, 1)),
            "listed": np.full(position.shape, np.nan),
        }

    def _places(self, draw: Draw) -> np.ndarray:
        if self.initial == "random" and self.pair is None:
            places = starts.spread(draw, self.particles, self.radius, self.region)
        elif self.initial == "random":
            places = starts.random(draw, self.particles, self.radius, self.region)
        elif self.initial == "lattice":
            places = starts.lattice(self.particles, self.radius, self.region)
        else:
            places = starts.clustered(self.particles, self.radius, self.region)
        if self.pair is not None and self.pair.hard:
            self._check_overlaps(places)
        return places

    def numbers(self, values: Any, dt: float) -> Numbers:
        """What the steps of one member take."""
        from ergodica.sims.particles.stepping import Numbers

        pair = values.pair if self.pair is not None else (0.0, 0.0, 0.0)
        reach = self.pair.reach(pair) if self.pair is not None else 1.0
        skin = skin_for(
            reach,
            density=self.particles / self.region.volume if self.box_length is not None else 0.0,
            dimensions=self.dimensions,
            ballistic=2.0 * self.drive(values) * dt,
            diffusive=math.sqrt(2 * values.temperature * dt),
        )
        return Numbers(
            speed=float(values.speed) if "speed" in type(self).model_fields else 0.0,
            trap=values.trap,
            temperature=values.temperature,
            propulsion=self.propulsion_numbers(values, dt),
            table=self.table(values, dt),
            pair=pair,
            reach=reach,
            skin=min(skin, self.region.shortest / 2 - reach),
        )

    def stepper(
        self, spacing: float, *, draws: Sequence[Draw], device: Device, threads: int | None
    ) -> Stepper:
        steps, dt = numbered_steps(spacing, self.dt)
        given: dict[str, Any] = {
            "box": self.region,
            "count": self.particles,
            "rule": self.rule_name(),
            "own": self.own,
            "halved": self.scheme == "heun",
            "force": self.pair,
            "numbers": [self.numbers(MemberValues(self, j), dt) for j in range(len(draws))],
            "dt": dt,
            "steps_per_snapshot": steps,
            "seed": draws[0].seed,
            "streams": [draw.member for draw in draws],
        }
        if device.kind == "cuda":
            from ergodica.sims.particles.cuda_stepping import OverdampedOnCuda

            return OverdampedOnCuda(device=device, **given)
        from ergodica.sims.particles.stepping import OverdampedSteps

        return OverdampedSteps(threads=threads, **given)

    def observe(self, state: State, record: Sequence[str]) -> dict[str, np.ndarray]:
        length = self.box_length
        position = state["position"]
        values = {"position": position.copy() if length is None else self.region.wrap(position)}
        if self.propulsion_name is not None:
            values[self.propulsion_name] = state["propulsion"].copy()
        if "unwrapped" in record:
            values["unwrapped"] = position + (0.0 if length is None else length) * state["crossings"]
        if {"force", "drift", "drift_divergence"} & set(record):
            values |= self._drifts(values["position"], state["propulsion"])
        return values

    def _drifts(self, position: np.ndarray, propulsion: np.ndarray) -> dict[str, np.ndarray]:
        from ergodica.sims.particles.drifts import pair_drifts

        force, divergence = np.zeros_like(position), np.zeros(position.shape[:2])
        drift = np.empty_like(position)
        for j in range(len(position)):
            values = MemberValues(self, j)
            if self.pair is not None:
                force[j], divergence[j] = pair_drifts(self.pair, values.pair, position[j], self.region)
            speed = values.speed if "speed" in type(self).model_fields else 0.0
            drift[j] = speed * propulsion[j] + force[j] - values.trap * position[j]
            divergence[j] -= self.dimensions * values.trap
        return {"force": force, "drift": drift, "drift_divergence": divergence}

    # Snapshots

    def state_of(self, snapshot: xr.Dataset) -> np.ndarray:
        """Positions and propulsion of one snapshot, with or without members before."""
        return snapshots.of_one(snapshot, self.vector_names())

    @classmethod
    def restore(cls, name: str, ds: xr.Dataset) -> np.ndarray:
        return snapshots.of_start(ds, cls.vector_names())

    @classmethod
    def vector_names(cls) -> tuple[str, ...]:
        """The variables that a start consists of."""
        return ("position",) if cls.propulsion_name is None else ("position", cls.propulsion_name)


class MemberValues(OneMember):
    """The parameters of one member as plain numbers."""

    @property
    def pair(self) -> tuple[float, ...]:
        """The numbers of the pair force."""
        force = self.simulation.pair
        assert force is not None
        return force.numbers(self.stiffness, 2 * self.simulation.radius, self.simulation.softness)
