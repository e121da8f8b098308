"""Schools of Couzin's zones model."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from pydantic import Field, model_validator

from ergodica.data.schema import Coordinate, Variable
from ergodica.numerics.errors import ParameterError, nearest
from ergodica.numerics.geometry import Box
from ergodica.sims.couzin_presets import PRESETS
from ergodica.sims.parameters import PerMember
from ergodica.sims.particles import placement, region
from ergodica.sims.registry import register
from ergodica.sims.sampling import numbered_steps
from ergodica.sims.simulation import Draw, Preset, Simulation, State, Stepper
from ergodica.sims.zones.arrays import checked_speeds, checked_start, checked_zones, restored, start_of
from ergodica.sims.zones.members import members_of

if TYPE_CHECKING:
    import xarray as xr

    from ergodica.numerics.arrays import Device

STARTS = ("sphere", "box")
PURSUITS = ("nearest", "centre")


@register
class Couzin(Simulation):
    """A school of individuals that repel, align with and attract each other in zones, in the plane or in space.

    Each individual at c_i with heading v_i (a unit vector) sees the others in three zones around it:

        repulsion    |c_j - c_i| <= r_r         d = -sum (c_j - c_i)/|c_j - c_i|; before all else
        orientation  to r_o = r_r + width       d_o = sum v_j
        attraction   to r_a = r_o + width       d_a = sum (c_j - c_i)/|c_j - c_i|;  d = (d_o + d_a)/2

    A blind volume behind it hides those in the outer two zones, never those in the zone of repulsion. Without
    anybody, or with a sum of zero, d = v_i. The direction d is turned by a normal angle (radians, wrapped on the
    circle) about a random axis perpendicular to it; the heading then rotates towards it by at most turning_rate * dt,
    also when it lies straight behind. All individuals are moved at once, by speed * dt along the new headings.

    An informed individual wants d/|d| + preference * g instead of d while nobody is in its zone of repulsion.

    A predator at x turns by at most its own rate towards the nearest individual within its sight, or towards the centre
    of all within it, and swims on where it sees none; it has no noise and catches nobody. Individuals within
    flight_radius of predators want d = -sum (x - c_i)/|x - c_i|, before all else; the blind volume hides no predator.

    Lengths are in the unit of the zones, times in seconds, angles of the turn and the view in degrees.

    Good values: the presets, and dt=0.1 as in the paper: with noise, dt is part of the model, because the turn within
    a step is limited after the noise.

    Source: Couzin, Krause, James, Ruxton and Franks 2002, J. theor. Biol. 218, 1, equations 1 to 3; informed
    individuals: Couzin, Krause, Franks and Levin 2005, Nature 433, 513, equation 3; a predator that attacks the centre
    of a flock: Lee, Pak and Chon 2006, J. theor. Biol. 240, 250.
    """

    name = "couzin"
    title = "Couzin's zones model of a school"
    equation = (
        r"d_i = -\sum_{r_{ij} \le r_r} \hat r_{ij}, \text{ else } \tfrac12\left(\sum_{r_{ij} \le r_o} v_j "
        r"+ \sum_{r_{ij} \le r_a} \hat r_{ij}\right)"
    )
    references = (
        "Couzin, Krause, James, Ruxton and Franks 2002, J. theor. Biol. 218, 1; "
        "Couzin, Krause, Franks and Levin 2005, Nature 433, 513; Lee, Pak and Chon 2006, J. theor. Biol. 240, 250"
    )
    presets: ClassVar[Mapping[str, Preset]] = PRESETS
    default_preset = "torus"
    devices = ("cpu", "cuda")
    symmetries = ("translation", "rotation", "permutation")
    optional: ClassVar[Mapping[str, str]] = {
        "unwrapped": "positions that go on across the borders of a periodic box"
    }
    time_units = "s"
    from_file = ("initial", "predator_initial", "speeds", "zones")

    particles: int = Field(100, ge=1, le=10_000_000, description="number of individuals")
    dimensions: int = Field(3, ge=2, le=3, description="2 for the plane, 3 for space")
    box: float | None = Field(
        None, gt=0, description="length of a periodic square or cube; none for open space"
    )
    repulsion_radius: PerMember = Field(1.0, gt=0, le=1e9, description="r_r, radius of the zone of repulsion")
    orientation_width: PerMember = Field(
        2.5, ge=0, le=1e9, description="width of the zone of orientation, from r_r to r_o"
    )
    attraction_width: PerMember = Field(
        14.0, ge=0, le=1e9, description="width of the zone of attraction, from r_o to r_a"
    )
    field_of_view: PerMember = Field(
        270.0,
        gt=0,
        le=360,
        description="angle of the cone around the heading that is seen; the rest is blind",
        json_schema_extra={"units": "degree"},
    )
    speed: PerMember = Field(
        3.0, ge=0, le=1e9, description="speed of an individual", json_schema_extra={"units": "s-1"}
    )
    turning_rate: PerMember = Field(
        40.0,
        gt=0,
        le=1e9,
        description="largest angle that a heading turns in a second",
        json_schema_extra={"units": "degree s-1"},
    )
    noise: PerMember = Field(
        0.05,
        ge=0,
        le=1e3,
        description="standard deviation of the angle error that gathers within `noise_time`",
        json_schema_extra={"units": "radian"},
    )
    noise_time: float = Field(
        0.1,
        gt=0,
        description="time of `noise`: in a step of dt the standard deviation is noise sqrt(dt/noise_time)",
        json_schema_extra={"units": "s"},
    )
    speed_deviation: PerMember = Field(
        0.0, ge=0, le=1e9, description="standard deviation of the speed between individuals, cut at 0"
    )
    zone_deviation: PerMember = Field(
        0.0,
        ge=0,
        lt=1,
        description="standard deviation between individuals of the radius and the widths, as a part of each, "
        "cut at 0 and at three deviations",
    )
    speeds: Any = Field(
        None,
        description="from Python, the speed of each individual: an array (particles,), in place of speed",
    )
    zones: Any = Field(
        None,
        description="from Python, the outer radii r_r, r_o and r_a of each individual: an array (particles, 3), in "
        "place of the radius and the widths",
    )
    informed: PerMember = Field(
        0.0, ge=0, le=1, description="share of the individuals, the first ones, that prefer a direction"
    )
    preference: PerMember = Field(
        0.5, ge=0, le=1e9, description="weight of the preferred direction against the social one"
    )
    preferred_direction: tuple[float, ...] = Field(
        (1.0, 0.0, 0.0), description="direction that the informed ones prefer; its length has no meaning"
    )
    predators: int = Field(0, ge=0, le=1000, description="number of predators")
    pursuit: str = Field(
        "nearest",
        description="nearest: a predator turns towards the nearest that it sees; centre: towards the centre of all "
        "that it sees",
    )
    sight: PerMember = Field(
        50.0, ge=0, le=1e9, description="distance within which a predator sees individuals"
    )
    predator_speed: PerMember = Field(
        6.0, ge=0, le=1e9, description="speed of a predator", json_schema_extra={"units": "s-1"}
    )
    predator_turning_rate: PerMember = Field(
        40.0,
        gt=0,
        le=1e9,
        description="largest angle that a predator turns in a second",
        json_schema_extra={"units": "degree s-1"},
    )
    flight_radius: PerMember = Field(
        5.0,
        ge=0,
        le=1e9,
        description="distance within which individuals flee from a predator, before all else",
    )
    predator_initial: Any = Field(
        "outside",
        description="outside: the flight radius beyond the individual farthest from the centroid, at random "
        "directions, heading to the centroid; from Python an array (predators, 2, dimensions) of positions and "
        "headings, or a snapshot",
    )
    initial: Any = Field(
        "sphere",
        description="sphere: evenly in a ball, box: evenly in the periodic box, both with random headings; from Python "
        "an array (particles, 2, dimensions) of positions and headings, or a snapshot",
    )
    initial_spacing: float = Field(
        2.0,
        gt=0,
        le=1e9,
        description="cube root of the volume of the ball for each individual (square root in the plane)",
    )
    dt: float = Field(
        0.1,
        gt=0,
        description="largest time step; the one used divides the snapshots",
        json_schema_extra={"units": "s"},
    )

    @model_validator(mode="after")
    def _resolve(self) -> Couzin:
        if self.pursuit not in PURSUITS:
            raise ParameterError(f"pursuit: {self.pursuit!r} is not known; {nearest(self.pursuit, PURSUITS)}")
        self._check_individuals()
        for one in members_of(self, min((len(v) for _, v in self.per_member()), default=1)):
            name = "attraction_width" if self.zones is None else "zones"
            region.check_range(name, one.largest_radius, self.region)
            if self.predators:
                region.check_range("flight_radius", one.flight_radius, self.region)
        direction = np.array(self.preferred_direction[: self.dimensions])
        if len(self.preferred_direction) < self.dimensions or not np.linalg.norm(direction) > 1e-9:
            raise ParameterError(
                f"preferred_direction: must be a vector of {self.dimensions} components that is not zero, got "
                f"{self.preferred_direction}; use 1,0,0"
            )
        object.__setattr__(self, "initial", self._checked_initial(self.initial))
        object.__setattr__(self, "predator_initial", self._checked_predators(self.predator_initial))
        return self

    def _check_individuals(self) -> None:
        given = {"speeds": (checked_speeds, "speed_deviation"), "zones": (checked_zones, "zone_deviation")}
        for name, (check, deviation) in given.items():
            if getattr(self, name) is None:
                continue
            object.__setattr__(self, name, check(getattr(self, name), self.particles))
            spread = getattr(self, deviation)
            if max(spread if isinstance(spread, tuple) else (spread,)) > 0:
                raise ParameterError(
                    f"{deviation}: must be 0 where {name} are given, got {spread}; leave one of them out"
                )

    def _checked_initial(self, value: Any) -> Any:
        if isinstance(value, str):
            if value == "from-file":
                raise ParameterError("initial: 'from-file' needs its file; use sims.from_dataset(ds)")
            if value not in STARTS:
                raise ParameterError(f"initial: {value!r} is not known; {nearest(value, STARTS)}")
            if value == "box" and self.box is None:
                raise ParameterError(
                    "initial: 'box' needs a periodic box, got open space; use initial='sphere' or give box"
                )
            diameter = 2 * self.start_radius
            if value == "sphere" and self.box is not None and diameter > self.box:
                raise ParameterError(
                    f"initial: the sphere must fit into the box, got a diameter of {diameter:g} in {self.box:g}; use "
                    "initial='box' or a smaller initial_spacing"
                )
            return value
        if hasattr(value, "data_vars"):
            value = self.state_of(value)
        return checked_start("initial", value, self.particles, self.dimensions, "particle")

    def _checked_predators(self, value: Any) -> Any:
        if isinstance(value, str):
            if value == "from-file":
                raise ParameterError(
                    "predator_initial: 'from-file' needs its file; use sims.from_dataset(ds)"
                )
            if value != "outside":
                raise ParameterError(
                    f"predator_initial: {value!r} is not known; {nearest(value, ('outside',))}"
                )
            return value
        if not self.predators:
            raise ParameterError("predator_initial: is for predators, got none of them; give predators")
        if hasattr(value, "data_vars"):
            value = start_of("predator_initial", value, "predator_", "predator")
        return checked_start("predator_initial", value, self.predators, self.dimensions, "predator")

    def state_of(self, snapshot: xr.Dataset) -> np.ndarray:
        """Positions and headings of one snapshot, (particles, 2, space), with or without members before."""
        return start_of("initial", snapshot, "", "particle")

    @classmethod
    def restore(cls, name: str, ds: xr.Dataset) -> np.ndarray:
        return restored(name, ds)

    # What the run loop asks

    @functools.cached_property
    def region(self) -> Box:
        """Open space or the periodic box."""
        return region.region(self.box, self.dimensions)

    @property
    def start_radius(self) -> float:
        """Radius of the ball that the school starts in."""
        return placement.ball_radius(self.particles, self.dimensions, self.initial_spacing)

    def member_counts(self) -> dict[str, int]:
        counts = super().member_counts()
        alone = {"initial": 3, "predator_initial": 3, "speeds": 1, "zones": 2}
        arrays = self.arrays()
        return counts | {name: len(arrays[name]) for name in arrays if arrays[name].ndim > alone[name]}

    def coordinates(self, record: Sequence[str]) -> tuple[Coordinate, ...]:
        found = region.particle_coordinates(self.particles, self.dimensions)
        for name, count, words in (
            ("predator", self.predators, "number of the predator"),
            ("zone", 3 * (self.zones is not None), "zone: repulsion, orientation, attraction"),
        ):
            if count:
                axis = Coordinate(
                    name=name, dims=(name,), values=np.arange(count), units="1", long_name=words
                )
                found = (*found, axis)
        return found

    def variables(self, record: Sequence[str]) -> tuple[Variable, ...]:
        stored = [
            region.particle_variable("position", "position"),
            region.particle_variable("heading", "heading, a unit vector"),
        ]
        if self.predators:
            # not drawn for themselves: pictures of agents are those of the individuals
            dims, kind = ("t", "predator", "space"), "parameter"
            stored += [
                Variable(
                    name=f"predator_{name}",
                    dims=dims,
                    units="1",
                    long_name=f"{name} of a predator",
                    kind=kind,
                )
                for name in ("position", "heading")
            ]
        if "unwrapped" in record:
            stored.append(region.particle_variable("unwrapped", "position across periodic borders"))
        return tuple(stored)

    def static(self) -> dict[str, tuple[Variable, np.ndarray]]:
        found = region.box_variable(self.region)
        for name, dims, units, words in (
            ("speeds", ("particle",), "s-1", "speed of each individual"),
            ("zones", ("particle", "zone"), "1", "outer radius of each zone"),
        ):
            array = getattr(self, name)
            if array is not None:
                held = dims if array.ndim == len(dims) else ("member", *dims)
                declared = Variable(name=name, dims=held, units=units, long_name=words, kind="parameter")
                found[name] = declared, array
        return found

    def initial_state(self, draws: Sequence[Draw]) -> State:
        n, d = self.particles, self.dimensions
        position = np.empty((len(draws), n, d))
        heading = np.zeros((len(draws), n, 3))
        for j, draw in enumerate(draws):
            if isinstance(self.initial, str):
                position[j] = self._places(draw)
                heading[j, :, :d] = placement.directions(draw, n, d)
            else:
                one = self.initial[j] if self.initial.ndim == 4 else self.initial
                position[j], heading[j, :, :d] = one[:, 0], one[:, 1]
        crossings = np.zeros(position.shape, np.int64)
        if self.box is not None:
            inside = self.region.wrap(position)
            crossings += np.rint((position - inside) / self.box).astype(np.int64)
            position = inside
        state = {"position": position, "crossings": crossings, "heading": heading}
        return state | self._predators(draws, position) if self.predators else state

    def _places(self, draw: Draw) -> np.ndarray:
        if self.initial == "box":
            return placement.in_box(draw, self.particles, np.array(self.region.lengths))
        middle = 0.0 if self.box is None else self.box / 2
        return middle + placement.in_ball(draw, self.particles, self.dimensions, self.start_radius)

    def _predators(self, draws: Sequence[Draw], school: np.ndarray) -> State:
        d = self.dimensions
        position = np.empty((len(draws), self.predators, d))
        heading = np.zeros((len(draws), self.predators, 3))
        for j, (one, draw) in enumerate(zip(members_of(self, len(draws)), draws, strict=True)):
            if isinstance(self.predator_initial, str):
                position[j], heading[j, :, :d] = one.predators_outside(draw, school[j])
            else:
                start = self.predator_initial
                start = start[j] if start.ndim == 4 else start
                position[j], heading[j, :, :d] = self.region.wrap(start[:, 0]), start[:, 1]
        return {"predator_position": position, "predator_heading": heading}

    def stepper(
        self, spacing: float, *, draws: Sequence[Draw], device: Device, threads: int | None
    ) -> Stepper:
        steps, dt = numbered_steps(spacing, self.dt)
        sets = members_of(self, len(draws))
        common: dict[str, Any] = {
            "box": self.region,
            "rules": [one.rule(dt) for one in sets],
            "traits": [one.traits(draw) for one, draw in zip(sets, draws, strict=True)],
            "hunts": [one.hunt(dt) for one in sets],
            "dt": dt,
            "steps_per_snapshot": steps,
            "seed": draws[0].seed,
            "streams": [draw.member for draw in draws],
        }
        if device.kind == "cuda":
            from ergodica.sims.zones.cuda import CouzinOnCuda

            return CouzinOnCuda(device=device, **common)
        from ergodica.sims.zones.stepping import CouzinSteps

        return CouzinSteps(threads=threads, **common)

    def observe(self, state: State, record: Sequence[str]) -> dict[str, np.ndarray]:
        d = self.dimensions
        values = {"position": state["position"].copy(), "heading": state["heading"][..., :d].copy()}
        if self.predators:
            values["predator_position"] = state["predator_position"].copy()
            values["predator_heading"] = state["predator_heading"][..., :d].copy()
        if "unwrapped" in record:
            length = 0.0 if self.box is None else self.box
            values["unwrapped"] = state["position"] + length * state["crossings"]
        return values
