"""The four states of a school in Couzin's model, and the four cases of another library with our rule."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from ergodica.sims.simulation import Preset

SOURCE = "Couzin, Krause, James, Ruxton, Franks 2002, J. theor. Biol. 218, 1, figure 3"


def _state(summary: str, orientation_width: float, **others: Any) -> Preset:
    parameters = {"orientation_width": orientation_width, **others}
    return Preset(summary=summary, parameters=parameters, t_end=400.0, snapshots=401, source=SOURCE)


LIBRARY = "Herho et al. 2026, arXiv 2602.07948, the library dewi-kadita 0.0.4"
LIBRARY_DT = 0.1


def _case(
    name: str, *, fish: int, box: float, speed: float, radii: tuple[float, float, float], turn: float, noise: float,
    blind: float, steps: int,
) -> Preset:  # fmt: skip
    """A case of dewi-kadita in what both rules have: turn in radians a step, half of the blind angle in degrees.

    Attraction ends at half of the box. The library adds a normal vector with the deviation `noise` of each component to
    a heading, which turns it by sqrt(2) noise, root of the mean square.
    """
    repulsion, orientation, attraction = radii
    parameters = {
        "particles": fish,
        "box": box,
        "initial": "box",
        "speed": speed,
        "repulsion_radius": repulsion,
        "orientation_width": orientation - repulsion,
        "attraction_width": min(attraction, box / 2) - orientation,
        "field_of_view": 360.0 - 2.0 * blind,
        "turning_rate": round(math.degrees(turn) / LIBRARY_DT, 6),
        "noise": round(math.sqrt(2.0) * noise, 6),
        "noise_time": LIBRARY_DT,
        "dt": LIBRARY_DT,
    }
    return Preset(
        summary=f"the numbers of dewi-kadita for {name}, with the paper's rule",
        parameters=parameters,
        t_end=steps * LIBRARY_DT,
        snapshots=steps // 10 + 1,
        source=LIBRARY,
    )


PRESETS: Mapping[str, Preset] = {
    "swarm": _state("a group that stays together without a common direction", 0.0),
    "torus": _state("a mill: all swim around an empty centre, which hardly moves", 2.5),
    "dynamic-parallel": _state("a common direction, which wanders, in a school that changes its shape", 4.0),
    "highly-parallel": _state("a school that swims straight on, all in one direction", 10.0),
    "dewi-kadita-swarm": _case(
        "a swarm", fish=150, box=25.0, speed=1.0, radii=(2.0, 3.0, 15.0), turn=0.4, noise=0.2, blind=30.0, steps=1000,
    ),
    "dewi-kadita-torus": _case(
        "a torus", fish=200, box=25.0, speed=1.0, radii=(1.0, 3.0, 10.0), turn=0.2, noise=0.05, blind=150.0, steps=2000,
    ),
    "dewi-kadita-dynamic-parallel": _case(
        "a dynamic parallel school", fish=180, box=28.0, speed=1.2, radii=(1.0, 10.0, 18.0), turn=0.35, noise=0.12,
        blind=25.0, steps=1500,
    ),
    "dewi-kadita-highly-parallel": _case(
        "a highly parallel school", fish=250, box=35.0, speed=1.5, radii=(1.0, 12.0, 20.0), turn=0.2, noise=0.05,
        blind=20.0, steps=1000,
    ),
}  # fmt: skip
