"""Vicsek's model of flocks."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from pydantic import Field, model_validator

from ergodica.data.schema import Coordinate, Variable
from ergodica.numerics.errors import ParameterError, nearest
from ergodica.numerics.geometry import Box
from ergodica.sims.active_presets import FLOCKS
from ergodica.sims.parameters import PerMember
from ergodica.sims.particles import placement, region, snapshots
from ergodica.sims.registry import register
from ergodica.sims.sampling import whole_steps
from ergodica.sims.simulation import Draw, Preset, Simulation, State, Stepper

if TYPE_CHECKING:
    import xarray as xr

    from ergodica.numerics.arrays import Device

STARTS = ("random", "aligned")


@register
class Vicsek(Simulation):
    """Particles of constant speed that take the mean heading of those around them, with noise.

    angular noise    h_i(t+1) = mean direction of h_j(t), r_ij <= R, turned by noise
    vectorial noise  h_i(t+1) ~ sum_j h_j(t) + eta n_i xi_i,  n_i how many are met, xi_i a random direction
    then             x_i(t+1) = x_i(t) + v0 h_i(t+1)

    A particle meets itself. Angular noise turns by an angle even in +-eta pi in the plane, and to a direction that is
    even in a cap of the share eta of the sphere in space; eta = 1 leaves no order for either. Time counts steps.
    `order_parameter(t)` is |mean h|.

    Good values: speed 0.5 and density 2. Order is lost at eta of about 0.48 with angular and 0.62 with vectorial noise.

    Source: Vicsek et al. 1995, Phys. Rev. Lett. 75, 1226; vectorial noise and the order of the update: Gregoire and
    Chate 2004, Phys. Rev. Lett. 92, 025702; in space: Chate et al. 2008, Phys. Rev. E 77, 046113.
    """

    name = "vicsek"
    title = "Vicsek's model of flocks"
    equation = (
        r"h_i \leftarrow \mathcal R_{\eta\xi_i}\,\frac{\sum_{r_{ij} \le R} h_j}{|\sum_{r_{ij} \le R} h_j|}, \quad "
        r"x_i \leftarrow x_i + v_0 h_i"
    )
    references = (
        "Vicsek et al. 1995, Phys. Rev. Lett. 75, 1226; Gregoire and Chate 2004, Phys. Rev. Lett. 92, 025702; "
        "Chate et al. 2008, Phys. Rev. E 77, 046113"
    )
    presets: ClassVar[Mapping[str, Preset]] = FLOCKS
    default_preset = "ordered"
    symmetries = ("translation", "rotation", "permutation")
    optional: ClassVar[Mapping[str, str]] = {
        "unwrapped": "positions that go on across the borders of the periodic box"
    }
    time_name = "time in steps"
    from_file = ("initial",)

    particles: int = Field(2048, ge=1, le=10_000_000, description="number of particles")
    dimensions: int = Field(2, ge=2, le=3, description="2 for the plane, 3 for space")
    box: float = Field(32.0, gt=0, le=1e9, description="length of the periodic square or cube")
    alignment_radius: PerMember = Field(
        1.0, gt=0, le=1e9, description="R, distance within which particles align"
    )
    speed: PerMember = Field(0.5, ge=0, le=1e9, description="v0, how far a particle moves in a step")
    noise: PerMember = Field(0.2, ge=0, le=1, description="eta, strength of the noise, from none to all")
    noise_kind: Literal["angular", "vectorial"] = Field(
        "angular",
        description="angular: the mean heading is turned; vectorial: a vector is added to each one met",
    )
    initial: Any = Field(
        "random",
        description="random: places and headings evenly, aligned: all along x at random places; from Python an array "
        "(particles, 2, dimensions) of positions and headings, or a snapshot",
    )

    @model_validator(mode="after")
    def _resolve(self) -> Vicsek:
        largest = (
            max(self.alignment_radius) if isinstance(self.alignment_radius, tuple) else self.alignment_radius
        )
        region.check_range("alignment_radius", largest, self.region, "a smaller alignment_radius")
        object.__setattr__(self, "initial", self._checked_initial(self.initial))
        return self

    def _checked_initial(self, value: Any) -> Any:
        if isinstance(value, str):
            if value == "from-file":
                raise ParameterError("initial: 'from-file' needs its file; use sims.from_dataset(ds)")
            if value not in STARTS:
                raise ParameterError(f"initial: {value!r} is not known; {nearest(value, STARTS)}")
            return value
        if hasattr(value, "data_vars"):
            value = self.state_of(value)
        array = region.checked_vectors("initial", value, (self.particles, 2, self.dimensions))
        region.check_units("initial", array[..., 1, :])
        return array

    def state_of(self, snapshot: xr.Dataset) -> np.ndarray:
        """Positions and headings of one snapshot, (particles, 2, space), with or without members before."""
        return snapshots.of_one(snapshot, ("position", "heading"))

    @classmethod
    def restore(cls, name: str, ds: xr.Dataset) -> np.ndarray:
        return snapshots.of_start(ds, ("position", "heading"))

    @functools.cached_property
    def region(self) -> Box:
        """The periodic box."""
        return region.region(self.box, self.dimensions)

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
            Variable(
                name="order_parameter",
                dims=("t",),
                units="1",
                long_name="length of the mean heading",
                kind="series",
            ),
        ]
        if "unwrapped" in record:
            stored.append(region.particle_variable("unwrapped", "position across periodic borders"))
        return tuple(stored)

    def static(self) -> dict[str, tuple[Variable, np.ndarray]]:
        return region.box_variable(self.region)

    def initial_state(self, draws: Sequence[Draw]) -> State:
        n, d = self.particles, self.dimensions
        position, heading = np.empty((len(draws), n, d)), np.zeros((len(draws), n, 3))
        for j, draw in enumerate(draws):
            if isinstance(self.initial, str):
                position[j] = placement.in_box(draw, n, np.array(self.region.lengths))
                heading[j, :, :d] = np.eye(d)[0]
                if self.initial == "random":
                    heading[j, :, :d] = placement.directions(draw, n, d)
            else:
                one = self.initial[j] if self.initial.ndim == 4 else self.initial
                position[j], heading[j, :, :d] = one[:, 0], one[:, 1]
        inside = self.region.wrap(position)
        crossings = np.rint((position - inside) / self.box).astype(np.int64)
        return {"position": inside, "crossings": crossings, "heading": heading}

    def stepper(
        self, spacing: float, *, draws: Sequence[Draw], device: Device, threads: int | None
    ) -> Stepper:
        from ergodica.sims.particles.vicsek_step import VicsekSteps

        def of(value: Any, j: int) -> float:
            return float(value[j] if isinstance(value, tuple) else value)

        vectorial = float(self.noise_kind == "vectorial")
        return VicsekSteps(
            box=self.region,
            count=self.particles,
            numbers=[
                np.array([of(self.speed, j), of(self.alignment_radius, j), of(self.noise, j), vectorial])
                for j in range(len(draws))
            ],
            steps_per_snapshot=whole_steps(spacing, unit="steps"),
            seed=draws[0].seed,
            streams=[draw.member for draw in draws],
            threads=threads,
        )

    def observe(self, state: State, record: Sequence[str]) -> dict[str, np.ndarray]:
        values = {
            "position": state["position"].copy(),
            "heading": state["heading"][..., : self.dimensions].copy(),
            "order_parameter": np.linalg.norm(state["heading"].mean(axis=1), axis=-1),
        }
        if "unwrapped" in record:
            values["unwrapped"] = state["position"] + self.box * state["crossings"]
        return values
