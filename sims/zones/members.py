"""What the compiled loops of Couzin's model need of a member: its rule, its individuals and its predators."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ergodica.sims.parameters import OneMember
from ergodica.sims.particles import placement

if TYPE_CHECKING:
    from ergodica.sims.couzin import Couzin
    from ergodica.sims.simulation import Draw
    from ergodica.sims.zones.rule import Rule, Traits

SPEEDS, ZONES, PREDATORS = 3, 4, 5  # steps of the stream of the initial state


class Member(OneMember):
    """The parameters of one member as the kernels take them."""

    @property
    def largest_radius(self) -> float:
        """The largest distance at which any individual can see another."""
        if self.simulation.zones is not None:
            return float(self._own(self.simulation.zones, 2)[:, 2].max())
        widest = 1.0 + 3.0 * self.zone_deviation
        return (self.repulsion_radius + self.orientation_width + self.attraction_width) * widest

    def _own(self, array: np.ndarray, axes: int) -> np.ndarray:
        return array[self.member] if array.ndim > axes else array

    def rule(self, dt: float) -> Rule:
        """What all individuals share, for a step."""
        from ergodica.sims.zones.rule import Rule

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
            flight=self.flight_radius**2,
        )

    def traits(self, draw: Draw) -> Traits:
        """What each individual has of its own, given or drawn from the stream of the initial state."""
        from ergodica.sims.zones.rule import Traits

        n = self.simulation.particles
        speed = np.full(n, self.speed)
        if self.simulation.speeds is not None:
            speed = np.array(self._own(self.simulation.speeds, 1))
        elif self.speed_deviation:
            speed = np.maximum(speed + self.speed_deviation * draw.normals(n, SPEEDS), 0.0)
        widths = np.array([self.repulsion_radius, self.orientation_width, self.attraction_width])
        zones = np.tile(widths, (n, 1))
        if self.zone_deviation:
            drawn = np.clip(draw.normals(3 * n, ZONES).reshape(n, 3), -3.0, 3.0)
            zones = np.maximum(zones * (1.0 + self.zone_deviation * drawn), 0.0)
        radii = np.cumsum(zones, axis=1)
        if self.simulation.zones is not None:
            radii = self._own(self.simulation.zones, 2)
        preference = np.zeros(n)
        preference[: round(self.informed * n)] = self.preference
        return Traits(radii**2, speed, preference)

    def hunt(self, dt: float) -> np.ndarray:
        """The numbers that all predators share, for a step; see `Hunters`."""
        centre = float(self.simulation.pursuit == "centre")
        return np.array(
            [self.predator_speed * dt, math.radians(self.predator_turning_rate) * dt, self.sight**2, centre]
        )

    def predators_outside(self, draw: Draw, position: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Places and headings of predators around a school, each `(p, d)`, at random directions from its centroid."""
        region, count = self.simulation.region, self.simulation.predators
        directions = placement.directions(draw, count, region.dimensions, PREDATORS)
        middle = region.centroid(position)
        distance = region.distance(middle, position).max() + self.flight_radius
        places = region.wrap(middle + min(distance, region.shortest / 2) * directions)
        return places, -directions


def members_of(simulation: Couzin, count: int) -> Sequence[Member]:
    """The numbers of the first `count` members."""
    return [Member(simulation, j) for j in range(count)]
