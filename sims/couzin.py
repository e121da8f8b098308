"""Schools of Couzin's zones model."""

from __future__ import annotations

import functools
import math
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
from ergodica.sims.sampling import fixed_steps
from ergodica.sims.simulation import Draw, Preset, Simulation, State, Stepper

if TYPE_CHECKING:
    import xarray as xr

    from ergodica.numerics.arrays import Device
    from ergodica.sims.couzin_kernel import Rule, Traits

STARTS = ("sphere", "box")
SPEEDS, ZONES = 3, 4  # steps of the stream of the initial state
MOST_STEPS = 2**47


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

    Lengths are in the unit of the zones, times in seconds, angles of the turn and the view in degrees.

    Good values: the presets, and dt=0.1 as in the paper: with noise, dt is part of the model, because the turn within
    a step is limited after the noise.

    Source: Couzin, Krause, James, Ruxton and Franks 2002, J. theor. Biol. 218, 1, equations 1 to 3; informed
    individuals: Couzin, Krause, Franks and Levin 2005, Nature 433, 513, equation 3.
    """

    name = "couzin"
    title = "Couzin's zones model of a school"
    equation = (
        r"d_i = -\sum_{r_{ij} \le r_r} \hat r_{ij}, \text{ else } \tfrac12\left(\sum_{r_{ij} \le r_o} v_j "
        r"+ \sum_{r_{ij} \le r_a} \hat r_{ij}\right)"
    )
    references = (
        "Couzin, Krause, James, Ruxton and Franks 2002, J. theor. Biol. 218, 1; "
        "Couzin, Krause, Franks and Levin 2005, Nature 433, 513"
    )
    presets: ClassVar[Mapping[str, Preset]] = PRESETS
    default_preset = "torus"
    symmetries = ("translation", "rotation", "permutation")
    optional: ClassVar[Mapping[str, str]] = {
        "unwrapped": "positions that go on across the borders of a periodic box"
    }
    time_units = "s"
    from_file = ("initial",)

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
    informed: PerMember = Field(
        0.0, ge=0, le=1, description="share of the individuals, the first ones, that prefer a direction"
    )
    preference: PerMember = Field(
        0.5, ge=0, le=1e9, description="weight of the preferred direction against the social one"
    )
    preferred_direction: tuple[float, ...] = Field(
        (1.0, 0.0, 0.0), description="direction that the informed ones prefer; its length has no meaning"
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
        values = self.per_member_sets()
        for one in values:
            region.check_range("attraction_width", one.largest_radius, self.region)
        direction = np.array(self.preferred_direction[: self.dimensions])
        if len(self.preferred_direction) < self.dimensions or not np.linalg.norm(direction) > 1e-9:
            raise ParameterError(
                f"preferred_direction: must be a vector of {self.dimensions} components that is not zero, got "
                f"{self.preferred_direction}; use 1,0,0"
            )
        object.__setattr__(self, "initial", self._checked_initial(self.initial))
        return self

    def per_member_sets(self) -> list[Any]:
        """The numbers of each member where parameters differ, else those of all."""
        counts = {len(v) for _, v in self.per_member()}
        return [_Numbers(self, j) for j in range(min(counts, default=1))]

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
        array = region.checked_vectors("initial", value, (self.particles, 2, self.dimensions))
        norms = np.linalg.norm(array[..., 1, :], axis=-1)
        if not np.abs(norms - 1).max() < 1e-6:
            bad = int(np.argmax(np.abs(norms - 1).reshape(-1, self.particles).max(axis=0)))
            raise ParameterError(
                f"initial: headings must be unit vectors, got a length of {norms[..., bad].ravel()[0]:g} for particle "
                f"{bad}; divide each by its length"
            )
        return array

    def state_of(self, snapshot: xr.Dataset) -> np.ndarray:
        """Positions and headings of one snapshot, (particles, 2, space), with or without members before."""
        if "position" not in snapshot or "heading" not in snapshot:
            raise ParameterError(
                "initial: must be a snapshot with position and heading, got a dataset without them; use ds.isel(t=-1)"
            )
        if "t" in snapshot["position"].dims:
            raise ParameterError(
                f"initial: must be one snapshot, got {snapshot.sizes['t']}; choose one with ds.isel(t=-1)"
            )
        order = [d for d in ("member", "particle", "space") if d in snapshot["position"].dims]
        parts = [np.asarray(snapshot[name].transpose(*order).values) for name in ("position", "heading")]
        return np.stack(parts, axis=-2)

    @classmethod
    def restore(cls, name: str, ds: xr.Dataset) -> np.ndarray:
        run = ds.ergodica.run_arguments
        if "t" not in ds.dims or ds.sizes["t"] == 0 or float(ds["t"][0]) != 0 or run["warm_up"]:
            raise ParameterError(
                "initial: is snapshot 0 of the file, got a dataset without it; open the whole file, or give initial"
            )
        first = ds.isel(t=0)
        both = np.stack([first["position"].values, first["heading"].values], axis=-2)
        return both[0] if both.ndim == 4 and (both == both[0]).all() else both

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
        if isinstance(self.initial, np.ndarray) and self.initial.ndim == 4:
            counts["initial"] = len(self.initial)
        return counts

    def coordinates(self, record: Sequence[str]) -> tuple[Coordinate, ...]:
        return region.particle_coordinates(self.particles, self.dimensions)

    def variables(self, record: Sequence[str]) -> tuple[Variable, ...]:
        stored = [
            region.particle_variable("position", "position"),
            region.particle_variable("heading", "heading, a unit vector"),
        ]
        if "unwrapped" in record:
            stored.append(region.particle_variable("unwrapped", "position across periodic borders"))
        return tuple(stored)

    def static(self) -> dict[str, tuple[Variable, np.ndarray]]:
        return region.box_variable(self.region)

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
        return {"position": position, "crossings": crossings, "heading": heading}

    def _places(self, draw: Draw) -> np.ndarray:
        if self.initial == "box":
            return placement.in_box(draw, self.particles, np.array(self.region.lengths))
        middle = 0.0 if self.box is None else self.box / 2
        return middle + placement.in_ball(draw, self.particles, self.dimensions, self.start_radius)

    def stepper(
        self, spacing: float, *, draws: Sequence[Draw], device: Device, threads: int | None
    ) -> Stepper:
        if spacing / self.dt > MOST_STEPS:
            raise ParameterError(
                f"dt: must leave at most {MOST_STEPS:g} steps between snapshots, got {self.dt:g}; use a larger dt"
            )
        from ergodica.sims.couzin_step import CouzinSteps

        steps, dt = fixed_steps(spacing, self.dt)
        sets = [_Numbers(self, j) for j in range(len(draws))]
        return CouzinSteps(
            box=self.region,
            rules=[one.rule(dt) for one in sets],
            traits=[one.traits(draw) for one, draw in zip(sets, draws, strict=True)],
            dt=dt,
            steps_per_snapshot=steps,
            seed=draws[0].seed,
            streams=[draw.member for draw in draws],
            threads=threads,
        )

    def observe(self, state: State, record: Sequence[str]) -> dict[str, np.ndarray]:
        values = {
            "position": state["position"].copy(),
            "heading": state["heading"][..., : self.dimensions].copy(),
        }
        if "unwrapped" in record:
            length = 0.0 if self.box is None else self.box
            values["unwrapped"] = state["position"] + length * state["crossings"]
        return values


class _Numbers:
    """The parameters of one member as the kernels take them."""

    def __init__(self, simulation: Couzin, member: int) -> None:
        self.simulation, self.member = simulation, member

    def __getattr__(self, name: str) -> float:
        value = getattr(self.simulation, name)
        return float(value[self.member] if isinstance(value, tuple) else value)

    @property
    def largest_radius(self) -> float:
        """The largest distance at which any individual can see another."""
        widest = 1.0 + 3.0 * self.zone_deviation
        return (self.repulsion_radius + self.orientation_width + self.attraction_width) * widest

    def rule(self, dt: float) -> Rule:
        """What all individuals share, for a step."""
        from ergodica.sims.couzin_kernel import Rule

        chosen = np.zeros(3)
        d = self.simulation.dimensions
        chosen[:d] = self.simulation.preferred_direction[:d]
        x, y, z = chosen / np.linalg.norm(chosen)
        view = self.field_of_view
        return Rule(
            visible=-2.0 if view >= 360.0 else math.cos(math.radians(view) / 2),
            turn=math.radians(self.turning_rate) * dt,
            noise=self.noise * math.sqrt(dt / self.noise_time),
            dt=dt,
            towards=(float(x), float(y), float(z)),
            radius=self.largest_radius,
        )

    def traits(self, draw: Draw) -> Traits:
        """What each individual has of its own, drawn from the stream of the initial state."""
        from ergodica.sims.couzin_kernel import Traits

        n = self.simulation.particles
        speed = np.full(n, self.speed)
        if self.speed_deviation:
            speed = np.maximum(speed + self.speed_deviation * draw.normals(n, SPEEDS), 0.0)
        widths = np.array([self.repulsion_radius, self.orientation_width, self.attraction_width])
        zones = np.tile(widths, (n, 1))
        if self.zone_deviation:
            drawn = np.clip(draw.normals(3 * n, ZONES).reshape(n, 3), -3.0, 3.0)
            zones = np.maximum(zones * (1.0 + self.zone_deviation * drawn), 0.0)
        preference = np.zeros(n)
        preference[: round(self.informed * n)] = self.preference
        return Traits(np.cumsum(zones, axis=1) ** 2, speed, preference)
